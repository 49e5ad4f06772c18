#include "command.h"

#include "amounts.h"
#include "command_templates.h"
#include "isletbench/pump/machine.h"

#define OK IB_IDS_RESPONSE_SUCCESS
#define INVALID IB_IDS_RESPONSE_INVALID_OPERAND

static enum ib_ids_response set_therapy_control_state(struct ib_call *call)
{
    struct ib_ids_set_therapy_control_state request;

    ib_ids_set_therapy_control_state_read(&call->operand, &request);
    return ib_reader_end(&call->operand) ? ib_pump_set_therapy(call->pump, request.state, call->now) : INVALID;
}

/* A serial link has no radio that flight mode could switch off. */
static enum ib_ids_response set_flight_mode(struct ib_call *call)
{
    return ib_reader_end(&call->operand) ? OK : INVALID;
}

static enum ib_ids_response snooze_annunciation(struct ib_call *call)
{
    struct ib_ids_snooze_annunciation request;

    ib_ids_snooze_annunciation_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    const enum ib_ids_response answer = ib_pump_snooze(call->pump, request.instance_id, call->now);
    ib_write_uint(call->answer, IB_IDS_COMMAND_SNOOZE_ANNUNCIATION_RESPONSE, 2);
    ib_write_uint(call->answer, request.instance_id, 2);
    return answer;
}

static enum ib_ids_response confirm_annunciation(struct ib_call *call)
{
    struct ib_ids_confirm_annunciation request;

    ib_ids_confirm_annunciation_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    const enum ib_ids_response answer = ib_pump_confirm(call->pump, request.instance_id, call->now);
    ib_write_uint(call->answer, IB_IDS_COMMAND_CONFIRM_ANNUNCIATION_RESPONSE, 2);
    ib_write_uint(call->answer, request.instance_id, 2);
    return answer;
}

static enum ib_ids_response set_tbr_adjustment(struct ib_call *call)
{
    struct ib_ids_set_tbr_adjustment request;
    int64_t value;

    ib_ids_set_tbr_adjustment_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand) || request.has_template_number || request.tbr_type == IB_IDS_TBR_TYPE_UNDETERMINED) {
        return INVALID;
    }
    const enum ib_ids_response answer = ib_uu(request.adjustment, &value);
    if (answer != OK) {
        return answer;
    }
    const struct ib_adjustment wanted = {
        .type = request.tbr_type,
        .value = value,
        .duration = request.duration * IB_MINUTE,
        .context = request.has_context ? request.context : IB_IDS_BASAL_CONTEXT_REMOTE_CONTROL,
    };
    return ib_pump_set_tbr(call->pump, &wanted, request.change, call->now);
}

static enum ib_ids_response cancel_tbr_adjustment(struct ib_call *call)
{
    return ib_reader_end(&call->operand) ? ib_pump_cancel_tbr(call->pump, call->now) : INVALID;
}

/* Whether type, amounts and options fit together, for a pump that has fast boluses without templates. */
static bool is_consistent(const struct ib_ids_set_bolus *request)
{
    const bool has_no_cause = request->has_activation_type
        && request->activation_type == IB_IDS_BOLUS_ACTIVATION_UNDETERMINED;

    return !has_no_cause && !request->has_template_number && request->bolus_type == IB_IDS_BOLUS_TYPE_FAST
        && ib_sfloat_is_number(request->fast_amount) && ib_sfloat_is_number(request->extended_amount)
        && ib_sfloat_compare(request->extended_amount, 0, 0) == 0 && request->duration == 0;
}

static enum ib_ids_response set_bolus(struct ib_call *call)
{
    struct ib_ids_set_bolus request;
    int64_t amount;

    ib_ids_set_bolus_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand) || !is_consistent(&request)) {
        return INVALID;
    }
    enum ib_ids_response answer = ib_uu(request.fast_amount, &amount);
    if (answer != OK) {
        return answer;
    }
    const struct ib_prescription wanted = {
        .amount = amount,
        .has_delay = request.has_delay_time,
        .delay = request.delay_time * IB_MINUTE,
        .has_activation = request.has_activation_type,
        .activation = request.activation_type,
        .correction = request.correction,
        .meal = request.meal,
    };
    answer = ib_pump_set_bolus(call->pump, &wanted, call->now);
    ib_write_uint(call->answer, IB_IDS_COMMAND_SET_BOLUS_RESPONSE, 2);
    ib_write_uint(call->answer, call->pump->boluses.active.id, 2);
    return answer;
}

