/* Values on their way to the client, and its subscriptions. */
#ifndef ISLETBENCH_CGM_SENDING_H
#define ISLETBENCH_CGM_SENDING_H

#include "isletbench/cgm/service_state.h"

/* Notify or indicate a value; nothing is sent without a subscription. */
void ib_cgm_send(struct ib_cgm_service *service, uint16_t uuid, struct ib_octets value, uint64_t now);
bool ib_cgm_is_subscribed(const struct ib_cgm_service *service, uint16_t uuid);

#endif
