/* The built-in glucose. */
#ifndef ISLETBENCH_CGM_GLUCOSE_H
#define ISLETBENCH_CGM_GLUCOSE_H

#include "isletbench/hal.h"

/* A day of glucose, mg/dL, for a sensor whose port provides none. */
uint16_t ib_cgm_built_in_glucose(uint64_t now);

#endif
