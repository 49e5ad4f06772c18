/* The Record Access Control Point over the history. A report sends one notification at each step, so that an Abort can be
 * received in between. Source: IDS 1.0.2, section 3.9. */
#ifndef ISLETBENCH_PUMP_RECORD_ACCESS_H
#define ISLETBENCH_PUMP_RECORD_ACCESS_H

#include "isletbench/pump/service_state.h"

/* Carry out a request. Its response is empty when a report begins: the response follows the last record. */
void ib_access_records(struct ib_pump_service *service, struct ib_octets request, ib_instant now, struct ib_writer *answer);
/* Send the next record, or after the last one the response. */
void ib_transfer_step(struct ib_pump_service *service, ib_instant now);

#endif
