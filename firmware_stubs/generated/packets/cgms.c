/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/cgms.h"

bool ib_cgms_sample_type_is(uint32_t code)
{
    switch (code) {
    case IB_CGMS_SAMPLE_TYPE_CAPILLARY_WHOLE_BLOOD:
    case IB_CGMS_SAMPLE_TYPE_CAPILLARY_PLASMA:
    case IB_CGMS_SAMPLE_TYPE_VENOUS_WHOLE_BLOOD:
    case IB_CGMS_SAMPLE_TYPE_VENOUS_PLASMA:
    case IB_CGMS_SAMPLE_TYPE_ARTERIAL_WHOLE_BLOOD:
    case IB_CGMS_SAMPLE_TYPE_ARTERIAL_PLASMA:
    case IB_CGMS_SAMPLE_TYPE_UNDETERMINED_WHOLE_BLOOD:
    case IB_CGMS_SAMPLE_TYPE_UNDETERMINED_PLASMA:
    case IB_CGMS_SAMPLE_TYPE_INTERSTITIAL_FLUID:
    case IB_CGMS_SAMPLE_TYPE_CONTROL_SOLUTION:
        return true;
    default:
        return false;
    }
}

bool ib_cgms_sample_location_is(uint32_t code)
{
    switch (code) {
    case IB_CGMS_SAMPLE_LOCATION_FINGER:
    case IB_CGMS_SAMPLE_LOCATION_ALTERNATE_SITE_TEST:
    case IB_CGMS_SAMPLE_LOCATION_EARLOBE:
    case IB_CGMS_SAMPLE_LOCATION_CONTROL_SOLUTION:
    case IB_CGMS_SAMPLE_LOCATION_SUBCUTANEOUS_TISSUE:
    case IB_CGMS_SAMPLE_LOCATION_NOT_AVAILABLE:
        return true;
    default:
        return false;
    }
}

bool ib_cgms_ops_response_is(uint32_t code)
{
    switch (code) {
    case IB_CGMS_OPS_RESPONSE_SUCCESS:
    case IB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED:
    case IB_CGMS_OPS_RESPONSE_INVALID_OPERAND:
    case IB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED:
    case IB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE:
        return true;
    default:
        return false;
    }
}

size_t ib_cgms_specific_ops_size(uint32_t opcode)
{
    switch (opcode) {
    case 0x02:
    case 0x08:
    case 0x0B:
    case 0x0E:
    case 0x11:
    case 0x14:
    case 0x17:
    case 0x19:
    case 0x1A:
    case 0x1B:
        return 1;
    case 0x01:
    case 0x03:
        return 2;
    case 0x05:
    case 0x07:
    case 0x09:
    case 0x0A:
    case 0x0C:
    case 0x0D:
    case 0x0F:
    case 0x10:
    case 0x12:
    case 0x13:
    case 0x15:
    case 0x16:
    case 0x18:
    case 0x1C:
        return 3;
    case 0x04:
    case 0x06:
        return 11;
    default:
        return 0;
    }
}

void ib_cgms_measurement_read(struct ib_reader *from, struct ib_cgms_measurement *value)
{
    *value = (struct ib_cgms_measurement){0};
    uint32_t flags = ib_read_uint(from, 1);
    value->has_trend = (flags & 0x01U) != 0;
    value->has_quality = (flags & 0x02U) != 0;
    value->glucose = (ib_sfloat)ib_read_uint(from, 2);
    value->time_offset = (uint16_t)ib_read_uint(from, 2);
    value->annunciation = 0;
    if (flags & 0x80U) {
        value->annunciation |= ib_read_uint(from, 1);
    }
    if (flags & 0x40U) {
        value->annunciation |= ib_read_uint(from, 1) << 8;
    }
    if (flags & 0x20U) {
        value->annunciation |= ib_read_uint(from, 1) << 16;
    }
    value->annunciation &= IB_CGMS_ANNUNCIATION_ALL;
    if (value->has_trend) {
        value->trend = (ib_sfloat)ib_read_uint(from, 2);
    }
    if (value->has_quality) {
        value->quality = (ib_sfloat)ib_read_uint(from, 2);
    }
}

