#include "parts.h"

lb_instant lb_tbr_ends_at(const struct lb_tbr *tbr)
{
    return tbr->is_active ? tbr->changed_at + tbr->wanted.duration : LB_NOT_DUE;
}

static lb_rate adjusted(const struct lb_tbr *tbr, lb_rate own)
{
    if (!tbr->is_active) {
        return own;
    }
    if (tbr->wanted.type == LB_IDS_TBR_TYPE_ABSOLUTE) {
        return tbr->wanted.value;
    }
    const int64_t scaled = (int64_t)own * tbr->wanted.value / LB_UNIT;
    return scaled < LB_PUMP_MAX_RATE ? (lb_rate)scaled : LB_PUMP_MAX_RATE;
}

/* A stopped pump owes no basal; a paused one delivers none but goes on owing, and makes up for it (IDS 1.0.2, section
 * 3.3.1.1). What was delivered before. */
static lb_rate follow(struct lb_pump_machine *pump, lb_instant at)
{
    const lb_span time_of_day = lb_wall_clock_time_of_day_ms(&pump->clock, at);
    const lb_rate old = pump->delivered_rate;
    lb_rate own = 0;

    pump->next_block = LB_NOT_DUE;
    if (pump->activated != 0) {
        const struct lb_basal_template *profile = lb_pump_template(pump, pump->activated);

        own = lb_basal_rate(profile, time_of_day);
        pump->next_block = at + lb_basal_until_next_block(profile, time_of_day);
    }
    const lb_rate wanted = adjusted(&pump->tbr, own);
    pump->owed_rate = pump->therapy == STOP ? 0 : wanted;
    pump->delivered_rate = pump->therapy == RUN ? wanted : 0;
    return old;
}

void lb_follow_schedule(struct lb_pump_machine *pump, lb_instant at)
{
    const lb_rate old = follow(pump, at);

    if (pump->delivered_rate != old) {
        lb_tell_rate(pump, at, old, LB_IDS_BASAL_CONTEXT_DEVICE_BASED);
    }
}

/* What the history has just been told is why: the rate is told beside it, even where it stays as it was. */
static void follow_tbr(struct lb_pump_machine *pump, lb_instant at)
{
    const lb_rate old = follow(pump, at);

    lb_tell_rate(pump, at, old, pump->tbr.wanted.context);
}

enum lb_ids_response lb_pump_check_rate(int64_t rate)
{
    const bool is_settable = rate >= 0 && rate <= LB_PUMP_MAX_RATE && rate % LB_PUMP_RATE_STEP == 0;

    return is_settable ? LB_IDS_RESPONSE_SUCCESS : LB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}

static enum lb_ids_response check(const struct lb_adjustment *wanted)
{
    if (wanted->duration <= 0 || wanted->duration > LB_PUMP_MAX_TBR_DURATION) {
        return LB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (wanted->type == LB_IDS_TBR_TYPE_ABSOLUTE) {
        return lb_pump_check_rate(wanted->value);
    }
    return wanted->value >= 0 && wanted->value <= LB_PUMP_MAX_TBR_FACTOR ? LB_IDS_RESPONSE_SUCCESS
                                                                          : LB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}

enum lb_ids_response lb_pump_set_tbr(struct lb_pump_machine *pump, const struct lb_adjustment *wanted, bool is_change,
                                        lb_instant now)
{
    const enum lb_ids_response answer = check(wanted);
    const lb_instant changed_at = pump->tbr.changed_at;

    if (answer != LB_IDS_RESPONSE_SUCCESS) {
        return answer;
    }
    if (pump->therapy == STOP || pump->tbr.is_active != is_change) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    pump->tbr = (struct lb_tbr){true, *wanted, is_change ? pump->tbr.started_at : now, now};
    if (is_change) {
        lb_tell_tbr_changed(pump, now, changed_at);
    } else {
        lb_tell_tbr_started(pump, now);
    }
    follow_tbr(pump, now);
    return LB_IDS_RESPONSE_SUCCESS;
}

enum lb_ids_response lb_pump_cancel_tbr(struct lb_pump_machine *pump, lb_instant now)
{
    if (!pump->tbr.is_active) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    lb_end_tbr(pump, LB_IDS_TBR_END_REASON_CANCELED, now, LB_NO_ID);
    return LB_IDS_RESPONSE_SUCCESS;
}

void lb_tbr_over(struct lb_pump_machine *pump, lb_instant at)
{
    lb_end_tbr(pump, LB_IDS_TBR_END_REASON_DURATION_OVER, at, lb_announce(pump, LB_IDS_ANNUNCIATION_TYPE_TBR_OVER, at));
}

void lb_end_tbr(struct lb_pump_machine *pump, enum lb_ids_tbr_end_reason reason, lb_instant at, uint16_t annunciation)
{
    if (pump->tbr.is_active) {
        pump->tbr.is_active = false;
        lb_tell_tbr_ended(pump, at, reason, annunciation);
        follow_tbr(pump, at);
        lb_tell_changed(pump, LB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN);
    }
}
