/* The services beside a CGM or a pump: Device Information, Battery, Current Time, Bond Management, Immediate Alert. As
 * emulator/companions.py.
 *
 * They know no CGM and no pump; what they tell comes from functions handed in. Source: DIS 1.1, BAS 1.0, CTS 1.1, BMS 1.0,
 * IAS 1.0. */
#ifndef LOOPBENCH_COMPANIONS_H
#define LOOPBENCH_COMPANIONS_H

#include "loopbench/gatt.h"
#include "packets/companions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a device says of its make. Texts are UTF-8. */
struct lb_identity {
    const char *manufacturer;
    const char *model;
    const char *serial_number;
    const char *firmware;
    struct lb_companions_system_id system_id;
};

/* The device behind them. */
struct lb_companion_device {
    void *context;
    uint8_t (*battery_level)(void *context, uint64_t now);             /* percent that is left */
    int64_t (*clock_us)(void *context, uint64_t now);                  /* its date and time, see wall_clock.h */
    void (*set_clock)(void *context, int64_t to_us, uint64_t now);
    /* Told where it is. NULL: it does not care. */
    void (*set_local_time)(void *context, const struct lb_companions_local_time_information *local, uint64_t now);
};

struct lb_companions {
    const struct lb_identity *identity;
    struct lb_companion_device device;
    struct lb_gatt *gatt;
    uint8_t told_battery_level;
    uint8_t adjust_reason; /* of the last time the clock was set */
    struct lb_companions_local_time_information local;
};

/* ``identity`` and ``gatt`` outlive them. */
void lb_companions_init(struct lb_companions *companions, const struct lb_identity *identity, struct lb_companion_device device,
                        struct lb_gatt *gatt);
/* Each as the server wants it. */
struct lb_gatt_service lb_device_information_service(struct lb_companions *companions);
struct lb_gatt_service lb_battery_service(struct lb_companions *companions);
struct lb_gatt_service lb_current_time_service(struct lb_companions *companions);
/* Over a UART no client has a bond, so there is none to forget. */
struct lb_gatt_service lb_bond_management_service(struct lb_companions *companions);
struct lb_gatt_service lb_immediate_alert_service(struct lb_companions *companions);

#ifdef __cplusplus
}
#endif

#endif
