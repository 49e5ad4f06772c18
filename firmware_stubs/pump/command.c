/* What the Command Control Point does. Source: IDS 1.0.2, section 3.7. */
#include "points.h"

#define OK LB_IDS_RESPONSE_SUCCESS
#define INVALID LB_IDS_RESPONSE_INVALID_OPERAND

static enum lb_ids_response set_therapy_control_state(struct lb_call *call)
{
    struct lb_ids_set_therapy_control_state asked;

    lb_ids_set_therapy_control_state_read(&call->operand, &asked);
    return lb_reader_end(&call->operand) ? lb_pump_set_therapy(call->pump, asked.state, call->now) : INVALID;
}

/* A cable is no radio: there is nothing to switch off. */
static enum lb_ids_response set_flight_mode(struct lb_call *call)
{
    return lb_reader_end(&call->operand) ? OK : INVALID;
}

static enum lb_ids_response snooze_annunciation(struct lb_call *call)
{
    struct lb_ids_snooze_annunciation asked;

    lb_ids_snooze_annunciation_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand)) {
        return INVALID;
    }
    const enum lb_ids_response answer = lb_pump_snooze(call->pump, asked.instance_id, call->now);
    lb_write_uint(call->answer, LB_IDS_COMMAND_SNOOZE_ANNUNCIATION_RESPONSE, 2);
    lb_write_uint(call->answer, asked.instance_id, 2);
    return answer;
}

static enum lb_ids_response confirm_annunciation(struct lb_call *call)
{
    struct lb_ids_confirm_annunciation asked;

    lb_ids_confirm_annunciation_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand)) {
        return INVALID;
    }
    const enum lb_ids_response answer = lb_pump_confirm(call->pump, asked.instance_id, call->now);
    lb_write_uint(call->answer, LB_IDS_COMMAND_CONFIRM_ANNUNCIATION_RESPONSE, 2);
    lb_write_uint(call->answer, asked.instance_id, 2);
    return answer;
}

static enum lb_ids_response set_tbr_adjustment(struct lb_call *call)
{
    struct lb_ids_set_tbr_adjustment asked;
    int64_t value;

    lb_ids_set_tbr_adjustment_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand) || asked.has_template_number || asked.tbr_type == LB_IDS_TBR_TYPE_UNDETERMINED) {
        return INVALID;
    }
    const enum lb_ids_response answer = lb_uu(asked.adjustment, &value);
    if (answer != OK) {
        return answer;
    }
    const struct lb_adjustment wanted = {
        .type = asked.tbr_type,
        .value = value,
        .duration = asked.duration * LB_MINUTE,
        .context = asked.has_context ? asked.context : LB_IDS_BASAL_CONTEXT_REMOTE_CONTROL,
    };
    return lb_pump_set_tbr(call->pump, &wanted, asked.change, call->now);
}

static enum lb_ids_response cancel_tbr_adjustment(struct lb_call *call)
{
    return lb_reader_end(&call->operand) ? lb_pump_cancel_tbr(call->pump, call->now) : INVALID;
}

/* Whether type, amounts and options go together, for a pump that has fast boluses without templates. */
static bool makes_sense(const struct lb_ids_set_bolus *asked)
{
    const bool is_wanted_by_nobody = asked->has_activation_type
        && asked->activation_type == LB_IDS_BOLUS_ACTIVATION_UNDETERMINED;

    return !is_wanted_by_nobody && !asked->has_template_number && asked->bolus_type == LB_IDS_BOLUS_TYPE_FAST
        && lb_sfloat_is_number(asked->fast_amount) && lb_sfloat_is_number(asked->extended_amount)
        && lb_sfloat_compare(asked->extended_amount, 0, 0) == 0 && asked->duration == 0;
}

static enum lb_ids_response set_bolus(struct lb_call *call)
{
    struct lb_ids_set_bolus asked;
    int64_t amount;

    lb_ids_set_bolus_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand) || !makes_sense(&asked)) {
        return INVALID;
    }
    enum lb_ids_response answer = lb_uu(asked.fast_amount, &amount);
    if (answer != OK) {
        return answer;
    }
    const struct lb_prescription wanted = {
        .amount = amount,
        .has_delay = asked.has_delay_time,
        .delay = asked.delay_time * LB_MINUTE,
        .has_activation = asked.has_activation_type,
        .activation = asked.activation_type,
        .correction = asked.correction,
        .meal = asked.meal,
    };
    answer = lb_pump_set_bolus(call->pump, &wanted, call->now);
    lb_write_uint(call->answer, LB_IDS_COMMAND_SET_BOLUS_RESPONSE, 2);
    lb_write_uint(call->answer, call->pump->bolus.id, 2);
    return answer;
}

