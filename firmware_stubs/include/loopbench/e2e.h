/* End-to-end protection: the CRC and the counter that travel inside a value. As protocols/e2e.py. */
#ifndef LOOPBENCH_E2E_H
#define LOOPBENCH_E2E_H

#include "loopbench/service.h"
#include "loopbench/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_CRC_PRESET 0xFFFFU

/* CRC-16/MCRF4XX over further octets: start with LB_CRC_PRESET; "123456789" makes 6F91. */
uint16_t lb_crc16(uint16_t crc, const uint8_t *octets, size_t count);

enum lb_e2e_error {
    LB_E2E_OK = 0,
    LB_E2E_MISSING_CRC,
    LB_E2E_MISSING_COUNTER,
    LB_E2E_BAD_CRC,
    LB_E2E_WRONG_SIZE /* the size octet of a record is not its size */
};

/* A payload put into its envelope. ``counter`` (1..255) matters to values that carry one. */
void lb_e2e_seal(struct lb_writer *to, enum lb_envelope envelope, bool is_protected, uint8_t counter,
                 struct lb_octets payload);

/* The payload of a value, and its counter, 0 where there is none. */
enum lb_e2e_error lb_e2e_open(enum lb_envelope envelope, bool is_protected, struct lb_octets value,
                              struct lb_octets *payload, uint8_t *counter);

/* The E2E-counter after ``last``: 1 at first (``last`` 0), 255 is followed by 1. */
uint8_t lb_e2e_next_counter(uint8_t last);

#ifdef __cplusplus
}
#endif

#endif
