#include "parts.h"

#include <string.h>

#include "points.h"

/* Of a battery, in percent left, and what the user is told: first at half the runtime (IDS 1.0.2, table 4.9); an empty one ends
 * therapy. */
static const struct {
    uint8_t level;
    enum ib_ids_annunciation_type type;
} BATTERY_WARNINGS[] = {
    {50, IB_IDS_ANNUNCIATION_TYPE_BATTERY_MEDIUM},
    {20, IB_IDS_ANNUNCIATION_TYPE_BATTERY_LOW},
    {0, IB_IDS_ANNUNCIATION_TYPE_BATTERY_EMPTY},
};
#define BATTERY_WARNING_COUNT (sizeof BATTERY_WARNINGS / sizeof BATTERY_WARNINGS[0])

uint16_t ib_announce(struct ib_pump_machine *pump, enum ib_ids_annunciation_type type, ib_instant at)
{
    const struct ib_annunciation *raised = ib_annunciations_raise(&pump->annunciations, type);

    ib_tell_annunciation(pump, at, raised);
    return raised->id;
}

uint16_t ib_announce_bolus_canceled(struct ib_pump_machine *pump, ib_instant at)
{
    struct ib_annunciation *raised = ib_annunciations_raise(&pump->annunciations, IB_IDS_ANNUNCIATION_TYPE_BOLUS_CANCELED);
    const struct ib_bolus *bolus = &pump->bolus;
    const uint16_t told[IB_AUX_FIELDS] = {
        bolus->id, IB_IDS_BOLUS_TYPE_FAST, ib_iu(bolus->wanted.amount), ib_iu(bolus->delivered), 0 /* minutes of a fast one */
    };

    memcpy(raised->aux, told, sizeof told);
    raised->aux_count = IB_AUX_FIELDS;
    ib_tell_annunciation(pump, at, raised);
    return raised->id;
}

enum ib_ids_response ib_pump_snooze(struct ib_pump_machine *pump, uint16_t id, ib_instant now)
{
    struct ib_annunciation *which = ib_annunciations_find(&pump->annunciations, id);

    if (which == NULL) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    which->status = IB_IDS_ANNUNCIATION_STATUS_SNOOZED;
    which->quiet_until = now + IB_PUMP_SNOOZE;
    ib_tell_annunciation(pump, now, which);
    return IB_IDS_RESPONSE_SUCCESS;
}

enum ib_ids_response ib_pump_confirm(struct ib_pump_machine *pump, uint16_t id, ib_instant now)
{
    struct ib_annunciation *which = ib_annunciations_find(&pump->annunciations, id);

    if (which == NULL) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    which->status = IB_IDS_ANNUNCIATION_STATUS_CONFIRMED;
    ib_tell_annunciation(pump, now, which);
    ib_annunciations_remove(&pump->annunciations, which);
    ib_settle(pump, now);
    return IB_IDS_RESPONSE_SUCCESS;
}

/* Clock */

static void know_day(struct ib_pump_machine *pump, ib_instant now)
{
    const ib_span time_of_day = ib_wall_clock_time_of_day_ms(&pump->clock, now);

    pump->totals.day_began = now - time_of_day;
    pump->next_midnight = now + IB_DAY - time_of_day;
}

static void clock_changed(struct ib_pump_machine *pump, ib_instant now)
{
    const struct ib_delivered before = ib_totals_today(&pump->totals, now);

    know_day(pump, now);
    pump->totals.clock_changed = true;
    ib_tell_reference_time(pump, now, IB_IDS_RECORDING_REASON_SET_DATE_TIME);
    const struct ib_delivered today = ib_totals_today(&pump->totals, now);
    if (today.bolus != before.bolus || today.basal != before.basal) {
        ib_tell_changed(pump, IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN);
    }
    ib_follow_schedule(pump, now);
}

void ib_pump_set_clock(struct ib_pump_machine *pump, int64_t to_us, ib_instant now)
{
    ib_wall_clock_set(&pump->clock, to_us, now);
    clock_changed(pump, now);
}

void ib_pump_set_local_time(struct ib_pump_machine *pump, int8_t time_zone, enum ib_fields_dst_offset dst_offset, ib_instant now)
{
    pump->time_zone = time_zone;
    pump->dst_offset = dst_offset;
    clock_changed(pump, now);
}

/* What can fall due, and what happens then */

static ib_instant reference_due(const struct ib_pump_machine *pump)
{
    return pump->next_reference;
}

static void refer(struct ib_pump_machine *pump, ib_instant at)
{
    ib_tell_reference_time(pump, at, IB_IDS_RECORDING_REASON_PERIODIC);
}

static ib_instant block_due(const struct ib_pump_machine *pump)
{
    return pump->next_block;
}

static ib_instant snooze_due(const struct ib_pump_machine *pump)
{
    return ib_annunciations_due(&pump->annunciations);
}

static void snoozed_enough(struct ib_pump_machine *pump, ib_instant at)
{
    for (size_t i = 0; i < pump->annunciations.count; i++) {
        struct ib_annunciation *which = &pump->annunciations.active[i];

        if (which->quiet_until <= at) {
            which->status = IB_IDS_ANNUNCIATION_STATUS_PENDING;
            which->quiet_until = IB_NOT_DUE;
            ib_tell_annunciation(pump, at, which);
        }
    }
}

static ib_instant tbr_due(const struct ib_pump_machine *pump)
{
    return ib_tbr_ends_at(&pump->tbr);
}

