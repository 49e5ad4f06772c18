#include "loopbench/pump/totals.h"

#define ROLL_OVER (80000 * (int64_t)LB_UNIT)
#define KEPT (2 * LB_DAY)

static uint32_t entry_of(lb_instant at, bool is_bolus)
{
    return (uint32_t)at << 1 | (is_bolus ? 1U : 0U);
}

static lb_span age_of(uint32_t entry, lb_instant now)
{
    return (entry_of(now, false) - (entry & ~1U)) >> 1;
}

static uint32_t entry_at(const struct lb_totals *totals, size_t place)
{
    return totals->recent[(totals->oldest + place) % LB_PUMP_PULSES];
}

void lb_totals_forget(struct lb_totals *totals, lb_instant now)
{
    while (totals->count > 0 && age_of(entry_at(totals, 0), now) > KEPT) {
        totals->oldest = (totals->oldest + 1) % LB_PUMP_PULSES;
        totals->count--;
    }
}

void lb_totals_count(struct lb_totals *totals, lb_instant now, bool is_bolus)
{
    lb_totals_forget(totals, now);
    if (is_bolus) {
        totals->all.bolus += LB_PUMP_PULSE;
    } else {
        totals->all.basal += LB_PUMP_PULSE;
    }
    if (totals->count == LB_PUMP_PULSES) {
        totals->oldest = (totals->oldest + 1) % LB_PUMP_PULSES;
        totals->count--;
    }
    totals->recent[(totals->oldest + totals->count) % LB_PUMP_PULSES] = entry_of(now, is_bolus);
    totals->count++;
}

struct lb_delivered lb_totals_today(const struct lb_totals *totals, lb_instant now)
{
    struct lb_delivered today = {0, 0};

    for (size_t place = totals->count; place-- > 0;) {
        const uint32_t entry = entry_at(totals, place);

        if (now - age_of(entry, now) <= totals->day_began) {
            break;
        }
        if (entry & 1U) {
            today.bolus += LB_PUMP_PULSE;
        } else {
            today.basal += LB_PUMP_PULSE;
        }
    }
    return today;
}

struct lb_delivered lb_totals_rolled(const struct lb_totals *totals)
{
    return (struct lb_delivered){
        .bolus = totals->all.bolus % (ROLL_OVER + LB_PUMP_PULSE),
        .basal = totals->all.basal % (ROLL_OVER + LB_PUMP_PULSE),
    };
}
