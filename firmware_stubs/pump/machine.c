#include "parts.h"

#include <string.h>

#include "points.h"

/* Of a battery, in percent left, and what the user is told: first at half the runtime (IDS 1.0.2, table 4.9); an empty one ends
 * therapy. */
static const struct {
    uint8_t level;
    enum lb_ids_annunciation_type type;
} BATTERY_WARNINGS[] = {
    {50, LB_IDS_ANNUNCIATION_TYPE_BATTERY_MEDIUM},
    {20, LB_IDS_ANNUNCIATION_TYPE_BATTERY_LOW},
    {0, LB_IDS_ANNUNCIATION_TYPE_BATTERY_EMPTY},
};
#define BATTERY_WARNING_COUNT (sizeof BATTERY_WARNINGS / sizeof BATTERY_WARNINGS[0])

uint16_t lb_announce(struct lb_pump_machine *pump, enum lb_ids_annunciation_type type, lb_instant at)
{
    const struct lb_annunciation *raised = lb_annunciations_raise(&pump->annunciations, type);

    lb_tell_annunciation(pump, at, raised);
    return raised->id;
}

uint16_t lb_announce_bolus_canceled(struct lb_pump_machine *pump, lb_instant at)
{
    struct lb_annunciation *raised = lb_annunciations_raise(&pump->annunciations, LB_IDS_ANNUNCIATION_TYPE_BOLUS_CANCELED);
    const struct lb_bolus *bolus = &pump->bolus;
    const uint16_t told[LB_AUX_FIELDS] = {
        bolus->id, LB_IDS_BOLUS_TYPE_FAST, lb_iu(bolus->wanted.amount), lb_iu(bolus->delivered), 0 /* minutes of a fast one */
    };

    memcpy(raised->aux, told, sizeof told);
    raised->aux_count = LB_AUX_FIELDS;
    lb_tell_annunciation(pump, at, raised);
    return raised->id;
}

enum lb_ids_response lb_pump_snooze(struct lb_pump_machine *pump, uint16_t id, lb_instant now)
{
    struct lb_annunciation *which = lb_annunciations_find(&pump->annunciations, id);

    if (which == NULL) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    which->status = LB_IDS_ANNUNCIATION_STATUS_SNOOZED;
    which->quiet_until = now + LB_PUMP_SNOOZE;
    lb_tell_annunciation(pump, now, which);
    return LB_IDS_RESPONSE_SUCCESS;
}

enum lb_ids_response lb_pump_confirm(struct lb_pump_machine *pump, uint16_t id, lb_instant now)
{
    struct lb_annunciation *which = lb_annunciations_find(&pump->annunciations, id);

    if (which == NULL) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    which->status = LB_IDS_ANNUNCIATION_STATUS_CONFIRMED;
    lb_tell_annunciation(pump, now, which);
    lb_annunciations_remove(&pump->annunciations, which);
    lb_settle(pump, now);
    return LB_IDS_RESPONSE_SUCCESS;
}

/* Clock */

static void know_day(struct lb_pump_machine *pump, lb_instant now)
{
    const lb_span time_of_day = lb_wall_clock_time_of_day_ms(&pump->clock, now);

    pump->totals.day_began = now - time_of_day;
    pump->next_midnight = now + LB_DAY - time_of_day;
}

static void clock_changed(struct lb_pump_machine *pump, lb_instant now)
{
    const struct lb_delivered before = lb_totals_today(&pump->totals, now);

    know_day(pump, now);
    pump->totals.clock_changed = true;
    lb_tell_reference_time(pump, now, LB_IDS_RECORDING_REASON_SET_DATE_TIME);
    const struct lb_delivered today = lb_totals_today(&pump->totals, now);
    if (today.bolus != before.bolus || today.basal != before.basal) {
        lb_tell_changed(pump, LB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN);
    }
    lb_follow_schedule(pump, now);
}

void lb_pump_set_clock(struct lb_pump_machine *pump, int64_t to_us, lb_instant now)
{
    lb_wall_clock_set(&pump->clock, to_us, now);
    clock_changed(pump, now);
}

void lb_pump_set_local_time(struct lb_pump_machine *pump, int8_t time_zone, enum lb_fields_dst_offset dst_offset, lb_instant now)
{
    pump->time_zone = time_zone;
    pump->dst_offset = dst_offset;
    clock_changed(pump, now);
}

/* What can fall due, and what happens then */

static lb_instant reference_due(const struct lb_pump_machine *pump)
{
    return pump->next_reference;
}

static void refer(struct lb_pump_machine *pump, lb_instant at)
{
    lb_tell_reference_time(pump, at, LB_IDS_RECORDING_REASON_PERIODIC);
}

static lb_instant block_due(const struct lb_pump_machine *pump)
{
    return pump->next_block;
}

static lb_instant snooze_due(const struct lb_pump_machine *pump)
{
    return lb_annunciations_due(&pump->annunciations);
}

static void snoozed_enough(struct lb_pump_machine *pump, lb_instant at)
{
    for (size_t i = 0; i < pump->annunciations.count; i++) {
        struct lb_annunciation *which = &pump->annunciations.active[i];

        if (which->quiet_until <= at) {
            which->status = LB_IDS_ANNUNCIATION_STATUS_PENDING;
            which->quiet_until = LB_NOT_DUE;
            lb_tell_annunciation(pump, at, which);
        }
    }
}

