/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/fields.h"

bool ib_fields_dst_offset_is(uint32_t code)
{
    switch (code) {
    case IB_FIELDS_DST_OFFSET_STANDARD:
    case IB_FIELDS_DST_OFFSET_HALF_AN_HOUR:
    case IB_FIELDS_DST_OFFSET_ONE_HOUR:
    case IB_FIELDS_DST_OFFSET_TWO_HOURS:
    case IB_FIELDS_DST_OFFSET_UNKNOWN:
        return true;
    default:
        return false;
    }
}
