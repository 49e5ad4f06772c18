/* What a sensor has measured, one record at a time, numbered from 0 since the session's start. */
#ifndef LOOPBENCH_CGM_RECORDS_H
#define LOOPBENCH_CGM_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "loopbench/wire.h"
#include "profiles/cgm.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LB_CGM_CAPACITY /* for a board with less memory: fewer records, of 8 octets each */
#define LB_CGM_CAPACITY LB_CGM_RECORDS
#endif
#define LB_NO_TREND INT16_MIN

struct lb_cgm_record {
    uint16_t mg_dl;
    int16_t trend; /* tenths of mg/dL/min, or LB_NO_TREND */
    unsigned annunciation : 24;
    unsigned is_stored : 1; /* a client may ask for it */
    unsigned is_news : 1;   /* the client is still to be told of it */
};

/* A ring: number n stands in slot n modulo the capacity, and the oldest is overwritten. */
struct lb_cgm_records {
    struct lb_cgm_record slots[LB_CGM_CAPACITY];
    uint32_t made; /* the number of the next one */
};

/* Records from ``low`` to ``high``, both included; none when low is above high. */
struct lb_cgm_range {
    uint32_t low;
    uint32_t high;
};

void lb_cgm_records_clear(struct lb_cgm_records *records);
void lb_cgm_records_add(struct lb_cgm_records *records, struct lb_cgm_record record);
/* The record of a number below ``made`` that has not been overwritten. */
struct lb_cgm_record *lb_cgm_record_at(struct lb_cgm_records *records, uint32_t number);
/* The first stored record from ``number`` on and not above ``high``; false when there is none. */
bool lb_cgm_next_stored(struct lb_cgm_records *records, uint32_t *number, uint32_t high);
/* The first one that is news, likewise. */
bool lb_cgm_next_news(struct lb_cgm_records *records, uint32_t *number);
uint16_t lb_cgm_time_offset(uint32_t number); /* min */
/* A record as CGM Measurement has it, with its size and CRC. */
void lb_cgm_record_write(struct lb_writer *to, const struct lb_cgm_record *record, uint32_t number);

#ifdef __cplusplus
}
#endif

#endif
