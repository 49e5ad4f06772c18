/* A device's own date and time, which can be set; nothing else in a device uses a calendar.
 *
 * Dates are of the Gregorian calendar, without a zone, years 1582 to 9999. A moment on the calendar is held as microseconds since
 * midnight of 1 March of the year 0, because Current Time brings 256ths of a second. */
#ifndef ISLETBENCH_WALL_CLOCK_H
#define ISLETBENCH_WALL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_US_PER_MS INT64_C(1000)
#define IB_US_PER_SECOND INT64_C(1000000)
#define IB_MS_PER_DAY INT64_C(86400000)
#define IB_US_PER_DAY (IB_MS_PER_DAY * IB_US_PER_MS)

struct ib_date_time {
    uint16_t year;
    uint8_t month; /* 1..12 */
    uint8_t day;   /* 1..31 */
    uint8_t hours, minutes, seconds;
    uint32_t microseconds;
    uint8_t day_of_week; /* 1 Monday .. 7 Sunday; ignored when a date is read */
};

/* Whether there is such a date and time. */
bool ib_date_time_exists(const struct ib_date_time *when);
/* The date and time exist. */
int64_t ib_date_time_to_us(const struct ib_date_time *when);
struct ib_date_time ib_date_time_of_us(int64_t us);

struct ib_wall_clock {
    int64_t shown_us; /* what it showed ... */
    int64_t then_ms;  /* ... at this time since power-up */
};

/* Set the clock. */
void ib_wall_clock_set(struct ib_wall_clock *clock, int64_t to_us, int64_t now_ms);
int64_t ib_wall_clock_at(const struct ib_wall_clock *clock, int64_t now_ms);
/* Milliseconds since its midnight. */
int64_t ib_wall_clock_time_of_day_ms(const struct ib_wall_clock *clock, int64_t now_ms);

#ifdef __cplusplus
}
#endif

#endif
