/* The services beside a CGM or a pump: Device Information, Battery, Current Time, Bond Management, Immediate Alert. As
 * emulator/gatt/companions.py.
 *
 * They know no CGM and no pump: their values come from functions of the device. Source: DIS 1.1, BAS 1.0, CTS 1.1, BMS 1.0,
 * IAS 1.0. */
#ifndef ISLETBENCH_COMPANIONS_H
#define ISLETBENCH_COMPANIONS_H

#include "isletbench/gatt.h"
#include "packets/companions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The make of a device. Texts are UTF-8. */
struct ib_identity {
    const char *manufacturer;
    const char *model;
    const char *serial_number;
    const char *firmware;
    struct ib_companions_system_id system_id;
};

/* The device behind them. */
struct ib_companion_device {
    void *context;
    uint8_t (*battery_level)(void *context, uint64_t now);             /* percent that is left */
    int64_t (*clock_us)(void *context, uint64_t now);                  /* its date and time, see wall_clock.h */
    void (*set_clock)(void *context, int64_t to_us, uint64_t now);
    /* The local time information has been set. NULL: the device does not use it. */
    void (*set_local_time)(void *context, const struct ib_companions_local_time_information *local, uint64_t now);
};

struct ib_companions {
    const struct ib_identity *identity;
    struct ib_companion_device device;
    struct ib_gatt *gatt;
    uint8_t notified_battery_level;
    uint8_t adjust_reason; /* of the last time the clock was set */
    struct ib_companions_local_time_information local;
};

/* ``identity`` and ``gatt`` outlive them. */
void ib_companions_init(struct ib_companions *companions, const struct ib_identity *identity, struct ib_companion_device device,
                        struct ib_gatt *gatt);
/* Each service for the server's table. */
struct ib_gatt_service ib_device_information_service(struct ib_companions *companions);
struct ib_gatt_service ib_battery_service(struct ib_companions *companions);
struct ib_gatt_service ib_current_time_service(struct ib_companions *companions);
/* Over a UART no client has a bond, so there is none to delete. */
struct ib_gatt_service ib_bond_management_service(struct ib_companions *companions);
struct ib_gatt_service ib_immediate_alert_service(struct ib_companions *companions);

#ifdef __cplusplus
}
#endif

#endif
