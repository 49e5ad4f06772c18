/* The insulin delivered since power-up, and today.
 *
 * What "today" means depends on the clock, and the clock can be set. So the time of every pulse of the last two days is kept: no
 * more than one reservoir holds, for the reservoir of the stub cannot be changed. */
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
    ib_instant next_midnight;
    bool clock_changed; /* on that day */
};

/* A pulse has been delivered. */
void ib_totals_count_pulse(struct ib_totals *totals, ib_instant now, bool is_bolus);
/* Since midnight. */
struct ib_delivered ib_totals_today(const struct ib_totals *totals, ib_instant now);
/* Since the last roll-over: a total above 80 000 IU begins again at 0 (IDS 1.0.2, section 3.6.2.7). */
struct ib_delivered ib_totals_rolled(const struct ib_totals *totals);
/* The clock begins at this time of day, ms since midnight. */
void ib_totals_init(struct ib_totals *totals, ib_span time_of_day);
/* The clock has been set; whether today's totals are other ones now. */
bool ib_totals_set_clock(struct ib_totals *totals, ib_span time_of_day, ib_instant now);
/* A day ends, and pulses that belong to no day any more are discarded. It must not be called less often than every three weeks. */
void ib_totals_end_day(struct ib_totals *totals, ib_span time_of_day, ib_instant at);

#ifdef __cplusplus
}
#endif

#endif
