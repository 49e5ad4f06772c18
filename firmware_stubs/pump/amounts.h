/* Amounts and rates: between the pump's integers and the medical floats of the wire. */
#ifndef ISLETBENCH_PUMP_AMOUNTS_H
#define ISLETBENCH_PUMP_AMOUNTS_H

#include "isletbench/sfloat.h"
#include "packets/ids.h"

#define IB_MILLIONTHS (-6) /* the exponent of a micro-unit */
/* Insulin or a rate for the wire, from uU. */
ib_sfloat ib_iu(int64_t uu);
/* uU, or millionths of a factor, exactly as they are coded on the wire: INVALID_OPERAND for what is no number,
 * PARAMETER_OUT_OF_RANGE for what is finer than a micro-unit. */
enum ib_ids_response ib_uu(ib_sfloat code, int64_t *uu);

#endif
