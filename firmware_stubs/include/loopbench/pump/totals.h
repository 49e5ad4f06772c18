/* What has been delivered: since power-up, and today.
 *
 * Today is whatever the clock says that it is, and the clock can be set. So the time of every pulse of the last two days is
 * kept: no more than a reservoir holds, for nobody can change that of the stub. */
#ifndef LOOPBENCH_PUMP_TOTALS_H
#define LOOPBENCH_PUMP_TOTALS_H

#include <stdbool.h>
#include <stddef.h>

#include "loopbench/pump/profile.h"
#include "loopbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_PUMP_PULSES ((size_t)(LB_PUMP_FILL / LB_PUMP_PULSE))

/* Insulin of both kinds, uU. */
struct lb_delivered {
    int64_t bolus, basal;
};

struct lb_totals {
    struct lb_delivered all;
    uint32_t recent[LB_PUMP_PULSES]; /* when, the lowest 31 bits of ms; the last bit: it was of a bolus */
    size_t oldest, count;
    lb_instant day_began; /* a pulse at that very instant belongs to the day before */
    bool clock_changed;   /* that day */
};

/* A pulse has been delivered. */
void lb_totals_count(struct lb_totals *totals, lb_instant now, bool is_bolus);
/* Since midnight. */
struct lb_delivered lb_totals_today(const struct lb_totals *totals, lb_instant now);
/* Since the last roll-over: a total above 80 000 IU begins again at 0 (IDS 1.0.2, section 3.6.2.7). */
struct lb_delivered lb_totals_rolled(const struct lb_totals *totals);
/* What no day of the clock's can mean any more is forgotten. To be called at least every three weeks. */
void lb_totals_forget(struct lb_totals *totals, lb_instant now);

#ifdef __cplusplus
}
#endif

#endif
