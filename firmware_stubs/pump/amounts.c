#include "points.h"

lb_sfloat lb_iu(int64_t uu)
{
    lb_sfloat code;

    lb_sfloat_of(uu, LB_MILLIONTHS, &code);
    return code;
}

enum lb_ids_response lb_uu(lb_sfloat code, int64_t *uu)
{
    if (!lb_sfloat_number(code, LB_MILLIONTHS, uu)) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    return lb_sfloat_compare(code, *uu, LB_MILLIONTHS) == 0 ? LB_IDS_RESPONSE_SUCCESS : LB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}
