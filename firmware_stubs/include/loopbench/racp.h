/* Record access control points, the generic one (2A52) and the one of IDS (2B27). As protocols/racp.py. */
#ifndef LOOPBENCH_RACP_H
#define LOOPBENCH_RACP_H

#include "loopbench/wire.h"
#include "packets/racp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How one of them spells what both say; generated. */
struct lb_racp_dialect {
    uint8_t opcodes[LB_RACP_OPERATIONS];
    uint8_t operators[LB_RACP_OPERATORS];
    uint8_t outcomes[LB_RACP_OUTCOMES]; /* 0: not in this dialect */
    uint8_t number_size;                /* octets of a number to compare with */
    uint8_t count_size;
    uint8_t filters[4];
    uint8_t filter_count;
    uint8_t default_filter;
    bool bare_filter; /* All, First and Last may carry a filter type */
};

struct lb_racp_request {
    uint8_t opcode; /* as it was received, to be echoed */
    enum lb_racp_operation operation;
    enum lb_racp_operator which;
    uint8_t filter;
    uint32_t low; /* inclusive */
    uint32_t high;
};

/* What is asked, of which records, without a look at the operand; LB_RACP_SUCCESS, or the outcome to answer with. At least
 * one octet is needed. */
enum lb_racp_outcome lb_racp_head(const struct lb_racp_dialect *dialect, struct lb_octets value,
                                  struct lb_racp_request *request);
/* The whole request. */
enum lb_racp_outcome lb_racp_read(const struct lb_racp_dialect *dialect, struct lb_octets value,
                                  struct lb_racp_request *request);
void lb_racp_write_response(struct lb_writer *to, const struct lb_racp_dialect *dialect, uint8_t opcode,
                            enum lb_racp_outcome outcome);
void lb_racp_write_count(struct lb_writer *to, const struct lb_racp_dialect *dialect, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
