#include "isletbench/pump/totals.h"

#define ROLL_OVER (80000 * (int64_t)IB_UNIT)
#define KEPT (2 * IB_DAY)

static uint32_t entry_of(ib_instant at, bool is_bolus)
{
    return (uint32_t)at << 1 | (is_bolus ? 1U : 0U);
}

static ib_span age_of(uint32_t entry, ib_instant now)
{
    return (entry_of(now, false) - (entry & ~1U)) >> 1;
}

static uint32_t entry_at(const struct ib_totals *totals, size_t place)
{
    return totals->recent[(totals->oldest + place) % IB_PUMP_PULSES];
}

void ib_totals_forget(struct ib_totals *totals, ib_instant now)
{
    while (totals->count > 0 && age_of(entry_at(totals, 0), now) > KEPT) {
        totals->oldest = (totals->oldest + 1) % IB_PUMP_PULSES;
        totals->count--;
    }
}

void ib_totals_count(struct ib_totals *totals, ib_instant now, bool is_bolus)
{
    ib_totals_forget(totals, now);
    if (is_bolus) {
        totals->all.bolus += IB_PUMP_PULSE;
    } else {
        totals->all.basal += IB_PUMP_PULSE;
    }
    if (totals->count == IB_PUMP_PULSES) {
        totals->oldest = (totals->oldest + 1) % IB_PUMP_PULSES;
        totals->count--;
    }
    totals->recent[(totals->oldest + totals->count) % IB_PUMP_PULSES] = entry_of(now, is_bolus);
    totals->count++;
}

struct ib_delivered ib_totals_today(const struct ib_totals *totals, ib_instant now)
{
    struct ib_delivered today = {0, 0};

    for (size_t place = totals->count; place-- > 0;) {
        const uint32_t entry = entry_at(totals, place);

        if (now - age_of(entry, now) <= totals->day_began) {
            break;
        }
        if (entry & 1U) {
            today.bolus += IB_PUMP_PULSE;
        } else {
            today.basal += IB_PUMP_PULSE;
        }
    }
    return today;
}

struct ib_delivered ib_totals_rolled(const struct ib_totals *totals)
{
    return (struct ib_delivered){
        .bolus = totals->all.bolus % (ROLL_OVER + IB_PUMP_PULSE),
        .basal = totals->all.basal % (ROLL_OVER + IB_PUMP_PULSE),
    };
}
