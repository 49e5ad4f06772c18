#include "isletbench/sfloat.h"

#include <stddef.h>

/* The layout of mantissa and exponent in a code. */
struct format {
    unsigned mantissa_bits;
    unsigned exponent_bits;
};

static const struct format SFLOAT = {12, 4};
static const struct format FLOAT = {24, 8};

static int32_t signed_of(uint32_t value, unsigned bits)
{
    uint32_t sign = (uint32_t)1 << (bits - 1);
    return (int32_t)((int64_t)((value & (2 * sign - 1)) ^ sign) - (int64_t)sign);
}

static int32_t mantissa_of(const struct format *format, uint32_t code)
{
    return signed_of(code, format->mantissa_bits);
}

static int exponent_of(const struct format *format, uint32_t code)
{
    return (int)signed_of(code >> format->mantissa_bits, format->exponent_bits);
}

/* The five mantissas next to the ends are special codes at exponent 0, and numbers at every other exponent. */
static bool fits(const struct format *format, int64_t mantissa, int exponent)
{
    int64_t top = (int64_t)1 << (format->mantissa_bits - 1);
    if (exponent == 0) {
        return mantissa > 2 - top && mantissa < top - 2;
    }
    return mantissa >= -top && mantissa < top;
}

static bool is_number(const struct format *format, uint32_t code)
{
    return fits(format, mantissa_of(format, code), exponent_of(format, code));
}

static int64_t half_even(int64_t number, int dropped)
{
    int64_t divisor = 1;
    for (; dropped > 0; dropped--) {
        if (divisor > INT64_MAX / 10) {
            return 0;
        }
        divisor *= 10;
    }
    int64_t quotient = number / divisor, rest = number % divisor;
    int64_t magnitude = rest < 0 ? -rest : rest, other = divisor - magnitude;
    if (magnitude > other || (magnitude == other && quotient % 2 != 0)) {
        quotient += number < 0 ? -1 : 1;
    }
    return quotient;
}

static bool encode(const struct format *format, int64_t number, int exponent, uint32_t *code)
{
    int highest = (1 << (format->exponent_bits - 1)) - 1, lowest = -highest - 1;
    *code = ((uint32_t)1 << (format->mantissa_bits - 1)) - 1; /* NaN */
    if (number == 0) {
        *code = 0;
        return true;
    }
    while (number % 10 == 0) {
        number /= 10;
        exponent++;
    }
    int chosen = exponent < lowest ? lowest : exponent;
    int64_t mantissa = half_even(number, chosen - exponent);
    while (!fits(format, mantissa, chosen)) {
        chosen++;
        mantissa = half_even(number, chosen - exponent);
    }
    while (chosen > 0 && fits(format, 10 * mantissa, chosen - 1)) {
        mantissa *= 10;
        chosen--;
    }
    while (chosen < 0 && mantissa != 0 && mantissa % 10 == 0) { /* rounding left trailing zeros */
        mantissa /= 10;
        chosen++;
    }
    if (chosen > highest || mantissa == 0) {
        return false;
    }
    uint32_t mantissa_mask = ((uint32_t)1 << format->mantissa_bits) - 1, exponent_mask = (uint32_t)2 * (uint32_t)highest + 1;
    *code = ((uint32_t)chosen & exponent_mask) << format->mantissa_bits | ((uint32_t)mantissa & mantissa_mask);
    return true;
}

static bool decode(const struct format *format, uint32_t code, int exponent, int64_t *number)
{
    *number = 0;
    if (!is_number(format, code)) {
        return false;
    }
    int64_t found = mantissa_of(format, code);
    int shift = exponent_of(format, code) - exponent;
    for (; shift > 0 && found != 0; shift--) {
        if (found > INT64_MAX / 10 || found < -(INT64_MAX / 10)) {
            found = found > 0 ? INT64_MAX : -INT64_MAX;
            break;
        }
        found *= 10;
    }
    if (shift < -18) {
        found = 0;
    } else if (shift < 0) {
        int64_t divisor = 1;
        for (; shift < 0; shift++) {
            divisor *= 10;
        }
        found = (found + (found < 0 ? -divisor : divisor) / 2) / divisor;
    }
    *number = found;
    return true;
}

bool ib_sfloat_of(int64_t number, int exponent, ib_sfloat *code)
{
    uint32_t found = 0;
    bool is_carried = encode(&SFLOAT, number, exponent, &found);
    *code = (ib_sfloat)found;
    return is_carried;
}

bool ib_float_of(int64_t number, int exponent, ib_float *code)
{
    return encode(&FLOAT, number, exponent, code);
}

bool ib_sfloat_number(ib_sfloat code, int exponent, int64_t *number)
{
    return decode(&SFLOAT, code, exponent, number);
}

bool ib_float_number(ib_float code, int exponent, int64_t *number)
{
    return decode(&FLOAT, code, exponent, number);
}

bool ib_sfloat_is_number(ib_sfloat code)
{
    return is_number(&SFLOAT, code);
}

int ib_sfloat_compare(ib_sfloat code, int64_t number, int exponent)
{
    int64_t mine = 0, theirs = number;
    decode(&SFLOAT, code, IB_SFLOAT_FINEST, &mine);
    for (; exponent > IB_SFLOAT_FINEST; exponent--) {
        theirs *= 10;
    }
    return (mine > theirs) - (mine < theirs);
}
