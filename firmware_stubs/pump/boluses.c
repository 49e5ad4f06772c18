#include "isletbench/pump/boluses.h"

void ib_boluses_init(struct ib_boluses *boluses)
{
    *boluses = (struct ib_boluses){.max_amount = IB_PUMP_MAX_BOLUS};
}

static enum ib_ids_response check(const struct ib_boluses *boluses, const struct ib_prescription *wanted, bool therapy_runs)
{
    if (wanted->amount <= 0 || wanted->amount % IB_PUMP_BOLUS_STEP != 0 || wanted->amount > boluses->max_amount
        || wanted->delay > IB_PUMP_MAX_DELAY) {
        return IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (!therapy_runs) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    return boluses->active.state == IB_BOLUS_NONE ? IB_IDS_RESPONSE_SUCCESS : IB_IDS_RESPONSE_MAXIMUM_BOLUS_NUMBER_REACHED;
}

enum ib_ids_response ib_boluses_program(struct ib_boluses *boluses, const struct ib_prescription *wanted, bool therapy_runs,
                                        ib_instant now)
{
    const enum ib_ids_response answer = check(boluses, wanted, therapy_runs);

    if (answer == IB_IDS_RESPONSE_SUCCESS) {
        boluses->last_id = (uint16_t)(boluses->last_id % UINT16_MAX + 1);
        boluses->active = (struct ib_bolus){
            .state = IB_BOLUS_PROGRAMMED, .id = boluses->last_id, .wanted = *wanted, .set_at = now};
    }
    return answer;
}

ib_instant ib_bolus_starts_at(const struct ib_bolus *bolus)
{
    return bolus->set_at + bolus->wanted.delay;
}

ib_instant ib_boluses_start_due(const struct ib_boluses *boluses)
{
    return boluses->active.state == IB_BOLUS_PROGRAMMED ? ib_bolus_starts_at(&boluses->active) : IB_NOT_DUE;
}

void ib_boluses_start(struct ib_boluses *boluses, ib_instant at)
{
    struct ib_bolus *bolus = &boluses->active;

    bolus->state = IB_BOLUS_FAST;
    bolus->has_started = true;
    bolus->started_at = at;
    bolus->next_pulse = at + IB_PUMP_PULSE_SPACING;
}

ib_instant ib_boluses_pulse_due(const struct ib_boluses *boluses)
{
    return boluses->active.state == IB_BOLUS_FAST ? boluses->active.next_pulse : IB_NOT_DUE;
}

bool ib_boluses_count_pulse(struct ib_boluses *boluses, ib_instant at)
{
    struct ib_bolus *bolus = &boluses->active;

    bolus->delivered += IB_PUMP_PULSE;
    bolus->next_pulse = at + IB_PUMP_PULSE_SPACING;
    return bolus->delivered == bolus->wanted.amount;
}

void ib_boluses_suspend(struct ib_boluses *boluses)
{
    if (boluses->active.state == IB_BOLUS_FAST) {
        boluses->active.state = IB_BOLUS_SUSPENDED;
    }
}

void ib_boluses_resume(struct ib_boluses *boluses, ib_instant at)
{
    struct ib_bolus *bolus = &boluses->active;

    if (bolus->state == IB_BOLUS_SUSPENDED) {
        bolus->state = IB_BOLUS_FAST;
        bolus->next_pulse = bolus->next_pulse < at ? at : bolus->next_pulse;
    }
}

bool ib_boluses_end(struct ib_boluses *boluses)
{
    const bool was_active = boluses->active.state != IB_BOLUS_NONE;

    boluses->active.state = IB_BOLUS_NONE;
    return was_active;
}

bool ib_boluses_are_active(const struct ib_boluses *boluses, uint16_t id)
{
    return boluses->active.state != IB_BOLUS_NONE && boluses->active.id == id;
}

uint8_t ib_boluses_available(const struct ib_boluses *boluses)
{
    return boluses->active.state == IB_BOLUS_NONE ? IB_IDS_AVAILABLE_BOLUSES_FAST : 0;
}

enum ib_ids_response ib_boluses_set_max_amount(struct ib_boluses *boluses, ib_insulin amount)
{
    if (amount <= 0 || amount > IB_PUMP_MAX_BOLUS || amount % IB_PUMP_BOLUS_STEP != 0) {
        return IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    boluses->max_amount = amount;
    return IB_IDS_RESPONSE_SUCCESS;
}
