/* The procedures of the CGM Specific Ops Control Point. CGMS 1.0.1, section 3.7; as emulator/cgm/specific_ops.py. */
#include "loopbench/e2e.h"
#include "service.h"

#define FASTEST 255U /* the communication interval that means: as fast as you can */

/* Alert levels have three operations each, in the same order: set, get, and the answer to that. */
#define FIRST_LEVEL LB_CGMS_SPECIFIC_OPS_SET_PATIENT_HIGH_ALERT_LEVEL
#define LAST_LEVEL LB_CGMS_SPECIFIC_OPS_RATE_OF_INCREASE_ALERT_LEVEL_RESPONSE
#define OPERATIONS_PER_LEVEL 3
enum { SET, GET, LEVEL_RESPONSE };

struct operation {
    struct lb_cgm_service *service;
    struct lb_reader from; /* the operand */
    struct lb_writer *answer;
    uint64_t now;
};

/* The operand has been read: whether it was there and no more than that. */
static bool is_intact(struct operation *operation)
{
    return lb_reader_end(&operation->from);
}

static enum lb_cgms_ops_response is_done(bool is_done_now, enum lb_cgms_ops_response otherwise)
{
    return is_done_now ? LB_CGMS_OPS_RESPONSE_SUCCESS : otherwise;
}

