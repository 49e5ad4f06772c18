/* The numbers of the pump that the stub is, and how much it remembers. */
#ifndef LOOPBENCH_PUMP_PROFILE_H
#define LOOPBENCH_PUMP_PROFILE_H

#include "loopbench/pump/quantities.h"
#include "profiles/pump.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LB_PUMP_HISTORY_CAPACITY
#define LB_PUMP_HISTORY_CAPACITY LB_PUMP_HISTORY /* records of 20 octets each */
#endif
#define LB_PUMP_ANNUNCIATIONS 32 /* active ones; another one takes the place of the least urgent */

#ifdef __cplusplus
}
#endif

#endif
