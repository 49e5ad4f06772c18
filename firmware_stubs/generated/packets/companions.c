/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#include "packets/companions.h"

bool lb_companions_alert_level_is(uint32_t code)
{
    switch (code) {
    case LB_COMPANIONS_ALERT_LEVEL_NONE:
    case LB_COMPANIONS_ALERT_LEVEL_MILD:
    case LB_COMPANIONS_ALERT_LEVEL_HIGH:
        return true;
    default:
        return false;
    }
}

size_t lb_companions_bonds_size(uint32_t opcode)
{
    switch (opcode) {
    default:
        return 0;
    }
}

void lb_companions_text_read(struct lb_reader *from, struct lb_companions_text *value)
{
    *value = (struct lb_companions_text){0};
    value->text = lb_read_octets(from, from->left);
}

void lb_companions_text_write(struct lb_writer *to, const struct lb_companions_text *value)
{
    lb_write_octets(to, value->text);
}

void lb_companions_system_id_read(struct lb_reader *from, struct lb_companions_system_id *value)
{
    *value = (struct lb_companions_system_id){0};
    lb_read_into(from, value->value, 8);
}

void lb_companions_system_id_write(struct lb_writer *to, const struct lb_companions_system_id *value)
{
    lb_write_octets(to, (struct lb_octets){value->value, 8});
}

void lb_companions_battery_level_read(struct lb_reader *from, struct lb_companions_battery_level *value)
{
    *value = (struct lb_companions_battery_level){0};
    value->level = (uint8_t)lb_read_uint(from, 1);
    lb_check_within(from, value->level, 0, 100);
}

void lb_companions_battery_level_write(struct lb_writer *to, const struct lb_companions_battery_level *value)
{
    lb_require_within(to, value->level, 0, 100);
    lb_write_uint(to, (uint32_t)value->level, 1);
}

void lb_companions_current_time_read(struct lb_reader *from, struct lb_companions_current_time *value)
{
    *value = (struct lb_companions_current_time){0};
    lb_date_time_date_time_read(from, &value->time);
    value->day_of_week = (uint8_t)lb_read_uint(from, 1);
    value->fractions = (uint8_t)lb_read_uint(from, 1);
    value->adjust_reason = (uint8_t)(lb_read_uint(from, 1) & LB_COMPANIONS_ADJUST_REASON_ALL);
    lb_check_within(from, value->day_of_week, 0, 7);
}

void lb_companions_current_time_write(struct lb_writer *to, const struct lb_companions_current_time *value)
{
    lb_require_within(to, value->day_of_week, 0, 7);
    lb_date_time_date_time_write(to, &value->time);
    lb_write_uint(to, (uint32_t)value->day_of_week, 1);
    lb_write_uint(to, (uint32_t)value->fractions, 1);
    lb_write_bits(to, value->adjust_reason, 1, LB_COMPANIONS_ADJUST_REASON_ALL);
}

void lb_companions_local_time_information_read(struct lb_reader *from, struct lb_companions_local_time_information *value)
{
    *value = (struct lb_companions_local_time_information){0};
    value->time_zone = (int8_t)lb_read_int(from, 1);
    if (value->time_zone != LB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        lb_reader_fail(from, LB_RESERVED);
    }
    value->dst_offset = (enum lb_fields_dst_offset)lb_read_code(from, 1, lb_fields_dst_offset_is);
}

void lb_companions_local_time_information_write(struct lb_writer *to, const struct lb_companions_local_time_information *value)
{
    if (value->time_zone != LB_TIME_ZONE_UNKNOWN && (value->time_zone < -48 || value->time_zone > 56)) {
        lb_writer_fail(to, LB_UNENCODABLE);
    }
    lb_write_uint(to, (uint32_t)value->time_zone, 1);
    lb_write_code(to, (uint32_t)value->dst_offset, 1, lb_fields_dst_offset_is);
}

void lb_companions_bond_management_feature_read(struct lb_reader *from, struct lb_companions_bond_management_feature *value)
{
    *value = (struct lb_companions_bond_management_feature){0};
    value->features = (uint32_t)(lb_read_uint(from, 3) & LB_COMPANIONS_BOND_FEATURE_ALL);
}

