/* The whole device: sensor, services, link. */
#include "isletbench/cgm.h"

#include <string.h>

#include "service.h"

/* The clock of a device that has none shows this at power-up, as the Python devices do in jump pace. */
static const struct ib_date_time EPOCH = {.year = 2026, .month = 1, .day = 1, .hours = 8};

static const struct ib_identity IDENTITY = IB_CGM_IDENTITY;

static void advance(void *context, uint64_t now)
{
    ib_sensor_advance(context, now);
}

static uint64_t next_deadline(void *context)
{
    return ib_sensor_next_deadline(context);
}

static uint8_t battery_level(void *context, uint64_t now)
{
    (void)context;
    return ib_sensor_battery_level(now);
}

static int64_t clock_us(void *context, uint64_t now)
{
    const struct ib_sensor *sensor = context;
    return ib_wall_clock_at(&sensor->clock, (int64_t)now);
}

static void set_clock(void *context, int64_t to_us, uint64_t now)
{
    struct ib_sensor *sensor = context;
    ib_wall_clock_set(&sensor->clock, to_us, (int64_t)now);
}

void ib_cgm_init(struct ib_cgm *cgm, const struct ib_hal *hal)
{
    memset(cgm, 0, sizeof *cgm);
    ib_sensor_init(&cgm->sensor, hal, &EPOCH);
    cgm->service = (struct ib_cgm_service){
        .sensor = &cgm->sensor,
        .gatt = &cgm->device.gatt,
        .interval_ms = IB_CGM_CADENCE_MIN * IB_MS_PER_MIN,
        .transfer = {.due = IB_NEVER},
    };
    const struct ib_companion_device behind = {&cgm->sensor, battery_level, clock_us, set_clock, NULL};
    ib_companions_init(&cgm->companions, &IDENTITY, behind, &cgm->device.gatt);
    const struct ib_gatt_service services[IB_CGM_SERVICES] = {
        ib_cgm_gatt_service(&cgm->service),
        ib_device_information_service(&cgm->companions),
        ib_battery_service(&cgm->companions),
        ib_current_time_service(&cgm->companions),
        ib_bond_management_service(&cgm->companions),
    };
    memcpy(cgm->services, services, sizeof services);
    const struct ib_machine machine = {&cgm->sensor, advance, next_deadline};
    ib_device_init(&cgm->device, hal, "cgm", cgm->services, IB_CGM_SERVICES, machine);
}

uint64_t ib_cgm_poll(struct ib_cgm *cgm)
{
    return ib_device_poll(&cgm->device);
}

void ib_cgm_closed(struct ib_cgm *cgm)
{
    ib_device_closed(&cgm->device);
}
