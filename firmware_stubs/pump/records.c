#include "records.h"

#include <string.h>

#include "amounts.h"

/* Append one event: the packet, and the name of its op code; then the status bits that are raised with it, then its fields. */
#define RECORD(pump, at, packet, OPCODE, changed, ...)                                                                           \
    do {                                                                                                                         \
        uint8_t octets[IB_HISTORY_DATA];                                                                                         \
        struct ib_writer to = ib_writer_of(octets, sizeof octets);                                                               \
        ib_ids_##packet##_write(&to, &(struct ib_ids_##packet){__VA_ARGS__});                                                    \
        append(pump, at, IB_IDS_EVENTS_##OPCODE, &to, changed);                                                                  \
    } while (0)

#define NO_BITS 0U /* but that of the history, which every record raises */

static void append(struct ib_pump_machine *pump, ib_instant at, uint16_t type, const struct ib_writer *written, uint16_t changed)
{
    struct ib_history_record *record = ib_history_append(&pump->history, at, type);

    memcpy(record->data, written->octets, written->count);
    record->size = (uint8_t)written->count;
    ib_status_raise(&pump->status, changed | IB_IDS_STATUS_FLAG_HISTORY_EVENT_RECORDED);
}

void ib_record_reference_time(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_recording_reason reason)
{
    const struct ib_pump_wall_clock *clock = &pump->clock;
    const struct ib_date_time shown = ib_date_time_of_us(ib_wall_clock_at(&clock->shown, at));
    const ib_span since_second = ib_pump_wall_clock_time_of_day(clock, at) % IB_SECOND;

    RECORD(pump, at, reference_time, REFERENCE_TIME, NO_BITS, .reason = reason,
           .time = {shown.year, shown.month, shown.day, shown.hours, shown.minutes, shown.seconds}, .time_zone = clock->time_zone,
           .dst_offset = clock->dst_offset);
    ib_history_set_reference(&pump->history, at - since_second, at);
}

void ib_record_level(struct ib_pump_machine *pump, ib_instant at)
{
    RECORD(pump, at, reservoir_remaining_amount_changed, RESERVOIR_REMAINING_AMOUNT_CHANGED, IB_IDS_STATUS_FLAG_RESERVOIR,
           .remaining = ib_iu(pump->reservoir.remaining));
}

void ib_record_therapy(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_therapy_control_state old, uint16_t changed)
{
    RECORD(pump, at, therapy_control_state_changed, THERAPY_CONTROL_STATE_CHANGED, changed, .old_state = old,
           .new_state = pump->therapy.state);
}

void ib_record_operational(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_operational_state old)
{
    RECORD(pump, at, operational_state_changed, OPERATIONAL_STATE_CHANGED, IB_IDS_STATUS_FLAG_OPERATIONAL_STATE, .old_state = old,
           .new_state = pump->operation.state);
}

void ib_record_rate(struct ib_pump_machine *pump, ib_instant at, ib_rate old, enum ib_ids_basal_context context)
{
    RECORD(pump, at, delivered_basal_rate_changed, DELIVERED_BASAL_RATE_CHANGED, IB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE,
           .old_rate = ib_iu(old), .new_rate = ib_iu(pump->basal.delivered_rate), .has_context = true, .context = context);
}

void ib_record_tbr_started(struct ib_pump_machine *pump, ib_instant at)
{
    const struct ib_adjustment *wanted = &pump->tbr.wanted;

    RECORD(pump, at, tbr_adjustment_started, TBR_ADJUSTMENT_STARTED, IB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE, .tbr_type = wanted->type,
           .adjustment = ib_iu(wanted->value), .duration = (uint16_t)(wanted->duration / IB_MINUTE));
}

void ib_record_tbr_changed(struct ib_pump_machine *pump, ib_instant at, ib_instant since)
{
    const struct ib_adjustment *wanted = &pump->tbr.wanted;

    RECORD(pump, at, tbr_adjustment_changed, TBR_ADJUSTMENT_CHANGED, IB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE, .tbr_type = wanted->type,
           .adjustment = ib_iu(wanted->value), .duration = (uint16_t)(wanted->duration / IB_MINUTE),
           .elapsed = (uint16_t)((at - since) / IB_MINUTE));
}

void ib_record_tbr_ended(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_tbr_end_reason reason, uint16_t annunciation)
{
    RECORD(pump, at, tbr_adjustment_ended, TBR_ADJUSTMENT_ENDED, IB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE,
           .tbr_type = pump->tbr.wanted.type, .duration = (uint16_t)((at - pump->tbr.started_at) / IB_MINUTE), .end_reason = reason,
           .has_annunciation_id = annunciation != IB_NO_ID, .annunciation_id = annunciation);
}

void ib_record_bolus_programmed(struct ib_pump_machine *pump, ib_instant at)
{
    const struct ib_prescription *wanted = &pump->boluses.active.wanted;

    RECORD(pump, at, bolus_programmed_1_of_2, BOLUS_PROGRAMMED_1_OF_2, NO_BITS, .bolus_id = pump->boluses.active.id,
           .bolus_type = IB_IDS_BOLUS_TYPE_FAST, .fast_amount = ib_iu(wanted->amount), .extended_amount = ib_iu(0));
    RECORD(pump, at, bolus_programmed_2_of_2, BOLUS_PROGRAMMED_2_OF_2, IB_IDS_STATUS_FLAG_ACTIVE_BOLUS,
           .has_delay_time = wanted->has_delay, .delay_time = (uint16_t)(wanted->delay / IB_MINUTE),
           .has_activation_type = wanted->has_activation, .activation_type = wanted->activation, .correction = wanted->correction,
           .meal = wanted->meal);
}

void ib_record_bolus_ended(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_bolus_end_reason reason, uint16_t annunciation)
{
    const struct ib_bolus *bolus = &pump->boluses.active;
    const ib_instant began = bolus->has_started ? bolus->started_at : at;

    RECORD(pump, at, bolus_delivered_1_of_2, BOLUS_DELIVERED_1_OF_2, NO_BITS, .bolus_id = bolus->id,
           .bolus_type = IB_IDS_BOLUS_TYPE_FAST, .fast_amount = ib_iu(bolus->delivered), .extended_amount = ib_iu(0));
    RECORD(pump, at, bolus_delivered_2_of_2, BOLUS_DELIVERED_2_OF_2,
           IB_IDS_STATUS_FLAG_ACTIVE_BOLUS | IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN,
           .start_time_offset = (uint32_t)((began - bolus->set_at) / IB_SECOND),
           .has_activation_type = bolus->wanted.has_activation, .activation_type = bolus->wanted.activation,
           .has_end_reason = true, .end_reason = reason, .has_annunciation_id = annunciation != IB_NO_ID, .annunciation_id = annunciation);
}

void ib_record_max_bolus(struct ib_pump_machine *pump, ib_instant at, ib_insulin old)
{
    RECORD(pump, at, max_bolus_amount_changed, MAX_BOLUS_AMOUNT_CHANGED, NO_BITS, .old_amount = ib_iu(old),
           .new_amount = ib_iu(pump->boluses.max_amount));
}

void ib_record_annunciation(struct ib_pump_machine *pump, ib_instant at, const struct ib_annunciation *which)
{
    RECORD(pump, at, annunciation_status_changed_1_of_2, ANNUNCIATION_STATUS_CHANGED_1_OF_2, NO_BITS,
           .annunciation = {which->id, which->type, which->status}, .has_aux1 = which->aux_count > 0, .aux1 = which->aux[0],
           .has_aux2 = which->aux_count > 1, .aux2 = which->aux[1]);
    RECORD(pump, at, annunciation_status_changed_2_of_2, ANNUNCIATION_STATUS_CHANGED_2_OF_2, IB_IDS_STATUS_FLAG_ANNUNCIATION,
           .has_aux3 = which->aux_count > 2, .aux3 = which->aux[2], .has_aux4 = which->aux_count > 3, .aux4 = which->aux[3],
           .has_aux5 = which->aux_count > 4, .aux5 = which->aux[4]);
}

void ib_record_block(struct ib_pump_machine *pump, ib_instant at, uint8_t number, uint8_t place, const struct ib_basal_block *block)
{
    RECORD(pump, at, basal_rate_profile_time_block_changed, BASAL_RATE_PROFILE_TIME_BLOCK_CHANGED, NO_BITS,
           .template_number = number, .block_number = place, .duration = block->minutes, .rate = ib_iu(block->rate));
}

void ib_record_activated(struct ib_pump_machine *pump, ib_instant at, uint8_t old)
{
    RECORD(pump, at, profile_template_activated, PROFILE_TEMPLATE_ACTIVATED, NO_BITS,
           .profile_type = IB_IDS_PROFILE_TYPE_BASAL_RATE, .old_number = old, .new_number = pump->templates.activated);
}

void ib_record_day(struct ib_pump_machine *pump, ib_instant at)
{
    const struct ib_delivered today = ib_totals_today(&pump->totals, at);
    const struct ib_date_time day = ib_date_time_of_us(ib_wall_clock_at(&pump->clock.shown, at) - IB_US_PER_DAY);

    RECORD(pump, at, total_daily_insulin_delivery, TOTAL_DAILY_INSULIN_DELIVERY, IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN,
           .bolus = ib_iu(today.bolus), .basal = ib_iu(today.basal), .year = day.year, .month = day.month, .day = day.day,
           .date_time_changed = pump->totals.clock_changed);
}
