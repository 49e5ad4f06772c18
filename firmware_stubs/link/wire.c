#include "loopbench/wire.h"

#include <string.h>

struct lb_reader lb_reader_of(const uint8_t *octets, size_t count)
{
    return (struct lb_reader){octets, count, LB_WIRE_OK};
}

void lb_reader_fail(struct lb_reader *from, enum lb_wire_error error)
{
    if (from->error == LB_WIRE_OK) {
        from->error = error;
    }
}

bool lb_reader_end(struct lb_reader *from)
{
    if (from->left > 0) {
        lb_reader_fail(from, LB_TRAILING);
    }
    return from->error == LB_WIRE_OK;
}

struct lb_octets lb_read_octets(struct lb_reader *from, size_t count)
{
    if (count > from->left) {
        lb_reader_fail(from, LB_TRUNCATED);
    }
    if (from->error != LB_WIRE_OK) {
        return (struct lb_octets){NULL, 0};
    }
    struct lb_octets taken = {from->at, count};
    from->at += count;
    from->left -= count;
    return taken;
}

void lb_read_into(struct lb_reader *from, uint8_t *octets, size_t count)
{
    struct lb_octets taken = lb_read_octets(from, count);
    memset(octets, 0, count);
    if (taken.count > 0) {
        memcpy(octets, taken.at, taken.count);
    }
}

uint32_t lb_read_uint(struct lb_reader *from, size_t octets)
{
    struct lb_octets taken = lb_read_octets(from, octets);
    uint32_t number = 0;
    for (size_t index = 0; index < taken.count; index++) {
        number |= (uint32_t)taken.at[index] << (8 * index);
    }
    return number;
}

int32_t lb_read_int(struct lb_reader *from, size_t octets)
{
    uint32_t sign = (uint32_t)1 << (8 * octets - 1);
    uint32_t number = lb_read_uint(from, octets);
    return (int32_t)((int64_t)(number ^ sign) - (int64_t)sign);
}

uint32_t lb_check_code(struct lb_reader *from, uint32_t code, lb_code_check *is_known)
{
    if (!is_known(code)) {
        lb_reader_fail(from, LB_RESERVED);
    }
    return code;
}

uint32_t lb_read_code(struct lb_reader *from, size_t octets, lb_code_check *is_known)
{
    return lb_check_code(from, lb_read_uint(from, octets), is_known);
}

void lb_check_within(struct lb_reader *from, int64_t number, int64_t low, int64_t high)
{
    if (number < low || number > high) {
        lb_reader_fail(from, LB_RESERVED);
    }
}

struct lb_writer lb_writer_of(uint8_t *octets, size_t capacity)
{
    return (struct lb_writer){octets, capacity, 0, LB_WIRE_OK};
}

void lb_writer_fail(struct lb_writer *to, enum lb_wire_error error)
{
    if (to->error == LB_WIRE_OK) {
        to->error = error;
    }
}

void lb_write_octets(struct lb_writer *to, struct lb_octets octets)
{
    if (octets.count > to->capacity - to->count) {
        lb_writer_fail(to, LB_NO_ROOM);
    }
    if (to->error != LB_WIRE_OK || octets.count == 0) {
        return;
    }
    memcpy(to->octets + to->count, octets.at, octets.count);
    to->count += octets.count;
}

void lb_write_uint(struct lb_writer *to, uint32_t number, size_t octets)
{
    uint8_t written[4];
    for (size_t index = 0; index < sizeof written; index++) {
        written[index] = (uint8_t)(number >> (8 * index));
    }
    lb_write_octets(to, (struct lb_octets){written, octets});
}

void lb_write_code(struct lb_writer *to, uint32_t code, size_t octets, lb_code_check *is_known)
{
    if (!is_known(code)) {
        lb_writer_fail(to, LB_UNENCODABLE);
    }
    lb_write_uint(to, code, octets);
}

void lb_write_bits(struct lb_writer *to, uint32_t bits, size_t octets, uint32_t defined)
{
    if (bits & ~defined) {
        lb_writer_fail(to, LB_UNENCODABLE);
    }
    lb_write_uint(to, bits, octets);
}

void lb_write_count(struct lb_writer *to, struct lb_octets elements, size_t width, size_t octets)
{
    size_t count = elements.count / width;
    if (elements.count % width != 0 || (octets < 4 && count >> (8 * octets) != 0)) {
        lb_writer_fail(to, LB_UNENCODABLE);
    }
    lb_write_uint(to, (uint32_t)count, octets);
}

void lb_require_within(struct lb_writer *to, int64_t number, int64_t low, int64_t high)
{
    if (number < low || number > high) {
        lb_writer_fail(to, LB_UNENCODABLE);
    }
}
