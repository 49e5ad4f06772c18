#include "parts.h"

ib_instant ib_bolus_starts_at(const struct ib_bolus *bolus)
{
    return bolus->set_at + bolus->wanted.delay;
}

static enum ib_ids_response check(const struct ib_pump_machine *pump, const struct ib_prescription *wanted)
{
    if (wanted->amount <= 0 || wanted->amount % IB_PUMP_BOLUS_STEP != 0 || wanted->amount > pump->max_bolus
        || wanted->delay > IB_PUMP_MAX_DELAY) {
        return IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (pump->therapy != RUN) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    return pump->bolus.state == IB_BOLUS_NONE ? IB_IDS_RESPONSE_SUCCESS : IB_IDS_RESPONSE_MAXIMUM_BOLUS_NUMBER_REACHED;
}

enum ib_ids_response ib_pump_set_bolus(struct ib_pump_machine *pump, const struct ib_prescription *wanted, ib_instant now)
{
    const enum ib_ids_response answer = check(pump, wanted);

    if (answer != IB_IDS_RESPONSE_SUCCESS) {
        return answer;
    }
    pump->last_bolus_id = (uint16_t)(pump->last_bolus_id % UINT16_MAX + 1);
    pump->bolus = (struct ib_bolus){
        .state = IB_BOLUS_PROGRAMMED, .id = pump->last_bolus_id, .wanted = *wanted, .set_at = now};
    ib_tell_bolus_programmed(pump, now);
    if (ib_bolus_starts_at(&pump->bolus) <= now) {
        ib_start_bolus(pump, now);
    }
    return IB_IDS_RESPONSE_SUCCESS;
}

/* The delay is over; the first pulse follows after one spacing. */
void ib_start_bolus(struct ib_pump_machine *pump, ib_instant at)
{
    pump->bolus.state = IB_BOLUS_FAST;
    pump->bolus.has_started = true;
    pump->bolus.started_at = at;
    pump->bolus.next_pulse = at + IB_PUMP_PULSE_SPACING;
    ib_tell_changed(pump, IB_IDS_STATUS_FLAG_ACTIVE_BOLUS);
}

void ib_suspend_bolus(struct ib_pump_machine *pump)
{
    if (pump->bolus.state == IB_BOLUS_FAST) {
        pump->bolus.state = IB_BOLUS_SUSPENDED;
    }
}

void ib_resume_bolus(struct ib_pump_machine *pump, ib_instant at)
{
    if (pump->bolus.state == IB_BOLUS_SUSPENDED) {
        pump->bolus.state = IB_BOLUS_FAST;
        pump->bolus.next_pulse = pump->bolus.next_pulse < at ? at : pump->bolus.next_pulse;
    }
}

void ib_end_bolus(struct ib_pump_machine *pump, enum ib_ids_bolus_end_reason reason, ib_instant at, uint16_t annunciation)
{
    if (pump->bolus.state != IB_BOLUS_NONE) {
        pump->bolus.state = IB_BOLUS_NONE;
        ib_tell_bolus_ended(pump, at, reason, annunciation);
    }
}

enum ib_ids_response ib_pump_cancel_bolus(struct ib_pump_machine *pump, uint16_t id, ib_instant now)
{
    if (pump->bolus.state == IB_BOLUS_NONE || pump->bolus.id != id) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    ib_end_bolus(pump, IB_IDS_BOLUS_END_REASON_CANCELED, now, IB_NO_ID);
    return IB_IDS_RESPONSE_SUCCESS;
}

uint8_t ib_pump_available_boluses(const struct ib_pump_machine *pump)
{
    return pump->therapy == RUN && pump->bolus.state == IB_BOLUS_NONE ? IB_IDS_AVAILABLE_BOLUSES_FAST : 0;
}

enum ib_ids_response ib_pump_set_max_bolus(struct ib_pump_machine *pump, ib_insulin amount, ib_instant now)
{
    const ib_insulin old = pump->max_bolus;

    if (amount <= 0 || amount > IB_PUMP_MAX_BOLUS || amount % IB_PUMP_BOLUS_STEP != 0) {
        return IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    pump->max_bolus = amount;
    ib_tell_max_bolus(pump, now, old);
    return IB_IDS_RESPONSE_SUCCESS;
}
