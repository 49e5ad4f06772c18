#include "loopbench/pump.h"

/* What a pump without a clock of its own believes at power-up: when runs of the bench in jump pace begin. */
static const struct lb_date_time EPOCH = {.year = 2026, .month = 1, .day = 1, .hours = 8};

static const struct lb_identity IDENTITY = LB_PUMP_IDENTITY;

static void advance(void *context, uint64_t now)
{
    lb_pump_advance(context, (lb_instant)now);
}

static uint64_t next_deadline(void *context)
{
    const lb_instant due = lb_pump_due(context);

    return due == LB_NOT_DUE ? LB_NEVER : (uint64_t)due;
}

static uint8_t battery_level(void *context, uint64_t now)
{
    (void)context;
    return lb_pump_battery_level((lb_instant)now);
}

static int64_t clock_us(void *context, uint64_t now)
{
    const struct lb_pump_machine *machine = context;

    return lb_wall_clock_at(&machine->clock, (lb_instant)now);
}

static void set_clock(void *context, int64_t to_us, uint64_t now)
{
    lb_pump_set_clock(context, to_us, (lb_instant)now);
}

static void set_local_time(void *context, const struct lb_companions_local_time_information *local, uint64_t now)
{
    lb_pump_set_local_time(context, local->time_zone, local->dst_offset, (lb_instant)now);
}

void lb_pump_init(struct lb_pump *pump, const struct lb_hal *hal)
{
    struct lb_gatt *gatt = &pump->device.gatt;
    struct lb_pump_machine *machine = &pump->machine;

    pump->hal = hal;
    lb_pump_machine_init(machine, &EPOCH);
    lb_companions_init(&pump->companions, &IDENTITY,
                       (struct lb_companion_device){machine, battery_level, clock_us, set_clock, set_local_time}, gatt);
    pump->services[0] = lb_pump_service_init(&pump->service, machine, gatt);
    pump->services[1] = lb_device_information_service(&pump->companions);
    pump->services[2] = lb_battery_service(&pump->companions);
    pump->services[3] = lb_current_time_service(&pump->companions);
    pump->services[4] = lb_immediate_alert_service(&pump->companions);
    pump->services[5] = lb_bond_management_service(&pump->companions);
    lb_device_init(&pump->device, hal, "pump", pump->services, LB_PUMP_SERVICES,
                   (struct lb_machine){machine, advance, next_deadline});
}

/* The pin changes what will happen, not what was due before. */
static void look_at_pin(struct lb_pump *pump)
{
    const struct lb_hal *hal = pump->hal;
    const bool is_occluded = hal->is_occluded && hal->is_occluded(hal->context);

    if (is_occluded != pump->machine.is_occluded) {
        const uint64_t now = hal->now_ms(hal->context);

        lb_gatt_advance(&pump->device.gatt, now);
        lb_pump_set_occluded(&pump->machine, is_occluded, (lb_instant)now);
        lb_gatt_advance(&pump->device.gatt, now);
    }
}

uint64_t lb_pump_poll(struct lb_pump *pump)
{
    lb_device_poll(&pump->device);
    look_at_pin(pump);
    return lb_gatt_next_deadline(&pump->device.gatt);
}

void lb_pump_closed(struct lb_pump *pump)
{
    lb_device_closed(&pump->device);
}
