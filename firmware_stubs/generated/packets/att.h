/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#ifndef LOOPBENCH_PACKETS_ATT_H
#define LOOPBENCH_PACKETS_ATT_H

#include "loopbench/sfloat.h"
#include "loopbench/service.h"
#include "loopbench/wire.h"
#include "packets/fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Characteristic properties, one octet. Core Vol 3, Part G, 3.3.1.1. */
enum lb_att_property {
    LB_ATT_PROPERTY_READ = 0x02,
    LB_ATT_PROPERTY_WRITE_WITHOUT_RESPONSE = 0x04,
    LB_ATT_PROPERTY_WRITE = 0x08,
    LB_ATT_PROPERTY_NOTIFY = 0x10,
    LB_ATT_PROPERTY_INDICATE = 0x20,
};
#define LB_ATT_PROPERTY_ALL 0x3EU

/* Client Characteristic Configuration, two octets, little endian. Core Vol 3, Part G, 3.3.3.3. */
enum lb_att_cccd {
    LB_ATT_CCCD_OFF = 0x00,
    LB_ATT_CCCD_NOTIFY = 0x01,
    LB_ATT_CCCD_INDICATE = 0x02,
};
#define LB_ATT_CCCD_ALL 0x03U

/* Why an attribute request was refused. */
enum lb_att_code {
    LB_ATT_CODE_SUCCESS = 0x00,
    LB_ATT_CODE_INVALID_HANDLE = 0x01,
    LB_ATT_CODE_READ_NOT_PERMITTED = 0x02,
    LB_ATT_CODE_WRITE_NOT_PERMITTED = 0x03,
    LB_ATT_CODE_INSUFFICIENT_AUTHENTICATION = 0x05,
    LB_ATT_CODE_REQUEST_NOT_SUPPORTED = 0x06,
    LB_ATT_CODE_INSUFFICIENT_AUTHORIZATION = 0x08,
    LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH = 0x0D,
    LB_ATT_CODE_UNLIKELY_ERROR = 0x0E,
    LB_ATT_CODE_INSUFFICIENT_ENCRYPTION = 0x0F,
    LB_ATT_CODE_VALUE_NOT_ALLOWED = 0x13,
    LB_ATT_CODE_MISSING_CRC = 0x80,
    LB_ATT_CODE_INVALID_CRC = 0x81,
    LB_ATT_CODE_BOND_OPCODE_NOT_SUPPORTED = 0x80,
    LB_ATT_CODE_BOND_OPERATION_FAILED = 0x81,
    LB_ATT_CODE_INVALID_COUNTER = 0x82,
    LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED = 0xFD,
    LB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS = 0xFE,
    LB_ATT_CODE_OUT_OF_RANGE = 0xFF,
};
bool lb_att_code_is(uint32_t code);

#ifdef __cplusplus
}
#endif

#endif
