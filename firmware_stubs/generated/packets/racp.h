/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#ifndef LOOPBENCH_PACKETS_RACP_H
#define LOOPBENCH_PACKETS_RACP_H

#include "loopbench/sfloat.h"
#include "loopbench/service.h"
#include "loopbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"

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
enum lb_racp_operation { LB_RACP_REPORT, LB_RACP_DELETE, LB_RACP_ABORT, LB_RACP_COUNT, LB_RACP_COUNT_RESPONSE, LB_RACP_RESPONSE };
#define LB_RACP_OPERATIONS 6
/* Which records are meant. */
enum lb_racp_operator { LB_RACP_NULL, LB_RACP_ALL, LB_RACP_AT_MOST, LB_RACP_AT_LEAST, LB_RACP_WITHIN, LB_RACP_FIRST, LB_RACP_LAST };
#define LB_RACP_OPERATORS 7
/* How a procedure ended. */
enum lb_racp_outcome { LB_RACP_SUCCESS, LB_RACP_OPCODE_NOT_SUPPORTED, LB_RACP_INVALID_OPERATOR, LB_RACP_OPERATOR_NOT_SUPPORTED, LB_RACP_INVALID_OPERAND, LB_RACP_NO_RECORDS_FOUND, LB_RACP_ABORT_UNSUCCESSFUL, LB_RACP_PROCEDURE_NOT_COMPLETED, LB_RACP_OPERAND_NOT_SUPPORTED, LB_RACP_PROCEDURE_NOT_APPLICABLE };
#define LB_RACP_OUTCOMES 10
struct lb_racp_dialect; /* loopbench/racp.h */
extern const struct lb_racp_dialect lb_racp_generic;
extern const struct lb_racp_dialect lb_racp_ids;

#endif
