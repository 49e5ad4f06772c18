#include "isletbench/pump/machine.h"

#include <string.h>

#include "couplings.h"
#include "isletbench/pump/schedule.h"
#include "records.h"

static void happen(struct ib_pump_machine *pump, enum ib_pump_event_type type, ib_instant at)
{
    ib_pump_react(pump, (struct ib_pump_event){.type = type, .at = at});
}

/* Requests of a client */

static enum ib_pump_event_type request_for(enum ib_ids_therapy_control_state wanted)
{
    switch (wanted) {
    case IB_THERAPY_RUN:
        return IB_EVENT_RUN_REQUESTED;
    case IB_THERAPY_PAUSE:
        return IB_EVENT_PAUSE_REQUESTED;
    default:
        return IB_EVENT_STOP_REQUESTED;
    }
}

enum ib_ids_response ib_pump_set_therapy(struct ib_pump_machine *pump, enum ib_ids_therapy_control_state wanted, ib_instant now)
{
    const bool is_ready = pump->operation.state == IB_IDS_OPERATIONAL_STATE_READY && !pump->reservoir.is_empty;
    const enum ib_ids_response answer = ib_therapy_check(&pump->therapy, wanted, is_ready);

    if (answer == IB_IDS_RESPONSE_SUCCESS && wanted != pump->therapy.state) {
        happen(pump, request_for(wanted), now);
    }
    return answer;
}

static void start_bolus(struct ib_pump_machine *pump, ib_instant at)
{
    ib_boluses_start(&pump->boluses, at);
    happen(pump, IB_EVENT_BOLUS_STARTED, at);
}

enum ib_ids_response ib_pump_set_bolus(struct ib_pump_machine *pump, const struct ib_prescription *wanted, ib_instant now)
{
    const bool therapy_runs = pump->therapy.state == IB_THERAPY_RUN;
    const enum ib_ids_response answer = ib_boluses_program(&pump->boluses, wanted, therapy_runs, now);

    if (answer == IB_IDS_RESPONSE_SUCCESS) {
        happen(pump, IB_EVENT_BOLUS_PROGRAMMED, now);
        if (ib_boluses_start_due(&pump->boluses) <= now) {
            start_bolus(pump, now);
        }
    }
    return answer;
}

enum ib_ids_response ib_pump_cancel_bolus(struct ib_pump_machine *pump, uint16_t id, ib_instant now)
{
    if (!ib_boluses_are_active(&pump->boluses, id)) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    happen(pump, IB_EVENT_BOLUS_CANCELED, now);
    return IB_IDS_RESPONSE_SUCCESS;
}

uint8_t ib_pump_available_boluses(const struct ib_pump_machine *pump)
{
    return pump->therapy.state == IB_THERAPY_RUN ? ib_boluses_available(&pump->boluses) : 0;
}

enum ib_ids_response ib_pump_set_max_bolus(struct ib_pump_machine *pump, ib_insulin amount, ib_instant now)
{
    const struct ib_pump_event event = {.type = IB_EVENT_MAX_BOLUS_CHANGED, .at = now, .old = pump->boluses.max_amount};
    const enum ib_ids_response answer = ib_boluses_set_max_amount(&pump->boluses, amount);

    if (answer == IB_IDS_RESPONSE_SUCCESS) {
        ib_pump_react(pump, event);
    }
    return answer;
}

enum ib_ids_response ib_pump_set_tbr(struct ib_pump_machine *pump, const struct ib_adjustment *wanted, bool is_change,
                                     ib_instant now)
{
    const struct ib_pump_event event = {
        .type = is_change ? IB_EVENT_TBR_CHANGED : IB_EVENT_TBR_STARTED, .at = now, .old = pump->tbr.changed_at};
    const bool therapy_is_stopped = pump->therapy.state == IB_THERAPY_STOP;
    const enum ib_ids_response answer = ib_tbr_set(&pump->tbr, wanted, is_change, therapy_is_stopped, now);

    if (answer == IB_IDS_RESPONSE_SUCCESS) {
        ib_pump_react(pump, event);
    }
    return answer;
}

enum ib_ids_response ib_pump_cancel_tbr(struct ib_pump_machine *pump, ib_instant now)
{
    if (!pump->tbr.is_active) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    happen(pump, IB_EVENT_TBR_CANCELED, now);
    return IB_IDS_RESPONSE_SUCCESS;
}

ib_rate ib_pump_scheduled_rate(const struct ib_pump_machine *pump, ib_instant now)
{
    return ib_schedule_rate(ib_templates_activated(&pump->templates), ib_pump_wall_clock_time_of_day(&pump->clock, now));
}

