/* Record access control points, the generic one (2A52) and the one of IDS (2B27). As protocols/racp.py. */
#ifndef ISLETBENCH_RACP_H
#define ISLETBENCH_RACP_H

#include "isletbench/wire.h"
#include "packets/racp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The codes of one of them; generated. */
struct ib_racp_dialect {
    uint8_t opcodes[IB_RACP_OPERATIONS];
    uint8_t operators[IB_RACP_OPERATORS];
    uint8_t outcomes[IB_RACP_OUTCOMES]; /* 0: not in this dialect */
    uint8_t number_size;                /* octets of a number to compare with */
    uint8_t count_size;
    uint8_t filters[4];
    uint8_t filter_count;
    uint8_t default_filter;
    bool bare_filter; /* All, First and Last may carry a filter type */
    bool code_words;  /* operators and filter types are code words; another value is invalid, not unsupported */
};

struct ib_racp_request {
    uint8_t opcode; /* as received, for the response */
    enum ib_racp_operation operation;
    enum ib_racp_operator which;
    uint8_t filter;
    uint32_t low; /* inclusive */
    uint32_t high;
};

/* Read operation and operator of a request of at least one octet, without its operand. Returns IB_RACP_SUCCESS, or the outcome to
 * respond with. */
enum ib_racp_outcome ib_racp_head(const struct ib_racp_dialect *dialect, struct ib_octets value,
                                  struct ib_racp_request *request);
/* Read the complete request, likewise. */
enum ib_racp_outcome ib_racp_read(const struct ib_racp_dialect *dialect, struct ib_octets value,
                                  struct ib_racp_request *request);
void ib_racp_write_response(struct ib_writer *to, const struct ib_racp_dialect *dialect, uint8_t opcode,
                            enum ib_racp_outcome outcome);
void ib_racp_write_count(struct ib_writer *to, const struct ib_racp_dialect *dialect, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