void lb_companions_bond_management_feature_write(struct lb_writer *to, const struct lb_companions_bond_management_feature *value)
{
    lb_write_bits(to, value->features, 3, LB_COMPANIONS_BOND_FEATURE_ALL);
}

void lb_companions_delete_bond_of_requesting_device_read(struct lb_reader *from, struct lb_companions_delete_bond_of_requesting_device *value)
{
    *value = (struct lb_companions_delete_bond_of_requesting_device){0};
    value->authorization = lb_read_octets(from, from->left);
}

void lb_companions_delete_bond_of_requesting_device_write(struct lb_writer *to, const struct lb_companions_delete_bond_of_requesting_device *value)
{
    lb_write_octets(to, value->authorization);
}

void lb_companions_delete_all_bonds_read(struct lb_reader *from, struct lb_companions_delete_all_bonds *value)
{
    *value = (struct lb_companions_delete_all_bonds){0};
    value->authorization = lb_read_octets(from, from->left);
}

void lb_companions_delete_all_bonds_write(struct lb_writer *to, const struct lb_companions_delete_all_bonds *value)
{
    lb_write_octets(to, value->authorization);
}

void lb_companions_delete_all_bonds_but_requesting_device_read(struct lb_reader *from, struct lb_companions_delete_all_bonds_but_requesting_device *value)
{
    *value = (struct lb_companions_delete_all_bonds_but_requesting_device){0};
    value->authorization = lb_read_octets(from, from->left);
}

void lb_companions_delete_all_bonds_but_requesting_device_write(struct lb_writer *to, const struct lb_companions_delete_all_bonds_but_requesting_device *value)
{
    lb_write_octets(to, value->authorization);
}

void lb_companions_alert_read(struct lb_reader *from, struct lb_companions_alert *value)
{
    *value = (struct lb_companions_alert){0};
    value->level = (enum lb_companions_alert_level)lb_read_code(from, 1, lb_companions_alert_level_is);
}

void lb_companions_alert_write(struct lb_writer *to, const struct lb_companions_alert *value)
{
    lb_write_code(to, (uint32_t)value->level, 1, lb_companions_alert_level_is);
}

static const struct lb_characteristic device_information_characteristics[] = {
    {0x2A29, 0x02U, LB_BARE}, /* Manufacturer Name String */
    {0x2A24, 0x02U, LB_BARE}, /* Model Number String */
    {0x2A25, 0x02U, LB_BARE}, /* Serial Number String */
    {0x2A26, 0x02U, LB_BARE}, /* Firmware Revision String */
    {0x2A23, 0x02U, LB_BARE}, /* System ID */
};
const struct lb_service lb_service_device_information = {
    0x180A, device_information_characteristics, 5
};

static const struct lb_characteristic battery_characteristics[] = {
    {0x2A19, 0x12U, LB_BARE}, /* Battery Level */
};
const struct lb_service lb_service_battery = {
    0x180F, battery_characteristics, 1
};

static const struct lb_characteristic current_time_characteristics[] = {
    {0x2A2B, 0x1AU, LB_BARE}, /* Current Time */
    {0x2A0F, 0x0AU, LB_BARE}, /* Local Time Information */
};
const struct lb_service lb_service_current_time = {
    0x1805, current_time_characteristics, 2
};

static const struct lb_characteristic bond_management_characteristics[] = {
    {0x2AA5, 0x02U, LB_BARE}, /* Bond Management Feature */
    {0x2AA4, 0x08U, LB_BARE}, /* Bond Management Control Point */
};
const struct lb_service lb_service_bond_management = {
    0x181E, bond_management_characteristics, 2
};

static const struct lb_characteristic immediate_alert_characteristics[] = {
    {0x2A06, 0x04U, LB_BARE}, /* Alert Level */
};
const struct lb_service lb_service_immediate_alert = {
    0x1802, immediate_alert_characteristics, 1
};
