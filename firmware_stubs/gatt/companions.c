#include "isletbench/companions.h"

#include <string.h>

#include "isletbench/wall_clock.h"

#define FRACTIONS 256 /* of a second, in Current Time */

void ib_companions_init(struct ib_companions *companions, const struct ib_identity *identity, struct ib_companion_device device,
                        struct ib_gatt *gatt)
{
    *companions = (struct ib_companions){
        .identity = identity,
        .device = device,
        .gatt = gatt,
        .local = {IB_TIME_ZONE_UNKNOWN, IB_FIELDS_DST_OFFSET_UNKNOWN},
    };
}

/* Why a value that was written is refused. */
static enum ib_att_code refusal_of(const struct ib_reader *from)
{
    return from->error == IB_RESERVED ? IB_ATT_CODE_OUT_OF_RANGE : IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
}

/* Device Information */

static const char *text_of(const struct ib_identity *identity, uint16_t uuid)
{
    switch (uuid) {
    case IB_COMPANIONS_MANUFACTURER_NAME_UUID:
        return identity->manufacturer;
    case IB_COMPANIONS_MODEL_NUMBER_UUID:
        return identity->model;
    case IB_COMPANIONS_SERIAL_NUMBER_UUID:
        return identity->serial_number;
    default:
        return identity->firmware;
    }
}

static enum ib_att_code read_information(void *context, uint16_t uuid, uint64_t now, struct ib_writer *value)
{
    const struct ib_companions *companions = context;

    (void)now;
    if (uuid == IB_COMPANIONS_SYSTEM_ID_UUID) {
        ib_companions_system_id_write(value, &companions->identity->system_id);
    } else {
        const char *text = text_of(companions->identity, uuid);

        ib_write_octets(value, (struct ib_octets){(const uint8_t *)text, strlen(text)});
    }
    return IB_ATT_CODE_SUCCESS;
}

struct ib_gatt_service ib_device_information_service(struct ib_companions *companions)
{
    return (struct ib_gatt_service){
        .spec = &ib_service_device_information, .context = companions, .read = read_information};
}

/* Battery: a change of the level is notified when the device advances for another reason */

static uint8_t battery_level(const struct ib_companions *companions, uint64_t now)
{
    return companions->device.battery_level(companions->device.context, now);
}

static enum ib_att_code read_battery(void *context, uint16_t uuid, uint64_t now, struct ib_writer *value)
{
    (void)uuid;
    ib_companions_battery_level_write(value, &(struct ib_companions_battery_level){battery_level(context, now)});
    return IB_ATT_CODE_SUCCESS;
}

static void connected_to_battery(void *context, uint64_t now)
{
    struct ib_companions *companions = context;

    companions->notified_battery_level = battery_level(companions, now);
}

static void advance_battery(void *context, uint64_t now)
{
    struct ib_companions *companions = context;
    const uint8_t level = battery_level(companions, now);

    if (companions->notified_battery_level != level) {
        companions->notified_battery_level = level;
        ib_gatt_send(companions->gatt, ib_service_battery.uuid, IB_COMPANIONS_BATTERY_LEVEL_UUID, (struct ib_octets){&level, 1},
                     now);
    }
}

struct ib_gatt_service ib_battery_service(struct ib_companions *companions)
{
    return (struct ib_gatt_service){
        .spec = &ib_service_battery,
        .context = companions,
        .connected = connected_to_battery,
        .read = read_battery,
        .advance = advance_battery,
    };
}

/* Current Time */

static enum ib_att_code read_time(void *context, uint16_t uuid, uint64_t now, struct ib_writer *value)
{
    const struct ib_companions *companions = context;

    if (uuid == IB_COMPANIONS_LOCAL_TIME_UUID) {
        ib_companions_local_time_information_write(value, &companions->local);
        return IB_ATT_CODE_SUCCESS;
    }
    const struct ib_date_time shown = ib_date_time_of_us(companions->device.clock_us(companions->device.context, now));
    ib_companions_current_time_write(
        value, &(struct ib_companions_current_time){
                   .time = {shown.year, shown.month, shown.day, shown.hours, shown.minutes, shown.seconds},
                   .day_of_week = shown.day_of_week,
                   .fractions = (uint8_t)(shown.microseconds * (uint64_t)FRACTIONS / IB_US_PER_SECOND),
                   .adjust_reason = companions->adjust_reason,
               });
    return IB_ATT_CODE_SUCCESS;
}

/* To the nearest microsecond, a half to the even one. */
static int64_t us_of_fractions(uint8_t fractions)
{
    const int64_t scaled = fractions * IB_US_PER_SECOND;
    const int64_t whole = scaled / FRACTIONS;
    const int64_t rest = scaled % FRACTIONS * 2;

    return whole + (rest > FRACTIONS || (rest == FRACTIONS && whole % 2 != 0) ? 1 : 0);
}

