/* What the Status Reader Control Point does: it reads, and forgets what the client has seen. Source: IDS 1.0.2, section 3.6. */
#include "parts.h"
#include "points.h"

#define NO_DELAY UINT16_MAX /* the delay of a bolus as far as it has been delivered (IDS 1.0.2, table 4.18) */
#define OK LB_IDS_RESPONSE_SUCCESS

static uint16_t minutes_of(lb_span span)
{
    return (uint16_t)(span / LB_MINUTE);
}

static enum lb_ids_response reset_status(struct lb_call *call)
{
    struct lb_ids_reset_status asked;

    lb_ids_reset_status_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    call->pump->changed &= (uint16_t)~asked.changed;
    return OK;
}

static enum lb_ids_response get_active_bolus_ids(struct lb_call *call)
{
    const struct lb_bolus *bolus = &call->pump->bolus;
    const uint8_t id[] = {(uint8_t)bolus->id, (uint8_t)(bolus->id >> 8)};
    struct lb_octets active = {id, bolus->state == LB_BOLUS_NONE ? 0 : sizeof id};

    if (!lb_reader_end(&call->operand)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    lb_write_uint(call->answer, LB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS_RESPONSE, 2);
    lb_ids_get_active_bolus_ids_response_write(call->answer, &(struct lb_ids_get_active_bolus_ids_response){active});
    return OK;
}

/* IDS 1.0.2, section 4.5.2.6: what amount and delay mean depends on the selection. */
static enum lb_ids_response get_active_bolus_delivery(struct lb_call *call)
{
    const struct lb_bolus *bolus = &call->pump->bolus;
    const struct lb_prescription *wanted = &bolus->wanted;
    struct lb_ids_get_active_bolus_delivery asked;

    lb_ids_get_active_bolus_delivery_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    if (bolus->state == LB_BOLUS_NONE || bolus->id != asked.bolus_id) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    struct lb_ids_get_active_bolus_delivery_response told = {
        .bolus_id = bolus->id,
        .bolus_type = LB_IDS_BOLUS_TYPE_FAST,
        .extended_amount = lb_iu(0),
        .has_delay_time = wanted->has_delay,
        .has_activation_type = wanted->has_activation,
        .activation_type = wanted->activation,
        .correction = wanted->correction,
        .meal = wanted->meal,
    };
    switch (asked.selection) {
    case LB_IDS_BOLUS_VALUE_SELECTION_PROGRAMMED:
        told.fast_amount = lb_iu(wanted->amount);
        told.delay_time = minutes_of(wanted->delay);
        break;
    case LB_IDS_BOLUS_VALUE_SELECTION_REMAINING:
        told.fast_amount = lb_iu(wanted->amount - bolus->delivered);
        if (bolus->state == LB_BOLUS_PROGRAMMED && lb_bolus_starts_at(bolus) > call->now) {
            told.delay_time = minutes_of(lb_bolus_starts_at(bolus) - call->now);
        }
        break;
    case LB_IDS_BOLUS_VALUE_SELECTION_DELIVERED:
        told.fast_amount = lb_iu(bolus->delivered);
        told.delay_time = NO_DELAY;
        break;
    }
    lb_write_uint(call->answer, LB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_DELIVERY_RESPONSE, 2);
    lb_ids_get_active_bolus_delivery_response_write(call->answer, &told);
    return OK;
}

/* IDS 1.0.2, section 4.5.2.8: the profile's own rate, and beside it the TBR that alters it. */
static enum lb_ids_response get_active_basal_rate_delivery(struct lb_call *call)
{
    const struct lb_tbr *tbr = &call->pump->tbr;

    if (!lb_reader_end(&call->operand)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    if (call->pump->therapy == STOP) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    struct lb_ids_get_active_basal_rate_delivery_response told = {
        .template_number = call->pump->activated,
        .config_value = lb_iu(lb_pump_scheduled_rate(call->pump, call->now)),
        .has_context = true,
        .context = LB_IDS_BASAL_CONTEXT_DEVICE_BASED,
    };
    if (tbr->is_active) {
        told.has_tbr_type = true;
        told.tbr_type = tbr->wanted.type;
        told.tbr_adjustment = lb_iu(tbr->wanted.value);
        told.tbr_duration_programmed = minutes_of(tbr->wanted.duration);
        told.tbr_duration_remaining = minutes_of(lb_tbr_ends_at(tbr) - call->now + LB_MINUTE - 1);
        told.context = tbr->wanted.context;
    }
    lb_write_uint(call->answer, LB_IDS_STATUS_READER_GET_ACTIVE_BASAL_RATE_DELIVERY_RESPONSE, 2);
    lb_ids_get_active_basal_rate_delivery_response_write(call->answer, &told);
    return OK;
}

static enum lb_ids_response get_total_daily_insulin_status(struct lb_call *call)
{
    const struct lb_delivered today = lb_totals_today(&call->pump->totals, call->now);

