#include "isletbench/pump/delivery.h"

void ib_delivery_init(struct ib_delivery *delivery)
{
    delivery->last_pulse = -IB_PUMP_PULSE_SPACING;
}

ib_instant ib_delivery_earliest(const struct ib_delivery *delivery, ib_instant due)
{
    const ib_instant free = delivery->last_pulse + IB_PUMP_PULSE_SPACING;

    return due < free ? free : due;
}

void ib_delivery_count_pulse(struct ib_delivery *delivery, ib_instant at)
{
    delivery->last_pulse = at;
}
