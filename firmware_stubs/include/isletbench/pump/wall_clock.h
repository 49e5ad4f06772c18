/* The pump's date and time, time zone and daylight saving time. */
#ifndef ISLETBENCH_PUMP_WALL_CLOCK_H
#define ISLETBENCH_PUMP_WALL_CLOCK_H

#include "isletbench/pump/quantities.h"
#include "isletbench/wall_clock.h"
#include "packets/fields.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_pump_wall_clock {
    struct ib_wall_clock shown;
    int8_t time_zone; /* quarter hours from UTC, or IB_TIME_ZONE_UNKNOWN */
    enum ib_fields_dst_offset dst_offset;
};

void ib_pump_wall_clock_init(struct ib_pump_wall_clock *clock, const struct ib_date_time *epoch);
void ib_pump_wall_clock_set_local(struct ib_pump_wall_clock *clock, int8_t time_zone, enum ib_fields_dst_offset dst_offset);
/* ms since midnight */
ib_span ib_pump_wall_clock_time_of_day(const struct ib_pump_wall_clock *clock, ib_instant now);

#ifdef __cplusplus
}
#endif

#endif
