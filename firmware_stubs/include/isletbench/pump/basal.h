/* Basal insulin: a rate by time of day becomes whole pulses.
 *
 * The rate is integrated exactly, in uU*ms/h; when a pulse's worth has come together it is due. What is left over is carried
 * across rate changes, so over a day the sum of pulses differs from the sum of rates by less than one pulse. */
#ifndef ISLETBENCH_PUMP_BASAL_H
#define ISLETBENCH_PUMP_BASAL_H

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For so many minutes this rate. */
struct ib_basal_block {
    uint16_t minutes;
    int32_t rate; /* uU/h */
};

/* A day of blocks from midnight; none in a template that is not configured. */
struct ib_basal_template {
    struct ib_basal_block blocks[IB_PUMP_BASAL_BLOCKS];
    uint8_t count;
};

/* The rate at a time of day, ms since midnight. The template is configured. */
ib_rate ib_basal_rate(const struct ib_basal_template *profile, ib_span time_of_day);
/* How long until another block begins. */
ib_span ib_basal_until_next_block(const struct ib_basal_template *profile, ib_span time_of_day);

/* Insulin that is owed up to the instant "at", paid in pulses. */
struct ib_basal_debt {
    ib_instant at;
    int64_t owed; /* uU*ms/h */
};

/* Time has passed at this rate. */
void ib_basal_accrue(struct ib_basal_debt *debt, ib_rate rate, ib_instant now);
/* When a whole pulse is owed, should the rate stay: an instant that may have passed. */
ib_instant ib_basal_due(const struct ib_basal_debt *debt, ib_rate rate);
/* A pulse has been delivered. */
void ib_basal_pay(struct ib_basal_debt *debt);

#ifdef __cplusplus
}
#endif

#endif
