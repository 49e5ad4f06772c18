/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#ifndef LOOPBENCH_PACKETS_COMPANIONS_H
#define LOOPBENCH_PACKETS_COMPANIONS_H

#include "loopbench/sfloat.h"
#include "loopbench/service.h"
#include "loopbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"
#include "packets/racp.h"
#include "packets/frames.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why the time was changed last. GATT Specification Supplement, 3.60. */
enum lb_companions_adjust_reason {
    LB_COMPANIONS_ADJUST_REASON_MANUAL_TIME_UPDATE = 0x01,
    LB_COMPANIONS_ADJUST_REASON_EXTERNAL_REFERENCE_TIME_UPDATE = 0x02,
    LB_COMPANIONS_ADJUST_REASON_CHANGE_OF_TIME_ZONE = 0x04,
    LB_COMPANIONS_ADJUST_REASON_CHANGE_OF_DST = 0x08,
};
#define LB_COMPANIONS_ADJUST_REASON_ALL 0x0FU

/* What of bonds a client may delete on LE, and whether it needs an authorization code. BMS 1.0, section 3.2. */
enum lb_companions_bond_feature {
    LB_COMPANIONS_BOND_FEATURE_DELETE_REQUESTING = 0x10,
    LB_COMPANIONS_BOND_FEATURE_DELETE_REQUESTING_NEEDS_CODE = 0x20,
    LB_COMPANIONS_BOND_FEATURE_DELETE_ALL = 0x400,
    LB_COMPANIONS_BOND_FEATURE_DELETE_ALL_NEEDS_CODE = 0x800,
    LB_COMPANIONS_BOND_FEATURE_DELETE_OTHERS = 0x10000,
    LB_COMPANIONS_BOND_FEATURE_DELETE_OTHERS_NEEDS_CODE = 0x20000,
};
#define LB_COMPANIONS_BOND_FEATURE_ALL 0x30C30U

/* How much a device is to draw attention to itself. GATT Specification Supplement, 3.9. */
enum lb_companions_alert_level {
    LB_COMPANIONS_ALERT_LEVEL_NONE = 0x00,
    LB_COMPANIONS_ALERT_LEVEL_MILD = 0x01,
    LB_COMPANIONS_ALERT_LEVEL_HIGH = 0x02,
};
bool lb_companions_alert_level_is(uint32_t code);

/* Operations of the Bond Management Control Point: 1 octet before the packet. */
enum lb_companions_bonds_opcode {
    LB_COMPANIONS_BONDS_DELETE_BOND_OF_REQUESTING_DEVICE = 0x03,
    LB_COMPANIONS_BONDS_DELETE_ALL_BONDS = 0x06,
    LB_COMPANIONS_BONDS_DELETE_ALL_BONDS_BUT_REQUESTING_DEVICE = 0x09,
};
/* How many octets an operation has, its op code included; 0 when there is no such one or it varies. */
size_t lb_companions_bonds_size(uint32_t opcode);

/* A string characteristic: UTF-8, as long as the value. */
struct lb_companions_text {
    struct lb_octets text; /* UTF-8 */
};
void lb_companions_text_read(struct lb_reader *from, struct lb_companions_text *value);
void lb_companions_text_write(struct lb_writer *to, const struct lb_companions_text *value);

/* System ID: who made the device, and which of theirs it is. GATT Specification Supplement, 3.238. */
struct lb_companions_system_id {
    uint8_t value[8]; /* 40 bit identifier of the manufacturer's choice, then its 24 bit OUI */
};
#define LB_COMPANIONS_SYSTEM_ID_SIZE 8U
void lb_companions_system_id_read(struct lb_reader *from, struct lb_companions_system_id *value);
void lb_companions_system_id_write(struct lb_writer *to, const struct lb_companions_system_id *value);

/* Battery Level. GATT Specification Supplement, 3.27. */
struct lb_companions_battery_level {
    uint8_t level; /* % */
};
#define LB_COMPANIONS_BATTERY_LEVEL_SIZE 1U
void lb_companions_battery_level_read(struct lb_reader *from, struct lb_companions_battery_level *value);
void lb_companions_battery_level_write(struct lb_writer *to, const struct lb_companions_battery_level *value);

/* Current Time: date, time and 256ths of a second. GATT Specification Supplement, 3.60 and 3.90. */
struct lb_companions_current_time {
    struct lb_date_time_date_time time; /* local date and time */
    uint8_t day_of_week; /* 1 Monday .. 7 Sunday, 0 unknown */
    uint8_t fractions; /* 1/256 s */
    uint8_t adjust_reason; /* why it was changed last; enum lb_companions_adjust_reason */
};
#define LB_COMPANIONS_CURRENT_TIME_SIZE 10U
void lb_companions_current_time_read(struct lb_reader *from, struct lb_companions_current_time *value);
void lb_companions_current_time_write(struct lb_writer *to, const struct lb_companions_current_time *value);

