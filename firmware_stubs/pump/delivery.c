#include "parts.h"

/* No whole pulse is left. */
static void run_dry(struct lb_pump_machine *pump, lb_instant at)
{
    pump->is_empty = true;
    lb_fault(pump, LB_IDS_ANNUNCIATION_TYPE_RESERVOIR_EMPTY, at);
    lb_tell_level(pump, at);
}

static void level_sinks(struct lb_pump_machine *pump, lb_instant at)
{
    lb_tell_changed(pump, LB_IDS_STATUS_FLAG_RESERVOIR);
    if (pump->recorded_level - pump->reservoir >= LB_PUMP_RESERVOIR_EVERY) {
        lb_tell_level(pump, at);
    }
    if (pump->reservoir <= LB_PUMP_LOW_RESERVOIR && !pump->low_told) {
        pump->low_told = true;
        lb_announce(pump, LB_IDS_ANNUNCIATION_TYPE_RESERVOIR_LOW, at);
    }
}

/* Deliver one pulse, if there is one left to deliver. */
static bool push(struct lb_pump_machine *pump, lb_instant at, bool is_bolus)
{
    if (pump->reservoir < LB_PUMP_PULSE) {
        run_dry(pump, at);
        return false;
    }
    pump->reservoir -= LB_PUMP_PULSE;
    pump->last_pulse = at;
    lb_totals_count(&pump->totals, at, is_bolus);
    level_sinks(pump, at);
    return true;
}

static void feel_path(struct lb_pump_machine *pump, lb_instant at)
{
    if (pump->is_occluded && pump->therapy != STOP) {
        lb_fault(pump, LB_IDS_ANNUNCIATION_TYPE_OCCLUSION_DETECTED, at);
    }
}

/* One motor: no two pulses are closer than its spacing. */
static lb_instant when_motor_is_free(const struct lb_pump_machine *pump, lb_instant due)
{
    const lb_instant free = pump->last_pulse + LB_PUMP_PULSE_SPACING;

    return due < free ? free : due;
}

lb_instant lb_basal_pulse_due(const struct lb_pump_machine *pump)
{
    const lb_instant due = pump->therapy == RUN ? lb_basal_due(&pump->debt, pump->owed_rate) : LB_NOT_DUE;

    return when_motor_is_free(pump, due);
}

void lb_basal_pulse(struct lb_pump_machine *pump, lb_instant at)
{
    if (push(pump, at, false)) {
        lb_basal_pay(&pump->debt);
        feel_path(pump, at);
    }
}

lb_instant lb_bolus_pulse_due(const struct lb_pump_machine *pump)
{
    const bool flows = pump->therapy == RUN && pump->bolus.state == LB_BOLUS_FAST;

    return when_motor_is_free(pump, flows ? pump->bolus.next_pulse : LB_NOT_DUE);
}

void lb_bolus_pulse(struct lb_pump_machine *pump, lb_instant at)
{
    if (!push(pump, at, true)) {
        return;
    }
    pump->bolus.delivered += LB_PUMP_PULSE;
    pump->bolus.next_pulse = at + LB_PUMP_PULSE_SPACING;
    if (pump->bolus.delivered == pump->bolus.wanted.amount) {
        lb_end_bolus(pump, LB_IDS_BOLUS_END_REASON_AMOUNT_DELIVERED, at, LB_NO_ID);
    }
    feel_path(pump, at);
}

void lb_pump_set_occluded(struct lb_pump_machine *pump, bool is_occluded, lb_instant now)
{
    const bool rises = is_occluded && !pump->is_occluded;

    pump->is_occluded = is_occluded;
    if (rises) {
        feel_path(pump, now);
    }
}