static enum lb_cgms_ops_response set_interval(struct operation *operation)
{
    struct lb_cgms_set_communication_interval asked;
    lb_cgms_set_communication_interval_read(&operation->from, &asked);
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    uint32_t interval = asked.interval == FASTEST ? LB_CGM_FASTEST_MIN : asked.interval;
    if (interval != 0 && interval < LB_CGM_FASTEST_MIN) {
        return LB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    operation->service->interval_ms = interval * LB_MS_PER_MIN;
    return LB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum lb_cgms_ops_response get_interval(struct operation *operation)
{
    uint64_t interval = operation->service->interval_ms / LB_MS_PER_MIN;
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    lb_write_uint(operation->answer, LB_CGMS_SPECIFIC_OPS_COMMUNICATION_INTERVAL_RESPONSE, 1);
    lb_write_uint(operation->answer, (uint32_t)interval, 1);
    return LB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum lb_cgms_ops_response set_calibration(struct operation *operation)
{
    struct lb_cgms_set_glucose_calibration_value asked;
    lb_cgms_set_glucose_calibration_value_read(&operation->from, &asked);
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    return lb_sensor_calibrate(operation->service->sensor, &asked.calibration, operation->now);
}

static enum lb_cgms_ops_response get_calibration(struct operation *operation)
{
    struct lb_cgms_get_glucose_calibration_value asked;
    struct lb_cgms_glucose_calibration_value_response told;
    lb_cgms_get_glucose_calibration_value_read(&operation->from, &asked);
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    if (!lb_cgm_calibration_at(&operation->service->sensor->calibrations, asked.record_number, &told.calibration)) {
        return LB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    lb_write_uint(operation->answer, LB_CGMS_SPECIFIC_OPS_GLUCOSE_CALIBRATION_VALUE_RESPONSE, 1);
    lb_cgms_glucose_calibration_value_response_write(operation->answer, &told);
    return LB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum lb_cgms_ops_response set_level(struct operation *operation, enum lb_cgm_level which)
{
    lb_sfloat level = (lb_sfloat)lb_read_uint(&operation->from, sizeof level);
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    return is_done(lb_sensor_set_level(operation->service->sensor, which, level), LB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE);
}

static enum lb_cgms_ops_response get_level(struct operation *operation, uint8_t opcode, enum lb_cgm_level which)
{
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    lb_write_uint(operation->answer, opcode + 1U, 1);
    lb_write_uint(operation->answer, operation->service->sensor->levels[which], sizeof(lb_sfloat));
    return LB_CGMS_OPS_RESPONSE_SUCCESS;
}

/* An answer, which no client may send; one that is not even whole is refused for that. */
static enum lb_cgms_ops_response refuse_answer(struct operation *operation, uint8_t opcode)
{
    struct lb_cgms_glucose_calibration_value_response calibration;
    struct lb_cgms_response_code code;
    switch (opcode) {
    case LB_CGMS_SPECIFIC_OPS_GLUCOSE_CALIBRATION_VALUE_RESPONSE:
        lb_cgms_glucose_calibration_value_response_read(&operation->from, &calibration);
        break;
    case LB_CGMS_SPECIFIC_OPS_RESPONSE_CODE:
        lb_cgms_response_code_read(&operation->from, &code);
        break;
    default:
        lb_read_octets(&operation->from, lb_cgms_specific_ops_size(opcode) - 1);
        break;
    }
    return is_done(false, is_intact(operation) ? LB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED : LB_CGMS_OPS_RESPONSE_INVALID_OPERAND);
}

static enum lb_cgms_ops_response change_session(struct operation *operation, uint8_t opcode)
{
    struct lb_sensor *sensor = operation->service->sensor;
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    if (opcode == LB_CGMS_SPECIFIC_OPS_START_SESSION) {
        return is_done(lb_sensor_start(sensor, operation->now), LB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED);
    }
    /* To stop what is stopped is not supported: CGMS 1.0.1, section 3.7.2.9. */
    return is_done(lb_sensor_stop(sensor, operation->now), LB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED);
}

static enum lb_cgms_ops_response reset_alert(struct operation *operation)
{
    if (!is_intact(operation)) {
        return LB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    operation->service->sensor->is_alert_latched = false;
    return LB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum lb_cgms_ops_response perform(struct operation *operation, uint8_t opcode)
{
    if (opcode >= FIRST_LEVEL && opcode <= LAST_LEVEL) {
        enum lb_cgm_level which = (enum lb_cgm_level)((opcode - FIRST_LEVEL) / OPERATIONS_PER_LEVEL);
        switch ((opcode - FIRST_LEVEL) % OPERATIONS_PER_LEVEL) {
        case SET:
            return set_level(operation, which);
        case GET:
            return get_level(operation, opcode, which);
        default:
            return refuse_answer(operation, opcode);
        }
    }
    switch (opcode) {
    case LB_CGMS_SPECIFIC_OPS_SET_COMMUNICATION_INTERVAL:
        return set_interval(operation);
    case LB_CGMS_SPECIFIC_OPS_GET_COMMUNICATION_INTERVAL:
        return get_interval(operation);
    case LB_CGMS_SPECIFIC_OPS_SET_GLUCOSE_CALIBRATION_VALUE:
        return set_calibration(operation);
    case LB_CGMS_SPECIFIC_OPS_GET_GLUCOSE_CALIBRATION_VALUE:
        return get_calibration(operation);
    case LB_CGMS_SPECIFIC_OPS_RESET_DEVICE_SPECIFIC_ALERT:
        return reset_alert(operation);
    case LB_CGMS_SPECIFIC_OPS_START_SESSION:
    case LB_CGMS_SPECIFIC_OPS_STOP_SESSION:
        return change_session(operation, opcode);
    default:
        return lb_cgms_specific_ops_size(opcode) > 0 ? refuse_answer(operation, opcode) : LB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED;
    }
}

void lb_cgm_operate(struct lb_cgm_service *service, struct lb_octets value, uint64_t now)
{
    uint8_t octets[24], opcode = value.at[0];
    struct lb_writer answer = lb_writer_of(octets, sizeof octets);
    struct operation operation = {service, lb_reader_of(value.at + 1, value.count - 1), &answer, now};
    enum lb_cgms_ops_response outcome = perform(&operation, opcode);
    if (answer.count == 0) {
        lb_write_uint(&answer, LB_CGMS_SPECIFIC_OPS_RESPONSE_CODE, 1);
        lb_cgms_response_code_write(&answer, &(struct lb_cgms_response_code){opcode, outcome});
    }
    uint8_t sealed[24];
    struct lb_writer to = lb_writer_of(sealed, sizeof sealed);
    lb_e2e_seal(&to, LB_CRC_TRAILER, true, 0, (struct lb_octets){octets, answer.count});
    lb_cgm_tell(service, LB_CGMS_SPECIFIC_OPS_POINT_UUID, (struct lb_octets){sealed, to.count}, now);
}
