#include "isletbench/pump/basal.h"

#include <stddef.h>

#define PULSE_OWED ((int64_t)IB_PUMP_PULSE * IB_HOUR)

static size_t block_at(const struct ib_basal_template *profile, ib_span time_of_day, ib_span *ends)
{
    size_t index = 0;

    *ends = profile->blocks[0].minutes * IB_MINUTE;
    while (*ends <= time_of_day && index + 1 < profile->count) {
        index++;
        *ends += profile->blocks[index].minutes * IB_MINUTE;
    }
    return index;
}

ib_rate ib_basal_rate(const struct ib_basal_template *profile, ib_span time_of_day)
{
    ib_span ends;

    return profile->blocks[block_at(profile, time_of_day, &ends)].rate;
}

ib_span ib_basal_until_next_block(const struct ib_basal_template *profile, ib_span time_of_day)
{
    ib_span ends;

    block_at(profile, time_of_day, &ends);
    return ends - time_of_day;
}

void ib_basal_accrue(struct ib_basal_debt *debt, ib_rate rate, ib_instant now)
{
    debt->owed += rate * (now - debt->at);
    debt->at = now;
}

ib_instant ib_basal_due(const struct ib_basal_debt *debt, ib_rate rate)
{
    const int64_t missing = PULSE_OWED - debt->owed;

    if (missing <= 0) {
        return debt->at - (rate > 0 ? -missing / rate : 0);
    }
    return rate > 0 ? debt->at + (missing + rate - 1) / rate : IB_NOT_DUE;
}

void ib_basal_pay(struct ib_basal_debt *debt)
{
    debt->owed -= PULSE_OWED;
}