static enum ib_ids_response cancel_bolus(struct ib_call *call)
{
    struct ib_ids_cancel_bolus request;

    ib_ids_cancel_bolus_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    ib_write_uint(call->answer, IB_IDS_COMMAND_CANCEL_BOLUS_RESPONSE, 2);
    ib_write_uint(call->answer, request.bolus_id, 2);
    return ib_pump_cancel_bolus(call->pump, request.bolus_id, call->now);
}

static enum ib_ids_response get_available_boluses(struct ib_call *call)
{
    ib_write_uint(call->answer, IB_IDS_COMMAND_GET_AVAILABLE_BOLUSES_RESPONSE, 2);
    ib_write_uint(call->answer, ib_pump_available_boluses(call->pump), 1);
    return ib_reader_end(&call->operand) ? OK : INVALID;
}

static enum ib_ids_response get_max_bolus_amount(struct ib_call *call)
{
    ib_write_uint(call->answer, IB_IDS_COMMAND_GET_MAX_BOLUS_AMOUNT_RESPONSE, 2);
    ib_write_uint(call->answer, ib_iu(call->pump->boluses.max_amount), 2);
    return ib_reader_end(&call->operand) ? OK : INVALID;
}

static enum ib_ids_response set_max_bolus_amount(struct ib_call *call)
{
    struct ib_ids_set_max_bolus_amount request;
    int64_t amount;

    ib_ids_set_max_bolus_amount_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    const enum ib_ids_response answer = ib_uu(request.amount, &amount);
    return answer == OK ? ib_pump_set_max_bolus(call->pump, amount, call->now) : answer;
}

static const struct ib_procedure PROCEDURES[] = {
    {IB_IDS_COMMAND_SET_THERAPY_CONTROL_STATE, set_therapy_control_state},
    {IB_IDS_COMMAND_SET_FLIGHT_MODE, set_flight_mode},
    {IB_IDS_COMMAND_SNOOZE_ANNUNCIATION, snooze_annunciation},
    {IB_IDS_COMMAND_CONFIRM_ANNUNCIATION, confirm_annunciation},
    {IB_IDS_COMMAND_READ_BASAL_RATE_PROFILE_TEMPLATE, ib_read_template},
    {IB_IDS_COMMAND_WRITE_BASAL_RATE_PROFILE_TEMPLATE, ib_write_template},
    {IB_IDS_COMMAND_SET_TBR_ADJUSTMENT, set_tbr_adjustment},
    {IB_IDS_COMMAND_CANCEL_TBR_ADJUSTMENT, cancel_tbr_adjustment},
    {IB_IDS_COMMAND_SET_BOLUS, set_bolus},
    {IB_IDS_COMMAND_CANCEL_BOLUS, cancel_bolus},
    {IB_IDS_COMMAND_GET_AVAILABLE_BOLUSES, get_available_boluses},
    {IB_IDS_COMMAND_GET_MAX_BOLUS_AMOUNT, get_max_bolus_amount},
    {IB_IDS_COMMAND_SET_MAX_BOLUS_AMOUNT, set_max_bolus_amount},
    {IB_IDS_COMMAND_GET_TEMPLATE_STATUS_AND_DETAILS, ib_get_template_status},
    {IB_IDS_COMMAND_RESET_TEMPLATE_STATUS, ib_reset_templates},
    {IB_IDS_COMMAND_ACTIVATE_PROFILE_TEMPLATES, ib_activate_templates},
    {IB_IDS_COMMAND_GET_ACTIVATED_PROFILE_TEMPLATES, ib_get_activated_templates},
};

const struct ib_procedures ib_command_procedures = {
    PROCEDURES, sizeof PROCEDURES / sizeof PROCEDURES[0], IB_IDS_COMMAND_COMMAND_RESPONSE_CODE};

bool ib_command_needs_data(uint16_t opcode)
{
    return opcode == IB_IDS_COMMAND_READ_BASAL_RATE_PROFILE_TEMPLATE || opcode == IB_IDS_COMMAND_GET_TEMPLATE_STATUS_AND_DETAILS;
}
