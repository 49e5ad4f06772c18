#include "loopbench/companions.h"

#include <string.h>

#include "loopbench/wall_clock.h"

#define FRACTIONS 256 /* of a second, in Current Time */

void lb_companions_init(struct lb_companions *companions, const struct lb_identity *identity, struct lb_companion_device device,
                        struct lb_gatt *gatt)
{
    *companions = (struct lb_companions){
        .identity = identity,
        .device = device,
        .gatt = gatt,
        .local = {LB_TIME_ZONE_UNKNOWN, LB_FIELDS_DST_OFFSET_UNKNOWN},
    };
}

/* Why a value that was written is refused. */
static enum lb_att_code refusal_of(const struct lb_reader *from)
{
    return from->error == LB_RESERVED ? LB_ATT_CODE_OUT_OF_RANGE : LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
}

/* Device Information */

static const char *text_of(const struct lb_identity *identity, uint16_t uuid)
{
    switch (uuid) {
    case LB_COMPANIONS_MANUFACTURER_NAME_UUID:
        return identity->manufacturer;
    case LB_COMPANIONS_MODEL_NUMBER_UUID:
        return identity->model;
    case LB_COMPANIONS_SERIAL_NUMBER_UUID:
        return identity->serial_number;
    default:
        return identity->firmware;
    }
}

static enum lb_att_code read_information(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value)
{
    const struct lb_companions *companions = context;

    (void)now;
    if (uuid == LB_COMPANIONS_SYSTEM_ID_UUID) {
        lb_companions_system_id_write(value, &companions->identity->system_id);
    } else {
        const char *text = text_of(companions->identity, uuid);

        lb_write_octets(value, (struct lb_octets){(const uint8_t *)text, strlen(text)});
    }
    return LB_ATT_CODE_SUCCESS;
}

struct lb_gatt_service lb_device_information_service(struct lb_companions *companions)
{
    return (struct lb_gatt_service){
        .spec = &lb_service_device_information, .context = companions, .read = read_information};
}

/* Battery: told when a device that wakes for its own business finds that the level has changed */

static uint8_t battery_level(const struct lb_companions *companions, uint64_t now)
{
    return companions->device.battery_level(companions->device.context, now);
}

static enum lb_att_code read_battery(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value)
{
    (void)uuid;
    lb_companions_battery_level_write(value, &(struct lb_companions_battery_level){battery_level(context, now)});
    return LB_ATT_CODE_SUCCESS;
}

static void connected_to_battery(void *context, uint64_t now)
{
    struct lb_companions *companions = context;

    companions->told_battery_level = battery_level(companions, now);
}

static void advance_battery(void *context, uint64_t now)
{
    struct lb_companions *companions = context;
    const uint8_t level = battery_level(companions, now);

    if (companions->told_battery_level != level) {
        companions->told_battery_level = level;
        lb_gatt_tell(companions->gatt, lb_service_battery.uuid, LB_COMPANIONS_BATTERY_LEVEL_UUID, (struct lb_octets){&level, 1},
                     now);
    }
}

struct lb_gatt_service lb_battery_service(struct lb_companions *companions)
{
    return (struct lb_gatt_service){
        .spec = &lb_service_battery,
        .context = companions,
        .connected = connected_to_battery,
        .read = read_battery,
        .advance = advance_battery,
    };
}

/* Current Time */

static enum lb_att_code read_time(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value)
{
    const struct lb_companions *companions = context;

    if (uuid == LB_COMPANIONS_LOCAL_TIME_UUID) {
        lb_companions_local_time_information_write(value, &companions->local);
        return LB_ATT_CODE_SUCCESS;
    }
    const struct lb_date_time shown = lb_date_time_of_us(companions->device.clock_us(companions->device.context, now));
    lb_companions_current_time_write(
        value, &(struct lb_companions_current_time){
                   .time = {shown.year, shown.month, shown.day, shown.hours, shown.minutes, shown.seconds},
                   .day_of_week = shown.day_of_week,
                   .fractions = (uint8_t)(shown.microseconds * (uint64_t)FRACTIONS / LB_US_PER_SECOND),
                   .adjust_reason = companions->adjust_reason,
               });
    return LB_ATT_CODE_SUCCESS;
}

/* To the nearest microsecond, a half to the even one. */
static int64_t us_of_fractions(uint8_t fractions)
{
    const int64_t scaled = fractions * LB_US_PER_SECOND;
    const int64_t whole = scaled / FRACTIONS;
    const int64_t rest = scaled % FRACTIONS * 2;

    return whole + (rest > FRACTIONS || (rest == FRACTIONS && whole % 2 != 0) ? 1 : 0);
}

