#include "status_reader.h"

#include "amounts.h"
#include "isletbench/pump/machine.h"

#define NO_DELAY UINT16_MAX /* the delay of a bolus as far as it has been delivered (IDS 1.0.2, table 4.18) */
#define OK IB_IDS_RESPONSE_SUCCESS

static uint16_t minutes_of(ib_span span)
{
    return (uint16_t)(span / IB_MINUTE);
}

static enum ib_ids_response reset_status(struct ib_call *call)
{
    struct ib_ids_reset_status request;

    ib_ids_reset_status_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    ib_status_reset(&call->pump->status, request.changed);
    return OK;
}

static enum ib_ids_response get_active_bolus_ids(struct ib_call *call)
{
    const struct ib_bolus *bolus = &call->pump->boluses.active;
    const uint8_t id[] = {(uint8_t)bolus->id, (uint8_t)(bolus->id >> 8)};
    struct ib_octets active = {id, bolus->state == IB_BOLUS_NONE ? 0 : sizeof id};

    if (!ib_reader_end(&call->operand)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    ib_write_uint(call->answer, IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS_RESPONSE, 2);
    ib_ids_get_active_bolus_ids_response_write(call->answer, &(struct ib_ids_get_active_bolus_ids_response){active});
    return OK;
}

/* IDS 1.0.2, section 4.5.2.6: what amount and delay mean depends on the selection. */
static enum ib_ids_response get_active_bolus_delivery(struct ib_call *call)
{
    const struct ib_bolus *bolus = &call->pump->boluses.active;
    const struct ib_prescription *wanted = &bolus->wanted;
    struct ib_ids_get_active_bolus_delivery request;

    ib_ids_get_active_bolus_delivery_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    if (bolus->state == IB_BOLUS_NONE || bolus->id != request.bolus_id) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    struct ib_ids_get_active_bolus_delivery_response response = {
        .bolus_id = bolus->id,
        .bolus_type = IB_IDS_BOLUS_TYPE_FAST,
        .extended_amount = ib_iu(0),
        .has_delay_time = wanted->has_delay,
        .has_activation_type = wanted->has_activation,
        .activation_type = wanted->activation,
        .correction = wanted->correction,
        .meal = wanted->meal,
    };
    switch (request.selection) {
    case IB_IDS_BOLUS_VALUE_SELECTION_PROGRAMMED:
        response.fast_amount = ib_iu(wanted->amount);
        response.delay_time = minutes_of(wanted->delay);
        break;
    case IB_IDS_BOLUS_VALUE_SELECTION_REMAINING:
        response.fast_amount = ib_iu(wanted->amount - bolus->delivered);
        if (bolus->state == IB_BOLUS_PROGRAMMED && ib_bolus_starts_at(bolus) > call->now) {
            response.delay_time = minutes_of(ib_bolus_starts_at(bolus) - call->now);
        }
        break;
    case IB_IDS_BOLUS_VALUE_SELECTION_DELIVERED:
        response.fast_amount = ib_iu(bolus->delivered);
        response.delay_time = NO_DELAY;
        break;
    }
    ib_write_uint(call->answer, IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_DELIVERY_RESPONSE, 2);
    ib_ids_get_active_bolus_delivery_response_write(call->answer, &response);
    return OK;
}

/* IDS 1.0.2, section 4.5.2.8: the profile's own rate, and beside it the TBR that alters it. */
static enum ib_ids_response get_active_basal_rate_delivery(struct ib_call *call)
{
    const struct ib_tbr *tbr = &call->pump->tbr;

    if (!ib_reader_end(&call->operand)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    if (call->pump->therapy.state == IB_THERAPY_STOP) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    struct ib_ids_get_active_basal_rate_delivery_response response = {
        .template_number = call->pump->templates.activated,
        .config_value = ib_iu(ib_pump_scheduled_rate(call->pump, call->now)),
        .has_context = true,
        .context = IB_IDS_BASAL_CONTEXT_DEVICE_BASED,
    };
    if (tbr->is_active) {
        response.has_tbr_type = true;
        response.tbr_type = tbr->wanted.type;
        response.tbr_adjustment = ib_iu(tbr->wanted.value);
        response.tbr_duration_programmed = minutes_of(tbr->wanted.duration);
        response.tbr_duration_remaining = minutes_of(ib_tbr_ends_at(tbr) - call->now + IB_MINUTE - 1);
        response.context = tbr->wanted.context;
    }
    ib_write_uint(call->answer, IB_IDS_STATUS_READER_GET_ACTIVE_BASAL_RATE_DELIVERY_RESPONSE, 2);
    ib_ids_get_active_basal_rate_delivery_response_write(call->answer, &response);
    return OK;
}

static enum ib_ids_response get_total_daily_insulin_status(struct ib_call *call)
{
    const struct ib_delivered today = ib_totals_today(&call->pump->totals, call->now);

