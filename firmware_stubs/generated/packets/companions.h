/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_COMPANIONS_H
#define ISLETBENCH_PACKETS_COMPANIONS_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"
#include "packets/racp.h"
#include "packets/frames.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why the time was changed last. GATT Specification Supplement, 3.60. */
enum ib_companions_adjust_reason {
    IB_COMPANIONS_ADJUST_REASON_MANUAL_TIME_UPDATE = 0x01,
    IB_COMPANIONS_ADJUST_REASON_EXTERNAL_REFERENCE_TIME_UPDATE = 0x02,
    IB_COMPANIONS_ADJUST_REASON_CHANGE_OF_TIME_ZONE = 0x04,
    IB_COMPANIONS_ADJUST_REASON_CHANGE_OF_DST = 0x08,
};
#define IB_COMPANIONS_ADJUST_REASON_ALL 0x0FU

/* What of bonds a client may delete on LE, and whether it needs an authorization code. BMS 1.0, section 3.2. */
enum ib_companions_bond_feature {
    IB_COMPANIONS_BOND_FEATURE_DELETE_REQUESTING = 0x10,
    IB_COMPANIONS_BOND_FEATURE_DELETE_REQUESTING_NEEDS_CODE = 0x20,
    IB_COMPANIONS_BOND_FEATURE_DELETE_ALL = 0x400,
    IB_COMPANIONS_BOND_FEATURE_DELETE_ALL_NEEDS_CODE = 0x800,
    IB_COMPANIONS_BOND_FEATURE_DELETE_OTHERS = 0x10000,
    IB_COMPANIONS_BOND_FEATURE_DELETE_OTHERS_NEEDS_CODE = 0x20000,
};
#define IB_COMPANIONS_BOND_FEATURE_ALL 0x30C30U

/* How much a device is to draw attention to itself. GATT Specification Supplement, 3.9. */
enum ib_companions_alert_level {
    IB_COMPANIONS_ALERT_LEVEL_NONE = 0x00,
    IB_COMPANIONS_ALERT_LEVEL_MILD = 0x01,
    IB_COMPANIONS_ALERT_LEVEL_HIGH = 0x02,
};
bool ib_companions_alert_level_is(uint32_t code);

/* Operations of the Bond Management Control Point: 1 octet before the packet. */
enum ib_companions_bonds_opcode {
    IB_COMPANIONS_BONDS_DELETE_BOND_OF_REQUESTING_DEVICE = 0x03,
    IB_COMPANIONS_BONDS_DELETE_ALL_BONDS = 0x06,
    IB_COMPANIONS_BONDS_DELETE_ALL_BONDS_BUT_REQUESTING_DEVICE = 0x09,
};
/* How many octets an operation has, its op code included; 0 when there is no such one or it varies. */
size_t ib_companions_bonds_size(uint32_t opcode);

/* A string characteristic: UTF-8, as long as the value. */
struct ib_companions_text {
    struct ib_octets text; /* UTF-8 */
};
void ib_companions_text_read(struct ib_reader *from, struct ib_companions_text *value);
void ib_companions_text_write(struct ib_writer *to, const struct ib_companions_text *value);

/* System ID: who made the device, and which of theirs it is. GATT Specification Supplement, 3.238. */
struct ib_companions_system_id {
    uint8_t value[8]; /* 40 bit identifier of the manufacturer's choice, then its 24 bit OUI */
};
#define IB_COMPANIONS_SYSTEM_ID_SIZE 8U
void ib_companions_system_id_read(struct ib_reader *from, struct ib_companions_system_id *value);
void ib_companions_system_id_write(struct ib_writer *to, const struct ib_companions_system_id *value);

/* Battery Level. GATT Specification Supplement, 3.27. */
struct ib_companions_battery_level {
    uint8_t level; /* % */
};
#define IB_COMPANIONS_BATTERY_LEVEL_SIZE 1U
void ib_companions_battery_level_read(struct ib_reader *from, struct ib_companions_battery_level *value);
void ib_companions_battery_level_write(struct ib_writer *to, const struct ib_companions_battery_level *value);

/* Current Time: date, time and 256ths of a second. GATT Specification Supplement, 3.60 and 3.90. */
struct ib_companions_current_time {
    struct ib_date_time_date_time time; /* local date and time */
    uint8_t day_of_week; /* 1 Monday .. 7 Sunday, 0 unknown */
    uint8_t fractions; /* 1/256 s */
    uint8_t adjust_reason; /* why it was changed last; enum ib_companions_adjust_reason */
};
#define IB_COMPANIONS_CURRENT_TIME_SIZE 10U
void ib_companions_current_time_read(struct ib_reader *from, struct ib_companions_current_time *value);
void ib_companions_current_time_write(struct ib_writer *to, const struct ib_companions_current_time *value);

