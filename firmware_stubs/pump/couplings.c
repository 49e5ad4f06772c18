#include "couplings.h"

#include <string.h>

#include "amounts.h"
#include "isletbench/pump/schedule.h"
#include "records.h"

/* An event on its way through the reactions to it. */
struct occasion {
    struct ib_pump_event event;
    uint16_t annunciation; /* raised because of the event, or IB_NO_ID */
};

typedef void reaction(struct ib_pump_machine *pump, const struct occasion *why);

static uint16_t announce(struct ib_pump_machine *pump, enum ib_ids_annunciation_type type, ib_instant at)
{
    const struct ib_annunciation *raised = ib_annunciations_raise(&pump->annunciations, type);

    ib_record_annunciation(pump, at, raised);
    return raised->id;
}

static uint16_t announce_bolus_canceled(struct ib_pump_machine *pump, ib_instant at)
{
    struct ib_annunciation *raised = ib_annunciations_raise(&pump->annunciations, IB_IDS_ANNUNCIATION_TYPE_BOLUS_CANCELED);
    const struct ib_bolus *bolus = &pump->boluses.active;
    const uint16_t aux[IB_AUX_FIELDS] = {
        bolus->id, IB_IDS_BOLUS_TYPE_FAST, ib_iu(bolus->wanted.amount), ib_iu(bolus->delivered), 0 /* minutes of a fast one */
    };

    memcpy(raised->aux, aux, sizeof aux);
    raised->aux_count = IB_AUX_FIELDS;
    ib_record_annunciation(pump, at, raised);
    return raised->id;
}

/* The basal rate */

/* A stopped pump owes no basal insulin; a paused one delivers none, and makes up for it later (IDS 1.0.2, section
 * 3.3.1.1). Returns the rate that was delivered before. */
static ib_rate follow(struct ib_pump_machine *pump, ib_instant at)
{
    const struct ib_basal_template *profile = ib_templates_activated(&pump->templates);
    const ib_span time_of_day = ib_pump_wall_clock_time_of_day(&pump->clock, at);
    const ib_rate own = profile == NULL ? 0 : ib_schedule_rate(profile, time_of_day);
    const ib_instant next_block = profile == NULL ? IB_NOT_DUE : at + ib_schedule_until_next_block(profile, time_of_day);

    return ib_basal_follow(&pump->basal, ib_tbr_adjust(&pump->tbr, own), next_block, pump->therapy.state != IB_THERAPY_STOP,
                           pump->therapy.state == IB_THERAPY_RUN);
}

static void follow_schedule(struct ib_pump_machine *pump, const struct occasion *why)
{
    const ib_rate old = follow(pump, why->event.at);

    if (pump->basal.delivered_rate != old) {
        ib_record_rate(pump, why->event.at, old, IB_IDS_BASAL_CONTEXT_DEVICE_BASED);
    }
}

/* The record of the TBR has the reason: the rate is recorded with it, even where it has not changed. */
static void follow_tbr(struct ib_pump_machine *pump, const struct occasion *why)
{
    const ib_rate old = follow(pump, why->event.at);

    ib_record_rate(pump, why->event.at, old, pump->tbr.wanted.context);
}

/* Therapy and operation */

static void enter_therapy(struct ib_pump_machine *pump, enum ib_ids_therapy_control_state state, uint16_t changed, ib_instant at)
{
    const enum ib_ids_therapy_control_state old = ib_therapy_enter(&pump->therapy, state, at);

    if (state != old) {
        ib_record_therapy(pump, at, old, changed | IB_IDS_STATUS_FLAG_THERAPY_CONTROL_STATE);
    }
}

static void run_therapy(struct ib_pump_machine *pump, const struct occasion *why)
{
    enter_therapy(pump, IB_THERAPY_RUN, 0, why->event.at);
}

static void pause_therapy(struct ib_pump_machine *pump, const struct occasion *why)
{
    enter_therapy(pump, IB_THERAPY_PAUSE, IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN, why->event.at);
}

static void stop_therapy(struct ib_pump_machine *pump, const struct occasion *why)
{
    enter_therapy(pump, IB_THERAPY_STOP, IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN, why->event.at);
}

static void write_off_basal(struct ib_pump_machine *pump, const struct occasion *why)
{
    (void)why;
    ib_basal_write_off(&pump->basal);
}

static void operate(struct ib_pump_machine *pump, enum ib_ids_operational_state state, ib_instant at)
{
    const enum ib_ids_operational_state old = ib_operation_enter(&pump->operation, state);

    if (state != old) {
        ib_record_operational(pump, at, old);
    }
}

static void wait_for_user(struct ib_pump_machine *pump, const struct occasion *why)
{
    operate(pump, IB_IDS_OPERATIONAL_STATE_WAITING, why->event.at);
}

