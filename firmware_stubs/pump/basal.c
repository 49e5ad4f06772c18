#include "loopbench/pump/basal.h"

#include <stddef.h>

#define PULSE_OWED ((int64_t)LB_PUMP_PULSE * LB_HOUR)

static size_t block_at(const struct lb_basal_template *profile, lb_span time_of_day, lb_span *ends)
{
    size_t index = 0;

    *ends = profile->blocks[0].minutes * LB_MINUTE;
    while (*ends <= time_of_day && index + 1 < profile->count) {
        index++;
        *ends += profile->blocks[index].minutes * LB_MINUTE;
    }
    return index;
}

lb_rate lb_basal_rate(const struct lb_basal_template *profile, lb_span time_of_day)
{
    lb_span ends;

    return profile->blocks[block_at(profile, time_of_day, &ends)].rate;
}

lb_span lb_basal_until_next_block(const struct lb_basal_template *profile, lb_span time_of_day)
{
    lb_span ends;

    block_at(profile, time_of_day, &ends);
    return ends - time_of_day;
}

void lb_basal_accrue(struct lb_basal_debt *debt, lb_rate rate, lb_instant now)
{
    debt->owed += rate * (now - debt->at);
    debt->at = now;
}

lb_instant lb_basal_due(const struct lb_basal_debt *debt, lb_rate rate)
{
    const int64_t missing = PULSE_OWED - debt->owed;

    if (missing <= 0) {
        return debt->at - (rate > 0 ? -missing / rate : 0);
    }
    return rate > 0 ? debt->at + (missing + rate - 1) / rate : LB_NOT_DUE;
}

void lb_basal_pay(struct lb_basal_debt *debt)
{
    debt->owed -= PULSE_OWED;
}
