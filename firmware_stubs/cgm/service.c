/* The Continuous Glucose Monitoring Service over a sensor: what a collector sees. As emulator/endpoints/cgms/service.py. */
#include "service.h"

#include "isletbench/e2e.h"

#define CURRENT_TIME_SIZE IB_CGMS_SESSION_START_TIME_SIZE

void ib_cgm_tell(struct ib_cgm_service *service, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    ib_gatt_send(service->gatt, ib_service_cgms.uuid, uuid, value, now);
}

bool ib_cgm_subscribed(const struct ib_cgm_service *service, uint16_t uuid)
{
    return ib_gatt_subscribed(service->gatt, ib_service_cgms.uuid, uuid);
}

/* A client's life */

static void connected(void *context, uint64_t now)
{
    struct ib_cgm_service *service = context;
    struct ib_cgm_records *records = &service->sensor->records;
    for (uint32_t number = 0; ib_cgm_next_news(records, &number); number++) {
        ib_cgm_record_at(records, number)->is_news = 0;
    }
    service->told_at_ms = ib_sensor_elapsed_ms(service->sensor, now);
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
    ib_e2e_seal(value, IB_CRC_TRAILER, true, 0, (struct ib_octets){octets, payload.count});
    return IB_ATT_CODE_SUCCESS;
}

/* Writes */

/* A written value out of its envelope, or the error of CGMS 1.0.1, section 1.8. ``bare_size`` is how long the value is without
 * a CRC: a client that sends just that has left the CRC out. */
static enum ib_att_code take_out(struct ib_octets value, size_t bare_size, struct ib_octets *payload)
{
    uint8_t counter;
    if (value.count == bare_size) {
        return IB_ATT_CODE_MISSING_CRC;
    }
    switch (ib_e2e_open(IB_CRC_TRAILER, true, value, payload, &counter)) {
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
    enum ib_att_code status = take_out(value, CURRENT_TIME_SIZE, &payload);
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
    if (!ib_cgm_subscribed(service, IB_CGMS_SPECIFIC_OPS_POINT_UUID)) {
        return IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->is_operating) {
        return IB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    if (value.count == 0) {
        return IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    struct ib_octets payload;
    enum ib_att_code status = take_out(value, ib_cgms_specific_ops_size(value.at[0]), &payload);
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

/* Telling */

/* Results the service has not seen yet become news, if anybody is there to be told. */
static void take_results(struct ib_cgm_service *service)
{
    struct ib_sensor *sensor = service->sensor;
    if (service->session != sensor->sessions) {
        service->session = sensor->sessions;
        service->taken = 0;
    }
    for (; service->taken < sensor->records.made; service->taken++) {
        ib_cgm_record_at(&sensor->records, service->taken)->is_news = service->gatt->is_connected ? 1 : 0;
    }
}

/* As many whole records as fit into one notification, and no news any more. */
static size_t pack_news(struct ib_cgm_records *records, uint32_t *number, uint8_t *octets, size_t capacity)
{
    struct ib_writer value = ib_writer_of(octets, capacity);
    size_t packed = 0;
    while (ib_cgm_next_news(records, number)) {
        ib_cgm_record_write(&value, ib_cgm_record_at(records, *number), *number);
        if (value.error != IB_WIRE_OK) {
            break;
        }
        packed = value.count;
        ib_cgm_record_at(records, *number)->is_news = 0;
    }
    return packed;
}

/* Tell what has come since the last round, once a round is due and no procedure is open (CGMS 1.0.1, section 3.8.3). */
static void tell_news(struct ib_cgm_service *service, uint64_t now)
{
    const uint64_t cadence_ms = IB_CGM_CADENCE_MIN * IB_MS_PER_MIN, interval = service->interval_ms;
    struct ib_cgm_records *records = &service->sensor->records;
    uint32_t number = 0;
    if (service->is_accessing || service->is_operating || interval == 0 || !ib_cgm_next_news(records, &number)) {
        return;
    }
    uint64_t taken_ms = ib_cgm_time_offset(records->made - 1) * IB_MS_PER_MIN;
    if (interval > cadence_ms && taken_ms / interval == service->told_at_ms / interval) {
        return; /* the client wants to hear less often than the sensor measures: all of it in the next round */
    }
    service->told_at_ms = taken_ms;
    uint8_t octets[IB_MAX_VALUE];
    size_t count;
    while ((count = pack_news(records, &number, octets, sizeof octets)) > 0) {
        ib_cgm_tell(service, IB_CGMS_MEASUREMENT_UUID, (struct ib_octets){octets, count}, now);
    }
}

static void confirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct ib_cgm_service *service = context;
    if (uuid == IB_CGMS_SPECIFIC_OPS_POINT_UUID) {
        service->is_operating = false;
    } else if (service->transfer.due == IB_NEVER) {
        service->is_accessing = false;
    }
    tell_news(service, now);
}

/* The procedure is dropped, and nothing more is sent for it: CGMS 1.0.1, section 3.8.1. */
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
    take_results(service);
    if (service->transfer.due <= now) {
        ib_cgm_transfer_step(service, now);
    }
    tell_news(service, now);
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
