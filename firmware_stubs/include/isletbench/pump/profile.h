/* The numbers of the pump that the stub is, and how much it remembers. */
#ifndef ISLETBENCH_PUMP_PROFILE_H
#define ISLETBENCH_PUMP_PROFILE_H

#include "isletbench/pump/quantities.h"
#include "profiles/pump.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef IB_PUMP_HISTORY_CAPACITY
#define IB_PUMP_HISTORY_CAPACITY IB_PUMP_HISTORY /* records of 20 octets each */
#endif
#define IB_PUMP_ANNUNCIATIONS 32 /* active ones; another one takes the place of the least urgent */

#ifdef __cplusplus
}
#endif

#endif
