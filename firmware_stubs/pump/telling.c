#include "parts.h"

#include <string.h>

#include "points.h"

/* Write one event down: the packet, and what its op code is called; then the status bits that rise with it, then its fields. */
#define TELL(pump, at, packet, OPCODE, changed, ...)                                                                             \
    do {                                                                                                                         \
        uint8_t octets[LB_HISTORY_DATA];                                                                                         \
        struct lb_writer to = lb_writer_of(octets, sizeof octets);                                                               \
        lb_ids_##packet##_write(&to, &(struct lb_ids_##packet){__VA_ARGS__});                                                    \
        append(pump, at, LB_IDS_EVENTS_##OPCODE, &to, changed);                                                                  \
    } while (0)

#define NOTHING 0U

static void append(struct lb_pump_machine *pump, lb_instant at, uint16_t type, const struct lb_writer *written, uint16_t changed)
{
    struct lb_history_record *record = lb_history_append(&pump->history, at, type);

    memcpy(record->data, written->octets, written->count);
    record->size = (uint8_t)written->count;
    lb_tell_changed(pump, changed | LB_IDS_STATUS_FLAG_HISTORY_EVENT_RECORDED);
}

void lb_tell_changed(struct lb_pump_machine *pump, uint16_t bits)
{
    pump->changed |= bits;
}

void lb_tell_reference_time(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_recording_reason reason)
{
    const struct lb_date_time shown = lb_date_time_of_us(lb_wall_clock_at(&pump->clock, at));
    const lb_span since_second = lb_wall_clock_time_of_day_ms(&pump->clock, at) % LB_SECOND;

    TELL(pump, at, reference_time, REFERENCE_TIME, NOTHING, .reason = reason,
         .time = {shown.year, shown.month, shown.day, shown.hours, shown.minutes, shown.seconds}, .time_zone = pump->time_zone,
         .dst_offset = pump->dst_offset);
    pump->history.reference = at - since_second;
    pump->next_reference = at + LB_PUMP_REFERENCE_EVERY;
}

void lb_tell_level(struct lb_pump_machine *pump, lb_instant at)
{
    pump->recorded_level = pump->reservoir;
    TELL(pump, at, reservoir_remaining_amount_changed, RESERVOIR_REMAINING_AMOUNT_CHANGED, LB_IDS_STATUS_FLAG_RESERVOIR,
         .remaining = lb_iu(pump->reservoir));
}

void lb_tell_therapy(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_therapy_control_state old, uint16_t changed)
{
    TELL(pump, at, therapy_control_state_changed, THERAPY_CONTROL_STATE_CHANGED, changed, .old_state = old,
         .new_state = pump->therapy);
}

void lb_tell_operational(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_operational_state old)
{
    TELL(pump, at, operational_state_changed, OPERATIONAL_STATE_CHANGED, LB_IDS_STATUS_FLAG_OPERATIONAL_STATE, .old_state = old,
         .new_state = pump->operational);
}

void lb_tell_rate(struct lb_pump_machine *pump, lb_instant at, lb_rate old, enum lb_ids_basal_context context)
{
    TELL(pump, at, delivered_basal_rate_changed, DELIVERED_BASAL_RATE_CHANGED, LB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE,
         .old_rate = lb_iu(old), .new_rate = lb_iu(pump->delivered_rate), .has_context = true, .context = context);
}

void lb_tell_tbr_started(struct lb_pump_machine *pump, lb_instant at)
{
    const struct lb_adjustment *wanted = &pump->tbr.wanted;

    TELL(pump, at, tbr_adjustment_started, TBR_ADJUSTMENT_STARTED, LB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE, .tbr_type = wanted->type,
         .adjustment = lb_iu(wanted->value), .duration = (uint16_t)(wanted->duration / LB_MINUTE));
}

void lb_tell_tbr_changed(struct lb_pump_machine *pump, lb_instant at, lb_instant since)
{
    const struct lb_adjustment *wanted = &pump->tbr.wanted;

    TELL(pump, at, tbr_adjustment_changed, TBR_ADJUSTMENT_CHANGED, LB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE, .tbr_type = wanted->type,
         .adjustment = lb_iu(wanted->value), .duration = (uint16_t)(wanted->duration / LB_MINUTE),
         .elapsed = (uint16_t)((at - since) / LB_MINUTE));
}

void lb_tell_tbr_ended(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_tbr_end_reason reason, uint16_t annunciation)
{
    TELL(pump, at, tbr_adjustment_ended, TBR_ADJUSTMENT_ENDED, LB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE,
         .tbr_type = pump->tbr.wanted.type, .duration = (uint16_t)((at - pump->tbr.started_at) / LB_MINUTE), .end_reason = reason,
         .has_annunciation_id = annunciation != LB_NO_ID, .annunciation_id = annunciation);
}

void lb_tell_bolus_programmed(struct lb_pump_machine *pump, lb_instant at)
{
    const struct lb_prescription *wanted = &pump->bolus.wanted;

    TELL(pump, at, bolus_programmed_1_of_2, BOLUS_PROGRAMMED_1_OF_2, NOTHING, .bolus_id = pump->bolus.id,
         .bolus_type = LB_IDS_BOLUS_TYPE_FAST, .fast_amount = lb_iu(wanted->amount), .extended_amount = lb_iu(0));
    TELL(pump, at, bolus_programmed_2_of_2, BOLUS_PROGRAMMED_2_OF_2, LB_IDS_STATUS_FLAG_ACTIVE_BOLUS,
         .has_delay_time = wanted->has_delay, .delay_time = (uint16_t)(wanted->delay / LB_MINUTE),
         .has_activation_type = wanted->has_activation, .activation_type = wanted->activation, .correction = wanted->correction,
         .meal = wanted->meal);
}

void lb_tell_bolus_ended(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_bolus_end_reason reason, uint16_t annunciation)
{
    const struct lb_bolus *bolus = &pump->bolus;
    const lb_instant began = bolus->has_started ? bolus->started_at : at;

    TELL(pump, at, bolus_delivered_1_of_2, BOLUS_DELIVERED_1_OF_2, NOTHING, .bolus_id = bolus->id,
         .bolus_type = LB_IDS_BOLUS_TYPE_FAST, .fast_amount = lb_iu(bolus->delivered), .extended_amount = lb_iu(0));
    TELL(pump, at, bolus_delivered_2_of_2, BOLUS_DELIVERED_2_OF_2,
         LB_IDS_STATUS_FLAG_ACTIVE_BOLUS | LB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN,
         .start_time_offset = (uint32_t)((began - bolus->set_at) / LB_SECOND), .has_activation_type = bolus->wanted.has_activation,
         .activation_type = bolus->wanted.activation, .has_end_reason = true, .end_reason = reason,
         .has_annunciation_id = annunciation != LB_NO_ID, .annunciation_id = annunciation);
}

void lb_tell_max_bolus(struct lb_pump_machine *pump, lb_instant at, lb_insulin old)
{
    TELL(pump, at, max_bolus_amount_changed, MAX_BOLUS_AMOUNT_CHANGED, NOTHING, .old_amount = lb_iu(old),
         .new_amount = lb_iu(pump->max_bolus));
}

void lb_tell_annunciation(struct lb_pump_machine *pump, lb_instant at, const struct lb_annunciation *which)
{
    TELL(pump, at, annunciation_status_changed_1_of_2, ANNUNCIATION_STATUS_CHANGED_1_OF_2, NOTHING,
         .annunciation = {which->id, which->type, which->status}, .has_aux1 = which->aux_count > 0, .aux1 = which->aux[0],
         .has_aux2 = which->aux_count > 1, .aux2 = which->aux[1]);
    TELL(pump, at, annunciation_status_changed_2_of_2, ANNUNCIATION_STATUS_CHANGED_2_OF_2, LB_IDS_STATUS_FLAG_ANNUNCIATION,
         .has_aux3 = which->aux_count > 2, .aux3 = which->aux[2], .has_aux4 = which->aux_count > 3, .aux4 = which->aux[3],
         .has_aux5 = which->aux_count > 4, .aux5 = which->aux[4]);
}

void lb_tell_block(struct lb_pump_machine *pump, lb_instant at, uint8_t number, uint8_t place, const struct lb_basal_block *block)
{
    TELL(pump, at, basal_rate_profile_time_block_changed, BASAL_RATE_PROFILE_TIME_BLOCK_CHANGED, NOTHING,
         .template_number = number, .block_number = place, .duration = block->minutes, .rate = lb_iu(block->rate));
}

void lb_tell_activated(struct lb_pump_machine *pump, lb_instant at, uint8_t old)
{
    TELL(pump, at, profile_template_activated, PROFILE_TEMPLATE_ACTIVATED, NOTHING,
         .profile_type = LB_IDS_PROFILE_TYPE_BASAL_RATE, .old_number = old, .new_number = pump->activated);
}

void lb_tell_day(struct lb_pump_machine *pump, lb_instant at)
{
    const struct lb_delivered today = lb_totals_today(&pump->totals, at);
    const struct lb_date_time day = lb_date_time_of_us(lb_wall_clock_at(&pump->clock, at) - LB_US_PER_DAY);

    TELL(pump, at, total_daily_insulin_delivery, TOTAL_DAILY_INSULIN_DELIVERY, LB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN,
         .bolus = lb_iu(today.bolus), .basal = lb_iu(today.basal), .year = day.year, .month = day.month, .day = day.day,
         .date_time_changed = pump->totals.clock_changed);
}
