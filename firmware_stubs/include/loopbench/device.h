/* A GATT server on a serial link: what every stub is. */
#ifndef LOOPBENCH_DEVICE_H
#define LOOPBENCH_DEVICE_H

#include "loopbench/gatt.h"
#include "loopbench/hal.h"
#include "loopbench/link.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lb_device {
    struct lb_gatt gatt;
    struct lb_link link;
};

/* ``hal`` and ``services`` have to outlive the device; ``title`` is what HELLO_RSP calls it. */
void lb_device_init(struct lb_device *device, const struct lb_hal *hal, const char *title,
                    const struct lb_gatt_service *services, size_t service_count, struct lb_machine machine);
/* Do everything that is due by now, each at its own instant, and take what has arrived. The next deadline, ms. */
uint64_t lb_device_poll(struct lb_device *device);
/* The line has gone dead, where a port can see that: the connection on it is over. */
void lb_device_closed(struct lb_device *device);

#ifdef __cplusplus
}
#endif

#endif
