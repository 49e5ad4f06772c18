#include "parts.h"

static void become(struct lb_pump_machine *pump, enum lb_ids_therapy_control_state state, lb_instant at)
{
    const enum lb_ids_therapy_control_state old = pump->therapy;
    uint16_t changed = LB_IDS_STATUS_FLAG_THERAPY_CONTROL_STATE;

    if (state == old) {
        return;
    }
    pump->therapy = state;
    pump->paused_at = state == PAUSE ? at : LB_NOT_DUE;
    if (state == PAUSE) {
        lb_suspend_bolus(pump);
    }
    if (state == RUN) {
        lb_resume_bolus(pump, at);
    } else {
        changed |= LB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN;
    }
    lb_tell_therapy(pump, at, old, changed);
    if (state == STOP) {
        pump->debt.owed = 0;
    }
    lb_follow_schedule(pump, at);
}

static void operate(struct lb_pump_machine *pump, enum lb_ids_operational_state state, lb_instant at)
{
    const enum lb_ids_operational_state old = pump->operational;

    if (state != old) {
        pump->operational = state;
        lb_tell_operational(pump, at, old);
    }
}

/* From STOP to RUN; from RUN to PAUSE or STOP; from PAUSE to RUN or STOP. A stopped pump has nothing to pause. */
enum lb_ids_response lb_pump_set_therapy(struct lb_pump_machine *pump, enum lb_ids_therapy_control_state wanted, lb_instant now)
{
    if (wanted == LB_IDS_THERAPY_CONTROL_STATE_UNDETERMINED) {
        return LB_IDS_RESPONSE_INVALID_OPERAND;
    }
    if (wanted == pump->therapy) {
        return LB_IDS_RESPONSE_SUCCESS;
    }
    if (wanted == PAUSE && pump->therapy == STOP) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    if (wanted == RUN && (pump->operational != LB_IDS_OPERATIONAL_STATE_READY || pump->is_empty)) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    if (wanted == STOP) {
        lb_end_bolus(pump, LB_IDS_BOLUS_END_REASON_CANCELED, now, LB_NO_ID);
        lb_end_tbr(pump, LB_IDS_TBR_END_REASON_CANCELED, now, LB_NO_ID);
    }
    become(pump, wanted, now);
    return LB_IDS_RESPONSE_SUCCESS;
}

/* The pump stops therapy and tells of every delivery that it ends so. */
void lb_stop_by_itself(struct lb_pump_machine *pump, lb_instant at)
{
    if (pump->bolus.state != LB_BOLUS_NONE) {
        lb_end_bolus(pump, LB_IDS_BOLUS_END_REASON_CANCELED, at, lb_announce_bolus_canceled(pump, at));
    }
    if (pump->tbr.is_active) {
        lb_end_tbr(pump, LB_IDS_TBR_END_REASON_CANCELED, at, lb_announce(pump, LB_IDS_ANNUNCIATION_TYPE_TBR_CANCELED, at));
    }
    become(pump, STOP, at);
}

/* Something is wrong: every delivery ends, therapy stops, and the pump waits for its user. */
void lb_fault(struct lb_pump_machine *pump, enum lb_ids_annunciation_type type, lb_instant at)
{
    const uint16_t raised = lb_announce(pump, type, at);

    lb_end_bolus(pump, LB_IDS_BOLUS_END_REASON_ERROR_ABORT, at, raised);
    lb_end_tbr(pump, LB_IDS_TBR_END_REASON_ERROR_ABORT, at, raised);
    become(pump, STOP, at);
    operate(pump, LB_IDS_OPERATIONAL_STATE_WAITING, at);
}

/* A waiting pump becomes ready when nothing is left for its user to do. */
void lb_settle(struct lb_pump_machine *pump, lb_instant at)
{
    if (!pump->is_empty && !lb_annunciations_block(&pump->annunciations)) {
        operate(pump, LB_IDS_OPERATIONAL_STATE_READY, at);
    }
}