static enum lb_att_code set_time(struct lb_companions *companions, struct lb_reader *from, uint64_t now)
{
    struct lb_companions_current_time written;

    lb_companions_current_time_read(from, &written);
    if (!lb_reader_end(from)) {
        return refusal_of(from);
    }
    const struct lb_date_time wanted = {
        .year = written.time.year,
        .month = written.time.month,
        .day = written.time.day,
        .hours = written.time.hours,
        .minutes = written.time.minutes,
        .seconds = written.time.seconds,
    };
    if (!lb_date_time_exists(&wanted)) {
        return LB_ATT_CODE_OUT_OF_RANGE;
    }
    const int64_t us = lb_date_time_to_us(&wanted) + us_of_fractions(written.fractions);
    if (written.day_of_week != 0 && written.day_of_week != lb_date_time_of_us(us).day_of_week) {
        return LB_ATT_CODE_OUT_OF_RANGE;
    }
    companions->device.set_clock(companions->device.context, us, now);
    companions->adjust_reason = written.adjust_reason;
    return LB_ATT_CODE_SUCCESS;
}

static enum lb_att_code set_local_time(struct lb_companions *companions, struct lb_reader *from, uint64_t now)
{
    struct lb_companions_local_time_information written;

    lb_companions_local_time_information_read(from, &written);
    if (!lb_reader_end(from)) {
        return refusal_of(from);
    }
    companions->local = written;
    if (companions->device.set_local_time) {
        companions->device.set_local_time(companions->device.context, &written, now);
    }
    return LB_ATT_CODE_SUCCESS;
}

static enum lb_att_code write_time(void *context, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    struct lb_reader from = lb_reader_of(value.at, value.count);

    return uuid == LB_COMPANIONS_TIME_UUID ? set_time(context, &from, now) : set_local_time(context, &from, now);
}

struct lb_gatt_service lb_current_time_service(struct lb_companions *companions)
{
    return (struct lb_gatt_service){
        .spec = &lb_service_current_time, .context = companions, .read = read_time, .write = write_time};
}

/* Bond Management */

static enum lb_att_code read_bond_feature(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value)
{
    (void)context;
    (void)uuid;
    (void)now;
    lb_companions_bond_management_feature_write(
        value, &(struct lb_companions_bond_management_feature){
                   .features = LB_COMPANIONS_BOND_FEATURE_DELETE_REQUESTING | LB_COMPANIONS_BOND_FEATURE_DELETE_ALL
                       | LB_COMPANIONS_BOND_FEATURE_DELETE_OTHERS,
               });
    return LB_ATT_CODE_SUCCESS;
}

static enum lb_att_code write_bond_point(void *context, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    (void)context;
    (void)uuid;
    (void)now;
    if (value.count == 0) {
        return LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    switch (value.at[0]) {
    case LB_COMPANIONS_BONDS_DELETE_BOND_OF_REQUESTING_DEVICE:
    case LB_COMPANIONS_BONDS_DELETE_ALL_BONDS:
    case LB_COMPANIONS_BONDS_DELETE_ALL_BONDS_BUT_REQUESTING_DEVICE:
        break;
    default:
        return LB_ATT_CODE_BOND_OPCODE_NOT_SUPPORTED;
    }
    if (value.count > 1) { /* an authorization code, and this device asks for none */
        return LB_ATT_CODE_INSUFFICIENT_AUTHORIZATION;
    }
    const bool is_own = value.at[0] == LB_COMPANIONS_BONDS_DELETE_BOND_OF_REQUESTING_DEVICE;
    return is_own ? LB_ATT_CODE_BOND_OPERATION_FAILED : LB_ATT_CODE_SUCCESS;
}

struct lb_gatt_service lb_bond_management_service(struct lb_companions *companions)
{
    return (struct lb_gatt_service){
        .spec = &lb_service_bond_management, .context = companions, .read = read_bond_feature, .write = write_bond_point};
}

/* Immediate Alert: a stub has nothing to ring with */

static enum lb_att_code write_alert(void *context, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    struct lb_reader from = lb_reader_of(value.at, value.count);
    struct lb_companions_alert written;

    (void)context;
    (void)uuid;
    (void)now;
    lb_companions_alert_read(&from, &written);
    return lb_reader_end(&from) ? LB_ATT_CODE_SUCCESS : refusal_of(&from);
}

struct lb_gatt_service lb_immediate_alert_service(struct lb_companions *companions)
{
    return (struct lb_gatt_service){.spec = &lb_service_immediate_alert, .context = companions, .write = write_alert};
}