static ib_instant bolus_start_due(const struct ib_pump_machine *pump)
{
    const bool waits = pump->therapy == RUN && pump->bolus.state == IB_BOLUS_PROGRAMMED;

    return waits ? ib_bolus_starts_at(&pump->bolus) : IB_NOT_DUE;
}

static ib_instant pause_due(const struct ib_pump_machine *pump)
{
    return pump->paused_at == IB_NOT_DUE ? IB_NOT_DUE : pump->paused_at + IB_PUMP_MAX_PAUSE;
}

uint8_t ib_pump_battery_level(ib_instant now)
{
    const ib_span used = 100 * now / IB_PUMP_BATTERY_LIFE;

    return (uint8_t)(used < 100 ? 100 - used : 0);
}

static size_t next_battery_warning(const struct ib_pump_machine *pump)
{
    size_t next = 0;

    while (next < BATTERY_WARNING_COUNT && BATTERY_WARNINGS[next].level >= pump->battery_warned) {
        next++;
    }
    return next;
}

static ib_instant battery_due(const struct ib_pump_machine *pump)
{
    const size_t next = next_battery_warning(pump);

    if (next == BATTERY_WARNING_COUNT) {
        return IB_NOT_DUE;
    }
    return (IB_PUMP_BATTERY_LIFE * (100 - BATTERY_WARNINGS[next].level) + 99) / 100;
}

static void battery_warns(struct ib_pump_machine *pump, ib_instant at)
{
    const size_t next = next_battery_warning(pump);

    pump->battery_warned = BATTERY_WARNINGS[next].level;
    if (pump->battery_warned == 0) {
        ib_fault(pump, BATTERY_WARNINGS[next].type, at);
    } else {
        ib_announce(pump, BATTERY_WARNINGS[next].type, at);
    }
}

static ib_instant midnight_due(const struct ib_pump_machine *pump)
{
    return pump->next_midnight;
}

static void midnight(struct ib_pump_machine *pump, ib_instant at)
{
    ib_tell_day(pump, at);
    ib_totals_forget(&pump->totals, at);
    pump->totals.clock_changed = false;
    know_day(pump, at);
    pump->totals.day_began = at;
}

/* In the order in which they happen at one instant. Midnight comes after the pulses: what fell due by then belongs to the day
 * that ends. */
static const struct {
    ib_instant (*due)(const struct ib_pump_machine *);
    void (*happen)(struct ib_pump_machine *, ib_instant);
} TIMERS[] = {
    {reference_due, refer},
    {block_due, ib_follow_schedule},
    {snooze_due, snoozed_enough},
    {tbr_due, ib_tbr_over},
    {bolus_start_due, ib_start_bolus},
    {ib_basal_pulse_due, ib_basal_pulse},
    {ib_bolus_pulse_due, ib_bolus_pulse},
    {pause_due, ib_stop_by_itself},
    {battery_due, battery_warns},
    {midnight_due, midnight},
};
#define TIMER_COUNT (sizeof TIMERS / sizeof TIMERS[0])

ib_instant ib_pump_due(const struct ib_pump_machine *pump)
{
    ib_instant due = IB_NOT_DUE;

    for (size_t i = 0; i < TIMER_COUNT; i++) {
        const ib_instant instant = TIMERS[i].due(pump);

        due = instant < due ? instant : due;
    }
    return due < pump->now ? pump->now : due;
}

static void pass_to(struct ib_pump_machine *pump, ib_instant now)
{
    ib_basal_accrue(&pump->debt, pump->owed_rate, now);
    pump->now = now;
}

void ib_pump_advance(struct ib_pump_machine *pump, ib_instant now)
{
    for (ib_instant due = ib_pump_due(pump); due <= now; due = ib_pump_due(pump)) {
        pass_to(pump, due);
        for (size_t i = 0; i < TIMER_COUNT; i++) {
            if (TIMERS[i].due(pump) <= due) {
                TIMERS[i].happen(pump, due);
            }
        }
    }
    pass_to(pump, now);
}

void ib_pump_machine_init(struct ib_pump_machine *pump, const struct ib_date_time *epoch)
{
    static const struct ib_basal_template basal = IB_PUMP_BASAL;
    const uint8_t number = IB_PUMP_BASAL_FIRST;

    memset(pump, 0, sizeof *pump);
    pump->therapy = STOP;
    pump->operational = IB_IDS_OPERATIONAL_STATE_READY;
    pump->paused_at = IB_NOT_DUE;
    pump->next_block = IB_NOT_DUE;
    pump->last_pulse = -IB_PUMP_PULSE_SPACING;
    pump->reservoir = IB_PUMP_FILL;
    pump->max_bolus = IB_PUMP_MAX_BOLUS;
    pump->battery_warned = 100;
    pump->time_zone = IB_TIME_ZONE_UNKNOWN;
    pump->dst_offset = IB_FIELDS_DST_OFFSET_UNKNOWN;
    ib_wall_clock_set(&pump->clock, ib_date_time_to_us(epoch), 0);
    ib_tell_reference_time(pump, 0, IB_IDS_RECORDING_REASON_SET_DATE_TIME);
    know_day(pump, 0);
    ib_tell_level(pump, 0);
    ib_pump_store(pump, number, &basal, 0);
    ib_pump_activate(pump, &number, 1, 0);
    ib_pump_set_therapy(pump, RUN, 0);
}
