#include "isletbench/device.h"

#define CHUNK 64U

void ib_device_init(struct ib_device *device, const struct ib_hal *hal, const char *title,
                    const struct ib_gatt_service *services, size_t service_count, struct ib_machine machine)
{
    ib_gatt_init(&device->gatt, services, service_count, machine);
    ib_link_init(&device->link, hal, &device->gatt, title);
}

static void run_until(struct ib_device *device, uint64_t now)
{
    uint64_t due = ib_gatt_next_deadline(&device->gatt);
    while (due <= now) {
        ib_gatt_advance(&device->gatt, due);
        due = ib_gatt_next_deadline(&device->gatt);
    }
}

uint64_t ib_device_poll(struct ib_device *device)
{
    const struct ib_hal *hal = device->link.hal;
    uint64_t now = hal->now_ms(hal->context);
    run_until(device, now);
    uint8_t octets[CHUNK];
    size_t count = hal->receive(hal->context, octets, sizeof octets);
    while (count > 0) {
        ib_link_receive(&device->link, octets, count, now);
        run_until(device, now);
        count = hal->receive(hal->context, octets, sizeof octets);
    }
    return ib_gatt_next_deadline(&device->gatt);
}

void ib_device_closed(struct ib_device *device)
{
    const struct ib_hal *hal = device->link.hal;
    ib_link_closed(&device->link, hal->now_ms(hal->context));
}
