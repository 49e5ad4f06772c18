/* A GATT server on a serial link: the base of every stub. */
#ifndef ISLETBENCH_DEVICE_H
#define ISLETBENCH_DEVICE_H

#include "isletbench/gatt.h"
#include "isletbench/hal.h"
#include "isletbench/link.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_device {
    struct ib_gatt gatt;
    struct ib_link link;
};

/* ``hal`` and ``services`` have to outlive the device; ``title`` is what HELLO_RSP calls it. */
void ib_device_init(struct ib_device *device, const struct ib_hal *hal, const char *title,
                    const struct ib_gatt_service *services, size_t service_count, struct ib_machine machine);
/* Do everything that is due by now, each at its own instant, and process what has been received. Returns the next deadline, ms. */
uint64_t ib_device_poll(struct ib_device *device);
/* The line has been disconnected, where a port can detect that: the connection on it ends. */
void ib_device_closed(struct ib_device *device);

#ifdef __cplusplus
}
#endif

#endif
