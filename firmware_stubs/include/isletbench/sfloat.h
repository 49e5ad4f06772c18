/* Medical floats as they are on the wire: a decimal mantissa and a decimal exponent in one integer. IEEE 11073-20601.
 *
 * Nothing here needs floating point: numbers go in and out as integers of a given decimal exponent, so that -2 counts
 * hundredths (1.25 IU is 125). The mantissas -2048, -2047, -2046, 2046 and 2047 of an SFLOAT, and their like of a FLOAT, are
 * special codes at exponent 0 and numbers at every other. */
#ifndef ISLETBENCH_SFLOAT_H
#define ISLETBENCH_SFLOAT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint16_t ib_sfloat; /* 12 bits of mantissa, 4 bits of exponent, -8..7 */
typedef uint32_t ib_float;  /* 24 bits of mantissa, 8 bits of exponent, -128..127 */

/* The exponent in which every SFLOAT is an integer that 64 bits can hold, and 1 in that. */
#define IB_SFLOAT_FINEST (-8)
#define IB_SFLOAT_ONE INT64_C(100000000)

#define IB_SFLOAT_NAN 0x07FFU
#define IB_SFLOAT_NRES 0x0800U
#define IB_SFLOAT_POSITIVE_INFINITY 0x07FEU
#define IB_SFLOAT_NEGATIVE_INFINITY 0x0802U
#define IB_SFLOAT_RESERVED 0x0801U
#define IB_FLOAT_NAN 0x007FFFFFU
#define IB_FLOAT_NRES 0x00800000U
#define IB_FLOAT_POSITIVE_INFINITY 0x007FFFFEU
#define IB_FLOAT_NEGATIVE_INFINITY 0x00800002U
#define IB_FLOAT_RESERVED 0x00800001U

/* The code of number x 10^exponent: the exponent nearest to zero that keeps every digit, rounded half to even where the
 * mantissa is too short for them. False, and NaN, when it is too large, or would become 0 and is not. */
bool ib_sfloat_of(int64_t number, int exponent, ib_sfloat *code);
bool ib_float_of(int64_t number, int exponent, ib_float *code);

/* The number of a code in units of 10^exponent, rounded half away from zero to such a unit and limited to the range of the
 * result. False for a code that is no number. */
bool ib_sfloat_number(ib_sfloat code, int exponent, int64_t *number);
bool ib_float_number(ib_float code, int exponent, int64_t *number);

/* Whether a code is a number; and, of one that is, -1, 0 or 1 as its number is below, equal to or above number x 10^exponent.
 * Exact: nothing is rounded. The exponent is -8 or more, and the number of a size an SFLOAT can have. */
bool ib_sfloat_is_number(ib_sfloat code);
int ib_sfloat_compare(ib_sfloat code, int64_t number, int exponent);

#ifdef __cplusplus
}
#endif

#endif