static lb_instant tbr_due(const struct lb_pump_machine *pump)
{
    return lb_tbr_ends_at(&pump->tbr);
}

static lb_instant bolus_start_due(const struct lb_pump_machine *pump)
{
    const bool waits = pump->therapy == RUN && pump->bolus.state == LB_BOLUS_PROGRAMMED;

    return waits ? lb_bolus_starts_at(&pump->bolus) : LB_NOT_DUE;
}

static lb_instant pause_due(const struct lb_pump_machine *pump)
{
    return pump->paused_at == LB_NOT_DUE ? LB_NOT_DUE : pump->paused_at + LB_PUMP_MAX_PAUSE;
}

uint8_t lb_pump_battery_level(lb_instant now)
{
    const lb_span used = 100 * now / LB_PUMP_BATTERY_LIFE;

    return (uint8_t)(used < 100 ? 100 - used : 0);
}

static size_t next_battery_warning(const struct lb_pump_machine *pump)
{
    size_t next = 0;

    while (next < BATTERY_WARNING_COUNT && BATTERY_WARNINGS[next].level >= pump->battery_warned) {
        next++;
    }
    return next;
}

static lb_instant battery_due(const struct lb_pump_machine *pump)
{
    const size_t next = next_battery_warning(pump);

    if (next == BATTERY_WARNING_COUNT) {
        return LB_NOT_DUE;
    }
    return (LB_PUMP_BATTERY_LIFE * (100 - BATTERY_WARNINGS[next].level) + 99) / 100;
}

static void battery_warns(struct lb_pump_machine *pump, lb_instant at)
{
    const size_t next = next_battery_warning(pump);

    pump->battery_warned = BATTERY_WARNINGS[next].level;
    if (pump->battery_warned == 0) {
        lb_fault(pump, BATTERY_WARNINGS[next].type, at);
    } else {
        lb_announce(pump, BATTERY_WARNINGS[next].type, at);
    }
}

static lb_instant midnight_due(const struct lb_pump_machine *pump)
{
    return pump->next_midnight;
}

static void midnight(struct lb_pump_machine *pump, lb_instant at)
{
    lb_tell_day(pump, at);
    lb_totals_forget(&pump->totals, at);
    pump->totals.clock_changed = false;
    know_day(pump, at);
    pump->totals.day_began = at;
}

/* In the order in which they happen at one instant. Midnight comes after the pulses: what fell due by then belongs to the day
 * that ends. */
static const struct {
    lb_instant (*due)(const struct lb_pump_machine *);
    void (*happen)(struct lb_pump_machine *, lb_instant);
} TIMERS[] = {
    {reference_due, refer},
    {block_due, lb_follow_schedule},
    {snooze_due, snoozed_enough},
    {tbr_due, lb_tbr_over},
    {bolus_start_due, lb_start_bolus},
    {lb_basal_pulse_due, lb_basal_pulse},
    {lb_bolus_pulse_due, lb_bolus_pulse},
    {pause_due, lb_stop_by_itself},
    {battery_due, battery_warns},
    {midnight_due, midnight},
};
#define TIMER_COUNT (sizeof TIMERS / sizeof TIMERS[0])

lb_instant lb_pump_due(const struct lb_pump_machine *pump)
{
    lb_instant due = LB_NOT_DUE;

    for (size_t i = 0; i < TIMER_COUNT; i++) {
        const lb_instant instant = TIMERS[i].due(pump);

        due = instant < due ? instant : due;
    }
    return due < pump->now ? pump->now : due;
}

static void pass_to(struct lb_pump_machine *pump, lb_instant now)
{
    lb_basal_accrue(&pump->debt, pump->owed_rate, now);
    pump->now = now;
}

void lb_pump_advance(struct lb_pump_machine *pump, lb_instant now)
{
    for (lb_instant due = lb_pump_due(pump); due <= now; due = lb_pump_due(pump)) {
        pass_to(pump, due);
        for (size_t i = 0; i < TIMER_COUNT; i++) {
            if (TIMERS[i].due(pump) <= due) {
                TIMERS[i].happen(pump, due);
            }
        }
    }
    pass_to(pump, now);
}

void lb_pump_machine_init(struct lb_pump_machine *pump, const struct lb_date_time *epoch)
{
    static const struct lb_basal_template basal = LB_PUMP_BASAL;
    const uint8_t number = LB_PUMP_BASAL_FIRST;

    memset(pump, 0, sizeof *pump);
    pump->therapy = STOP;
    pump->operational = LB_IDS_OPERATIONAL_STATE_READY;
    pump->paused_at = LB_NOT_DUE;
    pump->next_block = LB_NOT_DUE;
    pump->last_pulse = -LB_PUMP_PULSE_SPACING;
    pump->reservoir = LB_PUMP_FILL;
    pump->max_bolus = LB_PUMP_MAX_BOLUS;
    pump->battery_warned = 100;
    pump->time_zone = LB_TIME_ZONE_UNKNOWN;
    pump->dst_offset = LB_FIELDS_DST_OFFSET_UNKNOWN;
    lb_wall_clock_set(&pump->clock, lb_date_time_to_us(epoch), 0);
    lb_tell_reference_time(pump, 0, LB_IDS_RECORDING_REASON_SET_DATE_TIME);
    know_day(pump, 0);
    lb_tell_level(pump, 0);
    lb_pump_store(pump, number, &basal, 0);
    lb_pump_activate(pump, &number, 1, 0);
    lb_pump_set_therapy(pump, RUN, 0);
}
