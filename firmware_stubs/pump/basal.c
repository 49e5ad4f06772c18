#include "isletbench/pump/basal.h"

#define PULSE_OWED ((int64_t)IB_PUMP_PULSE * IB_HOUR)

void ib_basal_init(struct ib_basal *basal)
{
    *basal = (struct ib_basal){.next_block = IB_NOT_DUE};
}

ib_rate ib_basal_follow(struct ib_basal *basal, ib_rate rate, ib_instant next_block, bool is_owed, bool is_delivered)
{
    const ib_rate old = basal->delivered_rate;

    basal->owed_rate = is_owed ? rate : 0;
    basal->delivered_rate = is_delivered ? rate : 0;
    basal->next_block = next_block;
    return old;
}

void ib_basal_advance(struct ib_basal *basal, ib_instant now)
{
    basal->owed += basal->owed_rate * (now - basal->at);
    basal->at = now;
}

ib_instant ib_basal_pulse_due(const struct ib_basal *basal)
{
    const int64_t missing = PULSE_OWED - basal->owed;
    const ib_rate rate = basal->owed_rate;

    if (missing <= 0) {
        return basal->at - (rate > 0 ? -missing / rate : 0);
    }
    return rate > 0 ? basal->at + (missing + rate - 1) / rate : IB_NOT_DUE;
}

void ib_basal_count_pulse(struct ib_basal *basal)
{
    basal->owed -= PULSE_OWED;
}

void ib_basal_write_off(struct ib_basal *basal)
{
    basal->owed = 0;
}
