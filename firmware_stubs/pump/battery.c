#include "isletbench/pump/battery.h"

/* Percent left at which each warning is due. */
static const uint8_t LEVELS[IB_BATTERY_WARNINGS] = {50, 20, 0};

uint8_t ib_battery_level(ib_instant now)
{
    const ib_span used = 100 * now / IB_PUMP_BATTERY_LIFE;

    return (uint8_t)(used < 100 ? 100 - used : 0);
}

ib_instant ib_battery_warning_due(const struct ib_battery *battery)
{
    if (battery->given == IB_BATTERY_WARNINGS) {
        return IB_NOT_DUE;
    }
    return (IB_PUMP_BATTERY_LIFE * (100 - LEVELS[battery->given]) + 99) / 100;
}

enum ib_battery_warning ib_battery_warn(struct ib_battery *battery)
{
    return (enum ib_battery_warning)battery->given++;
}
