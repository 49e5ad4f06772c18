/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#include "packets/fields.h"

bool lb_fields_dst_offset_is(uint32_t code)
{
    switch (code) {
    case LB_FIELDS_DST_OFFSET_STANDARD:
    case LB_FIELDS_DST_OFFSET_HALF_AN_HOUR:
    case LB_FIELDS_DST_OFFSET_ONE_HOUR:
    case LB_FIELDS_DST_OFFSET_TWO_HOURS:
    case LB_FIELDS_DST_OFFSET_UNKNOWN:
        return true;
    default:
        return false;
    }
}
