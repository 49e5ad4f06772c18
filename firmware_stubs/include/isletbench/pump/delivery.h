/* The motor: when the next pulse may leave. */
#ifndef ISLETBENCH_PUMP_DELIVERY_H
#define ISLETBENCH_PUMP_DELIVERY_H

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_delivery {
    ib_instant last_pulse;
};

void ib_delivery_init(struct ib_delivery *delivery);
/* When a pulse that is due can leave: no two pulses are closer than the spacing. */
ib_instant ib_delivery_earliest(const struct ib_delivery *delivery, ib_instant due);
void ib_delivery_count_pulse(struct ib_delivery *delivery, ib_instant at);

#ifdef __cplusplus
}
#endif

#endif