void ib_pump_store_template(struct ib_pump_machine *pump, uint8_t number, const struct ib_basal_template *profile, ib_instant now)
{
    ib_templates_store(&pump->templates, number, profile);
    ib_pump_react(pump, (struct ib_pump_event){.type = IB_EVENT_TEMPLATE_STORED, .at = now, .id = number});
}

enum ib_ids_response ib_pump_activate_templates(struct ib_pump_machine *pump, const uint8_t *numbers, size_t count, ib_instant now)
{
    const struct ib_pump_event event = {.type = IB_EVENT_TEMPLATE_ACTIVATED, .at = now, .old = pump->templates.activated};
    const enum ib_ids_response answer = ib_templates_activate(&pump->templates, numbers, count);

    if (answer == IB_IDS_RESPONSE_SUCCESS) {
        ib_pump_react(pump, event);
    }
    return answer;
}

enum ib_ids_response ib_pump_snooze(struct ib_pump_machine *pump, uint16_t id, ib_instant now)
{
    if (!ib_annunciations_snooze(&pump->annunciations, id, now)) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    ib_pump_react(pump, (struct ib_pump_event){.type = IB_EVENT_ANNUNCIATION_CHANGED, .at = now, .id = id});
    return IB_IDS_RESPONSE_SUCCESS;
}

enum ib_ids_response ib_pump_confirm(struct ib_pump_machine *pump, uint16_t id, ib_instant now)
{
    if (!ib_annunciations_confirm(&pump->annunciations, id)) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    ib_pump_react(pump, (struct ib_pump_event){.type = IB_EVENT_ANNUNCIATION_CONFIRMED, .at = now, .id = id});
    return IB_IDS_RESPONSE_SUCCESS;
}

void ib_pump_set_clock(struct ib_pump_machine *pump, int64_t to_us, ib_instant now)
{
    ib_wall_clock_set(&pump->clock.shown, to_us, now);
    happen(pump, IB_EVENT_CLOCK_SET, now);
}

void ib_pump_set_local_time(struct ib_pump_machine *pump, int8_t time_zone, enum ib_fields_dst_offset dst_offset, ib_instant now)
{
    ib_pump_wall_clock_set_local(&pump->clock, time_zone, dst_offset);
    happen(pump, IB_EVENT_CLOCK_SET, now);
}

/* Pulses */

static void detect_occlusion(struct ib_pump_machine *pump, ib_instant at)
{
    if (pump->fluid_path.is_occluded && pump->therapy.state != IB_THERAPY_STOP) {
        happen(pump, IB_EVENT_OCCLUSION_DETECTED, at);
    }
}

void ib_pump_set_occluded(struct ib_pump_machine *pump, bool is_occluded, ib_instant now)
{
    if (ib_fluid_path_set(&pump->fluid_path, is_occluded)) {
        detect_occlusion(pump, now);
    }
}

/* Deliver one pulse; false when the reservoir is empty. */
static bool deliver(struct ib_pump_machine *pump, ib_instant at, bool is_bolus)
{
    if (!ib_reservoir_take_pulse(&pump->reservoir)) {
        happen(pump, IB_EVENT_RESERVOIR_EMPTY, at);
        return false;
    }
    ib_delivery_count_pulse(&pump->delivery, at);
    ib_totals_count_pulse(&pump->totals, at, is_bolus);
    happen(pump, IB_EVENT_PULSE_DELIVERED, at);
    if (ib_reservoir_warn(&pump->reservoir)) {
        happen(pump, IB_EVENT_RESERVOIR_LOW, at);
    }
    return true;
}

static ib_instant pulse_due(const struct ib_pump_machine *pump, ib_instant due)
{
    return ib_delivery_earliest(&pump->delivery, pump->therapy.state == IB_THERAPY_RUN ? due : IB_NOT_DUE);
}

static ib_instant basal_pulse_due(const struct ib_pump_machine *pump)
{
    return pulse_due(pump, ib_basal_pulse_due(&pump->basal));
}

static void basal_pulse(struct ib_pump_machine *pump, ib_instant at)
{
    if (deliver(pump, at, false)) {
        ib_basal_count_pulse(&pump->basal);
        detect_occlusion(pump, at);
    }
}

static ib_instant bolus_pulse_due(const struct ib_pump_machine *pump)
{
    return pulse_due(pump, ib_boluses_pulse_due(&pump->boluses));
}

static void bolus_pulse(struct ib_pump_machine *pump, ib_instant at)
{
    if (deliver(pump, at, true)) {
        if (ib_boluses_count_pulse(&pump->boluses, at)) {
            happen(pump, IB_EVENT_BOLUS_DELIVERED, at);
        }
        detect_occlusion(pump, at);
    }
}