static enum ib_att_code set_time(struct ib_companions *companions, struct ib_reader *from, uint64_t now)
{
    struct ib_companions_current_time written;

    ib_companions_current_time_read(from, &written);
    if (!ib_reader_end(from)) {
        return refusal_of(from);
    }
    const struct ib_date_time wanted = {
        .year = written.time.year,
        .month = written.time.month,
        .day = written.time.day,
        .hours = written.time.hours,
        .minutes = written.time.minutes,
        .seconds = written.time.seconds,
    };
    if (!ib_date_time_exists(&wanted)) {
        return IB_ATT_CODE_OUT_OF_RANGE;
    }
    const int64_t us = ib_date_time_to_us(&wanted) + us_of_fractions(written.fractions);
    if (written.day_of_week != 0 && written.day_of_week != ib_date_time_of_us(us).day_of_week) {
        return IB_ATT_CODE_OUT_OF_RANGE;
    }
    companions->device.set_clock(companions->device.context, us, now);
    companions->adjust_reason = written.adjust_reason;
    return IB_ATT_CODE_SUCCESS;
}

static enum ib_att_code set_local_time(struct ib_companions *companions, struct ib_reader *from, uint64_t now)
{
    struct ib_companions_local_time_information written;

    ib_companions_local_time_information_read(from, &written);
    if (!ib_reader_end(from)) {
        return refusal_of(from);
    }
    companions->local = written;
    if (companions->device.set_local_time) {
        companions->device.set_local_time(companions->device.context, &written, now);
    }
    return IB_ATT_CODE_SUCCESS;
}

static enum ib_att_code write_time(void *context, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    struct ib_reader from = ib_reader_of(value.at, value.count);

    return uuid == IB_COMPANIONS_TIME_UUID ? set_time(context, &from, now) : set_local_time(context, &from, now);
}

struct ib_gatt_service ib_current_time_service(struct ib_companions *companions)
{
    return (struct ib_gatt_service){
        .spec = &ib_service_current_time, .context = companions, .read = read_time, .write = write_time};
}

/* Bond Management */

static enum ib_att_code read_bond_feature(void *context, uint16_t uuid, uint64_t now, struct ib_writer *value)
{
    (void)context;
    (void)uuid;
    (void)now;
    ib_companions_bond_management_feature_write(
        value, &(struct ib_companions_bond_management_feature){
                   .features = IB_COMPANIONS_BOND_FEATURE_DELETE_REQUESTING | IB_COMPANIONS_BOND_FEATURE_DELETE_ALL
                       | IB_COMPANIONS_BOND_FEATURE_DELETE_OTHERS,
               });
    return IB_ATT_CODE_SUCCESS;
}

static enum ib_att_code write_bond_point(void *context, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    (void)context;
    (void)uuid;
    (void)now;
    if (value.count == 0) {
        return IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    switch (value.at[0]) {
    case IB_COMPANIONS_BONDS_DELETE_BOND_OF_REQUESTING_DEVICE:
    case IB_COMPANIONS_BONDS_DELETE_ALL_BONDS:
    case IB_COMPANIONS_BONDS_DELETE_ALL_BONDS_BUT_REQUESTING_DEVICE:
        break;
    default:
        return IB_ATT_CODE_BOND_OPCODE_NOT_SUPPORTED;
    }
    if (value.count > 1) { /* an authorization code, which this device does not use */
        return IB_ATT_CODE_INSUFFICIENT_AUTHORIZATION;
    }
    const bool is_own = value.at[0] == IB_COMPANIONS_BONDS_DELETE_BOND_OF_REQUESTING_DEVICE;
    return is_own ? IB_ATT_CODE_BOND_OPERATION_FAILED : IB_ATT_CODE_SUCCESS;
}

struct ib_gatt_service ib_bond_management_service(struct ib_companions *companions)
{
    return (struct ib_gatt_service){
        .spec = &ib_service_bond_management, .context = companions, .read = read_bond_feature, .write = write_bond_point};
}

/* Immediate Alert: a stub has nothing to ring with */

static enum ib_att_code write_alert(void *context, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    struct ib_reader from = ib_reader_of(value.at, value.count);
    struct ib_companions_alert written;

    (void)context;
    (void)uuid;
    (void)now;
    ib_companions_alert_read(&from, &written);
    return ib_reader_end(&from) ? IB_ATT_CODE_SUCCESS : refusal_of(&from);
}

struct ib_gatt_service ib_immediate_alert_service(struct ib_companions *companions)
{
    return (struct ib_gatt_service){.spec = &ib_service_immediate_alert, .context = companions, .write = write_alert};
}
