/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/ids.h"

bool ib_ids_therapy_control_state_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_THERAPY_CONTROL_STATE_UNDETERMINED:
    case IB_IDS_THERAPY_CONTROL_STATE_STOP:
    case IB_IDS_THERAPY_CONTROL_STATE_PAUSE:
    case IB_IDS_THERAPY_CONTROL_STATE_RUN:
        return true;
    default:
        return false;
    }
}

bool ib_ids_operational_state_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_OPERATIONAL_STATE_UNDETERMINED:
    case IB_IDS_OPERATIONAL_STATE_OFF:
    case IB_IDS_OPERATIONAL_STATE_STANDBY:
    case IB_IDS_OPERATIONAL_STATE_PREPARING:
    case IB_IDS_OPERATIONAL_STATE_PRIMING:
    case IB_IDS_OPERATIONAL_STATE_WAITING:
    case IB_IDS_OPERATIONAL_STATE_READY:
        return true;
    default:
        return false;
    }
}

bool ib_ids_annunciation_type_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_ANNUNCIATION_TYPE_SYSTEM_ISSUE:
    case IB_IDS_ANNUNCIATION_TYPE_MECHANICAL_ISSUE:
    case IB_IDS_ANNUNCIATION_TYPE_OCCLUSION_DETECTED:
    case IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_ISSUE:
    case IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_EMPTY:
    case IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_LOW:
    case IB_IDS_ANNUNCIATION_TYPE_PRIMING_ISSUE:
    case IB_IDS_ANNUNCIATION_TYPE_INFUSION_SET_INCOMPLETE:
    case IB_IDS_ANNUNCIATION_TYPE_INFUSION_SET_DETACHED:
    case IB_IDS_ANNUNCIATION_TYPE_POWER_SOURCE_INSUFFICIENT:
    case IB_IDS_ANNUNCIATION_TYPE_BATTERY_EMPTY:
    case IB_IDS_ANNUNCIATION_TYPE_BATTERY_LOW:
    case IB_IDS_ANNUNCIATION_TYPE_BATTERY_MEDIUM:
    case IB_IDS_ANNUNCIATION_TYPE_BATTERY_FULL:
    case IB_IDS_ANNUNCIATION_TYPE_TEMPERATURE_OUT_OF_RANGE:
    case IB_IDS_ANNUNCIATION_TYPE_AIR_PRESSURE_OUT_OF_RANGE:
    case IB_IDS_ANNUNCIATION_TYPE_BOLUS_CANCELED:
    case IB_IDS_ANNUNCIATION_TYPE_TBR_OVER:
    case IB_IDS_ANNUNCIATION_TYPE_TBR_CANCELED:
    case IB_IDS_ANNUNCIATION_TYPE_MAX_DELIVERY:
    case IB_IDS_ANNUNCIATION_TYPE_DATE_TIME_ISSUE:
    case IB_IDS_ANNUNCIATION_TYPE_TEMPERATURE:
    case IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_LOW:
    case IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_HIGH:
    case IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_FALLING:
    case IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_RISING:
    case IB_IDS_ANNUNCIATION_TYPE_SUSPENDED_BEFORE_LOW:
    case IB_IDS_ANNUNCIATION_TYPE_SUSPENDED_ON_LOW:
    case IB_IDS_ANNUNCIATION_TYPE_BASAL_RESUMED:
    case IB_IDS_ANNUNCIATION_TYPE_CGM_SIGNAL_LOST:
        return true;
    default:
        return false;
    }
}

bool ib_ids_annunciation_status_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_ANNUNCIATION_STATUS_UNDETERMINED:
    case IB_IDS_ANNUNCIATION_STATUS_PENDING:
    case IB_IDS_ANNUNCIATION_STATUS_SNOOZED:
    case IB_IDS_ANNUNCIATION_STATUS_CONFIRMED:
        return true;
    default:
        return false;
    }
}

bool ib_ids_bolus_type_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_BOLUS_TYPE_UNDETERMINED:
    case IB_IDS_BOLUS_TYPE_FAST:
    case IB_IDS_BOLUS_TYPE_EXTENDED:
    case IB_IDS_BOLUS_TYPE_MULTIWAVE:
        return true;
    default:
        return false;
    }
}

bool ib_ids_bolus_activation_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_BOLUS_ACTIVATION_UNDETERMINED:
    case IB_IDS_BOLUS_ACTIVATION_MANUAL:
    case IB_IDS_BOLUS_ACTIVATION_RECOMMENDED:
    case IB_IDS_BOLUS_ACTIVATION_MANUALLY_CHANGED_RECOMMENDATION:
    case IB_IDS_BOLUS_ACTIVATION_COMMANDED:
        return true;
    default:
        return false;
    }
}

bool ib_ids_bolus_value_selection_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_BOLUS_VALUE_SELECTION_PROGRAMMED:
    case IB_IDS_BOLUS_VALUE_SELECTION_REMAINING:
    case IB_IDS_BOLUS_VALUE_SELECTION_DELIVERED:
        return true;
    default:
        return false;
    }
}

bool ib_ids_basal_context_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_BASAL_CONTEXT_UNDETERMINED:
    case IB_IDS_BASAL_CONTEXT_DEVICE_BASED:
    case IB_IDS_BASAL_CONTEXT_REMOTE_CONTROL:
    case IB_IDS_BASAL_CONTEXT_AP_CONTROLLER:
        return true;
    default:
        return false;
    }
}

bool ib_ids_tbr_type_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_TBR_TYPE_UNDETERMINED:
    case IB_IDS_TBR_TYPE_ABSOLUTE:
    case IB_IDS_TBR_TYPE_RELATIVE:
        return true;
    default:
        return false;
    }
}

bool ib_ids_counter_type_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_COUNTER_TYPE_LIFETIME:
    case IB_IDS_COUNTER_TYPE_WARRANTY:
    case IB_IDS_COUNTER_TYPE_LOANER:
    case IB_IDS_COUNTER_TYPE_RESERVOIR_INSULIN_OPERATION_TIME:
        return true;
    default:
        return false;
    }
}

bool ib_ids_counter_selection_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_COUNTER_SELECTION_REMAINING:
    case IB_IDS_COUNTER_SELECTION_ELAPSED:
        return true;
    default:
        return false;
    }
}

bool ib_ids_response_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_RESPONSE_SUCCESS:
    case IB_IDS_RESPONSE_OPCODE_NOT_SUPPORTED:
    case IB_IDS_RESPONSE_INVALID_OPERAND:
    case IB_IDS_RESPONSE_PROCEDURE_NOT_COMPLETED:
    case IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE:
    case IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE:
    case IB_IDS_RESPONSE_PLAUSIBILITY_CHECK_FAILED:
    case IB_IDS_RESPONSE_MAXIMUM_BOLUS_NUMBER_REACHED:
        return true;
    default:
        return false;
    }
}

bool ib_ids_bolus_end_reason_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_BOLUS_END_REASON_UNDETERMINED:
    case IB_IDS_BOLUS_END_REASON_AMOUNT_DELIVERED:
    case IB_IDS_BOLUS_END_REASON_CANCELED:
    case IB_IDS_BOLUS_END_REASON_ERROR_ABORT:
        return true;
    default:
        return false;
    }
}

bool ib_ids_recording_reason_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_RECORDING_REASON_UNDETERMINED:
    case IB_IDS_RECORDING_REASON_SET_DATE_TIME:
    case IB_IDS_RECORDING_REASON_PERIODIC:
    case IB_IDS_RECORDING_REASON_DATE_TIME_LOSS:
        return true;
    default:
        return false;
    }
}

bool ib_ids_template_type_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_TEMPLATE_TYPE_UNDETERMINED:
    case IB_IDS_TEMPLATE_TYPE_BASAL_RATE_PROFILE:
    case IB_IDS_TEMPLATE_TYPE_TBR:
    case IB_IDS_TEMPLATE_TYPE_BOLUS:
    case IB_IDS_TEMPLATE_TYPE_ISF_PROFILE:
    case IB_IDS_TEMPLATE_TYPE_I2CHO_RATIO_PROFILE:
    case IB_IDS_TEMPLATE_TYPE_TARGET_GLUCOSE_RANGE_PROFILE:
        return true;
    default:
        return false;
    }
}

bool ib_ids_profile_type_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_PROFILE_TYPE_UNDETERMINED:
    case IB_IDS_PROFILE_TYPE_BASAL_RATE:
    case IB_IDS_PROFILE_TYPE_ISF:
    case IB_IDS_PROFILE_TYPE_I2CHO_RATIO:
    case IB_IDS_PROFILE_TYPE_TARGET_GLUCOSE_RANGE:
        return true;
    default:
        return false;
    }
}

bool ib_ids_tbr_end_reason_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_TBR_END_REASON_UNDETERMINED:
    case IB_IDS_TBR_END_REASON_DURATION_OVER:
    case IB_IDS_TBR_END_REASON_CANCELED:
    case IB_IDS_TBR_END_REASON_ERROR_ABORT:
        return true;
    default:
        return false;
    }
}

bool ib_ids_priming_end_reason_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_PRIMING_END_REASON_UNDETERMINED:
    case IB_IDS_PRIMING_END_REASON_ABORTED_BY_USER:
    case IB_IDS_PRIMING_END_REASON_AMOUNT_REACHED:
    case IB_IDS_PRIMING_END_REASON_ERROR_ABORT:
        return true;
    default:
        return false;
    }
}

bool ib_ids_temperature_context_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_TEMPERATURE_CONTEXT_DEVICE:
    case IB_IDS_TEMPERATURE_CONTEXT_INSULIN:
        return true;
    default:
        return false;
    }
}

bool ib_ids_low_suspend_reason_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_LOW_SUSPEND_REASON_UNDETERMINED:
    case IB_IDS_LOW_SUSPEND_REASON_BEFORE_LOW:
    case IB_IDS_LOW_SUSPEND_REASON_ON_LOW:
        return true;
    default:
        return false;
    }
}

