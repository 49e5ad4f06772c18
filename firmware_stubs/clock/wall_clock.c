#include "isletbench/wall_clock.h"

#define FIRST_YEAR 1582 /* the Gregorian calendar's: GATT Specification Supplement, 3.79 */
#define LAST_YEAR 9999
#define DAYS_PER_YEAR 365
#define DAYS_PER_CENTURY 36524
#define DAYS_PER_ERA 146097 /* 400 years */
#define MARCH 3
#define WEEKDAY_OF_DAY_0 3 /* 1 March 0000 was a Wednesday */

static int64_t leap_days_before(int64_t year)
{
    return year / 4 - year / 100 + year / 400;
}

/* Days since 1 March 0000. A year that begins in March ends with its leap day, so months can be counted by a straight line:
 * 153 days are five months from March on, and from August on again. */
static int64_t day_number(const struct ib_date_time *when)
{
    const bool ends_year = when->month < MARCH;
    const int64_t year = when->year - (ends_year ? 1 : 0);
    const int64_t month = when->month - MARCH + (ends_year ? 12 : 0);

    return year * DAYS_PER_YEAR + leap_days_before(year) + (153 * month + 2) / 5 + when->day - 1;
}

bool ib_date_time_exists(const struct ib_date_time *when)
{
    static const uint8_t longest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap_year = when->year % 4 == 0 && (when->year % 100 != 0 || when->year % 400 == 0);

    if (when->year < FIRST_YEAR || when->year > LAST_YEAR || when->month < 1 || when->month > 12) {
        return false;
    }
    if (when->day < 1 || when->day > longest[when->month - 1] || (when->month == 2 && when->day == 29 && !is_leap_year)) {
        return false;
    }
    return when->hours < 24 && when->minutes < 60 && when->seconds < 60 && when->microseconds < IB_US_PER_SECOND;
}

int64_t ib_date_time_to_us(const struct ib_date_time *when)
{
    const int64_t seconds = (when->hours * INT64_C(60) + when->minutes) * 60 + when->seconds;

    return day_number(when) * IB_US_PER_DAY + seconds * IB_US_PER_SECOND + when->microseconds;
}

struct ib_date_time ib_date_time_of_us(int64_t us)
{
    const int64_t days = us / IB_US_PER_DAY;
    const int64_t of_day = us % IB_US_PER_DAY;
    const int64_t of_era = days % DAYS_PER_ERA;
    const int64_t years = (of_era - of_era / (4 * DAYS_PER_YEAR) + of_era / DAYS_PER_CENTURY - of_era / (DAYS_PER_ERA - 1))
        / DAYS_PER_YEAR;
    const int64_t of_year = of_era - (years * DAYS_PER_YEAR + years / 4 - years / 100);
    const int64_t months = (5 * of_year + 2) / 153;
    const bool ends_year = months + MARCH > 12;
    const int64_t seconds = of_day / IB_US_PER_SECOND;

    return (struct ib_date_time){
        .year = (uint16_t)(days / DAYS_PER_ERA * 400 + years + (ends_year ? 1 : 0)),
        .month = (uint8_t)(months + MARCH - (ends_year ? 12 : 0)),
        .day = (uint8_t)(of_year - (153 * months + 2) / 5 + 1),
        .hours = (uint8_t)(seconds / 3600),
        .minutes = (uint8_t)(seconds / 60 % 60),
        .seconds = (uint8_t)(seconds % 60),
        .microseconds = (uint32_t)(of_day % IB_US_PER_SECOND),
        .day_of_week = (uint8_t)((days + WEEKDAY_OF_DAY_0 - 1) % 7 + 1),
    };
}

void ib_wall_clock_set(struct ib_wall_clock *clock, int64_t to_us, int64_t now_ms)
{
    clock->shown_us = to_us;
    clock->then_ms = now_ms;
}

int64_t ib_wall_clock_at(const struct ib_wall_clock *clock, int64_t now_ms)
{
    return clock->shown_us + (now_ms - clock->then_ms) * IB_US_PER_MS;
}

int64_t ib_wall_clock_time_of_day_ms(const struct ib_wall_clock *clock, int64_t now_ms)
{
    return ib_wall_clock_at(clock, now_ms) % IB_US_PER_DAY / IB_US_PER_MS;
}
