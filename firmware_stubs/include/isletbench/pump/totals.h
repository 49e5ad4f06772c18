/* What has been delivered: since power-up, and today.
 *
 * Today is whatever the clock says that it is, and the clock can be set. So the time of every pulse of the last two days is
 * kept: no more than a reservoir holds, for nobody can change that of the stub. */
#ifndef ISLETBENCH_PUMP_TOTALS_H
#define ISLETBENCH_PUMP_TOTALS_H

#include <stdbool.h>
#include <stddef.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PUMP_PULSES ((size_t)(IB_PUMP_FILL / IB_PUMP_PULSE))

/* Insulin of both kinds, uU. */
struct ib_delivered {
    int64_t bolus, basal;
};

struct ib_totals {
    struct ib_delivered all;
    uint32_t recent[IB_PUMP_PULSES]; /* when, the lowest 31 bits of ms; the last bit: it was of a bolus */
    size_t oldest, count;
    ib_instant day_began; /* a pulse at that very instant belongs to the day before */
    bool clock_changed;   /* that day */
};

/* A pulse has been delivered. */
void ib_totals_count(struct ib_totals *totals, ib_instant now, bool is_bolus);
/* Since midnight. */
struct ib_delivered ib_totals_today(const struct ib_totals *totals, ib_instant now);
/* Since the last roll-over: a total above 80 000 IU begins again at 0 (IDS 1.0.2, section 3.6.2.7). */
struct ib_delivered ib_totals_rolled(const struct ib_totals *totals);
/* What no day of the clock's can mean any more is forgotten. To be called at least every three weeks. */
void ib_totals_forget(struct ib_totals *totals, ib_instant now);

#ifdef __cplusplus
}
#endif

#endif
