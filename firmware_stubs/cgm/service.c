/* The Continuous Glucose Monitoring Service over a sensor: what a collector sees. As emulator/cgm/service.py. */
#include "service.h"

#include "loopbench/e2e.h"

#define CURRENT_TIME_SIZE LB_CGMS_SESSION_START_TIME_SIZE

void lb_cgm_tell(struct lb_cgm_service *service, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    lb_gatt_tell(service->gatt, lb_service_cgms.uuid, uuid, value, now);
}

bool lb_cgm_subscribed(const struct lb_cgm_service *service, uint16_t uuid)
{
    return lb_gatt_subscribed(service->gatt, lb_service_cgms.uuid, uuid);
}

/* A client's life */

static void connected(void *context, uint64_t now)
{
    struct lb_cgm_service *service = context;
    struct lb_cgm_records *records = &service->sensor->records;
    for (uint32_t number = 0; lb_cgm_next_news(records, &number); number++) {
        lb_cgm_record_at(records, number)->is_news = 0;
    }
    service->told_at_ms = lb_sensor_elapsed_ms(service->sensor, now);
}

static void disconnected(void *context, uint64_t now)
{
    struct lb_cgm_service *service = context;
    (void)now;
    service->transfer.due = LB_NEVER;
    service->is_accessing = service->is_operating = false;
}

/* Values */

static void write_feature(struct lb_writer *payload)
{
    struct lb_cgms_feature_value feature = {
        .features = LB_CGM_FEATURES,
        .origin = {LB_CGM_SAMPLE_TYPE, LB_CGM_SAMPLE_LOCATION},
    };
    lb_cgms_feature_value_write(payload, &feature);
}

static void write_start_time(const struct lb_sensor *sensor, struct lb_writer *payload)
{
    struct lb_cgms_session_start_time value = {
        .time_zone = LB_TIME_ZONE_UNKNOWN,
        .dst_offset = LB_FIELDS_DST_OFFSET_UNKNOWN,
    };
    if (sensor->has_start_time) {
        struct lb_date_time began = lb_date_time_of_us(sensor->start_us);
        value = (struct lb_cgms_session_start_time){
            .time = {began.year, began.month, began.day, began.hours, began.minutes, began.seconds},
            .time_zone = sensor->time_zone,
            .dst_offset = sensor->dst_offset,
        };
    }
    lb_cgms_session_start_time_write(payload, &value);
}

static enum lb_att_code read(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value)
{
    struct lb_cgm_service *service = context;
    struct lb_sensor *sensor = service->sensor;
    uint8_t octets[16];
    struct lb_writer payload = lb_writer_of(octets, sizeof octets);
    switch (uuid) {
    case LB_CGMS_FEATURE_UUID:
        write_feature(&payload);
        break;
    case LB_CGMS_STATUS_UUID:
        lb_cgms_status_write(&payload, &(struct lb_cgms_status){
                                           .time_offset = lb_sensor_time_offset(sensor, now),
                                           .annunciation = lb_sensor_annunciation(sensor, now),
                                       });
        break;
    case LB_CGMS_SESSION_START_TIME_UUID:
        write_start_time(sensor, &payload);
        break;
    default:
        lb_cgms_session_run_time_write(&payload, &(struct lb_cgms_session_run_time){LB_CGM_LIFE_HOURS});
        break;
    }
    lb_e2e_seal(value, LB_CRC_TRAILER, true, 0, (struct lb_octets){octets, payload.count});
    return LB_ATT_CODE_SUCCESS;
}

/* Writes */

/* A written value out of its envelope, or the error of CGMS 1.0.1, section 1.8. ``bare_size`` is how long the value is without
 * a CRC: a client that sends just that has left the CRC out. */
static enum lb_att_code take_out(struct lb_octets value, size_t bare_size, struct lb_octets *payload)
{
    uint8_t counter;
    if (value.count == bare_size) {
        return LB_ATT_CODE_MISSING_CRC;
    }
    switch (lb_e2e_open(LB_CRC_TRAILER, true, value, payload, &counter)) {
    case LB_E2E_OK:
        return LB_ATT_CODE_SUCCESS;
    case LB_E2E_BAD_CRC:
        return LB_ATT_CODE_INVALID_CRC;
    default:
        return LB_ATT_CODE_MISSING_CRC;
    }
}