    if (!lb_reader_end(&call->operand)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    lb_write_uint(call->answer, LB_IDS_STATUS_READER_GET_TOTAL_DAILY_INSULIN_STATUS_RESPONSE, 2);
    lb_ids_get_total_daily_insulin_status_response_write(
        call->answer, &(struct lb_ids_get_total_daily_insulin_status_response){lb_iu(today.bolus), lb_iu(today.basal),
                                                                               lb_iu(today.bolus + today.basal)});
    return OK;
}

/* What a counter counts down from. All of them began at power-up. */
static lb_span counter_span(enum lb_ids_counter_type type)
{
    switch (type) {
    case LB_IDS_COUNTER_TYPE_LIFETIME:
        return LB_PUMP_LIFETIME;
    case LB_IDS_COUNTER_TYPE_WARRANTY:
        return LB_PUMP_WARRANTY;
    case LB_IDS_COUNTER_TYPE_LOANER:
        return LB_PUMP_LOANER;
    case LB_IDS_COUNTER_TYPE_RESERVOIR_INSULIN_OPERATION_TIME:
        break;
    }
    return LB_PUMP_RESERVOIR_INSULIN_OPERATION_TIME;
}

static lb_span floor_minutes(lb_span span)
{
    return (span < 0 ? span - (LB_MINUTE - 1) : span) / LB_MINUTE;
}

static enum lb_ids_response get_counter(struct lb_call *call)
{
    struct lb_ids_get_counter asked;

    lb_ids_get_counter_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    const lb_span counted = asked.selection == LB_IDS_COUNTER_SELECTION_ELAPSED ? call->now
                                                                                : counter_span(asked.type) - call->now;
    lb_write_uint(call->answer, LB_IDS_STATUS_READER_GET_COUNTER_RESPONSE, 2);
    lb_ids_get_counter_response_write(
        call->answer, &(struct lb_ids_get_counter_response){asked.type, asked.selection, (int32_t)floor_minutes(counted)});
    return OK;
}

static enum lb_ids_response get_delivered_insulin(struct lb_call *call)
{
    const struct lb_delivered delivered = lb_totals_rolled(&call->pump->totals);
    struct lb_ids_get_delivered_insulin_response told;

    if (!lb_reader_end(&call->operand)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    lb_float_of(delivered.bolus, LB_MILLIONTHS, &told.bolus);
    lb_float_of(delivered.basal, LB_MILLIONTHS, &told.basal);
    lb_write_uint(call->answer, LB_IDS_STATUS_READER_GET_DELIVERED_INSULIN_RESPONSE, 2);
    lb_ids_get_delivered_insulin_response_write(call->answer, &told);
    return OK;
}

static const struct lb_procedure PROCEDURES[] = {
    {LB_IDS_STATUS_READER_RESET_STATUS, reset_status},
    {LB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS, get_active_bolus_ids},
    {LB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_DELIVERY, get_active_bolus_delivery},
    {LB_IDS_STATUS_READER_GET_ACTIVE_BASAL_RATE_DELIVERY, get_active_basal_rate_delivery},
    {LB_IDS_STATUS_READER_GET_TOTAL_DAILY_INSULIN_STATUS, get_total_daily_insulin_status},
    {LB_IDS_STATUS_READER_GET_COUNTER, get_counter},
    {LB_IDS_STATUS_READER_GET_DELIVERED_INSULIN, get_delivered_insulin},
};

const struct lb_procedures lb_status_reader_procedures = {
    PROCEDURES, sizeof PROCEDURES / sizeof PROCEDURES[0], LB_IDS_STATUS_READER_STATUS_READER_RESPONSE_CODE};
