/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#ifndef LOOPBENCH_PACKETS_DATE_TIME_H
#define LOOPBENCH_PACKETS_DATE_TIME_H

#include "loopbench/sfloat.h"
#include "loopbench/service.h"
#include "loopbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Local date and time; ``year``, ``month`` and ``day`` may be 0, unknown. */
struct lb_date_time_date_time {
    uint16_t year; /* 1582..9999, 0 unknown */
    uint8_t month; /* 1..12, 0 unknown */
    uint8_t day; /* 1..31, 0 unknown */
    uint8_t hours; /* 0..23 */
    uint8_t minutes; /* 0..59 */
    uint8_t seconds; /* 0..59 */
};
#define LB_DATE_TIME_DATE_TIME_SIZE 7U
void lb_date_time_date_time_read(struct lb_reader *from, struct lb_date_time_date_time *value);
void lb_date_time_date_time_write(struct lb_writer *to, const struct lb_date_time_date_time *value);

#ifdef __cplusplus
}
#endif

#endif
