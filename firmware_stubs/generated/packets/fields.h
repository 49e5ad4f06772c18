/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_FIELDS_H
#define ISLETBENCH_PACKETS_FIELDS_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Daylight saving time offset. GATT Specification Supplement, 3.86. */
enum ib_fields_dst_offset {
    IB_FIELDS_DST_OFFSET_STANDARD = 0x00,
    IB_FIELDS_DST_OFFSET_HALF_AN_HOUR = 0x02,
    IB_FIELDS_DST_OFFSET_ONE_HOUR = 0x04,
    IB_FIELDS_DST_OFFSET_TWO_HOURS = 0x08,
    IB_FIELDS_DST_OFFSET_UNKNOWN = 0xFF,
};
bool ib_fields_dst_offset_is(uint32_t code);

#define IB_TIME_ZONE_UNKNOWN (-128)

#ifdef __cplusplus
}
#endif

#endif