void ib_cgms_measurement_write(struct ib_writer *to, const struct ib_cgms_measurement *value)
{
    uint32_t flags = 0;
    flags |= value->has_trend ? 0x01U : 0U;
    flags |= value->has_quality ? 0x02U : 0U;
    flags |= ((value->annunciation >> 0) & 0xFFU) ? 0x80U : 0U;
    flags |= ((value->annunciation >> 8) & 0xFFU) ? 0x40U : 0U;
    flags |= ((value->annunciation >> 16) & 0xFFU) ? 0x20U : 0U;
    ib_write_uint(to, flags, 1);
    ib_write_uint(to, value->glucose, 2);
    ib_write_uint(to, (uint32_t)value->time_offset, 2);
    ib_write_bits(to, value->annunciation, 0, IB_CGMS_ANNUNCIATION_ALL);
    if ((value->annunciation >> 0) & 0xFFU) {
        ib_write_uint(to, (value->annunciation >> 0) & 0xFFU, 1);
    }
    if ((value->annunciation >> 8) & 0xFFU) {
        ib_write_uint(to, (value->annunciation >> 8) & 0xFFU, 1);
    }
    if ((value->annunciation >> 16) & 0xFFU) {
        ib_write_uint(to, (value->annunciation >> 16) & 0xFFU, 1);
    }
    if (value->has_trend) {
        ib_write_uint(to, value->trend, 2);
    }
    if (value->has_quality) {
        ib_write_uint(to, value->quality, 2);
    }
}

void ib_cgms_feature_value_read(struct ib_reader *from, struct ib_cgms_feature_value *value)
{
    *value = (struct ib_cgms_feature_value){0};
    value->features = (uint32_t)(ib_read_uint(from, 3) & IB_CGMS_FEATURE_ALL);
    {
        uint32_t octet = ib_read_uint(from, 1);
        value->origin.low = (enum ib_cgms_sample_type)ib_check_code(from, octet & 0x0FU, ib_cgms_sample_type_is);
        value->origin.high = (enum ib_cgms_sample_location)ib_check_code(from, octet >> 4, ib_cgms_sample_location_is);
    }
}

void ib_cgms_feature_value_write(struct ib_writer *to, const struct ib_cgms_feature_value *value)
{
    ib_write_bits(to, value->features, 3, IB_CGMS_FEATURE_ALL);
    ib_write_code(to, (uint32_t)value->origin.low, 0, ib_cgms_sample_type_is);
    ib_write_code(to, (uint32_t)value->origin.high, 0, ib_cgms_sample_location_is);
    ib_write_uint(to, (uint32_t)value->origin.low | (uint32_t)value->origin.high << 4, 1);
}

void ib_cgms_status_read(struct ib_reader *from, struct ib_cgms_status *value)
{
    *value = (struct ib_cgms_status){0};
    value->time_offset = (uint16_t)ib_read_uint(from, 2);
    value->annunciation = (uint32_t)(ib_read_uint(from, 3) & IB_CGMS_ANNUNCIATION_ALL);
}

void ib_cgms_status_write(struct ib_writer *to, const struct ib_cgms_status *value)
{
    ib_write_uint(to, (uint32_t)value->time_offset, 2);
    ib_write_bits(to, value->annunciation, 3, IB_CGMS_ANNUNCIATION_ALL);
}

void ib_cgms_session_start_time_read(struct ib_reader *from, struct ib_cgms_session_start_time *value)
{
    *value = (struct ib_cgms_session_start_time){0};
    ib_date_time_date_time_read(from, &value->time);
    value->time_zone = (int8_t)ib_read_int(from, 1);
    if (value->time_zone != IB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        ib_reader_fail(from, IB_RESERVED);
    }
    value->dst_offset = (enum ib_fields_dst_offset)ib_read_code(from, 1, ib_fields_dst_offset_is);
}

void ib_cgms_session_start_time_write(struct ib_writer *to, const struct ib_cgms_session_start_time *value)
{
    ib_date_time_date_time_write(to, &value->time);
    if (value->time_zone != IB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        ib_writer_fail(to, IB_UNENCODABLE);
    }
    ib_write_uint(to, (uint32_t)value->time_zone, 1);
    ib_write_code(to, (uint32_t)value->dst_offset, 1, ib_fields_dst_offset_is);
}

void ib_cgms_session_run_time_read(struct ib_reader *from, struct ib_cgms_session_run_time *value)
{
    *value = (struct ib_cgms_session_run_time){0};
    value->run_time = (uint16_t)ib_read_uint(from, 2);
}

void ib_cgms_session_run_time_write(struct ib_writer *to, const struct ib_cgms_session_run_time *value)
{
    ib_write_uint(to, (uint32_t)value->run_time, 2);
}