/* A waiting pump becomes ready when its user has nothing left to correct. */
static void become_ready(struct ib_pump_machine *pump, const struct occasion *why)
{
    if (!pump->reservoir.is_empty && !ib_annunciations_block(&pump->annunciations)) {
        operate(pump, IB_IDS_OPERATIONAL_STATE_READY, why->event.at);
    }
}

/* Boluses */

static void end_bolus(struct ib_pump_machine *pump, enum ib_ids_bolus_end_reason reason, ib_instant at, uint16_t annunciation)
{
    if (ib_boluses_end(&pump->boluses)) {
        ib_record_bolus_ended(pump, at, reason, annunciation);
    }
}

static void record_bolus_programmed(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_bolus_programmed(pump, why->event.at);
}

static void raise_active_bolus(struct ib_pump_machine *pump, const struct occasion *why)
{
    (void)why;
    ib_status_raise(&pump->status, IB_IDS_STATUS_FLAG_ACTIVE_BOLUS);
}

static void suspend_boluses(struct ib_pump_machine *pump, const struct occasion *why)
{
    (void)why;
    ib_boluses_suspend(&pump->boluses);
}

static void resume_boluses(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_boluses_resume(&pump->boluses, why->event.at);
}

static void complete_bolus(struct ib_pump_machine *pump, const struct occasion *why)
{
    end_bolus(pump, IB_IDS_BOLUS_END_REASON_AMOUNT_DELIVERED, why->event.at, IB_NO_ID);
}

static void cancel_boluses(struct ib_pump_machine *pump, const struct occasion *why)
{
    end_bolus(pump, IB_IDS_BOLUS_END_REASON_CANCELED, why->event.at, IB_NO_ID);
}

static void announce_and_cancel_boluses(struct ib_pump_machine *pump, const struct occasion *why)
{
    if (pump->boluses.active.state != IB_BOLUS_NONE) {
        end_bolus(pump, IB_IDS_BOLUS_END_REASON_CANCELED, why->event.at, announce_bolus_canceled(pump, why->event.at));
    }
}

static void abort_boluses(struct ib_pump_machine *pump, const struct occasion *why)
{
    end_bolus(pump, IB_IDS_BOLUS_END_REASON_ERROR_ABORT, why->event.at, why->annunciation);
}

static void record_max_bolus(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_max_bolus(pump, why->event.at, why->event.old);
}

/* Temporary basal rate */

static void end_tbr(struct ib_pump_machine *pump, const struct occasion *why, enum ib_ids_tbr_end_reason reason,
                    uint16_t annunciation)
{
    if (ib_tbr_end(&pump->tbr)) {
        ib_record_tbr_ended(pump, why->event.at, reason, annunciation);
        follow_tbr(pump, why);
        ib_status_raise(&pump->status, IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN);
    }
}

static void record_tbr_started(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_tbr_started(pump, why->event.at);
}

static void record_tbr_changed(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_tbr_changed(pump, why->event.at, why->event.old);
}

static void cancel_tbr(struct ib_pump_machine *pump, const struct occasion *why)
{
    end_tbr(pump, why, IB_IDS_TBR_END_REASON_CANCELED, IB_NO_ID);
}

static void announce_and_cancel_tbr(struct ib_pump_machine *pump, const struct occasion *why)
{
    if (pump->tbr.is_active) {
        end_tbr(pump, why, IB_IDS_TBR_END_REASON_CANCELED,
                announce(pump, IB_IDS_ANNUNCIATION_TYPE_TBR_CANCELED, why->event.at));
    }
}

static void complete_tbr(struct ib_pump_machine *pump, const struct occasion *why)
{
    end_tbr(pump, why, IB_IDS_TBR_END_REASON_DURATION_OVER, why->annunciation);
}

static void abort_tbr(struct ib_pump_machine *pump, const struct occasion *why)
{
    end_tbr(pump, why, IB_IDS_TBR_END_REASON_ERROR_ABORT, why->annunciation);
}

/* Templates, reservoir, annunciations, clock */

static void record_blocks(struct ib_pump_machine *pump, const struct occasion *why)
{
    const uint8_t number = (uint8_t)why->event.id;
    const struct ib_basal_template *stored = ib_templates_at(&pump->templates, number);

    for (uint8_t i = 0; i < stored->count; i++) {
        ib_record_block(pump, why->event.at, number, (uint8_t)(i + 1), &stored->blocks[i]);
    }
}

static void record_activated(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_activated(pump, why->event.at, (uint8_t)why->event.old);
}

static void record_level(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_reservoir_mark_recorded(&pump->reservoir);
    ib_record_level(pump, why->event.at);
}

static void note_level(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_status_raise(&pump->status, IB_IDS_STATUS_FLAG_RESERVOIR);
    if (ib_reservoir_is_record_due(&pump->reservoir)) {
        record_level(pump, why);
    }
}

static void record_annunciation(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_annunciation(pump, why->event.at, ib_annunciations_find(&pump->annunciations, why->event.id));
}

static void remove_annunciation(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_annunciations_remove(&pump->annunciations, why->event.id);
}