/* Local Time Information. GATT Specification Supplement, 3.153. */
struct ib_companions_local_time_information {
    int8_t time_zone; /* quarter hours from UTC; IB_TIME_ZONE_UNKNOWN */
    enum ib_fields_dst_offset dst_offset; /* daylight saving time offset */
};
#define IB_COMPANIONS_LOCAL_TIME_INFORMATION_SIZE 2U
void ib_companions_local_time_information_read(struct ib_reader *from, struct ib_companions_local_time_information *value);
void ib_companions_local_time_information_write(struct ib_writer *to, const struct ib_companions_local_time_information *value);

/* Bond Management Feature. BMS 1.0, section 3.2. */
struct ib_companions_bond_management_feature {
    uint32_t features; /* bit field; enum ib_companions_bond_feature */
};
#define IB_COMPANIONS_BOND_MANAGEMENT_FEATURE_SIZE 3U
void ib_companions_bond_management_feature_read(struct ib_reader *from, struct ib_companions_bond_management_feature *value);
void ib_companions_bond_management_feature_write(struct ib_writer *to, const struct ib_companions_bond_management_feature *value);

/* Delete this client's bond. BMS 1.0, section 3.1. */
struct ib_companions_delete_bond_of_requesting_device {
    struct ib_octets authorization; /* authorization code */
};
void ib_companions_delete_bond_of_requesting_device_read(struct ib_reader *from, struct ib_companions_delete_bond_of_requesting_device *value);
void ib_companions_delete_bond_of_requesting_device_write(struct ib_writer *to, const struct ib_companions_delete_bond_of_requesting_device *value);

/* Delete the bonds of all clients. BMS 1.0, section 3.1. */
struct ib_companions_delete_all_bonds {
    struct ib_octets authorization; /* authorization code */
};
void ib_companions_delete_all_bonds_read(struct ib_reader *from, struct ib_companions_delete_all_bonds *value);
void ib_companions_delete_all_bonds_write(struct ib_writer *to, const struct ib_companions_delete_all_bonds *value);

/* Delete the bonds of all clients but this one. BMS 1.0, section 3.1. */
struct ib_companions_delete_all_bonds_but_requesting_device {
    struct ib_octets authorization; /* authorization code */
};
void ib_companions_delete_all_bonds_but_requesting_device_read(struct ib_reader *from, struct ib_companions_delete_all_bonds_but_requesting_device *value);
void ib_companions_delete_all_bonds_but_requesting_device_write(struct ib_writer *to, const struct ib_companions_delete_all_bonds_but_requesting_device *value);

/* Alert Level. IAS 1.0, section 3.1. */
struct ib_companions_alert {
    enum ib_companions_alert_level level; /* how much */
};
#define IB_COMPANIONS_ALERT_SIZE 1U
void ib_companions_alert_read(struct ib_reader *from, struct ib_companions_alert *value);
void ib_companions_alert_write(struct ib_writer *to, const struct ib_companions_alert *value);

#define IB_COMPANIONS_MANUFACTURER_NAME_UUID 0x2A29U /* Manufacturer Name String */
#define IB_COMPANIONS_MODEL_NUMBER_UUID 0x2A24U /* Model Number String */
#define IB_COMPANIONS_SERIAL_NUMBER_UUID 0x2A25U /* Serial Number String */
#define IB_COMPANIONS_FIRMWARE_REVISION_UUID 0x2A26U /* Firmware Revision String */
#define IB_COMPANIONS_SYSTEM_ID_UUID 0x2A23U /* System ID */
#define IB_COMPANIONS_BATTERY_LEVEL_UUID 0x2A19U /* Battery Level */
#define IB_COMPANIONS_TIME_UUID 0x2A2BU /* Current Time */
#define IB_COMPANIONS_LOCAL_TIME_UUID 0x2A0FU /* Local Time Information */
#define IB_COMPANIONS_BOND_FEATURE_UUID 0x2AA5U /* Bond Management Feature */
#define IB_COMPANIONS_BOND_POINT_UUID 0x2AA4U /* Bond Management Control Point */
#define IB_COMPANIONS_ALERT_LEVEL_UUID 0x2A06U /* Alert Level */
extern const struct ib_service ib_service_device_information;
extern const struct ib_service ib_service_battery;
extern const struct ib_service ib_service_current_time;
extern const struct ib_service ib_service_bond_management;
extern const struct ib_service ib_service_immediate_alert;

#ifdef __cplusplus
}
#endif

#endif
