#include "isletbench/pump.h"

/* The clock of a pump shows this at power-up, as the Python devices do in jump pace. */
static const struct ib_date_time EPOCH = {.year = 2026, .month = 1, .day = 1, .hours = 8};

static const struct ib_identity IDENTITY = IB_PUMP_IDENTITY;

static void advance(void *context, uint64_t now)
{
    ib_pump_advance(context, (ib_instant)now);
}

static uint64_t next_deadline(void *context)
{
    const ib_instant due = ib_pump_due(context);

    return due == IB_NOT_DUE ? IB_NEVER : (uint64_t)due;
}

static uint8_t battery_level(void *context, uint64_t now)
{
    (void)context;
    return ib_battery_level((ib_instant)now);
}

static int64_t clock_us(void *context, uint64_t now)
{
    const struct ib_pump_machine *machine = context;

    return ib_wall_clock_at(&machine->clock.shown, (ib_instant)now);
}

static void set_clock(void *context, int64_t to_us, uint64_t now)
{
    ib_pump_set_clock(context, to_us, (ib_instant)now);
}

static void set_local_time(void *context, const struct ib_companions_local_time_information *local, uint64_t now)
{
    ib_pump_set_local_time(context, local->time_zone, local->dst_offset, (ib_instant)now);
}

void ib_pump_init(struct ib_pump *pump, const struct ib_hal *hal)
{
    struct ib_gatt *gatt = &pump->device.gatt;
    struct ib_pump_machine *machine = &pump->machine;

    pump->hal = hal;
    ib_pump_machine_init(machine, &EPOCH);
    ib_companions_init(&pump->companions, &IDENTITY,
                       (struct ib_companion_device){machine, battery_level, clock_us, set_clock, set_local_time}, gatt);
    pump->services[0] = ib_pump_service_init(&pump->service, machine, gatt);
    pump->services[1] = ib_device_information_service(&pump->companions);
    pump->services[2] = ib_battery_service(&pump->companions);
    pump->services[3] = ib_current_time_service(&pump->companions);
    pump->services[4] = ib_immediate_alert_service(&pump->companions);
    pump->services[5] = ib_bond_management_service(&pump->companions);
    ib_device_init(&pump->device, hal, "pump", pump->services, IB_PUMP_SERVICES,
                   (struct ib_machine){machine, advance, next_deadline});
}

/* What was due before the pin changed happens first. */
static void sample_pin(struct ib_pump *pump)
{
    const struct ib_hal *hal = pump->hal;
    const bool is_occluded = hal->is_occluded && hal->is_occluded(hal->context);

    if (is_occluded != pump->machine.fluid_path.is_occluded) {
        const uint64_t now = hal->now_ms(hal->context);

        ib_gatt_advance(&pump->device.gatt, now);
        ib_pump_set_occluded(&pump->machine, is_occluded, (ib_instant)now);
        ib_gatt_advance(&pump->device.gatt, now);
    }
}

uint64_t ib_pump_poll(struct ib_pump *pump)
{
    ib_device_poll(&pump->device);
    sample_pin(pump);
    return ib_gatt_next_deadline(&pump->device.gatt);
}

void ib_pump_closed(struct ib_pump *pump)
{
    ib_device_closed(&pump->device);
}