static enum lb_att_code set_time(struct lb_cgm_service *service, struct lb_octets value, uint64_t now)
{
    struct lb_octets payload;
    enum lb_att_code status = take_out(value, CURRENT_TIME_SIZE, &payload);
    if (status != LB_ATT_CODE_SUCCESS) {
        return status;
    }
    struct lb_reader from = lb_reader_of(payload.at, payload.count);
    struct lb_cgms_session_start_time written;
    lb_cgms_session_start_time_read(&from, &written);
    if (!lb_reader_end(&from)) {
        return from.error == LB_RESERVED ? LB_ATT_CODE_OUT_OF_RANGE : LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    const struct lb_date_time time = {
        .year = written.time.year,
        .month = written.time.month,
        .day = written.time.day,
        .hours = written.time.hours,
        .minutes = written.time.minutes,
        .seconds = written.time.seconds,
    };
    if (!lb_date_time_exists(&time)) {
        return LB_ATT_CODE_OUT_OF_RANGE;
    }
    lb_sensor_set_time(service->sensor, lb_date_time_to_us(&time), written.time_zone, written.dst_offset, now);
    return LB_ATT_CODE_SUCCESS;
}

static enum lb_att_code operate(struct lb_cgm_service *service, struct lb_octets value, uint64_t now)
{
    if (!lb_cgm_subscribed(service, LB_CGMS_SPECIFIC_OPS_POINT_UUID)) {
        return LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->is_operating) {
        return LB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    if (value.count == 0) {
        return LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    struct lb_octets payload;
    enum lb_att_code status = take_out(value, lb_cgms_specific_ops_size(value.at[0]), &payload);
    if (status == LB_ATT_CODE_SUCCESS) {
        service->is_operating = true;
        lb_cgm_operate(service, payload, now);
    }
    return status;
}

static enum lb_att_code write(void *context, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    switch (uuid) {
    case LB_CGMS_RECORD_ACCESS_UUID:
        return lb_cgm_access_records(context, value, now);
    case LB_CGMS_SPECIFIC_OPS_POINT_UUID:
        return operate(context, value, now);
    default:
        return set_time(context, value, now);
    }
}

/* Telling */

/* Results the service has not seen yet become news, if anybody is there to be told. */
static void take_results(struct lb_cgm_service *service)
{
    struct lb_sensor *sensor = service->sensor;
    if (service->session != sensor->sessions) {
        service->session = sensor->sessions;
        service->taken = 0;
    }
    for (; service->taken < sensor->records.made; service->taken++) {
        lb_cgm_record_at(&sensor->records, service->taken)->is_news = service->gatt->is_connected ? 1 : 0;
    }
}

/* As many whole records as fit into one notification, and no news any more. */
static size_t pack_news(struct lb_cgm_records *records, uint32_t *number, uint8_t *octets, size_t capacity)
{
    struct lb_writer value = lb_writer_of(octets, capacity);
    size_t packed = 0;
    while (lb_cgm_next_news(records, number)) {
        lb_cgm_record_write(&value, lb_cgm_record_at(records, *number), *number);
        if (value.error != LB_WIRE_OK) {
            break;
        }
        packed = value.count;
        lb_cgm_record_at(records, *number)->is_news = 0;
    }
    return packed;
}

/* Tell what has come since the last round, once a round is due and no procedure is open (CGMS 1.0.1, section 3.8.3). */
static void tell_news(struct lb_cgm_service *service, uint64_t now)
{
    const uint64_t cadence_ms = LB_CGM_CADENCE_MIN * LB_MS_PER_MIN, interval = service->interval_ms;
    struct lb_cgm_records *records = &service->sensor->records;
    uint32_t number = 0;
    if (service->is_accessing || service->is_operating || interval == 0 || !lb_cgm_next_news(records, &number)) {
        return;
    }
    uint64_t taken_ms = lb_cgm_time_offset(records->made - 1) * LB_MS_PER_MIN;
    if (interval > cadence_ms && taken_ms / interval == service->told_at_ms / interval) {
        return; /* the client wants to hear less often than the sensor measures: all of it in the next round */
    }
    service->told_at_ms = taken_ms;
    uint8_t octets[LB_MAX_VALUE];
    size_t count;
    while ((count = pack_news(records, &number, octets, sizeof octets)) > 0) {
        lb_cgm_tell(service, LB_CGMS_MEASUREMENT_UUID, (struct lb_octets){octets, count}, now);
    }
}

static void confirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct lb_cgm_service *service = context;
    if (uuid == LB_CGMS_SPECIFIC_OPS_POINT_UUID) {
        service->is_operating = false;
    } else if (service->transfer.due == LB_NEVER) {
        service->is_accessing = false;
    }
    tell_news(service, now);
}

/* The procedure is dropped, and nothing more is sent for it: CGMS 1.0.1, section 3.8.1. */
static void unconfirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct lb_cgm_service *service = context;
    (void)now;
    if (uuid == LB_CGMS_SPECIFIC_OPS_POINT_UUID) {
        service->is_operating = false;
    } else {
        service->is_accessing = false;
        service->transfer.due = LB_NEVER;
    }
}

static void advance(void *context, uint64_t now)
{
    struct lb_cgm_service *service = context;
    take_results(service);
    if (service->transfer.due <= now) {
        lb_cgm_transfer_step(service, now);
    }
    tell_news(service, now);
}

static uint64_t next_deadline(void *context)
{
    const struct lb_cgm_service *service = context;
    return service->transfer.due;
}

struct lb_gatt_service lb_cgm_gatt_service(struct lb_cgm_service *service)
{
    return (struct lb_gatt_service){
        .spec = &lb_service_cgms,
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
