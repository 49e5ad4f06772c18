/* The notifications of CGM Measurement: which results are pending, and when they are sent. */
#ifndef ISLETBENCH_CGM_MEASUREMENTS_H
#define ISLETBENCH_CGM_MEASUREMENTS_H

#include "isletbench/cgm/service_state.h"

/* A client has connected: it is notified of later results only. */
void ib_cgm_skip_measurements(struct ib_cgm_service *service, uint64_t now);
/* New results of the sensor become pending if a client is connected. */
void ib_cgm_take_measurements(struct ib_cgm_service *service);
/* Send the pending results if the communication interval is over and no procedure runs (CGMS 1.0.1, section 3.8.3). */
void ib_cgm_send_measurements(struct ib_cgm_service *service, uint64_t now);

#endif
