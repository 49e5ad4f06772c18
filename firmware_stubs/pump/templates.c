#include "parts.h"

enum lb_ids_response lb_pump_check_template(uint8_t number)
{
    const bool is_one = number >= LB_PUMP_BASAL_FIRST && number < LB_PUMP_BASAL_FIRST + LB_PUMP_BASAL_COUNT;

    return is_one ? LB_IDS_RESPONSE_SUCCESS : LB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}

struct lb_basal_template *lb_pump_template(struct lb_pump_machine *pump, uint8_t number)
{
    return &pump->templates[number - LB_PUMP_BASAL_FIRST];
}

lb_rate lb_pump_scheduled_rate(const struct lb_pump_machine *pump, lb_instant now)
{
    const struct lb_basal_template *profile = &pump->templates[pump->activated - LB_PUMP_BASAL_FIRST];

    return lb_basal_rate(profile, lb_wall_clock_time_of_day_ms(&pump->clock, now));
}

static bool is_configured(struct lb_pump_machine *pump, uint8_t number)
{
    return lb_pump_check_template(number) == LB_IDS_RESPONSE_SUCCESS && lb_pump_template(pump, number)->count > 0;
}

void lb_pump_store(struct lb_pump_machine *pump, uint8_t number, const struct lb_basal_template *profile, lb_instant now)
{
    *lb_pump_template(pump, number) = *profile;
    for (uint8_t i = 0; i < profile->count; i++) {
        lb_tell_block(pump, now, number, (uint8_t)(i + 1), &profile->blocks[i]);
    }
    lb_follow_schedule(pump, now);
}

/* All or none. There is one type of profile here, and of each type at most one is activated. */
enum lb_ids_response lb_pump_activate(struct lb_pump_machine *pump, const uint8_t *numbers, size_t count, lb_instant now)
{
    const uint8_t old = pump->activated;

    if (count != 1 || !is_configured(pump, numbers[0])) {
        return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    pump->activated = numbers[0];
    lb_tell_activated(pump, now, old);
    lb_follow_schedule(pump, now);
    return LB_IDS_RESPONSE_SUCCESS;
}

/* Make them not configured: all or none. */
enum lb_ids_response lb_pump_reset_templates(struct lb_pump_machine *pump, const uint8_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_configured(pump, numbers[i]) || numbers[i] == pump->activated) {
            return LB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
        }
    }
    for (size_t i = 0; i < count; i++) {
        lb_pump_template(pump, numbers[i])->count = 0;
    }
    return LB_IDS_RESPONSE_SUCCESS;
}