/* What else falls due */

static ib_instant reference_due(const struct ib_pump_machine *pump)
{
    return pump->history.next_reference;
}

static void reference(struct ib_pump_machine *pump, ib_instant at)
{
    happen(pump, IB_EVENT_REFERENCE_DUE, at);
}

static ib_instant block_due(const struct ib_pump_machine *pump)
{
    return pump->basal.next_block;
}

static void block(struct ib_pump_machine *pump, ib_instant at)
{
    happen(pump, IB_EVENT_BLOCK_BEGAN, at);
}

static ib_instant snooze_due(const struct ib_pump_machine *pump)
{
    return ib_annunciations_due(&pump->annunciations);
}

static void snooze_ends(struct ib_pump_machine *pump, ib_instant at)
{
    uint16_t id;

    while ((id = ib_annunciations_wake(&pump->annunciations, at)) != IB_NO_ID) {
        ib_pump_react(pump, (struct ib_pump_event){.type = IB_EVENT_ANNUNCIATION_CHANGED, .at = at, .id = id});
    }
}

static ib_instant tbr_due(const struct ib_pump_machine *pump)
{
    return ib_tbr_ends_at(&pump->tbr);
}

static void tbr_over(struct ib_pump_machine *pump, ib_instant at)
{
    happen(pump, IB_EVENT_TBR_OVER, at);
}

static ib_instant bolus_start_due(const struct ib_pump_machine *pump)
{
    return pump->therapy.state == IB_THERAPY_RUN ? ib_boluses_start_due(&pump->boluses) : IB_NOT_DUE;
}

static ib_instant pause_due(const struct ib_pump_machine *pump)
{
    return ib_therapy_pause_ends_at(&pump->therapy);
}

static void pause_ends(struct ib_pump_machine *pump, ib_instant at)
{
    happen(pump, IB_EVENT_PAUSE_TOO_LONG, at);
}

static ib_instant battery_due(const struct ib_pump_machine *pump)
{
    return ib_battery_warning_due(&pump->battery);
}

static void battery_warns(struct ib_pump_machine *pump, ib_instant at)
{
    static const enum ib_pump_event_type EVENTS[IB_BATTERY_WARNINGS] = {
        [IB_BATTERY_IS_MEDIUM] = IB_EVENT_BATTERY_MEDIUM,
        [IB_BATTERY_IS_LOW] = IB_EVENT_BATTERY_LOW,
        [IB_BATTERY_IS_EMPTY] = IB_EVENT_BATTERY_EMPTY,
    };

    happen(pump, EVENTS[ib_battery_warn(&pump->battery)], at);
}

static ib_instant midnight_due(const struct ib_pump_machine *pump)
{
    return pump->totals.next_midnight;
}

static void midnight(struct ib_pump_machine *pump, ib_instant at)
{
    happen(pump, IB_EVENT_MIDNIGHT, at);
}

/* In the order in which they happen at one instant. Midnight comes after the pulses: what fell due by then belongs to the day
 * that ends. */
static const struct {
    ib_instant (*due)(const struct ib_pump_machine *);
    void (*happen)(struct ib_pump_machine *, ib_instant);
} TIMERS[] = {
    {reference_due, reference},
    {block_due, block},
    {snooze_due, snooze_ends},
    {tbr_due, tbr_over},
    {bolus_start_due, start_bolus},
    {basal_pulse_due, basal_pulse},
    {bolus_pulse_due, bolus_pulse},
    {pause_due, pause_ends},
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
    ib_basal_advance(&pump->basal, now);
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
    ib_therapy_init(&pump->therapy);
    ib_operation_init(&pump->operation);
    ib_boluses_init(&pump->boluses);
    ib_basal_init(&pump->basal);
    ib_delivery_init(&pump->delivery);
    ib_reservoir_init(&pump->reservoir);
    ib_pump_wall_clock_init(&pump->clock, epoch);
    ib_totals_init(&pump->totals, ib_pump_wall_clock_time_of_day(&pump->clock, 0));
    ib_record_reference_time(pump, 0, IB_IDS_RECORDING_REASON_SET_DATE_TIME);
    ib_reservoir_mark_recorded(&pump->reservoir);
    ib_record_level(pump, 0);
    ib_pump_store_template(pump, number, &basal, 0);
    ib_pump_activate_templates(pump, &number, 1, 0);
    ib_pump_set_therapy(pump, IB_THERAPY_RUN, 0);
}
