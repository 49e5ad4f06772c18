#include "parts.h"

ib_instant ib_tbr_ends_at(const struct ib_tbr *tbr)
{
    return tbr->is_active ? tbr->changed_at + tbr->wanted.duration : IB_NOT_DUE;
}

static ib_rate adjusted(const struct ib_tbr *tbr, ib_rate own)
{
    if (!tbr->is_active) {
        return own;
    }
    if (tbr->wanted.type == IB_IDS_TBR_TYPE_ABSOLUTE) {
        return tbr->wanted.value;
    }
    const int64_t scaled = (int64_t)own * tbr->wanted.value / IB_UNIT;
    return scaled < IB_PUMP_MAX_RATE ? (ib_rate)scaled : IB_PUMP_MAX_RATE;
}

/* A stopped pump owes no basal; a paused one delivers none but goes on owing, and makes up for it (IDS 1.0.2, section
 * 3.3.1.1). What was delivered before. */
static ib_rate follow(struct ib_pump_machine *pump, ib_instant at)
{
    const ib_span time_of_day = ib_wall_clock_time_of_day_ms(&pump->clock, at);
    const ib_rate old = pump->delivered_rate;
    ib_rate own = 0;

    pump->next_block = IB_NOT_DUE;
    if (pump->activated != 0) {
        const struct ib_basal_template *profile = ib_pump_template(pump, pump->activated);

        own = ib_basal_rate(profile, time_of_day);
        pump->next_block = at + ib_basal_until_next_block(profile, time_of_day);
    }
    const ib_rate wanted = adjusted(&pump->tbr, own);
    pump->owed_rate = pump->therapy == STOP ? 0 : wanted;
    pump->delivered_rate = pump->therapy == RUN ? wanted : 0;
    return old;
}

void ib_follow_schedule(struct ib_pump_machine *pump, ib_instant at)
{
    const ib_rate old = follow(pump, at);

    if (pump->delivered_rate != old) {
        ib_tell_rate(pump, at, old, IB_IDS_BASAL_CONTEXT_DEVICE_BASED);
    }
}

/* What the history has just been told is why: the rate is told beside it, even where it stays as it was. */
static void follow_tbr(struct ib_pump_machine *pump, ib_instant at)
{
    const ib_rate old = follow(pump, at);

    ib_tell_rate(pump, at, old, pump->tbr.wanted.context);
}

enum ib_ids_response ib_pump_check_rate(int64_t rate)
{
    const bool is_settable = rate >= 0 && rate <= IB_PUMP_MAX_RATE && rate % IB_PUMP_RATE_STEP == 0;

    return is_settable ? IB_IDS_RESPONSE_SUCCESS : IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}

static enum ib_ids_response check(const struct ib_adjustment *wanted)
{
    if (wanted->duration <= 0 || wanted->duration > IB_PUMP_MAX_TBR_DURATION) {
        return IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (wanted->type == IB_IDS_TBR_TYPE_ABSOLUTE) {
        return ib_pump_check_rate(wanted->value);
    }
    return wanted->value >= 0 && wanted->value <= IB_PUMP_MAX_TBR_FACTOR ? IB_IDS_RESPONSE_SUCCESS
                                                                          : IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}

enum ib_ids_response ib_pump_set_tbr(struct ib_pump_machine *pump, const struct ib_adjustment *wanted, bool is_change,
                                        ib_instant now)
{
    const enum ib_ids_response answer = check(wanted);
    const ib_instant changed_at = pump->tbr.changed_at;

    if (answer != IB_IDS_RESPONSE_SUCCESS) {
        return answer;
    }
    if (pump->therapy == STOP || pump->tbr.is_active != is_change) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    pump->tbr = (struct ib_tbr){true, *wanted, is_change ? pump->tbr.started_at : now, now};
    if (is_change) {
        ib_tell_tbr_changed(pump, now, changed_at);
    } else {
        ib_tell_tbr_started(pump, now);
    }
    follow_tbr(pump, now);
    return IB_IDS_RESPONSE_SUCCESS;
}

enum ib_ids_response ib_pump_cancel_tbr(struct ib_pump_machine *pump, ib_instant now)
{
    if (!pump->tbr.is_active) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    ib_end_tbr(pump, IB_IDS_TBR_END_REASON_CANCELED, now, IB_NO_ID);
    return IB_IDS_RESPONSE_SUCCESS;
}

void ib_tbr_over(struct ib_pump_machine *pump, ib_instant at)
{
    ib_end_tbr(pump, IB_IDS_TBR_END_REASON_DURATION_OVER, at, ib_announce(pump, IB_IDS_ANNUNCIATION_TYPE_TBR_OVER, at));
}

void ib_end_tbr(struct ib_pump_machine *pump, enum ib_ids_tbr_end_reason reason, ib_instant at, uint16_t annunciation)
{
    if (pump->tbr.is_active) {
        pump->tbr.is_active = false;
        ib_tell_tbr_ended(pump, at, reason, annunciation);
        follow_tbr(pump, at);
        ib_tell_changed(pump, IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN);
    }
}
