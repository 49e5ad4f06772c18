/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_DATE_TIME_H
#define ISLETBENCH_PACKETS_DATE_TIME_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Local date and time; ``year``, ``month`` and ``day`` may be 0, unknown. */
struct ib_date_time_date_time {
    uint16_t year; /* 1582..9999, 0 unknown */
    uint8_t month; /* 1..12, 0 unknown */
    uint8_t day; /* 1..31, 0 unknown */
    uint8_t hours; /* 0..23 */
    uint8_t minutes; /* 0..59 */
    uint8_t seconds; /* 0..59 */
};
#define IB_DATE_TIME_DATE_TIME_SIZE 7U
void ib_date_time_date_time_read(struct ib_reader *from, struct ib_date_time_date_time *value);
void ib_date_time_date_time_write(struct ib_writer *to, const struct ib_date_time_date_time *value);

#ifdef __cplusplus
}
#endif

#endif
