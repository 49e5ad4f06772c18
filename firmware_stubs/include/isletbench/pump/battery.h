/* The battery, full at power-up, and the warnings it has given. */
#ifndef ISLETBENCH_PUMP_BATTERY_H
#define ISLETBENCH_PUMP_BATTERY_H

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which they are given. The first is due at half the runtime (IDS 1.0.2, table 4.9). */
enum ib_battery_warning { IB_BATTERY_IS_MEDIUM, IB_BATTERY_IS_LOW, IB_BATTERY_IS_EMPTY, IB_BATTERY_WARNINGS };

struct ib_battery {
    uint8_t given; /* how many warnings */
};

/* Percent that is left. */
uint8_t ib_battery_level(ib_instant now);
ib_instant ib_battery_warning_due(const struct ib_battery *battery);
/* Give the next warning, which is due. */
enum ib_battery_warning ib_battery_warn(struct ib_battery *battery);

#ifdef __cplusplus
}
#endif

#endif
