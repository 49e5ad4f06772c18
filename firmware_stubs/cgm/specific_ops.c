#include "specific_ops.h"

#include "isletbench/e2e.h"
#include "sending.h"

#define FASTEST 255U /* the communication interval that means: the fastest one of the sensor */

/* Alert levels have three operations each, in the same order: set, get, and the response to get. */
#define FIRST_LEVEL IB_CGMS_SPECIFIC_OPS_SET_PATIENT_HIGH_ALERT_LEVEL
#define LAST_LEVEL IB_CGMS_SPECIFIC_OPS_RATE_OF_INCREASE_ALERT_LEVEL_RESPONSE
#define OPERATIONS_PER_LEVEL 3
enum { SET, GET, LEVEL_RESPONSE };

struct operation {
    struct ib_cgm_service *service;
    struct ib_reader from; /* the operand */
    struct ib_writer *answer;
    uint64_t now;
};

/* Whether the operand was complete, with nothing after it. */
static bool is_complete(struct operation *operation)
{
    return ib_reader_end(&operation->from);
}

static enum ib_cgms_ops_response outcome_of(bool is_done, enum ib_cgms_ops_response otherwise)
{
    return is_done ? IB_CGMS_OPS_RESPONSE_SUCCESS : otherwise;
}

static enum ib_cgms_ops_response set_interval(struct operation *operation)
{
    struct ib_cgms_set_communication_interval request;
    ib_cgms_set_communication_interval_read(&operation->from, &request);
    if (!is_complete(operation)) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    uint32_t interval = request.interval == FASTEST ? IB_CGM_FASTEST_MIN : request.interval;
    if (interval != 0 && interval < IB_CGM_FASTEST_MIN) {
        return IB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    operation->service->interval_ms = interval * IB_MS_PER_MIN;
    return IB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum ib_cgms_ops_response get_interval(struct operation *operation)
{
    uint64_t interval = operation->service->interval_ms / IB_MS_PER_MIN;
    if (!is_complete(operation)) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    ib_write_uint(operation->answer, IB_CGMS_SPECIFIC_OPS_COMMUNICATION_INTERVAL_RESPONSE, 1);
    ib_write_uint(operation->answer, (uint32_t)interval, 1);
    return IB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum ib_cgms_ops_response set_calibration(struct operation *operation)
{
    struct ib_cgms_set_glucose_calibration_value request;
    ib_cgms_set_glucose_calibration_value_read(&operation->from, &request);
    /* A type and location of 0 are those of no calibration. */
    if (!is_complete(operation) || (uint32_t)request.calibration.origin.low == 0) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    return ib_sensor_calibrate(operation->service->sensor, &request.calibration, operation->now);
}

static enum ib_cgms_ops_response get_calibration(struct operation *operation)
{
    struct ib_cgms_get_glucose_calibration_value request;
    struct ib_cgms_glucose_calibration_value_response response;
    ib_cgms_get_glucose_calibration_value_read(&operation->from, &request);
    if (!is_complete(operation)) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    if (!ib_cgm_calibration_at(&operation->service->sensor->calibrations, request.record_number, &response.calibration)) {
        return IB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    ib_write_uint(operation->answer, IB_CGMS_SPECIFIC_OPS_GLUCOSE_CALIBRATION_VALUE_RESPONSE, 1);
    ib_cgms_glucose_calibration_value_response_write(operation->answer, &response);
    return IB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum ib_cgms_ops_response set_level(struct operation *operation, enum ib_cgm_level which)
{
    ib_sfloat level = (ib_sfloat)ib_read_uint(&operation->from, sizeof level);
    if (!is_complete(operation)) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    return outcome_of(ib_sensor_set_level(operation->service->sensor, which, level), IB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE);
}

static enum ib_cgms_ops_response get_level(struct operation *operation, uint8_t opcode, enum ib_cgm_level which)
{
    if (!is_complete(operation)) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    ib_write_uint(operation->answer, opcode + 1U, 1);
    ib_write_uint(operation->answer, operation->service->sensor->levels[which], sizeof(ib_sfloat));
    return IB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum ib_cgms_ops_response change_session(struct operation *operation, uint8_t opcode)
{
    struct ib_sensor *sensor = operation->service->sensor;
    if (!is_complete(operation)) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    if (opcode == IB_CGMS_SPECIFIC_OPS_START_SESSION) {
        return outcome_of(ib_sensor_start(sensor, operation->now), IB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED);
    }
    /* Stopping a stopped session is not supported: CGMS 1.0.1, section 3.7.2.9. */
    return outcome_of(ib_sensor_stop(sensor, operation->now), IB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED);
}

static enum ib_cgms_ops_response reset_alert(struct operation *operation)
{
    if (!is_complete(operation)) {
        return IB_CGMS_OPS_RESPONSE_INVALID_OPERAND;
    }
    operation->service->sensor->is_alert_latched = false;
    return IB_CGMS_OPS_RESPONSE_SUCCESS;
}

static enum ib_cgms_ops_response perform(struct operation *operation, uint8_t opcode)
{
    if (opcode >= FIRST_LEVEL && opcode <= LAST_LEVEL) {
        enum ib_cgm_level which = (enum ib_cgm_level)((opcode - FIRST_LEVEL) / OPERATIONS_PER_LEVEL);
        switch ((opcode - FIRST_LEVEL) % OPERATIONS_PER_LEVEL) {
        case SET:
            return set_level(operation, which);
        case GET:
            return get_level(operation, opcode, which);
        default:
            return IB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED; /* a response, which no client may send */
        }
    }
    switch (opcode) {
    case IB_CGMS_SPECIFIC_OPS_SET_COMMUNICATION_INTERVAL:
        return set_interval(operation);
    case IB_CGMS_SPECIFIC_OPS_GET_COMMUNICATION_INTERVAL:
        return get_interval(operation);
    case IB_CGMS_SPECIFIC_OPS_SET_GLUCOSE_CALIBRATION_VALUE:
        return set_calibration(operation);
    case IB_CGMS_SPECIFIC_OPS_GET_GLUCOSE_CALIBRATION_VALUE:
        return get_calibration(operation);
    case IB_CGMS_SPECIFIC_OPS_RESET_DEVICE_SPECIFIC_ALERT:
        return reset_alert(operation);
    case IB_CGMS_SPECIFIC_OPS_START_SESSION:
    case IB_CGMS_SPECIFIC_OPS_STOP_SESSION:
        return change_session(operation, opcode);
    default:
        return IB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED;
    }
}

void ib_cgm_operate(struct ib_cgm_service *service, struct ib_octets value, uint64_t now)
{
    uint8_t octets[24], opcode = value.at[0];
    struct ib_writer answer = ib_writer_of(octets, sizeof octets);
    struct operation operation = {service, ib_reader_of(value.at + 1, value.count - 1), &answer, now};
    enum ib_cgms_ops_response outcome = perform(&operation, opcode);
    if (answer.count == 0) {
        ib_write_uint(&answer, IB_CGMS_SPECIFIC_OPS_RESPONSE_CODE, 1);
        ib_cgms_response_code_write(&answer, &(struct ib_cgms_response_code){opcode, outcome});
    }
    uint8_t sealed[24];
    struct ib_writer to = ib_writer_of(sealed, sizeof sealed);
    ib_e2e_seal(&to, IB_CRC_TRAILER, IB_CGM_CRC, 0, (struct ib_octets){octets, answer.count});
    ib_cgm_send(service, IB_CGMS_SPECIFIC_OPS_POINT_UUID, (struct ib_octets){sealed, to.count}, now);
}
