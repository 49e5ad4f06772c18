#include "isletbench/pump/tbr.h"

#include "isletbench/pump/schedule.h"

static bool is_allowed(const struct ib_adjustment *wanted)
{
    if (wanted->duration <= 0 || wanted->duration > IB_PUMP_MAX_TBR_DURATION) {
        return false;
    }
    if (wanted->type == IB_IDS_TBR_TYPE_ABSOLUTE) {
        return ib_rate_is_settable(wanted->value);
    }
    return wanted->value >= 0 && wanted->value <= IB_PUMP_MAX_TBR_FACTOR;
}

enum ib_ids_response ib_tbr_set(struct ib_tbr *tbr, const struct ib_adjustment *wanted, bool is_change, bool therapy_is_stopped,
                                ib_instant now)
{
    if (!is_allowed(wanted)) {
        return IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (therapy_is_stopped || tbr->is_active != is_change) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    *tbr = (struct ib_tbr){true, *wanted, is_change ? tbr->started_at : now, now};
    return IB_IDS_RESPONSE_SUCCESS;
}

bool ib_tbr_end(struct ib_tbr *tbr)
{
    const bool was_active = tbr->is_active;

    tbr->is_active = false;
    return was_active;
}

ib_instant ib_tbr_ends_at(const struct ib_tbr *tbr)
{
    return tbr->is_active ? tbr->changed_at + tbr->wanted.duration : IB_NOT_DUE;
}

ib_rate ib_tbr_adjust(const struct ib_tbr *tbr, ib_rate own)
{
    if (!tbr->is_active) {
        return own;
    }
    if (tbr->wanted.type == IB_IDS_TBR_TYPE_ABSOLUTE) {
        return tbr->wanted.value;
    }
    const int64_t scaled = own * tbr->wanted.value / IB_UNIT;
    return scaled < IB_PUMP_MAX_RATE ? scaled : IB_PUMP_MAX_RATE;
}
