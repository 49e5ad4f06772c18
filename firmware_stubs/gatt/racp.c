#include "loopbench/racp.h"

/* The place of a code in a list of codes, or the length of the list. */
static size_t find(const uint8_t *codes, size_t count, uint8_t code)
{
    size_t place = 0;
    while (place < count && codes[place] != code) {
        place++;
    }
    return place;
}

enum lb_racp_outcome lb_racp_head(const struct lb_racp_dialect *dialect, struct lb_octets value,
                                  struct lb_racp_request *request)
{
    *request = (struct lb_racp_request){.opcode = value.at[0], .high = UINT32_MAX};
    size_t operation = find(dialect->opcodes, LB_RACP_OPERATIONS, value.at[0]);
    if (operation >= LB_RACP_OPERATIONS || operation == LB_RACP_COUNT_RESPONSE || operation == LB_RACP_RESPONSE) {
        return LB_RACP_OPCODE_NOT_SUPPORTED;
    }
    request->operation = (enum lb_racp_operation)operation;
    if (value.count < 2) {
        return LB_RACP_INVALID_OPERATOR;
    }
    size_t which = find(dialect->operators, LB_RACP_OPERATORS, value.at[1]);
    if (which >= LB_RACP_OPERATORS) {
        return LB_RACP_OPERATOR_NOT_SUPPORTED;
    }
    request->which = (enum lb_racp_operator)which;
    if ((which == LB_RACP_NULL) != (operation == LB_RACP_ABORT)) {
        return LB_RACP_INVALID_OPERATOR;
    }
    return LB_RACP_SUCCESS;
}

static size_t numbers_of(enum lb_racp_operator which)
{
    switch (which) {
    case LB_RACP_AT_MOST:
    case LB_RACP_AT_LEAST:
        return 1;
    case LB_RACP_WITHIN:
        return 2;
    default:
        return 0;
    }
}

enum lb_racp_outcome lb_racp_read(const struct lb_racp_dialect *dialect, struct lb_octets value,
                                  struct lb_racp_request *request)
{
    enum lb_racp_outcome outcome = lb_racp_head(dialect, value, request);
    if (outcome != LB_RACP_SUCCESS) {
        return outcome;
    }
    size_t numbers = numbers_of(request->which);
    struct lb_reader operand = lb_reader_of(value.at + 2, value.count - 2);
    bool may_have_filter = dialect->bare_filter && request->operation != LB_RACP_ABORT;
    request->filter = dialect->default_filter;
    if (numbers == 0 && !(operand.left > 0 && may_have_filter)) {
        return operand.left > 0 ? LB_RACP_INVALID_OPERAND : LB_RACP_SUCCESS;
    }
    if (operand.left == 0) {
        return LB_RACP_INVALID_OPERAND;
    }
    request->filter = (uint8_t)lb_read_uint(&operand, 1);
    if (find(dialect->filters, dialect->filter_count, request->filter) == dialect->filter_count) {
        return LB_RACP_OPERAND_NOT_SUPPORTED;
    }
    if (operand.left != numbers * dialect->number_size) {
        return LB_RACP_INVALID_OPERAND;
    }
    if (request->which == LB_RACP_AT_LEAST || request->which == LB_RACP_WITHIN) {
        request->low = lb_read_uint(&operand, dialect->number_size);
    }
    if (request->which == LB_RACP_AT_MOST || request->which == LB_RACP_WITHIN) {
        request->high = lb_read_uint(&operand, dialect->number_size);
    }
    return request->low > request->high ? LB_RACP_INVALID_OPERAND : LB_RACP_SUCCESS;
}

static void write_head(struct lb_writer *to, const struct lb_racp_dialect *dialect, enum lb_racp_operation operation)
{
    lb_write_uint(to, dialect->opcodes[operation], 1);
    lb_write_uint(to, dialect->operators[LB_RACP_NULL], 1);
}

void lb_racp_write_response(struct lb_writer *to, const struct lb_racp_dialect *dialect, uint8_t opcode,
                            enum lb_racp_outcome outcome)
{
    write_head(to, dialect, LB_RACP_RESPONSE);
    lb_write_uint(to, opcode, 1);
    lb_write_uint(to, dialect->outcomes[outcome], 1);
}

void lb_racp_write_count(struct lb_writer *to, const struct lb_racp_dialect *dialect, uint32_t count)
{
    write_head(to, dialect, LB_RACP_COUNT_RESPONSE);
    lb_write_uint(to, count, dialect->count_size);
}
