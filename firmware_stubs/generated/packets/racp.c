/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#include "packets/racp.h"
#include "loopbench/racp.h"

bool lb_racp_cgm_filter_is(uint32_t code)
{
    switch (code) {
    case LB_RACP_CGM_FILTER_TIME_OFFSET:
        return true;
    default:
        return false;
    }
}

bool lb_racp_ids_filter_is(uint32_t code)
{
    switch (code) {
    case LB_RACP_IDS_FILTER_SEQUENCE_NUMBER:
    case LB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_REFERENCE_TIME:
    case LB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_OTHER_EVENTS:
        return true;
    default:
        return false;
    }
}

const struct lb_racp_dialect lb_racp_generic = {
    .opcodes = {
        [LB_RACP_REPORT] = 0x01,
        [LB_RACP_DELETE] = 0x02,
        [LB_RACP_ABORT] = 0x03,
        [LB_RACP_COUNT] = 0x04,
        [LB_RACP_COUNT_RESPONSE] = 0x05,
        [LB_RACP_RESPONSE] = 0x06,
    },
    .operators = {
        [LB_RACP_NULL] = 0x00,
        [LB_RACP_ALL] = 0x01,
        [LB_RACP_AT_MOST] = 0x02,
        [LB_RACP_AT_LEAST] = 0x03,
        [LB_RACP_WITHIN] = 0x04,
        [LB_RACP_FIRST] = 0x05,
        [LB_RACP_LAST] = 0x06,
    },
    .outcomes = {
        [LB_RACP_SUCCESS] = 0x01,
        [LB_RACP_OPCODE_NOT_SUPPORTED] = 0x02,
        [LB_RACP_INVALID_OPERATOR] = 0x03,
        [LB_RACP_OPERATOR_NOT_SUPPORTED] = 0x04,
        [LB_RACP_INVALID_OPERAND] = 0x05,
        [LB_RACP_NO_RECORDS_FOUND] = 0x06,
        [LB_RACP_ABORT_UNSUCCESSFUL] = 0x07,
        [LB_RACP_PROCEDURE_NOT_COMPLETED] = 0x08,
        [LB_RACP_OPERAND_NOT_SUPPORTED] = 0x09,
    },
    .number_size = 2,
    .count_size = 2,
    .filters = {0x01},
    .filter_count = 1,
    .default_filter = 0x01,
    .bare_filter = false,
};

const struct lb_racp_dialect lb_racp_ids = {
    .opcodes = {
        [LB_RACP_RESPONSE] = 0x0F,
        [LB_RACP_REPORT] = 0x33,
        [LB_RACP_DELETE] = 0x3C,
        [LB_RACP_ABORT] = 0x55,
        [LB_RACP_COUNT] = 0x5A,
        [LB_RACP_COUNT_RESPONSE] = 0x66,
    },
    .operators = {
        [LB_RACP_NULL] = 0x0F,
        [LB_RACP_ALL] = 0x33,
        [LB_RACP_AT_MOST] = 0x3C,
        [LB_RACP_AT_LEAST] = 0x55,
        [LB_RACP_WITHIN] = 0x5A,
        [LB_RACP_FIRST] = 0x66,
        [LB_RACP_LAST] = 0x69,
    },
    .outcomes = {
        [LB_RACP_SUCCESS] = 0xF0,
        [LB_RACP_OPCODE_NOT_SUPPORTED] = 0x02,
        [LB_RACP_INVALID_OPERATOR] = 0x03,
        [LB_RACP_OPERATOR_NOT_SUPPORTED] = 0x04,
        [LB_RACP_INVALID_OPERAND] = 0x05,
        [LB_RACP_NO_RECORDS_FOUND] = 0x06,
        [LB_RACP_ABORT_UNSUCCESSFUL] = 0x07,
        [LB_RACP_PROCEDURE_NOT_COMPLETED] = 0x08,
        [LB_RACP_OPERAND_NOT_SUPPORTED] = 0x09,
        [LB_RACP_PROCEDURE_NOT_APPLICABLE] = 0x0A,
    },
    .number_size = 4,
    .count_size = 4,
    .filters = {0x0F, 0x33, 0x3C},
    .filter_count = 3,
    .default_filter = 0x0F,
    .bare_filter = true,
};
