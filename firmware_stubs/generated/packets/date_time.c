/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#include "packets/date_time.h"

void lb_date_time_date_time_read(struct lb_reader *from, struct lb_date_time_date_time *value)
{
    *value = (struct lb_date_time_date_time){0};
    value->year = (uint16_t)lb_read_uint(from, 2);
    value->month = (uint8_t)lb_read_uint(from, 1);
    value->day = (uint8_t)lb_read_uint(from, 1);
    value->hours = (uint8_t)lb_read_uint(from, 1);
    value->minutes = (uint8_t)lb_read_uint(from, 1);
    value->seconds = (uint8_t)lb_read_uint(from, 1);
    lb_check_within(from, value->year, 0, 9999);
    lb_check_within(from, value->month, 0, 12);
    lb_check_within(from, value->day, 0, 31);
    lb_check_within(from, value->hours, 0, 23);
    lb_check_within(from, value->minutes, 0, 59);
    lb_check_within(from, value->seconds, 0, 59);
}

void lb_date_time_date_time_write(struct lb_writer *to, const struct lb_date_time_date_time *value)
{
    lb_require_within(to, value->year, 0, 9999);
    lb_require_within(to, value->month, 0, 12);
    lb_require_within(to, value->day, 0, 31);
    lb_require_within(to, value->hours, 0, 23);
    lb_require_within(to, value->minutes, 0, 59);
    lb_require_within(to, value->seconds, 0, 59);
    lb_write_uint(to, (uint32_t)value->year, 2);
    lb_write_uint(to, (uint32_t)value->month, 1);
    lb_write_uint(to, (uint32_t)value->day, 1);
    lb_write_uint(to, (uint32_t)value->hours, 1);
    lb_write_uint(to, (uint32_t)value->minutes, 1);
    lb_write_uint(to, (uint32_t)value->seconds, 1);
}
