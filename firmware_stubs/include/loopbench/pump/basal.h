/* Basal insulin: a rate by time of day becomes whole pulses.
 *
 * The rate is integrated exactly, in uU*ms/h; when a pulse's worth has come together it is due. What is left over is carried
 * across rate changes, so over a day the sum of pulses differs from the sum of rates by less than one pulse. */
#ifndef LOOPBENCH_PUMP_BASAL_H
#define LOOPBENCH_PUMP_BASAL_H

#include "loopbench/pump/profile.h"
#include "loopbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For so many minutes this rate. */
struct lb_basal_block {
    uint16_t minutes;
    int32_t rate; /* uU/h */
};

/* A day of blocks from midnight; none in a template that is not configured. */
struct lb_basal_template {
    struct lb_basal_block blocks[LB_PUMP_BASAL_BLOCKS];
    uint8_t count;
};

/* The rate at a time of day, ms since midnight. The template is configured. */
lb_rate lb_basal_rate(const struct lb_basal_template *profile, lb_span time_of_day);
/* How long until another block begins. */
lb_span lb_basal_until_next_block(const struct lb_basal_template *profile, lb_span time_of_day);

/* Insulin that is owed up to the instant "at", paid in pulses. */
struct lb_basal_debt {
    lb_instant at;
    int64_t owed; /* uU*ms/h */
};

/* Time has passed at this rate. */
void lb_basal_accrue(struct lb_basal_debt *debt, lb_rate rate, lb_instant now);
/* When a whole pulse is owed, should the rate stay: an instant that may have passed. */
lb_instant lb_basal_due(const struct lb_basal_debt *debt, lb_rate rate);
/* A pulse has been delivered. */
void lb_basal_pay(struct lb_basal_debt *debt);

#ifdef __cplusplus
}
#endif

#endif
