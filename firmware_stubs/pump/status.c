#include "isletbench/pump/status.h"

void ib_status_raise(struct ib_status *status, uint16_t bits)
{
    status->changed |= bits;
}

void ib_status_reset(struct ib_status *status, uint16_t bits)
{
    status->changed &= (uint16_t)~bits;
}
