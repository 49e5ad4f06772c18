/* Time and insulin as integers: equality is allowed, sums are exact. As emulator/quantities.py has it. */
#ifndef LOOPBENCH_PUMP_QUANTITIES_H
#define LOOPBENCH_PUMP_QUANTITIES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t lb_instant; /* ms since power-up */
typedef int64_t lb_span;    /* ms */
typedef int64_t lb_insulin; /* uU */
typedef int64_t lb_rate;    /* uU/h */

#define LB_NOT_DUE INT64_MAX /* the instant of what will not happen */
#define LB_SECOND INT64_C(1000)
#define LB_MINUTE (60 * LB_SECOND)
#define LB_HOUR (60 * LB_MINUTE)
#define LB_DAY (24 * LB_HOUR)
#define LB_UNIT INT64_C(1000000) /* an international unit, uU; also a whole, in millionths */

#ifdef __cplusplus
}
#endif

#endif
