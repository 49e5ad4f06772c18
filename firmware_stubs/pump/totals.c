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

static void discard_old(struct ib_totals *totals, ib_instant now)
{
    while (totals->count > 0 && age_of(entry_at(totals, 0), now) > KEPT) {
        totals->oldest = (totals->oldest + 1) % IB_PUMP_PULSES;
        totals->count--;
    }
}

void ib_totals_count_pulse(struct ib_totals *totals, ib_instant now, bool is_bolus)
{
    discard_old(totals, now);
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

static void begin_day(struct ib_totals *totals, ib_span time_of_day, ib_instant now)
{
    totals->day_began = now - time_of_day;
    totals->next_midnight = now + IB_DAY - time_of_day;
}

void ib_totals_init(struct ib_totals *totals, ib_span time_of_day)
{
    begin_day(totals, time_of_day, 0);
}

bool ib_totals_set_clock(struct ib_totals *totals, ib_span time_of_day, ib_instant now)
{
    const struct ib_delivered before = ib_totals_today(totals, now);

    begin_day(totals, time_of_day, now);
    totals->clock_changed = true;
    const struct ib_delivered today = ib_totals_today(totals, now);
    return today.bolus != before.bolus || today.basal != before.basal;
}

void ib_totals_end_day(struct ib_totals *totals, ib_span time_of_day, ib_instant at)
{
    discard_old(totals, at);
    totals->clock_changed = false;
    begin_day(totals, time_of_day, at);
    totals->day_began = at;
}
