#include "loopbench/cgm/records.h"

#include "loopbench/e2e.h"
#include "packets/cgms.h"

static uint32_t oldest(const struct lb_cgm_records *records)
{
    return records->made > LB_CGM_CAPACITY ? records->made - LB_CGM_CAPACITY : 0;
}

void lb_cgm_records_clear(struct lb_cgm_records *records)
{
    records->made = 0;
}

void lb_cgm_records_add(struct lb_cgm_records *records, struct lb_cgm_record record)
{
    records->slots[records->made % LB_CGM_CAPACITY] = record;
    records->made++;
}

struct lb_cgm_record *lb_cgm_record_at(struct lb_cgm_records *records, uint32_t number)
{
    return &records->slots[number % LB_CGM_CAPACITY];
}

bool lb_cgm_next_stored(struct lb_cgm_records *records, uint32_t *number, uint32_t high)
{
    *number = *number < oldest(records) ? oldest(records) : *number;
    while (*number < records->made && *number <= high) {
        if (lb_cgm_record_at(records, *number)->is_stored) {
            return true;
        }
        ++*number;
    }
    return false;
}

bool lb_cgm_next_news(struct lb_cgm_records *records, uint32_t *number)
{
    *number = *number < oldest(records) ? oldest(records) : *number;
    while (*number < records->made && !lb_cgm_record_at(records, *number)->is_news) {
        ++*number;
    }
    return *number < records->made;
}

uint16_t lb_cgm_time_offset(uint32_t number)
{
    return (uint16_t)(number * LB_CGM_CADENCE_MIN);
}

void lb_cgm_record_write(struct lb_writer *to, const struct lb_cgm_record *record, uint32_t number)
{
    struct lb_cgms_measurement measurement = {
        .time_offset = lb_cgm_time_offset(number),
        .annunciation = record->annunciation,
        .has_trend = record->trend != LB_NO_TREND,
        .has_quality = true,
    };
    lb_sfloat_of(record->mg_dl, 0, &measurement.glucose);
    lb_sfloat_of(record->trend, -1, &measurement.trend);
    lb_sfloat_of(LB_CGM_QUALITY, 0, &measurement.quality);
    uint8_t octets[32];
    struct lb_writer payload = lb_writer_of(octets, sizeof octets);
    lb_cgms_measurement_write(&payload, &measurement);
    lb_e2e_seal(to, LB_CGM_RECORD, true, 0, (struct lb_octets){octets, payload.count});
}
