/* The definition of a service, as in the generated tables. */
#ifndef ISLETBENCH_SERVICE_H
#define ISLETBENCH_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MAX_VALUE 512U /* octets of an attribute value (Core Vol 3, Part F, 3.2.9) */

/* Where a value carries its end-to-end protection. */
enum ib_envelope {
    IB_BARE,            /* nowhere, ever */
    IB_CRC_TRAILER,     /* payload | crc */
    IB_CGM_FEATURE,     /* payload | crc, FF FF without protection */
    IB_CGM_RECORD,      /* size | payload | crc */
    IB_COUNTER_TRAILER, /* payload | counter | crc */
    IB_IDS_FEATURES     /* crc | counter | payload, FF FF 00 without protection */
};

struct ib_characteristic {
    uint16_t uuid;
    uint8_t properties; /* enum ib_att_property */
    enum ib_envelope envelope;
};

struct ib_service {
    uint16_t uuid;
    const struct ib_characteristic *characteristics; /* in table order */
    size_t count;
};

#ifdef __cplusplus
}
#endif

#endif
