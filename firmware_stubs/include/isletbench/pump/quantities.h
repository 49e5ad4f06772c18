/* Time and insulin as integers: equality is allowed, sums are exact. As emulator/core/quantities.py has it. */
#ifndef ISLETBENCH_PUMP_QUANTITIES_H
#define ISLETBENCH_PUMP_QUANTITIES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t ib_instant; /* ms since power-up */
typedef int64_t ib_span;    /* ms */
typedef int64_t ib_insulin; /* uU */
typedef int64_t ib_rate;    /* uU/h */

#define IB_NOT_DUE INT64_MAX /* the instant of what will not happen */
#define IB_SECOND INT64_C(1000)
#define IB_MINUTE (60 * IB_SECOND)
#define IB_HOUR (60 * IB_MINUTE)
#define IB_DAY (24 * IB_HOUR)
#define IB_UNIT INT64_C(1000000) /* an international unit, uU; also a whole, in millionths */

#ifdef __cplusplus
}
#endif

#endif