    if (!ib_reader_end(&call->operand)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    ib_write_uint(call->answer, IB_IDS_STATUS_READER_GET_TOTAL_DAILY_INSULIN_STATUS_RESPONSE, 2);
    ib_ids_get_total_daily_insulin_status_response_write(
        call->answer, &(struct ib_ids_get_total_daily_insulin_status_response){ib_iu(today.bolus), ib_iu(today.basal),
                                                                               ib_iu(today.bolus + today.basal)});
    return OK;
}

/* What a counter counts down from. All of them began at power-up. */
static ib_span counter_span(enum ib_ids_counter_type type)
{
    switch (type) {
    case IB_IDS_COUNTER_TYPE_LIFETIME:
        return IB_PUMP_LIFETIME;
    case IB_IDS_COUNTER_TYPE_WARRANTY:
        return IB_PUMP_WARRANTY;
    case IB_IDS_COUNTER_TYPE_LOANER:
        return IB_PUMP_LOANER;
    case IB_IDS_COUNTER_TYPE_RESERVOIR_INSULIN_OPERATION_TIME:
        break;
    }
    return IB_PUMP_RESERVOIR_INSULIN_OPERATION_TIME;
}

static ib_span floor_minutes(ib_span span)
{
    return (span < 0 ? span - (IB_MINUTE - 1) : span) / IB_MINUTE;
}

static enum ib_ids_response get_counter(struct ib_call *call)
{
    struct ib_ids_get_counter request;

    ib_ids_get_counter_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    const ib_span counted = request.selection == IB_IDS_COUNTER_SELECTION_ELAPSED ? call->now
                                                                                : counter_span(request.type) - call->now;
    ib_write_uint(call->answer, IB_IDS_STATUS_READER_GET_COUNTER_RESPONSE, 2);
    ib_ids_get_counter_response_write(
        call->answer, &(struct ib_ids_get_counter_response){request.type, request.selection, (int32_t)floor_minutes(counted)});
    return OK;
}

static enum ib_ids_response get_delivered_insulin(struct ib_call *call)
{
    const struct ib_delivered delivered = ib_totals_rolled(&call->pump->totals);
    struct ib_ids_get_delivered_insulin_response response;

    if (!ib_reader_end(&call->operand)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    ib_float_of(delivered.bolus, IB_MILLIONTHS, &response.bolus);
    ib_float_of(delivered.basal, IB_MILLIONTHS, &response.basal);
    ib_write_uint(call->answer, IB_IDS_STATUS_READER_GET_DELIVERED_INSULIN_RESPONSE, 2);
    ib_ids_get_delivered_insulin_response_write(call->answer, &response);
    return OK;
}

static const struct ib_procedure PROCEDURES[] = {
    {IB_IDS_STATUS_READER_RESET_STATUS, reset_status},
    {IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS, get_active_bolus_ids},
    {IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_DELIVERY, get_active_bolus_delivery},
    {IB_IDS_STATUS_READER_GET_ACTIVE_BASAL_RATE_DELIVERY, get_active_basal_rate_delivery},
    {IB_IDS_STATUS_READER_GET_TOTAL_DAILY_INSULIN_STATUS, get_total_daily_insulin_status},
    {IB_IDS_STATUS_READER_GET_COUNTER, get_counter},
    {IB_IDS_STATUS_READER_GET_DELIVERED_INSULIN, get_delivered_insulin},
};

const struct ib_procedures ib_status_reader_procedures = {
    PROCEDURES, sizeof PROCEDURES / sizeof PROCEDURES[0], IB_IDS_STATUS_READER_STATUS_READER_RESPONSE_CODE};
