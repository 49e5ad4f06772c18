/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/companions.h"

bool ib_companions_alert_level_is(uint32_t code)
{
    switch (code) {
    case IB_COMPANIONS_ALERT_LEVEL_NONE:
    case IB_COMPANIONS_ALERT_LEVEL_MILD:
    case IB_COMPANIONS_ALERT_LEVEL_HIGH:
        return true;
    default:
        return false;
    }
}

size_t ib_companions_bonds_size(uint32_t opcode)
{
    switch (opcode) {
    default:
        return 0;
    }
}

void ib_companions_text_read(struct ib_reader *from, struct ib_companions_text *value)
{
    *value = (struct ib_companions_text){0};
    value->text = ib_read_octets(from, from->left);
}

void ib_companions_text_write(struct ib_writer *to, const struct ib_companions_text *value)
{
    ib_write_octets(to, value->text);
}

void ib_companions_system_id_read(struct ib_reader *from, struct ib_companions_system_id *value)
{
    *value = (struct ib_companions_system_id){0};
    ib_read_into(from, value->value, 8);
}

void ib_companions_system_id_write(struct ib_writer *to, const struct ib_companions_system_id *value)
{
    ib_write_octets(to, (struct ib_octets){value->value, 8});
}

void ib_companions_battery_level_read(struct ib_reader *from, struct ib_companions_battery_level *value)
{
    *value = (struct ib_companions_battery_level){0};
    value->level = (uint8_t)ib_read_uint(from, 1);
    ib_check_within(from, value->level, 0, 100);
}

void ib_companions_battery_level_write(struct ib_writer *to, const struct ib_companions_battery_level *value)
{
    ib_require_within(to, value->level, 0, 100);
    ib_write_uint(to, (uint32_t)value->level, 1);
}

void ib_companions_current_time_read(struct ib_reader *from, struct ib_companions_current_time *value)
{
    *value = (struct ib_companions_current_time){0};
    ib_date_time_date_time_read(from, &value->time);
    value->day_of_week = (uint8_t)ib_read_uint(from, 1);
    value->fractions = (uint8_t)ib_read_uint(from, 1);
    value->adjust_reason = (uint8_t)(ib_read_uint(from, 1) & IB_COMPANIONS_ADJUST_REASON_ALL);
    ib_check_within(from, value->day_of_week, 0, 7);
}

void ib_companions_current_time_write(struct ib_writer *to, const struct ib_companions_current_time *value)
{
    ib_require_within(to, value->day_of_week, 0, 7);
    ib_date_time_date_time_write(to, &value->time);
    ib_write_uint(to, (uint32_t)value->day_of_week, 1);
    ib_write_uint(to, (uint32_t)value->fractions, 1);
    ib_write_bits(to, value->adjust_reason, 1, IB_COMPANIONS_ADJUST_REASON_ALL);
}

void ib_companions_local_time_information_read(struct ib_reader *from, struct ib_companions_local_time_information *value)
{
    *value = (struct ib_companions_local_time_information){0};
    value->time_zone = (int8_t)ib_read_int(from, 1);
    if (value->time_zone != IB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        ib_reader_fail(from, IB_RESERVED);
    }
    value->dst_offset = (enum ib_fields_dst_offset)ib_read_code(from, 1, ib_fields_dst_offset_is);
}

void ib_companions_local_time_information_write(struct ib_writer *to, const struct ib_companions_local_time_information *value)
{
    if (value->time_zone != IB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        ib_writer_fail(to, IB_UNENCODABLE);
    }
    ib_write_uint(to, (uint32_t)value->time_zone, 1);
    ib_write_code(to, (uint32_t)value->dst_offset, 1, ib_fields_dst_offset_is);
}

void ib_companions_bond_management_feature_read(struct ib_reader *from, struct ib_companions_bond_management_feature *value)
{
    *value = (struct ib_companions_bond_management_feature){0};
    value->features = (uint32_t)(ib_read_uint(from, 3) & IB_COMPANIONS_BOND_FEATURE_ALL);
}

