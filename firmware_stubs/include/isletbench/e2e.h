/* End-to-end protection: the CRC and the counter that travel inside a value. As protocols/e2e.py. */
#ifndef ISLETBENCH_E2E_H
#define ISLETBENCH_E2E_H

#include "isletbench/service.h"
#include "isletbench/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CRC_PRESET 0xFFFFU

/* CRC-16/MCRF4XX over further octets: start with IB_CRC_PRESET; "123456789" makes 6F91. */
uint16_t ib_crc16(uint16_t crc, const uint8_t *octets, size_t count);

/* CRC-16/CCITT-FALSE over further octets: start with IB_CRC_PRESET; "123456789" makes 29B1. */
uint16_t ib_crc16_ccitt_false(uint16_t crc, const uint8_t *octets, size_t count);

/* Which CRC protects a value; sent least significant octet first. */
enum ib_crc {
    IB_CRC_NONE = 0,
    IB_CRC_SPECIFIED,  /* CRC-16/MCRF4XX: CGMS 1.0.1, section 3.11 */
    IB_CRC_CCITT_FALSE /* what clients of a 780G-class pump expect of a CGM: docs/cgm.md */
};

enum ib_e2e_error {
    IB_E2E_OK = 0,
    IB_E2E_MISSING_CRC,
    IB_E2E_MISSING_COUNTER,
    IB_E2E_BAD_CRC,
    IB_E2E_WRONG_SIZE /* the size octet of a record is not its size */
};

/* A payload put into its envelope. ``counter`` (1..255) matters to values that carry one. */
void ib_e2e_seal(struct ib_writer *to, enum ib_envelope envelope, enum ib_crc crc, uint8_t counter,
                 struct ib_octets payload);

/* The payload of a value, and its counter, 0 where there is none. */
enum ib_e2e_error ib_e2e_open(enum ib_envelope envelope, enum ib_crc crc, struct ib_octets value, struct ib_octets *payload,
                              uint8_t *counter);

/* The E2E-counter after ``last``: 1 at first (``last`` 0), 255 is followed by 1. */
uint8_t ib_e2e_next_counter(uint8_t last);

#ifdef __cplusplus
}
#endif

#endif
