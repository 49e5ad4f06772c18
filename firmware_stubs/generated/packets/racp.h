/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#ifndef LOOPBENCH_PACKETS_RACP_H
#define LOOPBENCH_PACKETS_RACP_H

#include "loopbench/sfloat.h"
#include "loopbench/service.h"
#include "loopbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Filter types of the generic control point. CGMS 1.0.1, section 3.6.2. */
enum lb_racp_cgm_filter {
    LB_RACP_CGM_FILTER_TIME_OFFSET = 0x01,
};
bool lb_racp_cgm_filter_is(uint32_t code);

/* Filter types of the IDS control point. IDS 1.0.2, section 3.9.4.1, table 3.24. */
enum lb_racp_ids_filter {
    LB_RACP_IDS_FILTER_SEQUENCE_NUMBER = 0x0F,
    LB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_REFERENCE_TIME = 0x33,
    LB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_OTHER_EVENTS = 0x3C,
};
bool lb_racp_ids_filter_is(uint32_t code);

/* What is asked of the store, and the two answers. */
enum lb_racp_operation {
    LB_RACP_REPORT, /* report stored records */
    LB_RACP_DELETE, /* delete stored records */
    LB_RACP_ABORT, /* abort operation */
    LB_RACP_COUNT, /* report number of stored records */
    LB_RACP_COUNT_RESPONSE, /* number of stored records response */
    LB_RACP_RESPONSE, /* response code */
};
#define LB_RACP_OPERATIONS 6

/* Which records are meant. */
enum lb_racp_operator {
    LB_RACP_NULL, /* null */
    LB_RACP_ALL, /* all records */
    LB_RACP_AT_MOST, /* less than or equal to */
    LB_RACP_AT_LEAST, /* greater than or equal to */
    LB_RACP_WITHIN, /* within range of (inclusive) */
    LB_RACP_FIRST, /* first record */
    LB_RACP_LAST, /* last record */
};
#define LB_RACP_OPERATORS 7

/* How a procedure ended. */
enum lb_racp_outcome {
    LB_RACP_SUCCESS, /* success */
    LB_RACP_OPCODE_NOT_SUPPORTED, /* op code not supported */
    LB_RACP_INVALID_OPERATOR, /* invalid operator */
    LB_RACP_OPERATOR_NOT_SUPPORTED, /* operator not supported */
    LB_RACP_INVALID_OPERAND, /* invalid operand */
    LB_RACP_NO_RECORDS_FOUND, /* no records found */
    LB_RACP_ABORT_UNSUCCESSFUL, /* abort unsuccessful */
    LB_RACP_PROCEDURE_NOT_COMPLETED, /* procedure not completed */
    LB_RACP_OPERAND_NOT_SUPPORTED, /* operand not supported */
    LB_RACP_PROCEDURE_NOT_APPLICABLE, /* procedure not applicable */
};
#define LB_RACP_OUTCOMES 10

struct lb_racp_dialect; /* loopbench/racp.h */
extern const struct lb_racp_dialect lb_racp_generic;
extern const struct lb_racp_dialect lb_racp_ids;

#ifdef __cplusplus
}
#endif

#endif
