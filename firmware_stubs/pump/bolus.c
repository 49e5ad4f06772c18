#include "parts.h"

lb_instant lb_bolus_starts_at(const struct lb_bolus *bolus)
{
    return bolus->set_at + bolus->wanted.delay;
}

static enum lb_ids_response check(const struct lb_pump_machine *pump, const struct lb_prescription *wanted)
{
    if (wanted->amount <= 0 || wanted->amount % LB_PUMP_BOLUS_STEP != 0 || wanted->amount > pump->max_bolus
        || wanted->delay > LB_PUMP_MAX_DELAY) {
        return LB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (pump->therapy != RUN) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    return pump->bolus.state == LB_BOLUS_NONE ? LB_IDS_RESPONSE_SUCCESS : LB_IDS_RESPONSE_MAXIMUM_BOLUS_NUMBER_REACHED;
}

enum lb_ids_response lb_pump_set_bolus(struct lb_pump_machine *pump, const struct lb_prescription *wanted, lb_instant now)
{
    const enum lb_ids_response answer = check(pump, wanted);

    if (answer != LB_IDS_RESPONSE_SUCCESS) {
        return answer;
    }
    pump->last_bolus_id = (uint16_t)(pump->last_bolus_id % UINT16_MAX + 1);
    pump->bolus = (struct lb_bolus){
        .state = LB_BOLUS_PROGRAMMED, .id = pump->last_bolus_id, .wanted = *wanted, .set_at = now};
    lb_tell_bolus_programmed(pump, now);
    if (lb_bolus_starts_at(&pump->bolus) <= now) {
        lb_start_bolus(pump, now);
    }
    return LB_IDS_RESPONSE_SUCCESS;
}

/* The delay is over; the first pulse follows after one spacing. */
void lb_start_bolus(struct lb_pump_machine *pump, lb_instant at)
{
    pump->bolus.state = LB_BOLUS_FAST;
    pump->bolus.has_started = true;
    pump->bolus.started_at = at;
    pump->bolus.next_pulse = at + LB_PUMP_PULSE_SPACING;
    lb_tell_changed(pump, LB_IDS_STATUS_FLAG_ACTIVE_BOLUS);
}

void lb_suspend_bolus(struct lb_pump_machine *pump)
{
    if (pump->bolus.state == LB_BOLUS_FAST) {
        pump->bolus.state = LB_BOLUS_SUSPENDED;
    }
}

void lb_resume_bolus(struct lb_pump_machine *pump, lb_instant at)
{
    if (pump->bolus.state == LB_BOLUS_SUSPENDED) {
        pump->bolus.state = LB_BOLUS_FAST;
        pump->bolus.next_pulse = pump->bolus.next_pulse < at ? at : pump->bolus.next_pulse;
    }
}

void lb_end_bolus(struct lb_pump_machine *pump, enum lb_ids_bolus_end_reason reason, lb_instant at, uint16_t annunciation)
{
    if (pump->bolus.state != LB_BOLUS_NONE) {
        pump->bolus.state = LB_BOLUS_NONE;
        lb_tell_bolus_ended(pump, at, reason, annunciation);
    }
}

enum lb_ids_response lb_pump_cancel_bolus(struct lb_pump_machine *pump, uint16_t id, lb_instant now)
{
    if (pump->bolus.state == LB_BOLUS_NONE || pump->bolus.id != id) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    lb_end_bolus(pump, LB_IDS_BOLUS_END_REASON_CANCELED, now, LB_NO_ID);
    return LB_IDS_RESPONSE_SUCCESS;
}

uint8_t lb_pump_available_boluses(const struct lb_pump_machine *pump)
{
    return pump->therapy == RUN && pump->bolus.state == LB_BOLUS_NONE ? LB_IDS_AVAILABLE_BOLUSES_FAST : 0;
}

enum lb_ids_response lb_pump_set_max_bolus(struct lb_pump_machine *pump, lb_insulin amount, lb_instant now)
{
    const lb_insulin old = pump->max_bolus;

    if (amount <= 0 || amount > LB_PUMP_MAX_BOLUS || amount % LB_PUMP_BOLUS_STEP != 0) {
        return LB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    pump->max_bolus = amount;
    lb_tell_max_bolus(pump, now, old);
    return LB_IDS_RESPONSE_SUCCESS;
}
