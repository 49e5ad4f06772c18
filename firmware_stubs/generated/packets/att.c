/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#include "packets/att.h"

bool lb_att_code_is(uint32_t code)
{
    switch (code) {
    case LB_ATT_CODE_SUCCESS:
    case LB_ATT_CODE_INVALID_HANDLE:
    case LB_ATT_CODE_READ_NOT_PERMITTED:
    case LB_ATT_CODE_WRITE_NOT_PERMITTED:
    case LB_ATT_CODE_INSUFFICIENT_AUTHENTICATION:
    case LB_ATT_CODE_REQUEST_NOT_SUPPORTED:
    case LB_ATT_CODE_INSUFFICIENT_AUTHORIZATION:
    case LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH:
    case LB_ATT_CODE_UNLIKELY_ERROR:
    case LB_ATT_CODE_INSUFFICIENT_ENCRYPTION:
    case LB_ATT_CODE_VALUE_NOT_ALLOWED:
    case LB_ATT_CODE_MISSING_CRC:
    case LB_ATT_CODE_INVALID_CRC:
    case LB_ATT_CODE_INVALID_COUNTER:
    case LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED:
    case LB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS:
    case LB_ATT_CODE_OUT_OF_RANGE:
        return true;
    default:
        return false;
    }
}
