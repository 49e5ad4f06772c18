#include "isletbench/pump/wall_clock.h"

void ib_pump_wall_clock_init(struct ib_pump_wall_clock *clock, const struct ib_date_time *epoch)
{
    ib_wall_clock_set(&clock->shown, ib_date_time_to_us(epoch), 0);
    ib_pump_wall_clock_set_local(clock, IB_TIME_ZONE_UNKNOWN, IB_FIELDS_DST_OFFSET_UNKNOWN);
}

void ib_pump_wall_clock_set_local(struct ib_pump_wall_clock *clock, int8_t time_zone, enum ib_fields_dst_offset dst_offset)
{
    clock->time_zone = time_zone;
    clock->dst_offset = dst_offset;
}

ib_span ib_pump_wall_clock_time_of_day(const struct ib_pump_wall_clock *clock, ib_instant now)
{
    return ib_wall_clock_time_of_day_ms(&clock->shown, now);
}
