/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_ATT_H
#define ISLETBENCH_PACKETS_ATT_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Characteristic properties, one octet. Core Vol 3, Part G, 3.3.1.1. */
enum ib_att_property {
    IB_ATT_PROPERTY_READ = 0x02,
    IB_ATT_PROPERTY_WRITE_WITHOUT_RESPONSE = 0x04,
    IB_ATT_PROPERTY_WRITE = 0x08,
    IB_ATT_PROPERTY_NOTIFY = 0x10,
    IB_ATT_PROPERTY_INDICATE = 0x20,
};
#define IB_ATT_PROPERTY_ALL 0x3EU

/* Client Characteristic Configuration, two octets, little endian. Core Vol 3, Part G, 3.3.3.3. */
enum ib_att_cccd {
    IB_ATT_CCCD_OFF = 0x00,
    IB_ATT_CCCD_NOTIFY = 0x01,
    IB_ATT_CCCD_INDICATE = 0x02,
};
#define IB_ATT_CCCD_ALL 0x03U

/* Why an attribute request was refused. */
enum ib_att_code {
    IB_ATT_CODE_SUCCESS = 0x00,
    IB_ATT_CODE_INVALID_HANDLE = 0x01,
    IB_ATT_CODE_READ_NOT_PERMITTED = 0x02,
    IB_ATT_CODE_WRITE_NOT_PERMITTED = 0x03,
    IB_ATT_CODE_INSUFFICIENT_AUTHENTICATION = 0x05,
    IB_ATT_CODE_REQUEST_NOT_SUPPORTED = 0x06,
    IB_ATT_CODE_INSUFFICIENT_AUTHORIZATION = 0x08,
    IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH = 0x0D,
    IB_ATT_CODE_UNLIKELY_ERROR = 0x0E,
    IB_ATT_CODE_INSUFFICIENT_ENCRYPTION = 0x0F,
    IB_ATT_CODE_VALUE_NOT_ALLOWED = 0x13,
    IB_ATT_CODE_MISSING_CRC = 0x80,
    IB_ATT_CODE_INVALID_CRC = 0x81,
    IB_ATT_CODE_BOND_OPCODE_NOT_SUPPORTED = 0x80,
    IB_ATT_CODE_BOND_OPERATION_FAILED = 0x81,
    IB_ATT_CODE_INVALID_COUNTER = 0x82,
    IB_ATT_CODE_GLUCOSE_PROCEDURE_IN_PROGRESS = 0x80,
    IB_ATT_CODE_GLUCOSE_CCCD_IMPROPERLY_CONFIGURED = 0x81,
    IB_ATT_CODE_WRITE_REQUEST_REJECTED = 0xFC,
    IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED = 0xFD,
    IB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS = 0xFE,
    IB_ATT_CODE_OUT_OF_RANGE = 0xFF,
};
bool ib_att_code_is(uint32_t code);

#ifdef __cplusplus
}
#endif

#endif
