/* The results of a sensor, one record each, numbered from 0 since the session's start. */
#ifndef ISLETBENCH_CGM_RECORDS_H
#define ISLETBENCH_CGM_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "isletbench/wire.h"
#include "profiles/cgm.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef IB_CGM_CAPACITY /* for a board with less memory: fewer records, of 8 octets each */
#define IB_CGM_CAPACITY IB_CGM_RECORDS
#endif
#define IB_NO_TREND INT16_MIN

struct ib_cgm_record {
    uint16_t mg_dl;
    int16_t trend; /* tenths of mg/dL/min, or IB_NO_TREND */
    unsigned annunciation : 24;
    unsigned is_stored : 1; /* a client may ask for it */
    unsigned is_pending : 1; /* the client is still to be notified of it */
};

/* A ring buffer: number n is in slot n modulo the capacity, and the oldest record is overwritten. */
struct ib_cgm_records {
    struct ib_cgm_record slots[IB_CGM_CAPACITY];
    uint32_t made; /* the number of the next one */
};

/* Records from ``low`` to ``high``, both included; none when low is above high. */
struct ib_cgm_range {
    uint32_t low;
    uint32_t high;
};

void ib_cgm_records_clear(struct ib_cgm_records *records);
void ib_cgm_records_add(struct ib_cgm_records *records, struct ib_cgm_record record);
/* The record of a number below ``made`` that has not been overwritten. */
struct ib_cgm_record *ib_cgm_record_at(struct ib_cgm_records *records, uint32_t number);
/* The first stored record from ``number`` on and not above ``high``; false when there is none. */
bool ib_cgm_next_stored(struct ib_cgm_records *records, uint32_t *number, uint32_t high);
/* The first pending record, likewise. */
bool ib_cgm_next_pending(struct ib_cgm_records *records, uint32_t *number);
uint16_t ib_cgm_time_offset(uint32_t number); /* min */
/* A record as CGM Measurement has it, with its size and CRC. */
void ib_cgm_record_write(struct ib_writer *to, const struct ib_cgm_record *record, uint32_t number);

#ifdef __cplusplus
}
#endif

#endif
