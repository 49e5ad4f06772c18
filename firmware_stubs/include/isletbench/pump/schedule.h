/* A basal rate profile template: a rate by time of day. Values only; templates.h owns those of the pump. */
#ifndef ISLETBENCH_PUMP_SCHEDULE_H
#define ISLETBENCH_PUMP_SCHEDULE_H

#include <stdbool.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A rate for a number of minutes. */
struct ib_basal_block {
    uint16_t minutes;
    int32_t rate; /* uU/h */
};

/* A day of blocks from midnight; a template that is not configured has none. */
struct ib_basal_template {
    struct ib_basal_block blocks[IB_PUMP_BASAL_BLOCKS];
    uint8_t count;
};

/* Whether the pump can be set to this rate, uU/h. */
bool ib_rate_is_settable(int64_t rate);
/* The rate of a configured template at a time of day, ms since midnight. */
ib_rate ib_schedule_rate(const struct ib_basal_template *profile, ib_span time_of_day);
/* The time until the next block of a configured template begins. */
ib_span ib_schedule_until_next_block(const struct ib_basal_template *profile, ib_span time_of_day);

#ifdef __cplusplus
}
#endif

#endif
