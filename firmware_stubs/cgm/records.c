#include "isletbench/cgm/records.h"

#include "isletbench/e2e.h"
#include "packets/cgms.h"

static uint32_t oldest(const struct ib_cgm_records *records)
{
    return records->made > IB_CGM_CAPACITY ? records->made - IB_CGM_CAPACITY : 0;
}

void ib_cgm_records_clear(struct ib_cgm_records *records)
{
    records->made = 0;
}

void ib_cgm_records_add(struct ib_cgm_records *records, struct ib_cgm_record record)
{
    records->slots[records->made % IB_CGM_CAPACITY] = record;
    records->made++;
}

struct ib_cgm_record *ib_cgm_record_at(struct ib_cgm_records *records, uint32_t number)
{
    return &records->slots[number % IB_CGM_CAPACITY];
}

bool ib_cgm_next_stored(struct ib_cgm_records *records, uint32_t *number, uint32_t high)
{
    *number = *number < oldest(records) ? oldest(records) : *number;
    while (*number < records->made && *number <= high) {
        if (ib_cgm_record_at(records, *number)->is_stored) {
            return true;
        }
        ++*number;
    }
    return false;
}

bool ib_cgm_next_pending(struct ib_cgm_records *records, uint32_t *number)
{
    *number = *number < oldest(records) ? oldest(records) : *number;
    while (*number < records->made && !ib_cgm_record_at(records, *number)->is_pending) {
        ++*number;
    }
    return *number < records->made;
}

uint16_t ib_cgm_time_offset(uint32_t number)
{
    return (uint16_t)(number * IB_CGM_CADENCE_MIN);
}

void ib_cgm_record_write(struct ib_writer *to, const struct ib_cgm_record *record, uint32_t number)
{
    struct ib_cgms_measurement measurement = {
        .time_offset = ib_cgm_time_offset(number),
        .annunciation = record->annunciation,
        .has_trend = record->trend != IB_NO_TREND,
        .has_quality = true,
    };
    ib_sfloat_of(record->mg_dl, 0, &measurement.glucose);
    ib_sfloat_of(record->trend, -1, &measurement.trend);
    ib_sfloat_of(IB_CGM_QUALITY, 0, &measurement.quality);
    uint8_t octets[32];
    struct ib_writer payload = ib_writer_of(octets, sizeof octets);
    ib_cgms_measurement_write(&payload, &measurement);
    ib_e2e_seal(to, IB_CGM_RECORD, IB_CGM_CRC, 0, (struct ib_octets){octets, payload.count});
}