void ib_companions_bond_management_feature_write(struct ib_writer *to, const struct ib_companions_bond_management_feature *value)
{
    ib_write_bits(to, value->features, 3, IB_COMPANIONS_BOND_FEATURE_ALL);
}

void ib_companions_delete_bond_of_requesting_device_read(struct ib_reader *from, struct ib_companions_delete_bond_of_requesting_device *value)
{
    *value = (struct ib_companions_delete_bond_of_requesting_device){0};
    value->authorization = ib_read_octets(from, from->left);
}

void ib_companions_delete_bond_of_requesting_device_write(struct ib_writer *to, const struct ib_companions_delete_bond_of_requesting_device *value)
{
    ib_write_octets(to, value->authorization);
}

void ib_companions_delete_all_bonds_read(struct ib_reader *from, struct ib_companions_delete_all_bonds *value)
{
    *value = (struct ib_companions_delete_all_bonds){0};
    value->authorization = ib_read_octets(from, from->left);
}

void ib_companions_delete_all_bonds_write(struct ib_writer *to, const struct ib_companions_delete_all_bonds *value)
{
    ib_write_octets(to, value->authorization);
}

void ib_companions_delete_all_bonds_but_requesting_device_read(struct ib_reader *from, struct ib_companions_delete_all_bonds_but_requesting_device *value)
{
    *value = (struct ib_companions_delete_all_bonds_but_requesting_device){0};
    value->authorization = ib_read_octets(from, from->left);
}

void ib_companions_delete_all_bonds_but_requesting_device_write(struct ib_writer *to, const struct ib_companions_delete_all_bonds_but_requesting_device *value)
{
    ib_write_octets(to, value->authorization);
}

void ib_companions_alert_read(struct ib_reader *from, struct ib_companions_alert *value)
{
    *value = (struct ib_companions_alert){0};
    value->level = (enum ib_companions_alert_level)ib_read_code(from, 1, ib_companions_alert_level_is);
}

void ib_companions_alert_write(struct ib_writer *to, const struct ib_companions_alert *value)
{
    ib_write_code(to, (uint32_t)value->level, 1, ib_companions_alert_level_is);
}

static const struct ib_characteristic device_information_characteristics[] = {
    {0x2A29, 0x02U, IB_BARE}, /* Manufacturer Name String */
    {0x2A24, 0x02U, IB_BARE}, /* Model Number String */
    {0x2A25, 0x02U, IB_BARE}, /* Serial Number String */
    {0x2A26, 0x02U, IB_BARE}, /* Firmware Revision String */
    {0x2A23, 0x02U, IB_BARE}, /* System ID */
};
const struct ib_service ib_service_device_information = {
    0x180A, device_information_characteristics, 5
};

static const struct ib_characteristic battery_characteristics[] = {
    {0x2A19, 0x12U, IB_BARE}, /* Battery Level */
};
const struct ib_service ib_service_battery = {
    0x180F, battery_characteristics, 1
};

static const struct ib_characteristic current_time_characteristics[] = {
    {0x2A2B, 0x1AU, IB_BARE}, /* Current Time */
    {0x2A0F, 0x0AU, IB_BARE}, /* Local Time Information */
};
const struct ib_service ib_service_current_time = {
    0x1805, current_time_characteristics, 2
};

static const struct ib_characteristic bond_management_characteristics[] = {
    {0x2AA5, 0x02U, IB_BARE}, /* Bond Management Feature */
    {0x2AA4, 0x08U, IB_BARE}, /* Bond Management Control Point */
};
const struct ib_service ib_service_bond_management = {
    0x181E, bond_management_characteristics, 2
};

static const struct ib_characteristic immediate_alert_characteristics[] = {
    {0x2A06, 0x04U, IB_BARE}, /* Alert Level */
};
const struct ib_service ib_service_immediate_alert = {
    0x1802, immediate_alert_characteristics, 1
};
