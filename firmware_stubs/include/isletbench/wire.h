/* Reading values from octets and writing them, little endian. The packets of generated/ are made of these.
 *
 * A reader and a writer keep their first error; every later call does nothing and reads 0, so that a caller checks once, at the
 * end. */
#ifndef ISLETBENCH_WIRE_H
#define ISLETBENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ib_wire_error {
    IB_WIRE_OK = 0,
    IB_TRUNCATED,   /* the value ends before its layout does */
    IB_TRAILING,    /* the value goes on after its layout has ended */
    IB_RESERVED,    /* a value that the specification reserves or prohibits */
    IB_UNENCODABLE, /* a value its layout cannot carry */
    IB_NO_ROOM      /* the writer's memory is full */
};

/* Octets in memory of the caller: part of the value that was read, or what is to be written. */
struct ib_octets {
    const uint8_t *at;
    size_t count;
};

struct ib_reader {
    const uint8_t *at;
    size_t left;
    enum ib_wire_error error;
};

struct ib_writer {
    uint8_t *octets;
    size_t capacity;
    size_t count; /* written so far */
    enum ib_wire_error error;
};

typedef bool ib_code_check(uint32_t code);

struct ib_reader ib_reader_of(const uint8_t *octets, size_t count);
void ib_reader_fail(struct ib_reader *from, enum ib_wire_error error);
/* Whether everything was read without an error; otherwise the reader has the error. */
bool ib_reader_end(struct ib_reader *from);

uint32_t ib_read_uint(struct ib_reader *from, size_t octets); /* 1..4 octets */
/* The same, of a bit field whose highest bit announces an extension octet, and that of it another; extensions are skipped. */
uint32_t ib_read_extensible_bits(struct ib_reader *from, size_t octets);
int32_t ib_read_int(struct ib_reader *from, size_t octets);
uint32_t ib_read_code(struct ib_reader *from, size_t octets, ib_code_check *is_known);
uint32_t ib_check_code(struct ib_reader *from, uint32_t code, ib_code_check *is_known);
struct ib_octets ib_read_octets(struct ib_reader *from, size_t count);
void ib_read_into(struct ib_reader *from, uint8_t *octets, size_t count);
void ib_check_within(struct ib_reader *from, int64_t number, int64_t low, int64_t high);

struct ib_writer ib_writer_of(uint8_t *octets, size_t capacity);
void ib_writer_fail(struct ib_writer *to, enum ib_wire_error error);
void ib_write_uint(struct ib_writer *to, uint32_t number, size_t octets); /* 0..4 octets, the lowest ones */
void ib_write_code(struct ib_writer *to, uint32_t code, size_t octets, ib_code_check *is_known);
void ib_write_bits(struct ib_writer *to, uint32_t bits, size_t octets, uint32_t defined);
void ib_write_octets(struct ib_writer *to, struct ib_octets octets);
void ib_write_count(struct ib_writer *to, struct ib_octets elements, size_t width, size_t octets);
void ib_require_within(struct ib_writer *to, int64_t number, int64_t low, int64_t high);

#ifdef __cplusplus
}
#endif

#endif