bool ib_ids_low_suspend_end_reason_is(uint32_t code)
{
    switch (code) {
    case IB_IDS_LOW_SUSPEND_END_REASON_UNDETERMINED:
    case IB_IDS_LOW_SUSPEND_END_REASON_GLUCOSE_RECOVERED:
    case IB_IDS_LOW_SUSPEND_END_REASON_LONGEST_TIME_OVER:
    case IB_IDS_LOW_SUSPEND_END_REASON_RESUMED_BY_USER:
    case IB_IDS_LOW_SUSPEND_END_REASON_NO_READINGS:
    case IB_IDS_LOW_SUSPEND_END_REASON_THERAPY_STOPPED:
    case IB_IDS_LOW_SUSPEND_END_REASON_POWER_LOST:
    case IB_IDS_LOW_SUSPEND_END_REASON_SWITCHED_OFF:
        return true;
    default:
        return false;
    }
}

size_t ib_ids_status_reader_size(uint32_t opcode)
{
    switch (opcode) {
    case 0x0330:
    case 0x0365:
    case 0x0395:
    case 0x03C0:
    case 0x03F3:
        return 2;
    case 0x030C:
    case 0x03A6:
        return 4;
    case 0x0303:
    case 0x0356:
        return 5;
    case 0x039A:
    case 0x03A9:
        return 8;
    case 0x03CF:
        return 10;
    default:
        return 0;
    }
}

size_t ib_ids_events_size(uint32_t opcode)
{
    switch (opcode) {
    case 0x03A6:
    case 0x03A9:
        return 2;
    case 0x0303:
    case 0x030C:
    case 0x0330:
    case 0x0395:
        return 4;
    case 0x00CC:
    case 0xF033:
        return 5;
    case 0x03FC:
        return 6;
    case 0xF00F:
        return 7;
    case 0x00F0:
    case 0x0359:
    case 0x0365:
    case 0x03F3:
        return 8;
    case 0x003C:
    case 0x0055:
    case 0x036A:
    case 0x03C0:
        return 10;
    case 0x005A:
    case 0x0069:
    case 0x00FF:
        return 11;
    case 0x000F:
    case 0x0033:
        return 12;
    default:
        return 0;
    }
}

size_t ib_ids_command_data_size(uint32_t opcode)
{
    switch (opcode) {
    default:
        return 0;
    }
}

size_t ib_ids_command_size(uint32_t opcode)
{
    switch (opcode) {
    case 0x0F66:
    case 0x1111:
    case 0x1188:
    case 0x11EE:
    case 0x1248:
    case 0x1284:
    case 0x12B7:
    case 0x147D:
        return 2;
    case 0x0F5A:
    case 0x0FAA:
    case 0x111E:
    case 0x1144:
    case 0x11B4:
    case 0x11BB:
    case 0x11E1:
    case 0x12B8:
    case 0x12ED:
    case 0x1428:
        return 3;
    case 0x0F69:
    case 0x0F96:
    case 0x0F99:
    case 0x0FA5:
    case 0x1177:
    case 0x1178:
    case 0x1187:
    case 0x127B:
    case 0x128B:
    case 0x1482:
    case 0x148D:
        return 4;
    case 0x0F55:
    case 0x0FF0:
    case 0x12E2:
    case 0x1427:
    case 0x1472:
        return 5;
    case 0x1122:
    case 0x112D:
        return 8;
    default:
        return 0;
    }
}

void ib_ids_status_changed_read(struct ib_reader *from, struct ib_ids_status_changed *value)
{
    *value = (struct ib_ids_status_changed){0};
    value->changed = (uint16_t)(ib_read_uint(from, 2) & IB_IDS_STATUS_FLAG_ALL);
}

void ib_ids_status_changed_write(struct ib_writer *to, const struct ib_ids_status_changed *value)
{
    ib_write_bits(to, value->changed, 2, IB_IDS_STATUS_FLAG_ALL);
}

void ib_ids_status_read(struct ib_reader *from, struct ib_ids_status *value)
{
    *value = (struct ib_ids_status){0};
    value->therapy_control_state = (enum ib_ids_therapy_control_state)ib_read_code(from, 1, ib_ids_therapy_control_state_is);
    value->operational_state = (enum ib_ids_operational_state)ib_read_code(from, 1, ib_ids_operational_state_is);
    value->reservoir_remaining = (ib_sfloat)ib_read_uint(from, 2);
    uint32_t flags = ib_read_uint(from, 1);
    value->reservoir_attached = (flags & 0x01U) != 0;
}

void ib_ids_status_write(struct ib_writer *to, const struct ib_ids_status *value)
{
    ib_write_code(to, (uint32_t)value->therapy_control_state, 1, ib_ids_therapy_control_state_is);
    ib_write_code(to, (uint32_t)value->operational_state, 1, ib_ids_operational_state_is);
    ib_write_uint(to, value->reservoir_remaining, 2);
    uint32_t flags = 0;
    flags |= value->reservoir_attached ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
}

void ib_ids_annunciation_read(struct ib_reader *from, struct ib_ids_annunciation *value)
{
    *value = (struct ib_ids_annunciation){0};
    value->instance_id = (uint16_t)ib_read_uint(from, 2);
    value->type = (enum ib_ids_annunciation_type)ib_read_code(from, 2, ib_ids_annunciation_type_is);
    value->status = (enum ib_ids_annunciation_status)ib_read_code(from, 1, ib_ids_annunciation_status_is);
}

void ib_ids_annunciation_write(struct ib_writer *to, const struct ib_ids_annunciation *value)
{
    ib_write_uint(to, (uint32_t)value->instance_id, 2);
    ib_write_code(to, (uint32_t)value->type, 2, ib_ids_annunciation_type_is);
    ib_write_code(to, (uint32_t)value->status, 1, ib_ids_annunciation_status_is);
}