static void move_midnight(struct ib_pump_machine *pump, const struct occasion *why)
{
    const ib_instant at = why->event.at;

    if (ib_totals_set_clock(&pump->totals, ib_pump_wall_clock_time_of_day(&pump->clock, at), at)) {
        ib_status_raise(&pump->status, IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN);
    }
}

static void record_clock_set(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_reference_time(pump, why->event.at, IB_IDS_RECORDING_REASON_SET_DATE_TIME);
}

static void record_reference_time(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_reference_time(pump, why->event.at, IB_IDS_RECORDING_REASON_PERIODIC);
}

static void record_day(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_record_day(pump, why->event.at);
}

static void end_day(struct ib_pump_machine *pump, const struct occasion *why)
{
    ib_totals_end_day(&pump->totals, ib_pump_wall_clock_time_of_day(&pump->clock, why->event.at), why->event.at);
}

/* For each event the annunciation that it raises, and what the parts do then, in order. */

#define NOTHING 0U
#define ABORT_THERAPY abort_boluses, abort_tbr, stop_therapy, write_off_basal, follow_schedule, wait_for_user
#define ON(EVENT, announces, ...) [IB_EVENT_##EVENT] = {announces, (reaction *const[]){__VA_ARGS__, NULL}}

static const struct {
    uint16_t announces; /* enum ib_ids_annunciation_type, or NOTHING */
    reaction *const *reactions; /* up to a NULL */
} COUPLINGS[IB_EVENT_TYPES] = {
    ON(STOP_REQUESTED, NOTHING, cancel_boluses, cancel_tbr, stop_therapy, write_off_basal, follow_schedule),
    ON(PAUSE_REQUESTED, NOTHING, suspend_boluses, pause_therapy, follow_schedule),
    ON(RUN_REQUESTED, NOTHING, resume_boluses, run_therapy, follow_schedule),
    ON(PAUSE_TOO_LONG, NOTHING, announce_and_cancel_boluses, announce_and_cancel_tbr, stop_therapy, write_off_basal,
       follow_schedule),
    ON(OCCLUSION_DETECTED, IB_IDS_ANNUNCIATION_TYPE_OCCLUSION_DETECTED, ABORT_THERAPY),
    ON(RESERVOIR_EMPTY, IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_EMPTY, ABORT_THERAPY, record_level),
    ON(BATTERY_EMPTY, IB_IDS_ANNUNCIATION_TYPE_BATTERY_EMPTY, ABORT_THERAPY),
    ON(BATTERY_LOW, IB_IDS_ANNUNCIATION_TYPE_BATTERY_LOW, NULL),
    ON(BATTERY_MEDIUM, IB_IDS_ANNUNCIATION_TYPE_BATTERY_MEDIUM, NULL),
    ON(RESERVOIR_LOW, IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_LOW, NULL),
    ON(PULSE_DELIVERED, NOTHING, note_level),
    ON(BOLUS_PROGRAMMED, NOTHING, record_bolus_programmed),
    ON(BOLUS_STARTED, NOTHING, raise_active_bolus),
    ON(BOLUS_DELIVERED, NOTHING, complete_bolus),
    ON(BOLUS_CANCELED, NOTHING, cancel_boluses),
    ON(MAX_BOLUS_CHANGED, NOTHING, record_max_bolus),
    ON(TBR_STARTED, NOTHING, record_tbr_started, follow_tbr),
    ON(TBR_CHANGED, NOTHING, record_tbr_changed, follow_tbr),
    ON(TBR_CANCELED, NOTHING, cancel_tbr),
    ON(TBR_OVER, IB_IDS_ANNUNCIATION_TYPE_TBR_OVER, complete_tbr),
    ON(TEMPLATE_STORED, NOTHING, record_blocks, follow_schedule),
    ON(TEMPLATE_ACTIVATED, NOTHING, record_activated, follow_schedule),
    ON(BLOCK_BEGAN, NOTHING, follow_schedule),
    ON(ANNUNCIATION_CHANGED, NOTHING, record_annunciation),
    ON(ANNUNCIATION_CONFIRMED, NOTHING, record_annunciation, remove_annunciation, become_ready),
    ON(CLOCK_SET, NOTHING, move_midnight, record_clock_set, follow_schedule),
    ON(REFERENCE_DUE, NOTHING, record_reference_time),
    ON(MIDNIGHT, NOTHING, record_day, end_day),
};

void ib_pump_react(struct ib_pump_machine *pump, struct ib_pump_event event)
{
    struct occasion why = {event, IB_NO_ID};

    if (COUPLINGS[event.type].announces != NOTHING) {
        why.annunciation = announce(pump, (enum ib_ids_annunciation_type)COUPLINGS[event.type].announces, event.at);
    }
    for (reaction *const *next = COUPLINGS[event.type].reactions; *next != NULL; next++) {
        (*next)(pump, &why);
    }
}
