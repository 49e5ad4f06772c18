/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/date_time.h"

void ib_date_time_date_time_read(struct ib_reader *from, struct ib_date_time_date_time *value)
{
    *value = (struct ib_date_time_date_time){0};
    value->year = (uint16_t)ib_read_uint(from, 2);
    value->month = (uint8_t)ib_read_uint(from, 1);
    value->day = (uint8_t)ib_read_uint(from, 1);
    value->hours = (uint8_t)ib_read_uint(from, 1);
    value->minutes = (uint8_t)ib_read_uint(from, 1);
    value->seconds = (uint8_t)ib_read_uint(from, 1);
    ib_check_within(from, value->year, 0, 9999);
    ib_check_within(from, value->month, 0, 12);
    ib_check_within(from, value->day, 0, 31);
    ib_check_within(from, value->hours, 0, 23);
    ib_check_within(from, value->minutes, 0, 59);
    ib_check_within(from, value->seconds, 0, 59);
}

void ib_date_time_date_time_write(struct ib_writer *to, const struct ib_date_time_date_time *value)
{
    ib_require_within(to, value->year, 0, 9999);
    ib_require_within(to, value->month, 0, 12);
    ib_require_within(to, value->day, 0, 31);
    ib_require_within(to, value->hours, 0, 23);
    ib_require_within(to, value->minutes, 0, 59);
    ib_require_within(to, value->seconds, 0, 59);
    ib_write_uint(to, (uint32_t)value->year, 2);
    ib_write_uint(to, (uint32_t)value->month, 1);
    ib_write_uint(to, (uint32_t)value->day, 1);
    ib_write_uint(to, (uint32_t)value->hours, 1);
    ib_write_uint(to, (uint32_t)value->minutes, 1);
    ib_write_uint(to, (uint32_t)value->seconds, 1);
}