void ib_cgms_set_communication_interval_read(struct ib_reader *from, struct ib_cgms_set_communication_interval *value)
{
    *value = (struct ib_cgms_set_communication_interval){0};
    value->interval = (uint8_t)ib_read_uint(from, 1);
}

void ib_cgms_set_communication_interval_write(struct ib_writer *to, const struct ib_cgms_set_communication_interval *value)
{
    ib_write_uint(to, (uint32_t)value->interval, 1);
}

void ib_cgms_communication_interval_response_read(struct ib_reader *from, struct ib_cgms_communication_interval_response *value)
{
    *value = (struct ib_cgms_communication_interval_response){0};
    value->interval = (uint8_t)ib_read_uint(from, 1);
}

void ib_cgms_communication_interval_response_write(struct ib_writer *to, const struct ib_cgms_communication_interval_response *value)
{
    ib_write_uint(to, (uint32_t)value->interval, 1);
}

void ib_cgms_calibration_read(struct ib_reader *from, struct ib_cgms_calibration *value)
{
    *value = (struct ib_cgms_calibration){0};
    value->glucose = (ib_sfloat)ib_read_uint(from, 2);
    value->time = (uint16_t)ib_read_uint(from, 2);
    {
        uint32_t octet = ib_read_uint(from, 1);
        if (octet != 0) {
            value->origin.low = (enum ib_cgms_sample_type)ib_check_code(from, octet & 0x0FU, ib_cgms_sample_type_is);
            value->origin.high = (enum ib_cgms_sample_location)ib_check_code(from, octet >> 4, ib_cgms_sample_location_is);
        }
    }
    value->next_time = (uint16_t)ib_read_uint(from, 2);
    value->record_number = (uint16_t)ib_read_uint(from, 2);
    value->status = (uint8_t)(ib_read_uint(from, 1) & IB_CGMS_CALIBRATION_STATUS_ALL);
}

void ib_cgms_calibration_write(struct ib_writer *to, const struct ib_cgms_calibration *value)
{
    ib_write_uint(to, value->glucose, 2);
    ib_write_uint(to, (uint32_t)value->time, 2);
    if (!((uint32_t)value->origin.low == 0 && (uint32_t)value->origin.high == 0)) {
        ib_write_code(to, (uint32_t)value->origin.low, 0, ib_cgms_sample_type_is);
        ib_write_code(to, (uint32_t)value->origin.high, 0, ib_cgms_sample_location_is);
    }
    ib_write_uint(to, (uint32_t)value->origin.low | (uint32_t)value->origin.high << 4, 1);
    ib_write_uint(to, (uint32_t)value->next_time, 2);
    ib_write_uint(to, (uint32_t)value->record_number, 2);
    ib_write_bits(to, value->status, 1, IB_CGMS_CALIBRATION_STATUS_ALL);
}

void ib_cgms_set_glucose_calibration_value_read(struct ib_reader *from, struct ib_cgms_set_glucose_calibration_value *value)
{
    *value = (struct ib_cgms_set_glucose_calibration_value){0};
    ib_cgms_calibration_read(from, &value->calibration);
}

void ib_cgms_set_glucose_calibration_value_write(struct ib_writer *to, const struct ib_cgms_set_glucose_calibration_value *value)
{
    ib_cgms_calibration_write(to, &value->calibration);
}

void ib_cgms_get_glucose_calibration_value_read(struct ib_reader *from, struct ib_cgms_get_glucose_calibration_value *value)
{
    *value = (struct ib_cgms_get_glucose_calibration_value){0};
    value->record_number = (uint16_t)ib_read_uint(from, 2);
}

void ib_cgms_get_glucose_calibration_value_write(struct ib_writer *to, const struct ib_cgms_get_glucose_calibration_value *value)
{
    ib_write_uint(to, (uint32_t)value->record_number, 2);
}

void ib_cgms_glucose_calibration_value_response_read(struct ib_reader *from, struct ib_cgms_glucose_calibration_value_response *value)
{
    *value = (struct ib_cgms_glucose_calibration_value_response){0};
    ib_cgms_calibration_read(from, &value->calibration);
}

void ib_cgms_glucose_calibration_value_response_write(struct ib_writer *to, const struct ib_cgms_glucose_calibration_value_response *value)
{
    ib_cgms_calibration_write(to, &value->calibration);
}

