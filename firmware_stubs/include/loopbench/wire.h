/* Reading values from octets and writing them, little endian. The packets of generated/ are made of these.
 *
 * A reader and a writer remember the first thing that went wrong; whatever is asked of them afterwards does nothing and
 * reads as 0, so that a caller looks once, at the end. */
#ifndef LOOPBENCH_WIRE_H
#define LOOPBENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum lb_wire_error {
    LB_WIRE_OK = 0,
    LB_TRUNCATED,   /* the value ends before its layout does */
    LB_TRAILING,    /* the value goes on after its layout has ended */
    LB_RESERVED,    /* a value that the specification reserves or prohibits */
    LB_UNENCODABLE, /* a value its layout cannot carry */
    LB_NO_ROOM      /* the writer's memory is full */
};

/* Octets that belong to somebody else: part of the value that was read, or what is to be written. */
struct lb_octets {
    const uint8_t *at;
    size_t count;
};

struct lb_reader {
    const uint8_t *at;
    size_t left;
    enum lb_wire_error error;
};

struct lb_writer {
    uint8_t *octets;
    size_t capacity;
    size_t count; /* written so far */
    enum lb_wire_error error;
};

typedef bool lb_code_check(uint32_t code);

struct lb_reader lb_reader_of(const uint8_t *octets, size_t count);
void lb_reader_fail(struct lb_reader *from, enum lb_wire_error error);
/* Whether everything was read and all is well; else the reader says what is wrong. */
bool lb_reader_end(struct lb_reader *from);

uint32_t lb_read_uint(struct lb_reader *from, size_t octets); /* 1..4 octets */
int32_t lb_read_int(struct lb_reader *from, size_t octets);
uint32_t lb_read_code(struct lb_reader *from, size_t octets, lb_code_check *is_known);
uint32_t lb_check_code(struct lb_reader *from, uint32_t code, lb_code_check *is_known);
struct lb_octets lb_read_octets(struct lb_reader *from, size_t count);
void lb_read_into(struct lb_reader *from, uint8_t *octets, size_t count);
void lb_check_within(struct lb_reader *from, int64_t number, int64_t low, int64_t high);

struct lb_writer lb_writer_of(uint8_t *octets, size_t capacity);
void lb_writer_fail(struct lb_writer *to, enum lb_wire_error error);
void lb_write_uint(struct lb_writer *to, uint32_t number, size_t octets); /* 0..4 octets, the lowest ones */
void lb_write_code(struct lb_writer *to, uint32_t code, size_t octets, lb_code_check *is_known);
void lb_write_bits(struct lb_writer *to, uint32_t bits, size_t octets, uint32_t defined);
void lb_write_octets(struct lb_writer *to, struct lb_octets octets);
void lb_write_count(struct lb_writer *to, struct lb_octets elements, size_t width, size_t octets);
void lb_require_within(struct lb_writer *to, int64_t number, int64_t low, int64_t high);

#ifdef __cplusplus
}
#endif

#endif
