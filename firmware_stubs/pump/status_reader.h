/* The IDD Status Reader Control Point. Source: IDS 1.0.2, section 3.6. */
#ifndef ISLETBENCH_PUMP_STATUS_READER_H
#define ISLETBENCH_PUMP_STATUS_READER_H

#include "procedures.h"

extern const struct ib_procedures ib_status_reader_procedures;

#endif
