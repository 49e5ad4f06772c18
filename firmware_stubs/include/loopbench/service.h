/* What a service is made of, as the generated tables say it. */
#ifndef LOOPBENCH_SERVICE_H
#define LOOPBENCH_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a value carries its end-to-end protection. */
enum lb_envelope {
    LB_BARE,            /* nowhere, ever */
    LB_CRC_TRAILER,     /* payload | crc */
    LB_CGM_FEATURE,     /* payload | crc, FF FF without protection */
    LB_CGM_RECORD,      /* size | payload | crc */
    LB_COUNTER_TRAILER, /* payload | counter | crc */
    LB_IDS_FEATURES     /* crc | counter | payload, FF FF 00 without protection */
};

struct lb_characteristic {
    uint16_t uuid;
    uint8_t properties; /* enum lb_att_property */
    enum lb_envelope envelope;
};

struct lb_service {
    uint16_t uuid;
    const struct lb_characteristic *characteristics; /* in table order */
    size_t count;
};

#ifdef __cplusplus
}
#endif

#endif