/* Local Time Information. GATT Specification Supplement, 3.153. */
struct lb_companions_local_time_information {
    int8_t time_zone; /* quarter hours from UTC; LB_TIME_ZONE_UNKNOWN */
    enum lb_fields_dst_offset dst_offset; /* daylight saving time offset */
};
#define LB_COMPANIONS_LOCAL_TIME_INFORMATION_SIZE 2U
void lb_companions_local_time_information_read(struct lb_reader *from, struct lb_companions_local_time_information *value);
void lb_companions_local_time_information_write(struct lb_writer *to, const struct lb_companions_local_time_information *value);

/* Bond Management Feature. BMS 1.0, section 3.2. */
struct lb_companions_bond_management_feature {
    uint32_t features; /* bit field; enum lb_companions_bond_feature */
};
#define LB_COMPANIONS_BOND_MANAGEMENT_FEATURE_SIZE 3U
void lb_companions_bond_management_feature_read(struct lb_reader *from, struct lb_companions_bond_management_feature *value);
void lb_companions_bond_management_feature_write(struct lb_writer *to, const struct lb_companions_bond_management_feature *value);

struct lb_companions_delete_bond_of_requesting_device {
    struct lb_octets authorization; /* authorization code */
};
void lb_companions_delete_bond_of_requesting_device_read(struct lb_reader *from, struct lb_companions_delete_bond_of_requesting_device *value);
void lb_companions_delete_bond_of_requesting_device_write(struct lb_writer *to, const struct lb_companions_delete_bond_of_requesting_device *value);

struct lb_companions_delete_all_bonds {
    struct lb_octets authorization; /* authorization code */
};
void lb_companions_delete_all_bonds_read(struct lb_reader *from, struct lb_companions_delete_all_bonds *value);
void lb_companions_delete_all_bonds_write(struct lb_writer *to, const struct lb_companions_delete_all_bonds *value);

struct lb_companions_delete_all_bonds_but_requesting_device {
    struct lb_octets authorization; /* authorization code */
};
void lb_companions_delete_all_bonds_but_requesting_device_read(struct lb_reader *from, struct lb_companions_delete_all_bonds_but_requesting_device *value);
void lb_companions_delete_all_bonds_but_requesting_device_write(struct lb_writer *to, const struct lb_companions_delete_all_bonds_but_requesting_device *value);

/* Alert Level. IAS 1.0, section 3.1. */
struct lb_companions_alert {
    enum lb_companions_alert_level level; /* how much */
};
#define LB_COMPANIONS_ALERT_SIZE 1U
void lb_companions_alert_read(struct lb_reader *from, struct lb_companions_alert *value);
void lb_companions_alert_write(struct lb_writer *to, const struct lb_companions_alert *value);

#define LB_COMPANIONS_MANUFACTURER_NAME_UUID 0x2A29U /* Manufacturer Name String */
#define LB_COMPANIONS_MODEL_NUMBER_UUID 0x2A24U /* Model Number String */
#define LB_COMPANIONS_SERIAL_NUMBER_UUID 0x2A25U /* Serial Number String */
#define LB_COMPANIONS_FIRMWARE_REVISION_UUID 0x2A26U /* Firmware Revision String */
#define LB_COMPANIONS_SYSTEM_ID_UUID 0x2A23U /* System ID */
#define LB_COMPANIONS_BATTERY_LEVEL_UUID 0x2A19U /* Battery Level */
#define LB_COMPANIONS_TIME_UUID 0x2A2BU /* Current Time */
#define LB_COMPANIONS_LOCAL_TIME_UUID 0x2A0FU /* Local Time Information */
#define LB_COMPANIONS_BOND_FEATURE_UUID 0x2AA5U /* Bond Management Feature */
#define LB_COMPANIONS_BOND_POINT_UUID 0x2AA4U /* Bond Management Control Point */
#define LB_COMPANIONS_ALERT_LEVEL_UUID 0x2A06U /* Alert Level */
extern const struct lb_service lb_service_device_information;
extern const struct lb_service lb_service_battery;
extern const struct lb_service lb_service_current_time;
extern const struct lb_service lb_service_bond_management;
extern const struct lb_service lb_service_immediate_alert;

#ifdef __cplusplus
}
#endif

#endif
