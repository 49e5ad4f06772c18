#include "isletbench/pump/operation.h"

void ib_operation_init(struct ib_operation *operation)
{
    operation->state = IB_IDS_OPERATIONAL_STATE_READY;
}

enum ib_ids_operational_state ib_operation_enter(struct ib_operation *operation, enum ib_ids_operational_state state)
{
    const enum ib_ids_operational_state old = operation->state;

    operation->state = state;
    return old;
}