void ib_cgms_set_patient_high_alert_level_read(struct ib_reader *from, struct ib_cgms_set_patient_high_alert_level *value)
{
    *value = (struct ib_cgms_set_patient_high_alert_level){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_set_patient_high_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_patient_high_alert_level *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_patient_high_alert_level_response_read(struct ib_reader *from, struct ib_cgms_patient_high_alert_level_response *value)
{
    *value = (struct ib_cgms_patient_high_alert_level_response){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_patient_high_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_patient_high_alert_level_response *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_set_patient_low_alert_level_read(struct ib_reader *from, struct ib_cgms_set_patient_low_alert_level *value)
{
    *value = (struct ib_cgms_set_patient_low_alert_level){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_set_patient_low_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_patient_low_alert_level *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_patient_low_alert_level_response_read(struct ib_reader *from, struct ib_cgms_patient_low_alert_level_response *value)
{
    *value = (struct ib_cgms_patient_low_alert_level_response){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_patient_low_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_patient_low_alert_level_response *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_set_hypo_alert_level_read(struct ib_reader *from, struct ib_cgms_set_hypo_alert_level *value)
{
    *value = (struct ib_cgms_set_hypo_alert_level){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_set_hypo_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_hypo_alert_level *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_hypo_alert_level_response_read(struct ib_reader *from, struct ib_cgms_hypo_alert_level_response *value)
{
    *value = (struct ib_cgms_hypo_alert_level_response){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_hypo_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_hypo_alert_level_response *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_set_hyper_alert_level_read(struct ib_reader *from, struct ib_cgms_set_hyper_alert_level *value)
{
    *value = (struct ib_cgms_set_hyper_alert_level){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_set_hyper_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_hyper_alert_level *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_hyper_alert_level_response_read(struct ib_reader *from, struct ib_cgms_hyper_alert_level_response *value)
{
    *value = (struct ib_cgms_hyper_alert_level_response){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_hyper_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_hyper_alert_level_response *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_set_rate_of_decrease_alert_level_read(struct ib_reader *from, struct ib_cgms_set_rate_of_decrease_alert_level *value)
{
    *value = (struct ib_cgms_set_rate_of_decrease_alert_level){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_set_rate_of_decrease_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_rate_of_decrease_alert_level *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_rate_of_decrease_alert_level_response_read(struct ib_reader *from, struct ib_cgms_rate_of_decrease_alert_level_response *value)
{
    *value = (struct ib_cgms_rate_of_decrease_alert_level_response){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_rate_of_decrease_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_rate_of_decrease_alert_level_response *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_set_rate_of_increase_alert_level_read(struct ib_reader *from, struct ib_cgms_set_rate_of_increase_alert_level *value)
{
    *value = (struct ib_cgms_set_rate_of_increase_alert_level){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_set_rate_of_increase_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_rate_of_increase_alert_level *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_rate_of_increase_alert_level_response_read(struct ib_reader *from, struct ib_cgms_rate_of_increase_alert_level_response *value)
{
    *value = (struct ib_cgms_rate_of_increase_alert_level_response){0};
    value->level = (ib_sfloat)ib_read_uint(from, 2);
}

void ib_cgms_rate_of_increase_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_rate_of_increase_alert_level_response *value)
{
    ib_write_uint(to, value->level, 2);
}

void ib_cgms_response_code_read(struct ib_reader *from, struct ib_cgms_response_code *value)
{
    *value = (struct ib_cgms_response_code){0};
    value->request = (uint8_t)ib_read_uint(from, 1);
    value->code = (enum ib_cgms_ops_response)ib_read_code(from, 1, ib_cgms_ops_response_is);
}

void ib_cgms_response_code_write(struct ib_writer *to, const struct ib_cgms_response_code *value)
{
    ib_write_uint(to, (uint32_t)value->request, 1);
    ib_write_code(to, (uint32_t)value->code, 1, ib_cgms_ops_response_is);
}

static const struct ib_characteristic cgms_characteristics[] = {
    {0x2AA7, 0x10U, IB_CGM_RECORD}, /* CGM Measurement */
    {0x2AA8, 0x02U, IB_CGM_FEATURE}, /* CGM Feature */
    {0x2AA9, 0x02U, IB_CRC_TRAILER}, /* CGM Status */
    {0x2AAA, 0x0AU, IB_CRC_TRAILER}, /* CGM Session Start Time */
    {0x2AAB, 0x02U, IB_CRC_TRAILER}, /* CGM Session Run Time */
    {0x2A52, 0x28U, IB_BARE}, /* Record Access Control Point */
    {0x2AAC, 0x28U, IB_CRC_TRAILER}, /* CGM Specific Ops Control Point */
};
const struct ib_service ib_service_cgms = {
    0x181F, cgms_characteristics, 7
};
