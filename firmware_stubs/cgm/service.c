/* As emulator/endpoints/cgms/service.py. */
#include "service.h"

#include "isletbench/e2e.h"
#include "measurements.h"
#include "record_access.h"
#include "sending.h"
#include "specific_ops.h"

#define CURRENT_TIME_SIZE IB_CGMS_SESSION_START_TIME_SIZE

/* Connection */

static void connected(void *context, uint64_t now)
{
    ib_cgm_skip_measurements(context, now);
}

static void disconnected(void *context, uint64_t now)
{
    struct ib_cgm_service *service = context;
    (void)now;
    service->transfer.due = IB_NEVER;
    service->is_accessing = service->is_operating = false;
}

/* Values */

static void write_feature(struct ib_writer *payload)
{
    struct ib_cgms_feature_value feature = {
        .features = IB_CGM_FEATURES,
        .origin = {IB_CGM_SAMPLE_TYPE, IB_CGM_SAMPLE_LOCATION},
    };
    ib_cgms_feature_value_write(payload, &feature);
}

static void write_start_time(const struct ib_sensor *sensor, struct ib_writer *payload)
{
    struct ib_cgms_session_start_time value = {
        .time_zone = IB_TIME_ZONE_UNKNOWN,
        .dst_offset = IB_FIELDS_DST_OFFSET_UNKNOWN,
    };
    if (sensor->has_start_time) {
        struct ib_date_time began = ib_date_time_of_us(sensor->start_us);
        value = (struct ib_cgms_session_start_time){
            .time = {began.year, began.month, began.day, began.hours, began.minutes, began.seconds},
            .time_zone = sensor->time_zone,
            .dst_offset = sensor->dst_offset,
        };
    }
    ib_cgms_session_start_time_write(payload, &value);
}

static enum ib_att_code read(void *context, uint16_t uuid, uint64_t now, struct ib_writer *value)
{
    struct ib_cgm_service *service = context;
    struct ib_sensor *sensor = service->sensor;
    uint8_t octets[16];
    struct ib_writer payload = ib_writer_of(octets, sizeof octets);
    switch (uuid) {
    case IB_CGMS_FEATURE_UUID:
        write_feature(&payload);
        break;
    case IB_CGMS_STATUS_UUID:
        ib_cgms_status_write(&payload, &(struct ib_cgms_status){
                                           .time_offset = ib_sensor_time_offset(sensor, now),
                                           .annunciation = ib_sensor_annunciation(sensor, now),
                                       });
        break;
    case IB_CGMS_SESSION_START_TIME_UUID:
        write_start_time(sensor, &payload);
        break;
    default:
        ib_cgms_session_run_time_write(&payload, &(struct ib_cgms_session_run_time){IB_CGM_LIFE_HOURS});
        break;
    }
    ib_e2e_seal(value, IB_CRC_TRAILER, IB_CGM_CRC, 0, (struct ib_octets){octets, payload.count});
    return IB_ATT_CODE_SUCCESS;
}

/* Writes */

/* Open the envelope of a written value. Returns the error of CGMS 1.0.1, section 1.8. ``bare_size`` is the length of the value
 * without a CRC: a client that sends just that has left the CRC out. */
static enum ib_att_code open_envelope(struct ib_octets value, size_t bare_size, struct ib_octets *payload)
{
    uint8_t counter;
    if (value.count == bare_size) {
        return IB_ATT_CODE_MISSING_CRC;
    }
    switch (ib_e2e_open(IB_CRC_TRAILER, IB_CGM_CRC, value, payload, &counter)) {
    case IB_E2E_OK:
        return IB_ATT_CODE_SUCCESS;
    case IB_E2E_BAD_CRC:
        return IB_ATT_CODE_INVALID_CRC;
    default:
        return IB_ATT_CODE_MISSING_CRC;
    }
}

static enum ib_att_code set_time(struct ib_cgm_service *service, struct ib_octets value, uint64_t now)
{
    struct ib_octets payload;
    enum ib_att_code status = open_envelope(value, CURRENT_TIME_SIZE, &payload);
    if (status != IB_ATT_CODE_SUCCESS) {
        return status;
    }
    struct ib_reader from = ib_reader_of(payload.at, payload.count);
    struct ib_cgms_session_start_time written;
    ib_cgms_session_start_time_read(&from, &written);
    if (!ib_reader_end(&from)) {
        return from.error == IB_RESERVED ? IB_ATT_CODE_OUT_OF_RANGE : IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    const struct ib_date_time time = {
        .year = written.time.year,
        .month = written.time.month,
        .day = written.time.day,
        .hours = written.time.hours,
        .minutes = written.time.minutes,
        .seconds = written.time.seconds,
    };
    if (!ib_date_time_exists(&time)) {
        return IB_ATT_CODE_OUT_OF_RANGE;
    }
    ib_sensor_set_time(service->sensor, ib_date_time_to_us(&time), written.time_zone, written.dst_offset, now);
    return IB_ATT_CODE_SUCCESS;
}

static enum ib_att_code operate(struct ib_cgm_service *service, struct ib_octets value, uint64_t now)
{
    if (!ib_cgm_is_subscribed(service, IB_CGMS_SPECIFIC_OPS_POINT_UUID)) {
        return IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->is_operating) {
        return IB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    if (value.count == 0) {
        return IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    struct ib_octets payload;
    enum ib_att_code status = open_envelope(value, ib_cgms_specific_ops_size(value.at[0]), &payload);
    if (status == IB_ATT_CODE_SUCCESS) {
        service->is_operating = true;
        ib_cgm_operate(service, payload, now);
    }
    return status;
}

static enum ib_att_code write(void *context, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    switch (uuid) {
    case IB_CGMS_RECORD_ACCESS_UUID:
        return ib_cgm_access_records(context, value, now);
    case IB_CGMS_SPECIFIC_OPS_POINT_UUID:
        return operate(context, value, now);
    default:
        return set_time(context, value, now);
    }
}

/* Confirmations and time */

static void confirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct ib_cgm_service *service = context;
    if (uuid == IB_CGMS_SPECIFIC_OPS_POINT_UUID) {
        service->is_operating = false;
    } else if (service->transfer.due == IB_NEVER) {
        service->is_accessing = false;
    }
    ib_cgm_send_measurements(service, now);
}

/* The procedure has failed, and nothing more is sent for it: CGMS 1.0.1, section 3.8.1. */
static void unconfirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct ib_cgm_service *service = context;
    (void)now;
    if (uuid == IB_CGMS_SPECIFIC_OPS_POINT_UUID) {
        service->is_operating = false;
    } else {
        service->is_accessing = false;
        service->transfer.due = IB_NEVER;
    }
}

static void advance(void *context, uint64_t now)
{
    struct ib_cgm_service *service = context;
    ib_cgm_take_measurements(service);
    if (service->transfer.due <= now) {
        ib_cgm_transfer_step(service, now);
    }
    ib_cgm_send_measurements(service, now);
}

static uint64_t next_deadline(void *context)
{
    const struct ib_cgm_service *service = context;
    return service->transfer.due;
}

struct ib_gatt_service ib_cgm_gatt_service(struct ib_cgm_service *service)
{
    return (struct ib_gatt_service){
        .spec = &ib_service_cgms,
        .context = service,
        .connected = connected,
        .disconnected = disconnected,
        .read = read,
        .write = write,
        .confirmed = confirmed,
        .unconfirmed = unconfirmed,
        .advance = advance,
        .next_deadline = next_deadline,
    };
}
