#include "isletbench/pump/therapy.h"

void ib_therapy_init(struct ib_therapy *therapy)
{
    *therapy = (struct ib_therapy){IB_THERAPY_STOP, IB_NOT_DUE};
}

/* From STOP to RUN; from RUN to PAUSE or STOP; from PAUSE to RUN or STOP. A stopped pump cannot be paused. */
enum ib_ids_response ib_therapy_check(const struct ib_therapy *therapy, enum ib_ids_therapy_control_state wanted, bool is_ready)
{
    if (wanted == IB_IDS_THERAPY_CONTROL_STATE_UNDETERMINED) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    if (wanted == therapy->state) {
        return IB_IDS_RESPONSE_SUCCESS;
    }
    if ((wanted == IB_THERAPY_PAUSE && therapy->state == IB_THERAPY_STOP) || (wanted == IB_THERAPY_RUN && !is_ready)) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    return IB_IDS_RESPONSE_SUCCESS;
}

enum ib_ids_therapy_control_state ib_therapy_enter(struct ib_therapy *therapy, enum ib_ids_therapy_control_state state,
                                                   ib_instant at)
{
    const enum ib_ids_therapy_control_state old = therapy->state;

    if (state != old) {
        *therapy = (struct ib_therapy){state, state == IB_THERAPY_PAUSE ? at : IB_NOT_DUE};
    }
    return old;
}

ib_instant ib_therapy_pause_ends_at(const struct ib_therapy *therapy)
{
    return therapy->paused_at == IB_NOT_DUE ? IB_NOT_DUE : therapy->paused_at + IB_PUMP_MAX_PAUSE;
}
