/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#ifndef LOOPBENCH_PACKETS_FIELDS_H
#define LOOPBENCH_PACKETS_FIELDS_H

#include "loopbench/sfloat.h"
#include "loopbench/service.h"
#include "loopbench/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Daylight saving time offset. GATT Specification Supplement, 3.86. */
enum lb_fields_dst_offset {
    LB_FIELDS_DST_OFFSET_STANDARD = 0x00,
    LB_FIELDS_DST_OFFSET_HALF_AN_HOUR = 0x02,
    LB_FIELDS_DST_OFFSET_ONE_HOUR = 0x04,
    LB_FIELDS_DST_OFFSET_TWO_HOURS = 0x08,
    LB_FIELDS_DST_OFFSET_UNKNOWN = 0xFF,
};
bool lb_fields_dst_offset_is(uint32_t code);

#define LB_TIME_ZONE_UNKNOWN (-128)

#ifdef __cplusplus
}
#endif

#endif
