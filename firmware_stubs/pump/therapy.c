#include "parts.h"

static void become(struct ib_pump_machine *pump, enum ib_ids_therapy_control_state state, ib_instant at)
{
    const enum ib_ids_therapy_control_state old = pump->therapy;
    uint16_t changed = IB_IDS_STATUS_FLAG_THERAPY_CONTROL_STATE;

    if (state == old) {
        return;
    }
    pump->therapy = state;
    pump->paused_at = state == PAUSE ? at : IB_NOT_DUE;
    if (state == PAUSE) {
        ib_suspend_bolus(pump);
    }
    if (state == RUN) {
        ib_resume_bolus(pump, at);
    } else {
        changed |= IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN;
    }
    ib_tell_therapy(pump, at, old, changed);
    if (state == STOP) {
        pump->debt.owed = 0;
    }
    ib_follow_schedule(pump, at);
}

static void operate(struct ib_pump_machine *pump, enum ib_ids_operational_state state, ib_instant at)
{
    const enum ib_ids_operational_state old = pump->operational;

    if (state != old) {
        pump->operational = state;
        ib_tell_operational(pump, at, old);
    }
}

/* From STOP to RUN; from RUN to PAUSE or STOP; from PAUSE to RUN or STOP. A stopped pump has nothing to pause. */
enum ib_ids_response ib_pump_set_therapy(struct ib_pump_machine *pump, enum ib_ids_therapy_control_state wanted, ib_instant now)
{
    if (wanted == IB_IDS_THERAPY_CONTROL_STATE_UNDETERMINED) {
        return IB_IDS_RESPONSE_INVALID_OPERAND;
    }
    if (wanted == pump->therapy) {
        return IB_IDS_RESPONSE_SUCCESS;
    }
    if (wanted == PAUSE && pump->therapy == STOP) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    if (wanted == RUN && (pump->operational != IB_IDS_OPERATIONAL_STATE_READY || pump->is_empty)) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    if (wanted == STOP) {
        ib_end_bolus(pump, IB_IDS_BOLUS_END_REASON_CANCELED, now, IB_NO_ID);
        ib_end_tbr(pump, IB_IDS_TBR_END_REASON_CANCELED, now, IB_NO_ID);
    }
    become(pump, wanted, now);
    return IB_IDS_RESPONSE_SUCCESS;
}

/* The pump stops therapy and tells of every delivery that it ends so. */
void ib_stop_by_itself(struct ib_pump_machine *pump, ib_instant at)
{
    if (pump->bolus.state != IB_BOLUS_NONE) {
        ib_end_bolus(pump, IB_IDS_BOLUS_END_REASON_CANCELED, at, ib_announce_bolus_canceled(pump, at));
    }
    if (pump->tbr.is_active) {
        ib_end_tbr(pump, IB_IDS_TBR_END_REASON_CANCELED, at, ib_announce(pump, IB_IDS_ANNUNCIATION_TYPE_TBR_CANCELED, at));
    }
    become(pump, STOP, at);
}

/* Something is wrong: every delivery ends, therapy stops, and the pump waits for its user. */
void ib_fault(struct ib_pump_machine *pump, enum ib_ids_annunciation_type type, ib_instant at)
{
    const uint16_t raised = ib_announce(pump, type, at);

    ib_end_bolus(pump, IB_IDS_BOLUS_END_REASON_ERROR_ABORT, at, raised);
    ib_end_tbr(pump, IB_IDS_TBR_END_REASON_ERROR_ABORT, at, raised);
    become(pump, STOP, at);
    operate(pump, IB_IDS_OPERATIONAL_STATE_WAITING, at);
}

/* A waiting pump becomes ready when nothing is left for its user to do. */
void ib_settle(struct ib_pump_machine *pump, ib_instant at)
{
    if (!pump->is_empty && !ib_annunciations_block(&pump->annunciations)) {
        operate(pump, IB_IDS_OPERATIONAL_STATE_READY, at);
    }
}