static enum lb_ids_response cancel_bolus(struct lb_call *call)
{
    struct lb_ids_cancel_bolus asked;

    lb_ids_cancel_bolus_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand)) {
        return INVALID;
    }
    lb_write_uint(call->answer, LB_IDS_COMMAND_CANCEL_BOLUS_RESPONSE, 2);
    lb_write_uint(call->answer, asked.bolus_id, 2);
    return lb_pump_cancel_bolus(call->pump, asked.bolus_id, call->now);
}

static enum lb_ids_response get_available_boluses(struct lb_call *call)
{
    lb_write_uint(call->answer, LB_IDS_COMMAND_GET_AVAILABLE_BOLUSES_RESPONSE, 2);
    lb_write_uint(call->answer, lb_pump_available_boluses(call->pump), 1);
    return lb_reader_end(&call->operand) ? OK : INVALID;
}

static enum lb_ids_response get_max_bolus_amount(struct lb_call *call)
{
    lb_write_uint(call->answer, LB_IDS_COMMAND_GET_MAX_BOLUS_AMOUNT_RESPONSE, 2);
    lb_write_uint(call->answer, lb_iu(call->pump->max_bolus), 2);
    return lb_reader_end(&call->operand) ? OK : INVALID;
}

static enum lb_ids_response set_max_bolus_amount(struct lb_call *call)
{
    struct lb_ids_set_max_bolus_amount asked;
    int64_t amount;

    lb_ids_set_max_bolus_amount_read(&call->operand, &asked);
    if (!lb_reader_end(&call->operand)) {
        return INVALID;
    }
    const enum lb_ids_response answer = lb_uu(asked.amount, &amount);
    return answer == OK ? lb_pump_set_max_bolus(call->pump, amount, call->now) : answer;
}

static const struct lb_procedure PROCEDURES[] = {
    {LB_IDS_COMMAND_SET_THERAPY_CONTROL_STATE, set_therapy_control_state},
    {LB_IDS_COMMAND_SET_FLIGHT_MODE, set_flight_mode},
    {LB_IDS_COMMAND_SNOOZE_ANNUNCIATION, snooze_annunciation},
    {LB_IDS_COMMAND_CONFIRM_ANNUNCIATION, confirm_annunciation},
    {LB_IDS_COMMAND_READ_BASAL_RATE_PROFILE_TEMPLATE, lb_read_template},
    {LB_IDS_COMMAND_WRITE_BASAL_RATE_PROFILE_TEMPLATE, lb_write_template},
    {LB_IDS_COMMAND_SET_TBR_ADJUSTMENT, set_tbr_adjustment},
    {LB_IDS_COMMAND_CANCEL_TBR_ADJUSTMENT, cancel_tbr_adjustment},
    {LB_IDS_COMMAND_SET_BOLUS, set_bolus},
    {LB_IDS_COMMAND_CANCEL_BOLUS, cancel_bolus},
    {LB_IDS_COMMAND_GET_AVAILABLE_BOLUSES, get_available_boluses},
    {LB_IDS_COMMAND_GET_MAX_BOLUS_AMOUNT, get_max_bolus_amount},
    {LB_IDS_COMMAND_SET_MAX_BOLUS_AMOUNT, set_max_bolus_amount},
    {LB_IDS_COMMAND_GET_TEMPLATE_STATUS_AND_DETAILS, lb_get_template_status},
    {LB_IDS_COMMAND_RESET_TEMPLATE_STATUS, lb_reset_templates},
    {LB_IDS_COMMAND_ACTIVATE_PROFILE_TEMPLATES, lb_activate_templates},
    {LB_IDS_COMMAND_GET_ACTIVATED_PROFILE_TEMPLATES, lb_get_activated_templates},
};

const struct lb_procedures lb_command_procedures = {
    PROCEDURES, sizeof PROCEDURES / sizeof PROCEDURES[0], LB_IDS_COMMAND_COMMAND_RESPONSE_CODE};

bool lb_command_needs_data(uint16_t opcode)
{
    return opcode == LB_IDS_COMMAND_READ_BASAL_RATE_PROFILE_TEMPLATE || opcode == LB_IDS_COMMAND_GET_TEMPLATE_STATUS_AND_DETAILS;
}
