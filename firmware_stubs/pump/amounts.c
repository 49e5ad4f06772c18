#include "amounts.h"

ib_sfloat ib_iu(int64_t uu)
{
    ib_sfloat code;

    ib_sfloat_of(uu, IB_MILLIONTHS, &code);
    return code;
}

enum ib_ids_response ib_uu(ib_sfloat code, int64_t *uu)
{
    if (!ib_sfloat_number(code, IB_MILLIONTHS, uu)) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    return ib_sfloat_compare(code, *uu, IB_MILLIONTHS) == 0 ? IB_IDS_RESPONSE_SUCCESS : IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}
