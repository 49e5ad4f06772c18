#include "isletbench/pump/schedule.h"

#include <stddef.h>

bool ib_rate_is_settable(int64_t rate)
{
    return rate >= 0 && rate <= IB_PUMP_MAX_RATE && rate % IB_PUMP_RATE_STEP == 0;
}

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

ib_rate ib_schedule_rate(const struct ib_basal_template *profile, ib_span time_of_day)
{
    ib_span ends;

    return profile->blocks[block_at(profile, time_of_day, &ends)].rate;
}

ib_span ib_schedule_until_next_block(const struct ib_basal_template *profile, ib_span time_of_day)
{
    ib_span ends;

    block_at(profile, time_of_day, &ends);
    return ends - time_of_day;
}
