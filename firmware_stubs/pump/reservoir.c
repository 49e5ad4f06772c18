#include "isletbench/pump/reservoir.h"

void ib_reservoir_init(struct ib_reservoir *reservoir)
{
    *reservoir = (struct ib_reservoir){.remaining = IB_PUMP_FILL};
}

bool ib_reservoir_take_pulse(struct ib_reservoir *reservoir)
{
    if (reservoir->remaining < IB_PUMP_PULSE) {
        reservoir->is_empty = true;
        return false;
    }
    reservoir->remaining -= IB_PUMP_PULSE;
    return true;
}

bool ib_reservoir_is_record_due(const struct ib_reservoir *reservoir)
{
    return reservoir->recorded - reservoir->remaining >= IB_PUMP_RESERVOIR_EVERY;
}

void ib_reservoir_mark_recorded(struct ib_reservoir *reservoir)
{
    reservoir->recorded = reservoir->remaining;
}

bool ib_reservoir_warn(struct ib_reservoir *reservoir)
{
    const bool is_due = reservoir->remaining <= IB_PUMP_LOW_RESERVOIR && !reservoir->has_warned;

    reservoir->has_warned = reservoir->has_warned || is_due;
    return is_due;
}
