/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/att.h"

bool ib_att_code_is(uint32_t code)
{
    switch (code) {
    case IB_ATT_CODE_SUCCESS:
    case IB_ATT_CODE_INVALID_HANDLE:
    case IB_ATT_CODE_READ_NOT_PERMITTED:
    case IB_ATT_CODE_WRITE_NOT_PERMITTED:
    case IB_ATT_CODE_INSUFFICIENT_AUTHENTICATION:
    case IB_ATT_CODE_REQUEST_NOT_SUPPORTED:
    case IB_ATT_CODE_INSUFFICIENT_AUTHORIZATION:
    case IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH:
    case IB_ATT_CODE_UNLIKELY_ERROR:
    case IB_ATT_CODE_INSUFFICIENT_ENCRYPTION:
    case IB_ATT_CODE_VALUE_NOT_ALLOWED:
    case IB_ATT_CODE_INVALID_COUNTER:
    case IB_ATT_CODE_MISSING_CRC:
    case IB_ATT_CODE_INVALID_CRC:
    case IB_ATT_CODE_WRITE_REQUEST_REJECTED:
    case IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED:
    case IB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS:
    case IB_ATT_CODE_OUT_OF_RANGE:
        return true;
    default:
        return false;
    }
}
