#include "isletbench/wire.h"

#include <string.h>

struct ib_reader ib_reader_of(const uint8_t *octets, size_t count)
{
    return (struct ib_reader){octets, count, IB_WIRE_OK};
}

void ib_reader_fail(struct ib_reader *from, enum ib_wire_error error)
{
    if (from->error == IB_WIRE_OK) {
        from->error = error;
    }
}

bool ib_reader_end(struct ib_reader *from)
{
    if (from->left > 0) {
        ib_reader_fail(from, IB_TRAILING);
    }
    return from->error == IB_WIRE_OK;
}

struct ib_octets ib_read_octets(struct ib_reader *from, size_t count)
{
    if (count > from->left) {
        ib_reader_fail(from, IB_TRUNCATED);
    }
    if (from->error != IB_WIRE_OK) {
        return (struct ib_octets){NULL, 0};
    }
    struct ib_octets taken = {from->at, count};
    from->at += count;
    from->left -= count;
    return taken;
}

void ib_read_into(struct ib_reader *from, uint8_t *octets, size_t count)
{
    struct ib_octets taken = ib_read_octets(from, count);
    memset(octets, 0, count);
    if (taken.count > 0) {
        memcpy(octets, taken.at, taken.count);
    }
}

uint32_t ib_read_uint(struct ib_reader *from, size_t octets)
{
    struct ib_octets taken = ib_read_octets(from, octets);
    uint32_t number = 0;
    for (size_t index = 0; index < taken.count; index++) {
        number |= (uint32_t)taken.at[index] << (8 * index);
    }
    return number;
}

uint32_t ib_read_extensible_bits(struct ib_reader *from, size_t octets)
{
    const uint32_t bits = ib_read_uint(from, octets);
    uint32_t last = bits >> (8 * (octets - 1));
    while ((last & 0x80U) != 0) {
        last = ib_read_uint(from, 1); /* 0 past the end, where the reader has failed */
    }
    return bits;
}

int32_t ib_read_int(struct ib_reader *from, size_t octets)
{
    uint32_t sign = (uint32_t)1 << (8 * octets - 1);
    uint32_t number = ib_read_uint(from, octets);
    return (int32_t)((int64_t)(number ^ sign) - (int64_t)sign);
}

uint32_t ib_check_code(struct ib_reader *from, uint32_t code, ib_code_check *is_known)
{
    if (!is_known(code)) {
        ib_reader_fail(from, IB_RESERVED);
    }
    return code;
}

uint32_t ib_read_code(struct ib_reader *from, size_t octets, ib_code_check *is_known)
{
    return ib_check_code(from, ib_read_uint(from, octets), is_known);
}

void ib_check_within(struct ib_reader *from, int64_t number, int64_t low, int64_t high)
{
    if (number < low || number > high) {
        ib_reader_fail(from, IB_RESERVED);
    }
}

struct ib_writer ib_writer_of(uint8_t *octets, size_t capacity)
{
    return (struct ib_writer){octets, capacity, 0, IB_WIRE_OK};
}

void ib_writer_fail(struct ib_writer *to, enum ib_wire_error error)
{
    if (to->error == IB_WIRE_OK) {
        to->error = error;
    }
}

void ib_write_octets(struct ib_writer *to, struct ib_octets octets)
{
    if (octets.count > to->capacity - to->count) {
        ib_writer_fail(to, IB_NO_ROOM);
    }
    if (to->error != IB_WIRE_OK || octets.count == 0) {
        return;
    }
    memcpy(to->octets + to->count, octets.at, octets.count);
    to->count += octets.count;
}

void ib_write_uint(struct ib_writer *to, uint32_t number, size_t octets)
{
    uint8_t written[4];
    for (size_t index = 0; index < sizeof written; index++) {
        written[index] = (uint8_t)(number >> (8 * index));
    }
    ib_write_octets(to, (struct ib_octets){written, octets});
}

void ib_write_code(struct ib_writer *to, uint32_t code, size_t octets, ib_code_check *is_known)
{
    if (!is_known(code)) {
        ib_writer_fail(to, IB_UNENCODABLE);
    }
    ib_write_uint(to, code, octets);
}

void ib_write_bits(struct ib_writer *to, uint32_t bits, size_t octets, uint32_t defined)
{
    if (bits & ~defined) {
        ib_writer_fail(to, IB_UNENCODABLE);
    }
    ib_write_uint(to, bits, octets);
}

void ib_write_count(struct ib_writer *to, struct ib_octets elements, size_t width, size_t octets)
{
    size_t count = elements.count / width;
    if (elements.count % width != 0 || (octets < 4 && count >> (8 * octets) != 0)) {
        ib_writer_fail(to, IB_UNENCODABLE);
    }
    ib_write_uint(to, (uint32_t)count, octets);
}

void ib_require_within(struct ib_writer *to, int64_t number, int64_t low, int64_t high)
{
    if (number < low || number > high) {
        ib_writer_fail(to, IB_UNENCODABLE);
    }
}
