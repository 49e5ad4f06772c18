#include "loopbench/device.h"

#define CHUNK 64U

void lb_device_init(struct lb_device *device, const struct lb_hal *hal, const char *title,
                    const struct lb_gatt_service *services, size_t service_count, struct lb_machine machine)
{
    lb_gatt_init(&device->gatt, services, service_count, machine);
    lb_link_init(&device->link, hal, &device->gatt, title);
}

static void run_until(struct lb_device *device, uint64_t now)
{
    uint64_t due = lb_gatt_next_deadline(&device->gatt);
    while (due <= now) {
        lb_gatt_advance(&device->gatt, due);
        due = lb_gatt_next_deadline(&device->gatt);
    }
}

uint64_t lb_device_poll(struct lb_device *device)
{
    const struct lb_hal *hal = device->link.hal;
    uint64_t now = hal->now_ms(hal->context);
    run_until(device, now);
    uint8_t octets[CHUNK];
    size_t count = hal->receive(hal->context, octets, sizeof octets);
    while (count > 0) {
        lb_link_receive(&device->link, octets, count, now);
        run_until(device, now);
        count = hal->receive(hal->context, octets, sizeof octets);
    }
    return lb_gatt_next_deadline(&device->gatt);
}

void lb_device_closed(struct lb_device *device)
{
    const struct lb_hal *hal = device->link.hal;
    lb_link_closed(&device->link, hal->now_ms(hal->context));
}
