#include "parts.h"

/* No whole pulse is left. */
static void run_dry(struct ib_pump_machine *pump, ib_instant at)
{
    pump->is_empty = true;
    ib_fault(pump, IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_EMPTY, at);
    ib_tell_level(pump, at);
}

static void level_sinks(struct ib_pump_machine *pump, ib_instant at)
{
    ib_tell_changed(pump, IB_IDS_STATUS_FLAG_RESERVOIR);
    if (pump->recorded_level - pump->reservoir >= IB_PUMP_RESERVOIR_EVERY) {
        ib_tell_level(pump, at);
    }
    if (pump->reservoir <= IB_PUMP_LOW_RESERVOIR && !pump->low_told) {
        pump->low_told = true;
        ib_announce(pump, IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_LOW, at);
    }
}

/* Deliver one pulse, if there is one left to deliver. */
static bool push(struct ib_pump_machine *pump, ib_instant at, bool is_bolus)
{
    if (pump->reservoir < IB_PUMP_PULSE) {
        run_dry(pump, at);
        return false;
    }
    pump->reservoir -= IB_PUMP_PULSE;
    pump->last_pulse = at;
    ib_totals_count(&pump->totals, at, is_bolus);
    level_sinks(pump, at);
    return true;
}

static void feel_path(struct ib_pump_machine *pump, ib_instant at)
{
    if (pump->is_occluded && pump->therapy != STOP) {
        ib_fault(pump, IB_IDS_ANNUNCIATION_TYPE_OCCLUSION_DETECTED, at);
    }
}

/* One motor: no two pulses are closer than its spacing. */
static ib_instant when_motor_is_free(const struct ib_pump_machine *pump, ib_instant due)
{
    const ib_instant free = pump->last_pulse + IB_PUMP_PULSE_SPACING;

    return due < free ? free : due;
}

ib_instant ib_basal_pulse_due(const struct ib_pump_machine *pump)
{
    const ib_instant due = pump->therapy == RUN ? ib_basal_due(&pump->debt, pump->owed_rate) : IB_NOT_DUE;

    return when_motor_is_free(pump, due);
}

void ib_basal_pulse(struct ib_pump_machine *pump, ib_instant at)
{
    if (push(pump, at, false)) {
        ib_basal_pay(&pump->debt);
        feel_path(pump, at);
    }
}

ib_instant ib_bolus_pulse_due(const struct ib_pump_machine *pump)
{
    const bool flows = pump->therapy == RUN && pump->bolus.state == IB_BOLUS_FAST;

    return when_motor_is_free(pump, flows ? pump->bolus.next_pulse : IB_NOT_DUE);
}

void ib_bolus_pulse(struct ib_pump_machine *pump, ib_instant at)
{
    if (!push(pump, at, true)) {
        return;
    }
    pump->bolus.delivered += IB_PUMP_PULSE;
    pump->bolus.next_pulse = at + IB_PUMP_PULSE_SPACING;
    if (pump->bolus.delivered == pump->bolus.wanted.amount) {
        ib_end_bolus(pump, IB_IDS_BOLUS_END_REASON_AMOUNT_DELIVERED, at, IB_NO_ID);
    }
    feel_path(pump, at);
}

void ib_pump_set_occluded(struct ib_pump_machine *pump, bool is_occluded, ib_instant now)
{
    const bool rises = is_occluded && !pump->is_occluded;

    pump->is_occluded = is_occluded;
    if (rises) {
        feel_path(pump, now);
    }
}
