/* The values of the characteristics that can be read, and their changes. */
#ifndef ISLETBENCH_PUMP_VALUES_H
#define ISLETBENCH_PUMP_VALUES_H

#include "isletbench/pump/service_state.h"

/* Write a value as it is now, in its envelope. */
void ib_pump_read_value(struct ib_pump_service *service, uint16_t uuid, struct ib_writer *value);
/* Only later changes are to be sent. */
void ib_pump_skip_changes(struct ib_pump_service *service);
/* Send the values that have changed since the last call. */
void ib_pump_send_changes(struct ib_pump_service *service, ib_instant now);

#endif