void ib_ids_annunciation_status_value_read(struct ib_reader *from, struct ib_ids_annunciation_status_value *value)
{
    *value = (struct ib_ids_annunciation_status_value){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_annunciation = (flags & 0x01U) != 0;
    value->has_aux1 = (flags & 0x02U) != 0;
    value->has_aux2 = (flags & 0x04U) != 0;
    value->has_aux3 = (flags & 0x08U) != 0;
    value->has_aux4 = (flags & 0x10U) != 0;
    value->has_aux5 = (flags & 0x20U) != 0;
    if (value->has_annunciation) {
        ib_ids_annunciation_read(from, &value->annunciation);
    }
    if (value->has_aux1) {
        value->aux1 = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_aux2) {
        value->aux2 = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_aux3) {
        value->aux3 = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_aux4) {
        value->aux4 = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_aux5) {
        value->aux5 = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_annunciation_status_value_write(struct ib_writer *to, const struct ib_ids_annunciation_status_value *value)
{
    uint32_t flags = 0;
    flags |= value->has_annunciation ? 0x01U : 0U;
    flags |= value->has_aux1 ? 0x02U : 0U;
    flags |= value->has_aux2 ? 0x04U : 0U;
    flags |= value->has_aux3 ? 0x08U : 0U;
    flags |= value->has_aux4 ? 0x10U : 0U;
    flags |= value->has_aux5 ? 0x20U : 0U;
    ib_write_uint(to, flags, 1);
    if (value->has_annunciation) {
        ib_ids_annunciation_write(to, &value->annunciation);
    }
    if (value->has_aux1) {
        ib_write_uint(to, (uint32_t)value->aux1, 2);
    }
    if (value->has_aux2) {
        ib_write_uint(to, (uint32_t)value->aux2, 2);
    }
    if (value->has_aux3) {
        ib_write_uint(to, (uint32_t)value->aux3, 2);
    }
    if (value->has_aux4) {
        ib_write_uint(to, (uint32_t)value->aux4, 2);
    }
    if (value->has_aux5) {
        ib_write_uint(to, (uint32_t)value->aux5, 2);
    }
}

void ib_ids_features_read(struct ib_reader *from, struct ib_ids_features *value)
{
    *value = (struct ib_ids_features){0};
    value->insulin_concentration = (ib_sfloat)ib_read_uint(from, 2);
    value->features = (uint32_t)(ib_read_extensible_bits(from, 3) & IB_IDS_FEATURE_ALL);
}

void ib_ids_features_write(struct ib_writer *to, const struct ib_ids_features *value)
{
    ib_write_uint(to, value->insulin_concentration, 2);
    ib_write_bits(to, value->features, 3, IB_IDS_FEATURE_ALL);
}

void ib_ids_temperature_report_read(struct ib_reader *from, struct ib_ids_temperature_report *value)
{
    *value = (struct ib_ids_temperature_report){0};
    value->temperature = (ib_sfloat)ib_read_uint(from, 2);
    uint32_t flags = ib_read_uint(from, 1);
    value->celsius = (flags & 0x01U) != 0;
    value->too_low = (flags & 0x40U) != 0;
    value->too_high = (flags & 0x80U) != 0;
    value->context = (enum ib_ids_temperature_context)ib_read_code(from, 1, ib_ids_temperature_context_is);
}

void ib_ids_temperature_report_write(struct ib_writer *to, const struct ib_ids_temperature_report *value)
{
    ib_write_uint(to, value->temperature, 2);
    uint32_t flags = 0;
    flags |= value->celsius ? 0x01U : 0U;
    flags |= value->too_low ? 0x40U : 0U;
    flags |= value->too_high ? 0x80U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->context, 1, ib_ids_temperature_context_is);
}

void ib_ids_status_reader_response_code_read(struct ib_reader *from, struct ib_ids_status_reader_response_code *value)
{
    *value = (struct ib_ids_status_reader_response_code){0};
    value->request = (uint16_t)ib_read_uint(from, 2);
    value->code = (enum ib_ids_response)ib_read_code(from, 1, ib_ids_response_is);
}

void ib_ids_status_reader_response_code_write(struct ib_writer *to, const struct ib_ids_status_reader_response_code *value)
{
    ib_write_uint(to, (uint32_t)value->request, 2);
    ib_write_code(to, (uint32_t)value->code, 1, ib_ids_response_is);
}

void ib_ids_reset_status_read(struct ib_reader *from, struct ib_ids_reset_status *value)
{
    *value = (struct ib_ids_reset_status){0};
    value->changed = (uint16_t)(ib_read_uint(from, 2) & IB_IDS_STATUS_FLAG_ALL);
}

void ib_ids_reset_status_write(struct ib_writer *to, const struct ib_ids_reset_status *value)
{
    ib_write_bits(to, value->changed, 2, IB_IDS_STATUS_FLAG_ALL);
}

void ib_ids_get_active_bolus_ids_response_read(struct ib_reader *from, struct ib_ids_get_active_bolus_ids_response *value)
{
    *value = (struct ib_ids_get_active_bolus_ids_response){0};
    value->bolus_ids = ib_read_octets(from, (size_t)2 * ib_read_uint(from, 1));
}

void ib_ids_get_active_bolus_ids_response_write(struct ib_writer *to, const struct ib_ids_get_active_bolus_ids_response *value)
{
    ib_write_count(to, value->bolus_ids, 2, 1);
    ib_write_octets(to, value->bolus_ids);
}

void ib_ids_get_active_bolus_delivery_read(struct ib_reader *from, struct ib_ids_get_active_bolus_delivery *value)
{
    *value = (struct ib_ids_get_active_bolus_delivery){0};
    value->bolus_id = (uint16_t)ib_read_uint(from, 2);
    value->selection = (enum ib_ids_bolus_value_selection)ib_read_code(from, 1, ib_ids_bolus_value_selection_is);
}

void ib_ids_get_active_bolus_delivery_write(struct ib_writer *to, const struct ib_ids_get_active_bolus_delivery *value)
{
    ib_write_uint(to, (uint32_t)value->bolus_id, 2);
    ib_write_code(to, (uint32_t)value->selection, 1, ib_ids_bolus_value_selection_is);
}

void ib_ids_get_active_bolus_delivery_response_read(struct ib_reader *from, struct ib_ids_get_active_bolus_delivery_response *value)
{
    *value = (struct ib_ids_get_active_bolus_delivery_response){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_delay_time = (flags & 0x01U) != 0;
    value->has_template_number = (flags & 0x02U) != 0;
    value->has_activation_type = (flags & 0x04U) != 0;
    value->correction = (flags & 0x08U) != 0;
    value->meal = (flags & 0x10U) != 0;
    value->bolus_id = (uint16_t)ib_read_uint(from, 2);
    value->bolus_type = (enum ib_ids_bolus_type)ib_read_code(from, 1, ib_ids_bolus_type_is);
    value->fast_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    if (value->has_delay_time) {
        value->delay_time = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_template_number) {
        value->template_number = (uint8_t)ib_read_uint(from, 1);
    }
    if (value->has_activation_type) {
        value->activation_type = (enum ib_ids_bolus_activation)ib_read_code(from, 1, ib_ids_bolus_activation_is);
    }
}

void ib_ids_get_active_bolus_delivery_response_write(struct ib_writer *to, const struct ib_ids_get_active_bolus_delivery_response *value)
{
    uint32_t flags = 0;
    flags |= value->has_delay_time ? 0x01U : 0U;
    flags |= value->has_template_number ? 0x02U : 0U;
    flags |= value->has_activation_type ? 0x04U : 0U;
    flags |= value->correction ? 0x08U : 0U;
    flags |= value->meal ? 0x10U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->bolus_id, 2);
    ib_write_code(to, (uint32_t)value->bolus_type, 1, ib_ids_bolus_type_is);
    ib_write_uint(to, value->fast_amount, 2);
    ib_write_uint(to, value->extended_amount, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    if (value->has_delay_time) {
        ib_write_uint(to, (uint32_t)value->delay_time, 2);
    }
    if (value->has_template_number) {
        ib_write_uint(to, (uint32_t)value->template_number, 1);
    }
    if (value->has_activation_type) {
        ib_write_code(to, (uint32_t)value->activation_type, 1, ib_ids_bolus_activation_is);
    }
}

void ib_ids_get_active_basal_rate_delivery_response_read(struct ib_reader *from, struct ib_ids_get_active_basal_rate_delivery_response *value)
{
    *value = (struct ib_ids_get_active_basal_rate_delivery_response){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_tbr_type = (flags & 0x01U) != 0;
    value->has_tbr_template_number = (flags & 0x02U) != 0;
    value->has_context = (flags & 0x04U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->config_value = (ib_sfloat)ib_read_uint(from, 2);
    if (value->has_tbr_type) {
        value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    }
    if (value->has_tbr_type) {
        value->tbr_adjustment = (ib_sfloat)ib_read_uint(from, 2);
    }
    if (value->has_tbr_type) {
        value->tbr_duration_programmed = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_tbr_type) {
        value->tbr_duration_remaining = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_tbr_template_number) {
        value->tbr_template_number = (uint8_t)ib_read_uint(from, 1);
    }
    if (value->has_context) {
        value->context = (enum ib_ids_basal_context)ib_read_code(from, 1, ib_ids_basal_context_is);
    }
}

void ib_ids_get_active_basal_rate_delivery_response_write(struct ib_writer *to, const struct ib_ids_get_active_basal_rate_delivery_response *value)
{
    uint32_t flags = 0;
    flags |= value->has_tbr_type ? 0x01U : 0U;
    flags |= value->has_tbr_template_number ? 0x02U : 0U;
    flags |= value->has_context ? 0x04U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, value->config_value, 2);
    if (value->has_tbr_type) {
        ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    }
    if (value->has_tbr_type) {
        ib_write_uint(to, value->tbr_adjustment, 2);
    }
    if (value->has_tbr_type) {
        ib_write_uint(to, (uint32_t)value->tbr_duration_programmed, 2);
    }
    if (value->has_tbr_type) {
        ib_write_uint(to, (uint32_t)value->tbr_duration_remaining, 2);
    }
    if (value->has_tbr_template_number) {
        ib_write_uint(to, (uint32_t)value->tbr_template_number, 1);
    }
    if (value->has_context) {
        ib_write_code(to, (uint32_t)value->context, 1, ib_ids_basal_context_is);
    }
}

void ib_ids_get_total_daily_insulin_status_response_read(struct ib_reader *from, struct ib_ids_get_total_daily_insulin_status_response *value)
{
    *value = (struct ib_ids_get_total_daily_insulin_status_response){0};
    value->bolus = (ib_sfloat)ib_read_uint(from, 2);
    value->basal = (ib_sfloat)ib_read_uint(from, 2);
    value->total = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_get_total_daily_insulin_status_response_write(struct ib_writer *to, const struct ib_ids_get_total_daily_insulin_status_response *value)
{
    ib_write_uint(to, value->bolus, 2);
    ib_write_uint(to, value->basal, 2);
    ib_write_uint(to, value->total, 2);
}

void ib_ids_get_counter_read(struct ib_reader *from, struct ib_ids_get_counter *value)
{
    *value = (struct ib_ids_get_counter){0};
    value->type = (enum ib_ids_counter_type)ib_read_code(from, 1, ib_ids_counter_type_is);
    value->selection = (enum ib_ids_counter_selection)ib_read_code(from, 1, ib_ids_counter_selection_is);
}

void ib_ids_get_counter_write(struct ib_writer *to, const struct ib_ids_get_counter *value)
{
    ib_write_code(to, (uint32_t)value->type, 1, ib_ids_counter_type_is);
    ib_write_code(to, (uint32_t)value->selection, 1, ib_ids_counter_selection_is);
}

void ib_ids_get_counter_response_read(struct ib_reader *from, struct ib_ids_get_counter_response *value)
{
    *value = (struct ib_ids_get_counter_response){0};
    value->type = (enum ib_ids_counter_type)ib_read_code(from, 1, ib_ids_counter_type_is);
    value->selection = (enum ib_ids_counter_selection)ib_read_code(from, 1, ib_ids_counter_selection_is);
    value->value = (int32_t)ib_read_int(from, 4);
}

void ib_ids_get_counter_response_write(struct ib_writer *to, const struct ib_ids_get_counter_response *value)
{
    ib_write_code(to, (uint32_t)value->type, 1, ib_ids_counter_type_is);
    ib_write_code(to, (uint32_t)value->selection, 1, ib_ids_counter_selection_is);
    ib_write_uint(to, (uint32_t)value->value, 4);
}

void ib_ids_get_delivered_insulin_response_read(struct ib_reader *from, struct ib_ids_get_delivered_insulin_response *value)
{
    *value = (struct ib_ids_get_delivered_insulin_response){0};
    value->bolus = (ib_float)ib_read_uint(from, 4);
    value->basal = (ib_float)ib_read_uint(from, 4);
}

void ib_ids_get_delivered_insulin_response_write(struct ib_writer *to, const struct ib_ids_get_delivered_insulin_response *value)
{
    ib_write_uint(to, value->bolus, 4);
    ib_write_uint(to, value->basal, 4);
}

void ib_ids_get_insulin_on_board_response_read(struct ib_reader *from, struct ib_ids_get_insulin_on_board_response *value)
{
    *value = (struct ib_ids_get_insulin_on_board_response){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_remaining_duration = (flags & 0x01U) != 0;
    value->insulin_on_board = (ib_sfloat)ib_read_uint(from, 2);
    if (value->has_remaining_duration) {
        value->remaining_duration = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_get_insulin_on_board_response_write(struct ib_writer *to, const struct ib_ids_get_insulin_on_board_response *value)
{
    uint32_t flags = 0;
    flags |= value->has_remaining_duration ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, value->insulin_on_board, 2);
    if (value->has_remaining_duration) {
        ib_write_uint(to, (uint32_t)value->remaining_duration, 2);
    }
}

void ib_ids_block_read(struct ib_reader *from, struct ib_ids_block *value)
{
    *value = (struct ib_ids_block){0};
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->value = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_block_write(struct ib_writer *to, const struct ib_ids_block *value)
{
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_uint(to, value->value, 2);
}

void ib_ids_range_block_read(struct ib_reader *from, struct ib_ids_range_block *value)
{
    *value = (struct ib_ids_range_block){0};
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->lower = (ib_sfloat)ib_read_uint(from, 2);
    value->upper = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_range_block_write(struct ib_writer *to, const struct ib_ids_range_block *value)
{
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_uint(to, value->lower, 2);
    ib_write_uint(to, value->upper, 2);
}

void ib_ids_read_basal_rate_profile_template_read(struct ib_reader *from, struct ib_ids_read_basal_rate_profile_template *value)
{
    *value = (struct ib_ids_read_basal_rate_profile_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_read_basal_rate_profile_template_write(struct ib_writer *to, const struct ib_ids_read_basal_rate_profile_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_basal_rate_profile_template_record_read(struct ib_reader *from, struct ib_ids_basal_rate_profile_template_record *value)
{
    *value = (struct ib_ids_basal_rate_profile_template_record){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x01U) != 0;
    value->has_third = (flags & 0x02U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_block_read(from, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_read(from, &value->third);
    }
}

void ib_ids_basal_rate_profile_template_record_write(struct ib_writer *to, const struct ib_ids_basal_rate_profile_template_record *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x01U : 0U;
    flags |= value->has_third ? 0x02U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_block_write(to, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_write(to, &value->third);
    }
}

void ib_ids_write_basal_rate_profile_template_read(struct ib_reader *from, struct ib_ids_write_basal_rate_profile_template *value)
{
    *value = (struct ib_ids_write_basal_rate_profile_template){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x02U) != 0;
    value->has_third = (flags & 0x04U) != 0;
    value->end_transaction = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_block_read(from, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_read(from, &value->third);
    }
}

void ib_ids_write_basal_rate_profile_template_write(struct ib_writer *to, const struct ib_ids_write_basal_rate_profile_template *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x02U : 0U;
    flags |= value->has_third ? 0x04U : 0U;
    flags |= value->end_transaction ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_block_write(to, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_write(to, &value->third);
    }
}

void ib_ids_write_basal_rate_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_basal_rate_profile_template_response *value)
{
    *value = (struct ib_ids_write_basal_rate_profile_template_response){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->transaction_completed = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_write_basal_rate_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_basal_rate_profile_template_response *value)
{
    uint32_t flags = 0;
    flags |= value->transaction_completed ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
}

void ib_ids_read_isf_profile_template_read(struct ib_reader *from, struct ib_ids_read_isf_profile_template *value)
{
    *value = (struct ib_ids_read_isf_profile_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_read_isf_profile_template_write(struct ib_writer *to, const struct ib_ids_read_isf_profile_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_isf_profile_template_record_read(struct ib_reader *from, struct ib_ids_isf_profile_template_record *value)
{
    *value = (struct ib_ids_isf_profile_template_record){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x01U) != 0;
    value->has_third = (flags & 0x02U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_block_read(from, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_read(from, &value->third);
    }
}

void ib_ids_isf_profile_template_record_write(struct ib_writer *to, const struct ib_ids_isf_profile_template_record *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x01U : 0U;
    flags |= value->has_third ? 0x02U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_block_write(to, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_write(to, &value->third);
    }
}

void ib_ids_write_isf_profile_template_read(struct ib_reader *from, struct ib_ids_write_isf_profile_template *value)
{
    *value = (struct ib_ids_write_isf_profile_template){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x02U) != 0;
    value->has_third = (flags & 0x04U) != 0;
    value->end_transaction = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_block_read(from, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_read(from, &value->third);
    }
}

void ib_ids_write_isf_profile_template_write(struct ib_writer *to, const struct ib_ids_write_isf_profile_template *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x02U : 0U;
    flags |= value->has_third ? 0x04U : 0U;
    flags |= value->end_transaction ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_block_write(to, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_write(to, &value->third);
    }
}

void ib_ids_write_isf_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_isf_profile_template_response *value)
{
    *value = (struct ib_ids_write_isf_profile_template_response){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->transaction_completed = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_write_isf_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_isf_profile_template_response *value)
{
    uint32_t flags = 0;
    flags |= value->transaction_completed ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
}

void ib_ids_read_i2_cho_ratio_profile_template_read(struct ib_reader *from, struct ib_ids_read_i2_cho_ratio_profile_template *value)
{
    *value = (struct ib_ids_read_i2_cho_ratio_profile_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_read_i2_cho_ratio_profile_template_write(struct ib_writer *to, const struct ib_ids_read_i2_cho_ratio_profile_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_i2_cho_ratio_profile_template_record_read(struct ib_reader *from, struct ib_ids_i2_cho_ratio_profile_template_record *value)
{
    *value = (struct ib_ids_i2_cho_ratio_profile_template_record){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x01U) != 0;
    value->has_third = (flags & 0x02U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_block_read(from, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_read(from, &value->third);
    }
}

void ib_ids_i2_cho_ratio_profile_template_record_write(struct ib_writer *to, const struct ib_ids_i2_cho_ratio_profile_template_record *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x01U : 0U;
    flags |= value->has_third ? 0x02U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_block_write(to, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_write(to, &value->third);
    }
}

void ib_ids_write_i2_cho_ratio_profile_template_read(struct ib_reader *from, struct ib_ids_write_i2_cho_ratio_profile_template *value)
{
    *value = (struct ib_ids_write_i2_cho_ratio_profile_template){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x02U) != 0;
    value->has_third = (flags & 0x04U) != 0;
    value->end_transaction = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_block_read(from, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_read(from, &value->third);
    }
}

void ib_ids_write_i2_cho_ratio_profile_template_write(struct ib_writer *to, const struct ib_ids_write_i2_cho_ratio_profile_template *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x02U : 0U;
    flags |= value->has_third ? 0x04U : 0U;
    flags |= value->end_transaction ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_block_write(to, &value->second);
    }
    if (value->has_third) {
        ib_ids_block_write(to, &value->third);
    }
}

void ib_ids_write_i2_cho_ratio_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_i2_cho_ratio_profile_template_response *value)
{
    *value = (struct ib_ids_write_i2_cho_ratio_profile_template_response){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->transaction_completed = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_write_i2_cho_ratio_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_i2_cho_ratio_profile_template_response *value)
{
    uint32_t flags = 0;
    flags |= value->transaction_completed ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
}

void ib_ids_read_target_glucose_range_profile_template_read(struct ib_reader *from, struct ib_ids_read_target_glucose_range_profile_template *value)
{
    *value = (struct ib_ids_read_target_glucose_range_profile_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_read_target_glucose_range_profile_template_write(struct ib_writer *to, const struct ib_ids_read_target_glucose_range_profile_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_target_glucose_range_profile_template_record_read(struct ib_reader *from, struct ib_ids_target_glucose_range_profile_template_record *value)
{
    *value = (struct ib_ids_target_glucose_range_profile_template_record){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_range_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_range_block_read(from, &value->second);
    }
}

void ib_ids_target_glucose_range_profile_template_record_write(struct ib_writer *to, const struct ib_ids_target_glucose_range_profile_template_record *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_range_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_range_block_write(to, &value->second);
    }
}

void ib_ids_write_target_glucose_range_profile_template_read(struct ib_reader *from, struct ib_ids_write_target_glucose_range_profile_template *value)
{
    *value = (struct ib_ids_write_target_glucose_range_profile_template){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_second = (flags & 0x02U) != 0;
    value->end_transaction = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
    ib_ids_range_block_read(from, &value->first);
    if (value->has_second) {
        ib_ids_range_block_read(from, &value->second);
    }
}

void ib_ids_write_target_glucose_range_profile_template_write(struct ib_writer *to, const struct ib_ids_write_target_glucose_range_profile_template *value)
{
    uint32_t flags = 0;
    flags |= value->has_second ? 0x02U : 0U;
    flags |= value->end_transaction ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
    ib_ids_range_block_write(to, &value->first);
    if (value->has_second) {
        ib_ids_range_block_write(to, &value->second);
    }
}

void ib_ids_write_target_glucose_range_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_target_glucose_range_profile_template_response *value)
{
    *value = (struct ib_ids_write_target_glucose_range_profile_template_response){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->transaction_completed = (flags & 0x01U) != 0;
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->first_index = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_write_target_glucose_range_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_target_glucose_range_profile_template_response *value)
{
    uint32_t flags = 0;
    flags |= value->transaction_completed ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->first_index, 1);
}

void ib_ids_command_response_code_read(struct ib_reader *from, struct ib_ids_command_response_code *value)
{
    *value = (struct ib_ids_command_response_code){0};
    value->request = (uint16_t)ib_read_uint(from, 2);
    value->code = (enum ib_ids_response)ib_read_code(from, 1, ib_ids_response_is);
}

void ib_ids_command_response_code_write(struct ib_writer *to, const struct ib_ids_command_response_code *value)
{
    ib_write_uint(to, (uint32_t)value->request, 2);
    ib_write_code(to, (uint32_t)value->code, 1, ib_ids_response_is);
}

void ib_ids_set_therapy_control_state_read(struct ib_reader *from, struct ib_ids_set_therapy_control_state *value)
{
    *value = (struct ib_ids_set_therapy_control_state){0};
    value->state = (enum ib_ids_therapy_control_state)ib_read_code(from, 1, ib_ids_therapy_control_state_is);
}

void ib_ids_set_therapy_control_state_write(struct ib_writer *to, const struct ib_ids_set_therapy_control_state *value)
{
    ib_write_code(to, (uint32_t)value->state, 1, ib_ids_therapy_control_state_is);
}

void ib_ids_snooze_annunciation_read(struct ib_reader *from, struct ib_ids_snooze_annunciation *value)
{
    *value = (struct ib_ids_snooze_annunciation){0};
    value->instance_id = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_snooze_annunciation_write(struct ib_writer *to, const struct ib_ids_snooze_annunciation *value)
{
    ib_write_uint(to, (uint32_t)value->instance_id, 2);
}

void ib_ids_snooze_annunciation_response_read(struct ib_reader *from, struct ib_ids_snooze_annunciation_response *value)
{
    *value = (struct ib_ids_snooze_annunciation_response){0};
    value->instance_id = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_snooze_annunciation_response_write(struct ib_writer *to, const struct ib_ids_snooze_annunciation_response *value)
{
    ib_write_uint(to, (uint32_t)value->instance_id, 2);
}

void ib_ids_confirm_annunciation_read(struct ib_reader *from, struct ib_ids_confirm_annunciation *value)
{
    *value = (struct ib_ids_confirm_annunciation){0};
    value->instance_id = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_confirm_annunciation_write(struct ib_writer *to, const struct ib_ids_confirm_annunciation *value)
{
    ib_write_uint(to, (uint32_t)value->instance_id, 2);
}

void ib_ids_confirm_annunciation_response_read(struct ib_reader *from, struct ib_ids_confirm_annunciation_response *value)
{
    *value = (struct ib_ids_confirm_annunciation_response){0};
    value->instance_id = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_confirm_annunciation_response_write(struct ib_writer *to, const struct ib_ids_confirm_annunciation_response *value)
{
    ib_write_uint(to, (uint32_t)value->instance_id, 2);
}

void ib_ids_set_tbr_adjustment_read(struct ib_reader *from, struct ib_ids_set_tbr_adjustment *value)
{
    *value = (struct ib_ids_set_tbr_adjustment){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_template_number = (flags & 0x01U) != 0;
    value->has_context = (flags & 0x02U) != 0;
    value->change = (flags & 0x04U) != 0;
    value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    value->adjustment = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    if (value->has_template_number) {
        value->template_number = (uint8_t)ib_read_uint(from, 1);
    }
    if (value->has_context) {
        value->context = (enum ib_ids_basal_context)ib_read_code(from, 1, ib_ids_basal_context_is);
    }
}

void ib_ids_set_tbr_adjustment_write(struct ib_writer *to, const struct ib_ids_set_tbr_adjustment *value)
{
    uint32_t flags = 0;
    flags |= value->has_template_number ? 0x01U : 0U;
    flags |= value->has_context ? 0x02U : 0U;
    flags |= value->change ? 0x04U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    ib_write_uint(to, value->adjustment, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    if (value->has_template_number) {
        ib_write_uint(to, (uint32_t)value->template_number, 1);
    }
    if (value->has_context) {
        ib_write_code(to, (uint32_t)value->context, 1, ib_ids_basal_context_is);
    }
}

void ib_ids_get_tbr_template_read(struct ib_reader *from, struct ib_ids_get_tbr_template *value)
{
    *value = (struct ib_ids_get_tbr_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_get_tbr_template_write(struct ib_writer *to, const struct ib_ids_get_tbr_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_get_tbr_template_response_read(struct ib_reader *from, struct ib_ids_get_tbr_template_response *value)
{
    *value = (struct ib_ids_get_tbr_template_response){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    value->adjustment = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_get_tbr_template_response_write(struct ib_writer *to, const struct ib_ids_get_tbr_template_response *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    ib_write_uint(to, value->adjustment, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
}

void ib_ids_set_tbr_template_read(struct ib_reader *from, struct ib_ids_set_tbr_template *value)
{
    *value = (struct ib_ids_set_tbr_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    value->adjustment = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_set_tbr_template_write(struct ib_writer *to, const struct ib_ids_set_tbr_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    ib_write_uint(to, value->adjustment, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
}

void ib_ids_set_tbr_template_response_read(struct ib_reader *from, struct ib_ids_set_tbr_template_response *value)
{
    *value = (struct ib_ids_set_tbr_template_response){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_set_tbr_template_response_write(struct ib_writer *to, const struct ib_ids_set_tbr_template_response *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_set_bolus_read(struct ib_reader *from, struct ib_ids_set_bolus *value)
{
    *value = (struct ib_ids_set_bolus){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_delay_time = (flags & 0x01U) != 0;
    value->has_template_number = (flags & 0x02U) != 0;
    value->has_activation_type = (flags & 0x04U) != 0;
    value->correction = (flags & 0x08U) != 0;
    value->meal = (flags & 0x10U) != 0;
    value->bolus_type = (enum ib_ids_bolus_type)ib_read_code(from, 1, ib_ids_bolus_type_is);
    value->fast_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    if (value->has_delay_time) {
        value->delay_time = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_template_number) {
        value->template_number = (uint8_t)ib_read_uint(from, 1);
    }
    if (value->has_activation_type) {
        value->activation_type = (enum ib_ids_bolus_activation)ib_read_code(from, 1, ib_ids_bolus_activation_is);
    }
}

void ib_ids_set_bolus_write(struct ib_writer *to, const struct ib_ids_set_bolus *value)
{
    uint32_t flags = 0;
    flags |= value->has_delay_time ? 0x01U : 0U;
    flags |= value->has_template_number ? 0x02U : 0U;
    flags |= value->has_activation_type ? 0x04U : 0U;
    flags |= value->correction ? 0x08U : 0U;
    flags |= value->meal ? 0x10U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->bolus_type, 1, ib_ids_bolus_type_is);
    ib_write_uint(to, value->fast_amount, 2);
    ib_write_uint(to, value->extended_amount, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    if (value->has_delay_time) {
        ib_write_uint(to, (uint32_t)value->delay_time, 2);
    }
    if (value->has_template_number) {
        ib_write_uint(to, (uint32_t)value->template_number, 1);
    }
    if (value->has_activation_type) {
        ib_write_code(to, (uint32_t)value->activation_type, 1, ib_ids_bolus_activation_is);
    }
}

void ib_ids_set_bolus_response_read(struct ib_reader *from, struct ib_ids_set_bolus_response *value)
{
    *value = (struct ib_ids_set_bolus_response){0};
    value->bolus_id = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_set_bolus_response_write(struct ib_writer *to, const struct ib_ids_set_bolus_response *value)
{
    ib_write_uint(to, (uint32_t)value->bolus_id, 2);
}

void ib_ids_cancel_bolus_read(struct ib_reader *from, struct ib_ids_cancel_bolus *value)
{
    *value = (struct ib_ids_cancel_bolus){0};
    value->bolus_id = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_cancel_bolus_write(struct ib_writer *to, const struct ib_ids_cancel_bolus *value)
{
    ib_write_uint(to, (uint32_t)value->bolus_id, 2);
}

void ib_ids_cancel_bolus_response_read(struct ib_reader *from, struct ib_ids_cancel_bolus_response *value)
{
    *value = (struct ib_ids_cancel_bolus_response){0};
    value->bolus_id = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_cancel_bolus_response_write(struct ib_writer *to, const struct ib_ids_cancel_bolus_response *value)
{
    ib_write_uint(to, (uint32_t)value->bolus_id, 2);
}

void ib_ids_get_available_boluses_response_read(struct ib_reader *from, struct ib_ids_get_available_boluses_response *value)
{
    *value = (struct ib_ids_get_available_boluses_response){0};
    value->available = (uint8_t)(ib_read_uint(from, 1) & IB_IDS_AVAILABLE_BOLUSES_ALL);
}

void ib_ids_get_available_boluses_response_write(struct ib_writer *to, const struct ib_ids_get_available_boluses_response *value)
{
    ib_write_bits(to, value->available, 1, IB_IDS_AVAILABLE_BOLUSES_ALL);
}

void ib_ids_get_bolus_template_read(struct ib_reader *from, struct ib_ids_get_bolus_template *value)
{
    *value = (struct ib_ids_get_bolus_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_get_bolus_template_write(struct ib_writer *to, const struct ib_ids_get_bolus_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_get_bolus_template_response_read(struct ib_reader *from, struct ib_ids_get_bolus_template_response *value)
{
    *value = (struct ib_ids_get_bolus_template_response){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    uint32_t flags = ib_read_uint(from, 1);
    value->has_delay_time = (flags & 0x01U) != 0;
    value->correction = (flags & 0x02U) != 0;
    value->meal = (flags & 0x04U) != 0;
    value->bolus_type = (enum ib_ids_bolus_type)ib_read_code(from, 1, ib_ids_bolus_type_is);
    value->fast_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    if (value->has_delay_time) {
        value->delay_time = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_get_bolus_template_response_write(struct ib_writer *to, const struct ib_ids_get_bolus_template_response *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    uint32_t flags = 0;
    flags |= value->has_delay_time ? 0x01U : 0U;
    flags |= value->correction ? 0x02U : 0U;
    flags |= value->meal ? 0x04U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->bolus_type, 1, ib_ids_bolus_type_is);
    ib_write_uint(to, value->fast_amount, 2);
    ib_write_uint(to, value->extended_amount, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    if (value->has_delay_time) {
        ib_write_uint(to, (uint32_t)value->delay_time, 2);
    }
}

void ib_ids_set_bolus_template_read(struct ib_reader *from, struct ib_ids_set_bolus_template *value)
{
    *value = (struct ib_ids_set_bolus_template){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    uint32_t flags = ib_read_uint(from, 1);
    value->has_delay_time = (flags & 0x01U) != 0;
    value->correction = (flags & 0x02U) != 0;
    value->meal = (flags & 0x04U) != 0;
    value->bolus_type = (enum ib_ids_bolus_type)ib_read_code(from, 1, ib_ids_bolus_type_is);
    value->fast_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    if (value->has_delay_time) {
        value->delay_time = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_set_bolus_template_write(struct ib_writer *to, const struct ib_ids_set_bolus_template *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    uint32_t flags = 0;
    flags |= value->has_delay_time ? 0x01U : 0U;
    flags |= value->correction ? 0x02U : 0U;
    flags |= value->meal ? 0x04U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->bolus_type, 1, ib_ids_bolus_type_is);
    ib_write_uint(to, value->fast_amount, 2);
    ib_write_uint(to, value->extended_amount, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    if (value->has_delay_time) {
        ib_write_uint(to, (uint32_t)value->delay_time, 2);
    }
}

void ib_ids_set_bolus_template_response_read(struct ib_reader *from, struct ib_ids_set_bolus_template_response *value)
{
    *value = (struct ib_ids_set_bolus_template_response){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_set_bolus_template_response_write(struct ib_writer *to, const struct ib_ids_set_bolus_template_response *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
}

void ib_ids_get_max_bolus_amount_response_read(struct ib_reader *from, struct ib_ids_get_max_bolus_amount_response *value)
{
    *value = (struct ib_ids_get_max_bolus_amount_response){0};
    value->amount = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_get_max_bolus_amount_response_write(struct ib_writer *to, const struct ib_ids_get_max_bolus_amount_response *value)
{
    ib_write_uint(to, value->amount, 2);
}

void ib_ids_set_max_bolus_amount_read(struct ib_reader *from, struct ib_ids_set_max_bolus_amount *value)
{
    *value = (struct ib_ids_set_max_bolus_amount){0};
    value->amount = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_set_max_bolus_amount_write(struct ib_writer *to, const struct ib_ids_set_max_bolus_amount *value)
{
    ib_write_uint(to, value->amount, 2);
}

void ib_ids_template_status_record_read(struct ib_reader *from, struct ib_ids_template_status_record *value)
{
    *value = (struct ib_ids_template_status_record){0};
    value->template_type = (enum ib_ids_template_type)ib_read_code(from, 1, ib_ids_template_type_is);
    value->starting_number = (uint8_t)ib_read_uint(from, 1);
    value->number_of_templates = (uint8_t)ib_read_uint(from, 1);
    value->max_blocks = (uint8_t)ib_read_uint(from, 1);
    value->states = ib_read_octets(from, from->left);
}

void ib_ids_template_status_record_write(struct ib_writer *to, const struct ib_ids_template_status_record *value)
{
    ib_write_code(to, (uint32_t)value->template_type, 1, ib_ids_template_type_is);
    ib_write_uint(to, (uint32_t)value->starting_number, 1);
    ib_write_uint(to, (uint32_t)value->number_of_templates, 1);
    ib_write_uint(to, (uint32_t)value->max_blocks, 1);
    ib_write_octets(to, value->states);
}

void ib_ids_reset_template_status_read(struct ib_reader *from, struct ib_ids_reset_template_status *value)
{
    *value = (struct ib_ids_reset_template_status){0};
    value->template_numbers = ib_read_octets(from, (size_t)1 * ib_read_uint(from, 1));
}

void ib_ids_reset_template_status_write(struct ib_writer *to, const struct ib_ids_reset_template_status *value)
{
    ib_write_count(to, value->template_numbers, 1, 1);
    ib_write_octets(to, value->template_numbers);
}

void ib_ids_reset_template_status_response_read(struct ib_reader *from, struct ib_ids_reset_template_status_response *value)
{
    *value = (struct ib_ids_reset_template_status_response){0};
    value->template_numbers = ib_read_octets(from, (size_t)1 * ib_read_uint(from, 1));
}

void ib_ids_reset_template_status_response_write(struct ib_writer *to, const struct ib_ids_reset_template_status_response *value)
{
    ib_write_count(to, value->template_numbers, 1, 1);
    ib_write_octets(to, value->template_numbers);
}

void ib_ids_activate_profile_templates_read(struct ib_reader *from, struct ib_ids_activate_profile_templates *value)
{
    *value = (struct ib_ids_activate_profile_templates){0};
    value->template_numbers = ib_read_octets(from, (size_t)1 * ib_read_uint(from, 1));
}

void ib_ids_activate_profile_templates_write(struct ib_writer *to, const struct ib_ids_activate_profile_templates *value)
{
    ib_write_count(to, value->template_numbers, 1, 1);
    ib_write_octets(to, value->template_numbers);
}

void ib_ids_activate_profile_templates_response_read(struct ib_reader *from, struct ib_ids_activate_profile_templates_response *value)
{
    *value = (struct ib_ids_activate_profile_templates_response){0};
    value->template_numbers = ib_read_octets(from, (size_t)1 * ib_read_uint(from, 1));
}

void ib_ids_activate_profile_templates_response_write(struct ib_writer *to, const struct ib_ids_activate_profile_templates_response *value)
{
    ib_write_count(to, value->template_numbers, 1, 1);
    ib_write_octets(to, value->template_numbers);
}

void ib_ids_get_activated_profile_templates_response_read(struct ib_reader *from, struct ib_ids_get_activated_profile_templates_response *value)
{
    *value = (struct ib_ids_get_activated_profile_templates_response){0};
    value->template_numbers = ib_read_octets(from, (size_t)1 * ib_read_uint(from, 1));
}

void ib_ids_get_activated_profile_templates_response_write(struct ib_writer *to, const struct ib_ids_get_activated_profile_templates_response *value)
{
    ib_write_count(to, value->template_numbers, 1, 1);
    ib_write_octets(to, value->template_numbers);
}

void ib_ids_start_priming_read(struct ib_reader *from, struct ib_ids_start_priming *value)
{
    *value = (struct ib_ids_start_priming){0};
    value->amount = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_start_priming_write(struct ib_writer *to, const struct ib_ids_start_priming *value)
{
    ib_write_uint(to, value->amount, 2);
}

void ib_ids_set_initial_reservoir_fill_level_read(struct ib_reader *from, struct ib_ids_set_initial_reservoir_fill_level *value)
{
    *value = (struct ib_ids_set_initial_reservoir_fill_level){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_set_initial_reservoir_fill_level_write(struct ib_writer *to, const struct ib_ids_set_initial_reservoir_fill_level *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_ids_reference_time_read(struct ib_reader *from, struct ib_ids_reference_time *value)
{
    *value = (struct ib_ids_reference_time){0};
    value->reason = (enum ib_ids_recording_reason)ib_read_code(from, 1, ib_ids_recording_reason_is);
    ib_date_time_date_time_read(from, &value->time);
    value->time_zone = (int8_t)ib_read_int(from, 1);
    if (value->time_zone != IB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        ib_reader_fail(from, IB_RESERVED);
    }
    value->dst_offset = (enum ib_fields_dst_offset)ib_read_code(from, 1, ib_fields_dst_offset_is);
}

void ib_ids_reference_time_write(struct ib_writer *to, const struct ib_ids_reference_time *value)
{
    ib_write_code(to, (uint32_t)value->reason, 1, ib_ids_recording_reason_is);
    ib_date_time_date_time_write(to, &value->time);
    if (value->time_zone != IB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        ib_writer_fail(to, IB_UNENCODABLE);
    }
    ib_write_uint(to, (uint32_t)value->time_zone, 1);
    ib_write_code(to, (uint32_t)value->dst_offset, 1, ib_fields_dst_offset_is);
}

void ib_ids_reference_time_base_offset_read(struct ib_reader *from, struct ib_ids_reference_time_base_offset *value)
{
    *value = (struct ib_ids_reference_time_base_offset){0};
    value->reason = (enum ib_ids_recording_reason)ib_read_code(from, 1, ib_ids_recording_reason_is);
    ib_date_time_date_time_read(from, &value->base_time);
    value->offset = (int16_t)ib_read_int(from, 2);
}

void ib_ids_reference_time_base_offset_write(struct ib_writer *to, const struct ib_ids_reference_time_base_offset *value)
{
    ib_write_code(to, (uint32_t)value->reason, 1, ib_ids_recording_reason_is);
    ib_date_time_date_time_write(to, &value->base_time);
    ib_write_uint(to, (uint32_t)value->offset, 2);
}

void ib_ids_bolus_calculated_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_calculated_1_of_2 *value)
{
    *value = (struct ib_ids_bolus_calculated_1_of_2){0};
    value->fast_meal = (ib_sfloat)ib_read_uint(from, 2);
    value->fast_correction = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_meal = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_correction = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_bolus_calculated_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_calculated_1_of_2 *value)
{
    ib_write_uint(to, value->fast_meal, 2);
    ib_write_uint(to, value->fast_correction, 2);
    ib_write_uint(to, value->extended_meal, 2);
    ib_write_uint(to, value->extended_correction, 2);
}

void ib_ids_bolus_calculated_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_calculated_2_of_2 *value)
{
    *value = (struct ib_ids_bolus_calculated_2_of_2){0};
    value->fast_meal = (ib_sfloat)ib_read_uint(from, 2);
    value->fast_correction = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_meal = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_correction = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_bolus_calculated_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_calculated_2_of_2 *value)
{
    ib_write_uint(to, value->fast_meal, 2);
    ib_write_uint(to, value->fast_correction, 2);
    ib_write_uint(to, value->extended_meal, 2);
    ib_write_uint(to, value->extended_correction, 2);
}

void ib_ids_bolus_programmed_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_programmed_1_of_2 *value)
{
    *value = (struct ib_ids_bolus_programmed_1_of_2){0};
    value->bolus_id = (uint16_t)ib_read_uint(from, 2);
    value->bolus_type = (enum ib_ids_bolus_type)ib_read_code(from, 1, ib_ids_bolus_type_is);
    value->fast_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_bolus_programmed_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_programmed_1_of_2 *value)
{
    ib_write_uint(to, (uint32_t)value->bolus_id, 2);
    ib_write_code(to, (uint32_t)value->bolus_type, 1, ib_ids_bolus_type_is);
    ib_write_uint(to, value->fast_amount, 2);
    ib_write_uint(to, value->extended_amount, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
}

void ib_ids_bolus_programmed_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_programmed_2_of_2 *value)
{
    *value = (struct ib_ids_bolus_programmed_2_of_2){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_delay_time = (flags & 0x01U) != 0;
    value->has_template_number = (flags & 0x02U) != 0;
    value->has_activation_type = (flags & 0x04U) != 0;
    value->correction = (flags & 0x08U) != 0;
    value->meal = (flags & 0x10U) != 0;
    if (value->has_delay_time) {
        value->delay_time = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_template_number) {
        value->template_number = (uint8_t)ib_read_uint(from, 1);
    }
    if (value->has_activation_type) {
        value->activation_type = (enum ib_ids_bolus_activation)ib_read_code(from, 1, ib_ids_bolus_activation_is);
    }
}

void ib_ids_bolus_programmed_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_programmed_2_of_2 *value)
{
    uint32_t flags = 0;
    flags |= value->has_delay_time ? 0x01U : 0U;
    flags |= value->has_template_number ? 0x02U : 0U;
    flags |= value->has_activation_type ? 0x04U : 0U;
    flags |= value->correction ? 0x08U : 0U;
    flags |= value->meal ? 0x10U : 0U;
    ib_write_uint(to, flags, 1);
    if (value->has_delay_time) {
        ib_write_uint(to, (uint32_t)value->delay_time, 2);
    }
    if (value->has_template_number) {
        ib_write_uint(to, (uint32_t)value->template_number, 1);
    }
    if (value->has_activation_type) {
        ib_write_code(to, (uint32_t)value->activation_type, 1, ib_ids_bolus_activation_is);
    }
}

void ib_ids_bolus_delivered_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_delivered_1_of_2 *value)
{
    *value = (struct ib_ids_bolus_delivered_1_of_2){0};
    value->bolus_id = (uint16_t)ib_read_uint(from, 2);
    value->bolus_type = (enum ib_ids_bolus_type)ib_read_code(from, 1, ib_ids_bolus_type_is);
    value->fast_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_bolus_delivered_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_delivered_1_of_2 *value)
{
    ib_write_uint(to, (uint32_t)value->bolus_id, 2);
    ib_write_code(to, (uint32_t)value->bolus_type, 1, ib_ids_bolus_type_is);
    ib_write_uint(to, value->fast_amount, 2);
    ib_write_uint(to, value->extended_amount, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
}

void ib_ids_bolus_delivered_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_delivered_2_of_2 *value)
{
    *value = (struct ib_ids_bolus_delivered_2_of_2){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_activation_type = (flags & 0x01U) != 0;
    value->has_end_reason = (flags & 0x02U) != 0;
    value->has_annunciation_id = (flags & 0x04U) != 0;
    value->start_time_offset = (uint32_t)ib_read_uint(from, 4);
    if (value->has_activation_type) {
        value->activation_type = (enum ib_ids_bolus_activation)ib_read_code(from, 1, ib_ids_bolus_activation_is);
    }
    if (value->has_end_reason) {
        value->end_reason = (enum ib_ids_bolus_end_reason)ib_read_code(from, 1, ib_ids_bolus_end_reason_is);
    }
    if (value->has_annunciation_id) {
        value->annunciation_id = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_bolus_delivered_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_delivered_2_of_2 *value)
{
    uint32_t flags = 0;
    flags |= value->has_activation_type ? 0x01U : 0U;
    flags |= value->has_end_reason ? 0x02U : 0U;
    flags |= value->has_annunciation_id ? 0x04U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, (uint32_t)value->start_time_offset, 4);
    if (value->has_activation_type) {
        ib_write_code(to, (uint32_t)value->activation_type, 1, ib_ids_bolus_activation_is);
    }
    if (value->has_end_reason) {
        ib_write_code(to, (uint32_t)value->end_reason, 1, ib_ids_bolus_end_reason_is);
    }
    if (value->has_annunciation_id) {
        ib_write_uint(to, (uint32_t)value->annunciation_id, 2);
    }
}

void ib_ids_delivered_basal_rate_changed_read(struct ib_reader *from, struct ib_ids_delivered_basal_rate_changed *value)
{
    *value = (struct ib_ids_delivered_basal_rate_changed){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_context = (flags & 0x01U) != 0;
    value->old_rate = (ib_sfloat)ib_read_uint(from, 2);
    value->new_rate = (ib_sfloat)ib_read_uint(from, 2);
    if (value->has_context) {
        value->context = (enum ib_ids_basal_context)ib_read_code(from, 1, ib_ids_basal_context_is);
    }
}

void ib_ids_delivered_basal_rate_changed_write(struct ib_writer *to, const struct ib_ids_delivered_basal_rate_changed *value)
{
    uint32_t flags = 0;
    flags |= value->has_context ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, value->old_rate, 2);
    ib_write_uint(to, value->new_rate, 2);
    if (value->has_context) {
        ib_write_code(to, (uint32_t)value->context, 1, ib_ids_basal_context_is);
    }
}

void ib_ids_tbr_adjustment_started_read(struct ib_reader *from, struct ib_ids_tbr_adjustment_started *value)
{
    *value = (struct ib_ids_tbr_adjustment_started){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_template_number = (flags & 0x01U) != 0;
    value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    value->adjustment = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    if (value->has_template_number) {
        value->template_number = (uint8_t)ib_read_uint(from, 1);
    }
}

void ib_ids_tbr_adjustment_started_write(struct ib_writer *to, const struct ib_ids_tbr_adjustment_started *value)
{
    uint32_t flags = 0;
    flags |= value->has_template_number ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    ib_write_uint(to, value->adjustment, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    if (value->has_template_number) {
        ib_write_uint(to, (uint32_t)value->template_number, 1);
    }
}

void ib_ids_tbr_adjustment_ended_read(struct ib_reader *from, struct ib_ids_tbr_adjustment_ended *value)
{
    *value = (struct ib_ids_tbr_adjustment_ended){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_template_number = (flags & 0x01U) != 0;
    value->has_annunciation_id = (flags & 0x02U) != 0;
    value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->end_reason = (enum ib_ids_tbr_end_reason)ib_read_code(from, 1, ib_ids_tbr_end_reason_is);
    if (value->has_template_number) {
        value->template_number = (uint8_t)ib_read_uint(from, 1);
    }
    if (value->has_annunciation_id) {
        value->annunciation_id = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_tbr_adjustment_ended_write(struct ib_writer *to, const struct ib_ids_tbr_adjustment_ended *value)
{
    uint32_t flags = 0;
    flags |= value->has_template_number ? 0x01U : 0U;
    flags |= value->has_annunciation_id ? 0x02U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_code(to, (uint32_t)value->end_reason, 1, ib_ids_tbr_end_reason_is);
    if (value->has_template_number) {
        ib_write_uint(to, (uint32_t)value->template_number, 1);
    }
    if (value->has_annunciation_id) {
        ib_write_uint(to, (uint32_t)value->annunciation_id, 2);
    }
}

void ib_ids_tbr_adjustment_changed_read(struct ib_reader *from, struct ib_ids_tbr_adjustment_changed *value)
{
    *value = (struct ib_ids_tbr_adjustment_changed){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_template_number = (flags & 0x01U) != 0;
    value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    value->adjustment = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->elapsed = (uint16_t)ib_read_uint(from, 2);
    if (value->has_template_number) {
        value->template_number = (uint8_t)ib_read_uint(from, 1);
    }
}

void ib_ids_tbr_adjustment_changed_write(struct ib_writer *to, const struct ib_ids_tbr_adjustment_changed *value)
{
    uint32_t flags = 0;
    flags |= value->has_template_number ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    ib_write_uint(to, value->adjustment, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_uint(to, (uint32_t)value->elapsed, 2);
    if (value->has_template_number) {
        ib_write_uint(to, (uint32_t)value->template_number, 1);
    }
}

void ib_ids_profile_template_activated_read(struct ib_reader *from, struct ib_ids_profile_template_activated *value)
{
    *value = (struct ib_ids_profile_template_activated){0};
    value->profile_type = (enum ib_ids_profile_type)ib_read_code(from, 1, ib_ids_profile_type_is);
    value->old_number = (uint8_t)ib_read_uint(from, 1);
    value->new_number = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_profile_template_activated_write(struct ib_writer *to, const struct ib_ids_profile_template_activated *value)
{
    ib_write_code(to, (uint32_t)value->profile_type, 1, ib_ids_profile_type_is);
    ib_write_uint(to, (uint32_t)value->old_number, 1);
    ib_write_uint(to, (uint32_t)value->new_number, 1);
}

void ib_ids_basal_rate_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_basal_rate_profile_time_block_changed *value)
{
    *value = (struct ib_ids_basal_rate_profile_time_block_changed){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->block_number = (uint8_t)ib_read_uint(from, 1);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->rate = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_basal_rate_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_basal_rate_profile_time_block_changed *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->block_number, 1);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_uint(to, value->rate, 2);
}

void ib_ids_total_daily_insulin_delivery_read(struct ib_reader *from, struct ib_ids_total_daily_insulin_delivery *value)
{
    *value = (struct ib_ids_total_daily_insulin_delivery){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->date_time_changed = (flags & 0x01U) != 0;
    value->bolus = (ib_sfloat)ib_read_uint(from, 2);
    value->basal = (ib_sfloat)ib_read_uint(from, 2);
    value->year = (uint16_t)ib_read_uint(from, 2);
    value->month = (uint8_t)ib_read_uint(from, 1);
    value->day = (uint8_t)ib_read_uint(from, 1);
}

void ib_ids_total_daily_insulin_delivery_write(struct ib_writer *to, const struct ib_ids_total_daily_insulin_delivery *value)
{
    uint32_t flags = 0;
    flags |= value->date_time_changed ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, value->bolus, 2);
    ib_write_uint(to, value->basal, 2);
    ib_write_uint(to, (uint32_t)value->year, 2);
    ib_write_uint(to, (uint32_t)value->month, 1);
    ib_write_uint(to, (uint32_t)value->day, 1);
}

void ib_ids_therapy_control_state_changed_read(struct ib_reader *from, struct ib_ids_therapy_control_state_changed *value)
{
    *value = (struct ib_ids_therapy_control_state_changed){0};
    value->old_state = (enum ib_ids_therapy_control_state)ib_read_code(from, 1, ib_ids_therapy_control_state_is);
    value->new_state = (enum ib_ids_therapy_control_state)ib_read_code(from, 1, ib_ids_therapy_control_state_is);
}

void ib_ids_therapy_control_state_changed_write(struct ib_writer *to, const struct ib_ids_therapy_control_state_changed *value)
{
    ib_write_code(to, (uint32_t)value->old_state, 1, ib_ids_therapy_control_state_is);
    ib_write_code(to, (uint32_t)value->new_state, 1, ib_ids_therapy_control_state_is);
}

void ib_ids_operational_state_changed_read(struct ib_reader *from, struct ib_ids_operational_state_changed *value)
{
    *value = (struct ib_ids_operational_state_changed){0};
    value->old_state = (enum ib_ids_operational_state)ib_read_code(from, 1, ib_ids_operational_state_is);
    value->new_state = (enum ib_ids_operational_state)ib_read_code(from, 1, ib_ids_operational_state_is);
}

void ib_ids_operational_state_changed_write(struct ib_writer *to, const struct ib_ids_operational_state_changed *value)
{
    ib_write_code(to, (uint32_t)value->old_state, 1, ib_ids_operational_state_is);
    ib_write_code(to, (uint32_t)value->new_state, 1, ib_ids_operational_state_is);
}

void ib_ids_reservoir_remaining_amount_changed_read(struct ib_reader *from, struct ib_ids_reservoir_remaining_amount_changed *value)
{
    *value = (struct ib_ids_reservoir_remaining_amount_changed){0};
    value->remaining = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_reservoir_remaining_amount_changed_write(struct ib_writer *to, const struct ib_ids_reservoir_remaining_amount_changed *value)
{
    ib_write_uint(to, value->remaining, 2);
}

void ib_ids_annunciation_status_changed_1_of_2_read(struct ib_reader *from, struct ib_ids_annunciation_status_changed_1_of_2 *value)
{
    *value = (struct ib_ids_annunciation_status_changed_1_of_2){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_aux1 = (flags & 0x01U) != 0;
    value->has_aux2 = (flags & 0x02U) != 0;
    ib_ids_annunciation_read(from, &value->annunciation);
    if (value->has_aux1) {
        value->aux1 = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_aux2) {
        value->aux2 = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_annunciation_status_changed_1_of_2_write(struct ib_writer *to, const struct ib_ids_annunciation_status_changed_1_of_2 *value)
{
    uint32_t flags = 0;
    flags |= value->has_aux1 ? 0x01U : 0U;
    flags |= value->has_aux2 ? 0x02U : 0U;
    ib_write_uint(to, flags, 1);
    ib_ids_annunciation_write(to, &value->annunciation);
    if (value->has_aux1) {
        ib_write_uint(to, (uint32_t)value->aux1, 2);
    }
    if (value->has_aux2) {
        ib_write_uint(to, (uint32_t)value->aux2, 2);
    }
}

void ib_ids_annunciation_status_changed_2_of_2_read(struct ib_reader *from, struct ib_ids_annunciation_status_changed_2_of_2 *value)
{
    *value = (struct ib_ids_annunciation_status_changed_2_of_2){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_aux3 = (flags & 0x01U) != 0;
    value->has_aux4 = (flags & 0x02U) != 0;
    value->has_aux5 = (flags & 0x04U) != 0;
    if (value->has_aux3) {
        value->aux3 = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_aux4) {
        value->aux4 = (uint16_t)ib_read_uint(from, 2);
    }
    if (value->has_aux5) {
        value->aux5 = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_annunciation_status_changed_2_of_2_write(struct ib_writer *to, const struct ib_ids_annunciation_status_changed_2_of_2 *value)
{
    uint32_t flags = 0;
    flags |= value->has_aux3 ? 0x01U : 0U;
    flags |= value->has_aux4 ? 0x02U : 0U;
    flags |= value->has_aux5 ? 0x04U : 0U;
    ib_write_uint(to, flags, 1);
    if (value->has_aux3) {
        ib_write_uint(to, (uint32_t)value->aux3, 2);
    }
    if (value->has_aux4) {
        ib_write_uint(to, (uint32_t)value->aux4, 2);
    }
    if (value->has_aux5) {
        ib_write_uint(to, (uint32_t)value->aux5, 2);
    }
}

void ib_ids_isf_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_isf_profile_time_block_changed *value)
{
    *value = (struct ib_ids_isf_profile_time_block_changed){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->block_number = (uint8_t)ib_read_uint(from, 1);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->isf = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_isf_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_isf_profile_time_block_changed *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->block_number, 1);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_uint(to, value->isf, 2);
}

void ib_ids_i2_cho_ratio_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_i2_cho_ratio_profile_time_block_changed *value)
{
    *value = (struct ib_ids_i2_cho_ratio_profile_time_block_changed){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->block_number = (uint8_t)ib_read_uint(from, 1);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->ratio = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_i2_cho_ratio_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_i2_cho_ratio_profile_time_block_changed *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->block_number, 1);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_uint(to, value->ratio, 2);
}

void ib_ids_target_glucose_range_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_target_glucose_range_profile_time_block_changed *value)
{
    *value = (struct ib_ids_target_glucose_range_profile_time_block_changed){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->block_number = (uint8_t)ib_read_uint(from, 1);
    value->duration = (uint16_t)ib_read_uint(from, 2);
    value->lower = (ib_sfloat)ib_read_uint(from, 2);
    value->upper = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_target_glucose_range_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_target_glucose_range_profile_time_block_changed *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_uint(to, (uint32_t)value->block_number, 1);
    ib_write_uint(to, (uint32_t)value->duration, 2);
    ib_write_uint(to, value->lower, 2);
    ib_write_uint(to, value->upper, 2);
}

void ib_ids_priming_started_read(struct ib_reader *from, struct ib_ids_priming_started *value)
{
    *value = (struct ib_ids_priming_started){0};
    value->programmed = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_priming_started_write(struct ib_writer *to, const struct ib_ids_priming_started *value)
{
    ib_write_uint(to, value->programmed, 2);
}

void ib_ids_priming_done_read(struct ib_reader *from, struct ib_ids_priming_done *value)
{
    *value = (struct ib_ids_priming_done){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_annunciation_id = (flags & 0x01U) != 0;
    value->delivered = (ib_sfloat)ib_read_uint(from, 2);
    value->reason = (enum ib_ids_priming_end_reason)ib_read_code(from, 1, ib_ids_priming_end_reason_is);
    if (value->has_annunciation_id) {
        value->annunciation_id = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_priming_done_write(struct ib_writer *to, const struct ib_ids_priming_done *value)
{
    uint32_t flags = 0;
    flags |= value->has_annunciation_id ? 0x01U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, value->delivered, 2);
    ib_write_code(to, (uint32_t)value->reason, 1, ib_ids_priming_end_reason_is);
    if (value->has_annunciation_id) {
        ib_write_uint(to, (uint32_t)value->annunciation_id, 2);
    }
}

void ib_ids_bolus_template_changed_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_template_changed_1_of_2 *value)
{
    *value = (struct ib_ids_bolus_template_changed_1_of_2){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->bolus_type = (enum ib_ids_bolus_type)ib_read_code(from, 1, ib_ids_bolus_type_is);
    value->fast_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->extended_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_bolus_template_changed_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_template_changed_1_of_2 *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_code(to, (uint32_t)value->bolus_type, 1, ib_ids_bolus_type_is);
    ib_write_uint(to, value->fast_amount, 2);
    ib_write_uint(to, value->extended_amount, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
}

void ib_ids_bolus_template_changed_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_template_changed_2_of_2 *value)
{
    *value = (struct ib_ids_bolus_template_changed_2_of_2){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_delay_time = (flags & 0x01U) != 0;
    value->correction = (flags & 0x02U) != 0;
    value->meal = (flags & 0x04U) != 0;
    if (value->has_delay_time) {
        value->delay_time = (uint16_t)ib_read_uint(from, 2);
    }
}

void ib_ids_bolus_template_changed_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_template_changed_2_of_2 *value)
{
    uint32_t flags = 0;
    flags |= value->has_delay_time ? 0x01U : 0U;
    flags |= value->correction ? 0x02U : 0U;
    flags |= value->meal ? 0x04U : 0U;
    ib_write_uint(to, flags, 1);
    if (value->has_delay_time) {
        ib_write_uint(to, (uint32_t)value->delay_time, 2);
    }
}

void ib_ids_tbr_template_changed_read(struct ib_reader *from, struct ib_ids_tbr_template_changed *value)
{
    *value = (struct ib_ids_tbr_template_changed){0};
    value->template_number = (uint8_t)ib_read_uint(from, 1);
    value->tbr_type = (enum ib_ids_tbr_type)ib_read_code(from, 1, ib_ids_tbr_type_is);
    value->adjustment = (ib_sfloat)ib_read_uint(from, 2);
    value->duration = (uint16_t)ib_read_uint(from, 2);
}

void ib_ids_tbr_template_changed_write(struct ib_writer *to, const struct ib_ids_tbr_template_changed *value)
{
    ib_write_uint(to, (uint32_t)value->template_number, 1);
    ib_write_code(to, (uint32_t)value->tbr_type, 1, ib_ids_tbr_type_is);
    ib_write_uint(to, value->adjustment, 2);
    ib_write_uint(to, (uint32_t)value->duration, 2);
}

void ib_ids_max_bolus_amount_changed_read(struct ib_reader *from, struct ib_ids_max_bolus_amount_changed *value)
{
    *value = (struct ib_ids_max_bolus_amount_changed){0};
    value->old_amount = (ib_sfloat)ib_read_uint(from, 2);
    value->new_amount = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_ids_max_bolus_amount_changed_write(struct ib_writer *to, const struct ib_ids_max_bolus_amount_changed *value)
{
    ib_write_uint(to, value->old_amount, 2);
    ib_write_uint(to, value->new_amount, 2);
}

static const struct ib_characteristic ids_characteristics[] = {
    {0x2B20, 0x22U, IB_COUNTER_TRAILER}, /* IDD Status Changed */
    {0x2B21, 0x22U, IB_COUNTER_TRAILER}, /* IDD Status */
    {0x2B22, 0x22U, IB_COUNTER_TRAILER}, /* IDD Annunciation Status */
    {0x2B23, 0x02U, IB_IDS_FEATURES}, /* IDD Features */
    {0x2B24, 0x28U, IB_COUNTER_TRAILER}, /* IDD Status Reader Control Point */
    {0x2B25, 0x28U, IB_COUNTER_TRAILER}, /* IDD Command Control Point */
    {0x2B26, 0x10U, IB_COUNTER_TRAILER}, /* IDD Command Data */
    {0x2B27, 0x28U, IB_COUNTER_TRAILER}, /* IDD Record Access Control Point */
    {0x2B28, 0x10U, IB_CRC_TRAILER}, /* IDD History Data */
};
const struct ib_service ib_service_ids = {
    0x183A, ids_characteristics, 9
};
