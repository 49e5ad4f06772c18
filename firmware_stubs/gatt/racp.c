#include "isletbench/racp.h"

/* The place of a code in a list of codes, or the length of the list. */
static size_t find(const uint8_t *codes, size_t count, uint8_t code)
{
    size_t place = 0;
    while (place < count && codes[place] != code) {
        place++;
    }
    return place;
}

/* Whether a value is in the set of code words: not 0, an even number of one bits, whose positions cancel out. IDS 1.0.2,
 * section 5. */
static bool is_code_word(uint8_t value)
{
    unsigned bits = 0, positions = 0;
    for (unsigned place = 0; place < 8; place++) {
        if ((value >> place & 1) != 0) {
            bits++;
            positions ^= place;
        }
    }
    return value != 0 && bits % 2 == 0 && positions == 0;
}

static bool is_prohibited(const struct ib_racp_dialect *dialect, uint8_t code)
{
    return dialect->code_words && !is_code_word(code);
}

enum ib_racp_outcome ib_racp_head(const struct ib_racp_dialect *dialect, struct ib_octets value,
                                  struct ib_racp_request *request)
{
    *request = (struct ib_racp_request){.opcode = value.at[0], .high = UINT32_MAX};
    size_t operation = find(dialect->opcodes, IB_RACP_OPERATIONS, value.at[0]);
    if (operation >= IB_RACP_OPERATIONS || operation == IB_RACP_COUNT_RESPONSE || operation == IB_RACP_RESPONSE) {
        return IB_RACP_OPCODE_NOT_SUPPORTED;
    }
    request->operation = (enum ib_racp_operation)operation;
    if (value.count < 2) {
        return IB_RACP_INVALID_OPERATOR;
    }
    size_t which = find(dialect->operators, IB_RACP_OPERATORS, value.at[1]);
    if (which >= IB_RACP_OPERATORS) {
        return is_prohibited(dialect, value.at[1]) ? IB_RACP_INVALID_OPERATOR : IB_RACP_OPERATOR_NOT_SUPPORTED;
    }
    request->which = (enum ib_racp_operator)which;
    if ((which == IB_RACP_NULL) != (operation == IB_RACP_ABORT)) {
        return IB_RACP_INVALID_OPERATOR;
    }
    return IB_RACP_SUCCESS;
}

static size_t numbers_of(enum ib_racp_operator which)
{
    switch (which) {
    case IB_RACP_AT_MOST:
    case IB_RACP_AT_LEAST:
        return 1;
    case IB_RACP_WITHIN:
        return 2;
    default:
        return 0;
    }
}

enum ib_racp_outcome ib_racp_read(const struct ib_racp_dialect *dialect, struct ib_octets value,
                                  struct ib_racp_request *request)
{
    enum ib_racp_outcome outcome = ib_racp_head(dialect, value, request);
    if (outcome != IB_RACP_SUCCESS) {
        return outcome;
    }
    size_t numbers = numbers_of(request->which);
    struct ib_reader operand = ib_reader_of(value.at + 2, value.count - 2);
    bool may_have_filter = dialect->bare_filter && request->operation != IB_RACP_ABORT;
    request->filter = dialect->default_filter;
    if (numbers == 0 && !(operand.left > 0 && may_have_filter)) {
        return operand.left > 0 ? IB_RACP_INVALID_OPERAND : IB_RACP_SUCCESS;
    }
    if (operand.left == 0) {
        return IB_RACP_INVALID_OPERAND;
    }
    request->filter = (uint8_t)ib_read_uint(&operand, 1);
    if (find(dialect->filters, dialect->filter_count, request->filter) == dialect->filter_count) {
        return is_prohibited(dialect, request->filter) ? IB_RACP_INVALID_OPERAND : IB_RACP_OPERAND_NOT_SUPPORTED;
    }
    if (operand.left != numbers * dialect->number_size) {
        return IB_RACP_INVALID_OPERAND;
    }
    if (request->which == IB_RACP_AT_LEAST || request->which == IB_RACP_WITHIN) {
        request->low = ib_read_uint(&operand, dialect->number_size);
    }
    if (request->which == IB_RACP_AT_MOST || request->which == IB_RACP_WITHIN) {
        request->high = ib_read_uint(&operand, dialect->number_size);
    }
    return request->low > request->high ? IB_RACP_INVALID_OPERAND : IB_RACP_SUCCESS;
}

static void write_head(struct ib_writer *to, const struct ib_racp_dialect *dialect, enum ib_racp_operation operation)
{
    ib_write_uint(to, dialect->opcodes[operation], 1);
    ib_write_uint(to, dialect->operators[IB_RACP_NULL], 1);
}

void ib_racp_write_response(struct ib_writer *to, const struct ib_racp_dialect *dialect, uint8_t opcode,
                            enum ib_racp_outcome outcome)
{
    write_head(to, dialect, IB_RACP_RESPONSE);
    ib_write_uint(to, opcode, 1);
    ib_write_uint(to, dialect->outcomes[outcome], 1);
}

void ib_racp_write_count(struct ib_writer *to, const struct ib_racp_dialect *dialect, uint32_t count)
{
    write_head(to, dialect, IB_RACP_COUNT_RESPONSE);
    ib_write_uint(to, count, dialect->count_size);
}
