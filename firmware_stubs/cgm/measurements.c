#include "measurements.h"

#include "sending.h"

void ib_cgm_skip_measurements(struct ib_cgm_service *service, uint64_t now)
{
    struct ib_cgm_records *records = &service->sensor->records;
    for (uint32_t number = 0; ib_cgm_next_pending(records, &number); number++) {
        ib_cgm_record_at(records, number)->is_pending = 0;
    }
    service->sent_at_ms = ib_sensor_elapsed_ms(service->sensor, now);
}

void ib_cgm_take_measurements(struct ib_cgm_service *service)
{
    struct ib_sensor *sensor = service->sensor;
    if (service->session != sensor->sessions) {
        service->session = sensor->sessions;
        service->taken = 0;
    }
    for (; service->taken < sensor->records.made; service->taken++) {
        ib_cgm_record_at(&sensor->records, service->taken)->is_pending = service->gatt->is_connected ? 1 : 0;
    }
}

/* Write as many whole records as fit into one notification; they are pending no longer. Returns the octets written. */
static size_t pack(struct ib_cgm_records *records, uint32_t *number, uint8_t *octets, size_t capacity)
{
    struct ib_writer value = ib_writer_of(octets, capacity);
    size_t packed = 0;
    while (ib_cgm_next_pending(records, number)) {
        ib_cgm_record_write(&value, ib_cgm_record_at(records, *number), *number);
        if (value.error != IB_WIRE_OK) {
            break;
        }
        packed = value.count;
        ib_cgm_record_at(records, *number)->is_pending = 0;
    }
    return packed;
}

void ib_cgm_send_measurements(struct ib_cgm_service *service, uint64_t now)
{
    const uint64_t cadence_ms = IB_CGM_CADENCE_MIN * IB_MS_PER_MIN, interval = service->interval_ms;
    struct ib_cgm_records *records = &service->sensor->records;
    uint32_t number = 0;
    if (service->is_accessing || service->is_operating || interval == 0 || !ib_cgm_next_pending(records, &number)) {
        return;
    }
    uint64_t taken_ms = ib_cgm_time_offset(records->made - 1) * IB_MS_PER_MIN;
    if (interval > cadence_ms && taken_ms / interval == service->sent_at_ms / interval) {
        return; /* the interval is longer than the cadence: all pending results are sent together when it is over */
    }
    service->sent_at_ms = taken_ms;
    uint8_t octets[IB_MAX_VALUE];
    size_t count;
    while ((count = pack(records, &number, octets, sizeof octets)) > 0) {
        ib_cgm_send(service, IB_CGMS_MEASUREMENT_UUID, (struct ib_octets){octets, count}, now);
    }
}
