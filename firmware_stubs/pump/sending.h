/* Values on their way to the client: subscriptions, envelopes and E2E counters. */
#ifndef ISLETBENCH_PUMP_SENDING_H
#define ISLETBENCH_PUMP_SENDING_H

#include "isletbench/pump/service_state.h"

#define IB_PUMP_PAYLOAD 32U /* octets; no value of the pump has more */

/* The place of a characteristic in the service's table. */
size_t ib_pump_place_of(uint16_t uuid);
bool ib_pump_is_subscribed(const struct ib_pump_service *service, uint16_t uuid);
/* Write a payload in its characteristic's envelope, with the next counter of this characteristic on this connection (IDS 1.0.2,
 * section 3.1.1). */
void ib_pump_seal(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, struct ib_writer *value);
/* Notify or indicate a payload in its envelope. Nothing is sent and no counter used without a subscription. */
void ib_pump_send(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, ib_instant now);

#endif
