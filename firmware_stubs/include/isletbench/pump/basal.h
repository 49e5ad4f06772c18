/* Basal insulin: the rate that is owed, the rate that is delivered, and the insulin owed so far.
 *
 * The rate is integrated exactly, in uU*ms/h; when the insulin of a whole pulse is owed, a pulse is due. The rest is carried across
 * changes of the rate, so over a day the sum of pulses differs from the integral of the rate by less than one pulse. */
#ifndef ISLETBENCH_PUMP_BASAL_H
#define ISLETBENCH_PUMP_BASAL_H

#include <stdbool.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_basal {
    ib_rate owed_rate;      /* by which the owed insulin grows */
    ib_rate delivered_rate; /* which the pump reports as delivered */
    ib_instant next_block;  /* when the profile's rate changes; IB_NOT_DUE while no profile is activated */
    ib_instant at;          /* up to which insulin is accounted for */
    int64_t owed;           /* uU*ms/h */
};

void ib_basal_init(struct ib_basal *basal);
/* Follow another rate until the next block. Returns the rate that was delivered before. */
ib_rate ib_basal_follow(struct ib_basal *basal, ib_rate rate, ib_instant next_block, bool is_owed, bool is_delivered);
/* Account for the time up to now. */
void ib_basal_advance(struct ib_basal *basal, ib_instant now);
/* When a whole pulse is owed if the rate stays: an instant that may have passed. */
ib_instant ib_basal_pulse_due(const struct ib_basal *basal);
/* A pulse has been delivered. */
void ib_basal_count_pulse(struct ib_basal *basal);
/* A stopped pump does not make up for what it has not delivered. */
void ib_basal_write_off(struct ib_basal *basal);

#ifdef __cplusplus
}
#endif

#endif
