/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/racp.h"
#include "isletbench/racp.h"

bool ib_racp_cgm_filter_is(uint32_t code)
{
    switch (code) {
    case IB_RACP_CGM_FILTER_TIME_OFFSET:
        return true;
    default:
        return false;
    }
}

bool ib_racp_ids_filter_is(uint32_t code)
{
    switch (code) {
    case IB_RACP_IDS_FILTER_SEQUENCE_NUMBER:
    case IB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_REFERENCE_TIME:
    case IB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_OTHER_EVENTS:
        return true;
    default:
        return false;
    }
}

const struct ib_racp_dialect ib_racp_generic = {
    .opcodes = {
        [IB_RACP_REPORT] = 0x01,
        [IB_RACP_DELETE] = 0x02,
        [IB_RACP_ABORT] = 0x03,
        [IB_RACP_COUNT] = 0x04,
        [IB_RACP_COUNT_RESPONSE] = 0x05,
        [IB_RACP_RESPONSE] = 0x06,
    },
    .operators = {
        [IB_RACP_NULL] = 0x00,
        [IB_RACP_ALL] = 0x01,
        [IB_RACP_AT_MOST] = 0x02,
        [IB_RACP_AT_LEAST] = 0x03,
        [IB_RACP_WITHIN] = 0x04,
        [IB_RACP_FIRST] = 0x05,
        [IB_RACP_LAST] = 0x06,
    },
    .outcomes = {
        [IB_RACP_SUCCESS] = 0x01,
        [IB_RACP_OPCODE_NOT_SUPPORTED] = 0x02,
        [IB_RACP_INVALID_OPERATOR] = 0x03,
        [IB_RACP_OPERATOR_NOT_SUPPORTED] = 0x04,
        [IB_RACP_INVALID_OPERAND] = 0x05,
        [IB_RACP_NO_RECORDS_FOUND] = 0x06,
        [IB_RACP_ABORT_UNSUCCESSFUL] = 0x07,
        [IB_RACP_PROCEDURE_NOT_COMPLETED] = 0x08,
        [IB_RACP_OPERAND_NOT_SUPPORTED] = 0x09,
    },
    .number_size = 2,
    .count_size = 2,
    .filters = {0x01},
    .filter_count = 1,
    .default_filter = 0x01,
    .bare_filter = false,
    .code_words = false,
};

const struct ib_racp_dialect ib_racp_ids = {
    .opcodes = {
        [IB_RACP_RESPONSE] = 0x0F,
        [IB_RACP_REPORT] = 0x33,
        [IB_RACP_DELETE] = 0x3C,
        [IB_RACP_ABORT] = 0x55,
        [IB_RACP_COUNT] = 0x5A,
        [IB_RACP_COUNT_RESPONSE] = 0x66,
    },
    .operators = {
        [IB_RACP_NULL] = 0x0F,
        [IB_RACP_ALL] = 0x33,
        [IB_RACP_AT_MOST] = 0x3C,
        [IB_RACP_AT_LEAST] = 0x55,
        [IB_RACP_WITHIN] = 0x5A,
        [IB_RACP_FIRST] = 0x66,
        [IB_RACP_LAST] = 0x69,
    },
    .outcomes = {
        [IB_RACP_SUCCESS] = 0xF0,
        [IB_RACP_OPCODE_NOT_SUPPORTED] = 0x02,
        [IB_RACP_INVALID_OPERATOR] = 0x03,
        [IB_RACP_OPERATOR_NOT_SUPPORTED] = 0x04,
        [IB_RACP_INVALID_OPERAND] = 0x05,
        [IB_RACP_NO_RECORDS_FOUND] = 0x06,
        [IB_RACP_ABORT_UNSUCCESSFUL] = 0x07,
        [IB_RACP_PROCEDURE_NOT_COMPLETED] = 0x08,
        [IB_RACP_OPERAND_NOT_SUPPORTED] = 0x09,
        [IB_RACP_PROCEDURE_NOT_APPLICABLE] = 0x0A,
    },
    .number_size = 4,
    .count_size = 4,
    .filters = {0x0F, 0x33, 0x3C},
    .filter_count = 3,
    .default_filter = 0x0F,
    .bare_filter = true,
    .code_words = true,
};
