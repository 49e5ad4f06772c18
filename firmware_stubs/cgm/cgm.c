/* The whole device: sensor, services, link. */
#include "loopbench/cgm.h"

#include <string.h>

#include "service.h"

/* The clock of a device that has none shows this at power-up, as the Python devices do in jump pace. */
static const struct lb_date_time EPOCH = {.year = 2026, .month = 1, .day = 1, .hours = 8};

static const struct lb_identity IDENTITY = LB_CGM_IDENTITY;

static void advance(void *context, uint64_t now)
{
    lb_sensor_advance(context, now);
}

static uint64_t next_deadline(void *context)
{
    return lb_sensor_next_deadline(context);
}

static uint8_t battery_level(void *context, uint64_t now)
{
    (void)context;
    return lb_sensor_battery_level(now);
}

static int64_t clock_us(void *context, uint64_t now)
{
    const struct lb_sensor *sensor = context;
    return lb_wall_clock_at(&sensor->clock, (int64_t)now);
}

static void set_clock(void *context, int64_t to_us, uint64_t now)
{
    struct lb_sensor *sensor = context;
    lb_wall_clock_set(&sensor->clock, to_us, (int64_t)now);
}

void lb_cgm_init(struct lb_cgm *cgm, const struct lb_hal *hal)
{
    memset(cgm, 0, sizeof *cgm);
    lb_sensor_init(&cgm->sensor, hal, &EPOCH);
    cgm->service = (struct lb_cgm_service){
        .sensor = &cgm->sensor,
        .gatt = &cgm->device.gatt,
        .interval_ms = LB_CGM_CADENCE_MIN * LB_MS_PER_MIN,
        .transfer = {.due = LB_NEVER},
    };
    const struct lb_companion_device behind = {&cgm->sensor, battery_level, clock_us, set_clock, NULL};
    lb_companions_init(&cgm->companions, &IDENTITY, behind, &cgm->device.gatt);
    const struct lb_gatt_service services[LB_CGM_SERVICES] = {
        lb_cgm_gatt_service(&cgm->service),
        lb_device_information_service(&cgm->companions),
        lb_battery_service(&cgm->companions),
        lb_current_time_service(&cgm->companions),
        lb_bond_management_service(&cgm->companions),
    };
    memcpy(cgm->services, services, sizeof services);
    const struct lb_machine machine = {&cgm->sensor, advance, next_deadline};
    lb_device_init(&cgm->device, hal, "cgm", cgm->services, LB_CGM_SERVICES, machine);
}

uint64_t lb_cgm_poll(struct lb_cgm *cgm)
{
    return lb_device_poll(&cgm->device);
}

void lb_cgm_closed(struct lb_cgm *cgm)
{
    lb_device_closed(&cgm->device);
}
