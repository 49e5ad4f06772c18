/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_RACP_H
#define ISLETBENCH_PACKETS_RACP_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Filter types of the generic control point. CGMS 1.0.1, section 3.6.2. */
enum ib_racp_cgm_filter {
    IB_RACP_CGM_FILTER_TIME_OFFSET = 0x01,
};
bool ib_racp_cgm_filter_is(uint32_t code);

/* Filter types of the IDS control point. IDS 1.0.2, section 3.9.4.1, table 3.24. */
enum ib_racp_ids_filter {
    IB_RACP_IDS_FILTER_SEQUENCE_NUMBER = 0x0F,
    IB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_REFERENCE_TIME = 0x33,
    IB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_OTHER_EVENTS = 0x3C,
};
bool ib_racp_ids_filter_is(uint32_t code);

/* What is asked of the store, and the two answers. */
enum ib_racp_operation {
    IB_RACP_REPORT, /* report stored records */
    IB_RACP_DELETE, /* delete stored records */
    IB_RACP_ABORT, /* abort operation */
    IB_RACP_COUNT, /* report number of stored records */
    IB_RACP_COUNT_RESPONSE, /* number of stored records response */
    IB_RACP_RESPONSE, /* response code */
};
#define IB_RACP_OPERATIONS 6

/* Which records are meant. */
enum ib_racp_operator {
    IB_RACP_NULL, /* null */
    IB_RACP_ALL, /* all records */
    IB_RACP_AT_MOST, /* less than or equal to */
    IB_RACP_AT_LEAST, /* greater than or equal to */
    IB_RACP_WITHIN, /* within range of (inclusive) */
    IB_RACP_FIRST, /* first record */
    IB_RACP_LAST, /* last record */
};
#define IB_RACP_OPERATORS 7

/* How a procedure ended. */
enum ib_racp_outcome {
    IB_RACP_SUCCESS, /* success */
    IB_RACP_OPCODE_NOT_SUPPORTED, /* op code not supported */
    IB_RACP_INVALID_OPERATOR, /* invalid operator */
    IB_RACP_OPERATOR_NOT_SUPPORTED, /* operator not supported */
    IB_RACP_INVALID_OPERAND, /* invalid operand */
    IB_RACP_NO_RECORDS_FOUND, /* no records found */
    IB_RACP_ABORT_UNSUCCESSFUL, /* abort unsuccessful */
    IB_RACP_PROCEDURE_NOT_COMPLETED, /* procedure not completed */
    IB_RACP_OPERAND_NOT_SUPPORTED, /* operand not supported */
    IB_RACP_PROCEDURE_NOT_APPLICABLE, /* procedure not applicable */
};
#define IB_RACP_OUTCOMES 10

struct ib_racp_dialect; /* isletbench/racp.h */
extern const struct ib_racp_dialect ib_racp_generic;
extern const struct ib_racp_dialect ib_racp_ids;

#ifdef __cplusplus
}
#endif

#endif
