/* The services beside a CGM or a pump: Device Information, Battery, Current Time, Bond Management, Immediate Alert. As
 * emulator/gatt/companions.py.
 *
 * They know no CGM and no pump; what they tell comes from functions handed in. Source: DIS 1.1, BAS 1.0, CTS 1.1, BMS 1.0,
 * IAS 1.0. */
#ifndef ISLETBENCH_COMPANIONS_H
#define ISLETBENCH_COMPANIONS_H

#include "isletbench/gatt.h"
#include "packets/companions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a device says of its make. Texts are UTF-8. */
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
    /* Told where it is. NULL: it does not care. */
    void (*set_local_time)(void *context, const struct ib_companions_local_time_information *local, uint64_t now);
};

struct ib_companions {
    const struct ib_identity *identity;
    struct ib_companion_device device;
    struct ib_gatt *gatt;
    uint8_t told_battery_level;
    uint8_t adjust_reason; /* of the last time the clock was set */
    struct ib_companions_local_time_information local;
};

/* ``identity`` and ``gatt`` outlive them. */
void ib_companions_init(struct ib_companions *companions, const struct ib_identity *identity, struct ib_companion_device device,
                        struct ib_gatt *gatt);
/* Each as the server wants it. */
struct ib_gatt_service ib_device_information_service(struct ib_companions *companions);
struct ib_gatt_service ib_battery_service(struct ib_companions *companions);
struct ib_gatt_service ib_current_time_service(struct ib_companions *companions);
/* Over a UART no client has a bond, so there is none to forget. */
struct ib_gatt_service ib_bond_management_service(struct ib_companions *companions);
struct ib_gatt_service ib_immediate_alert_service(struct ib_companions *companions);

#ifdef __cplusplus
}
#endif

#endif
