#include "parts.h"

enum ib_ids_response ib_pump_check_template(uint8_t number)
{
    const bool is_one = number >= IB_PUMP_BASAL_FIRST && number < IB_PUMP_BASAL_FIRST + IB_PUMP_BASAL_COUNT;

    return is_one ? IB_IDS_RESPONSE_SUCCESS : IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}

struct ib_basal_template *ib_pump_template(struct ib_pump_machine *pump, uint8_t number)
{
    return &pump->templates[number - IB_PUMP_BASAL_FIRST];
}

ib_rate ib_pump_scheduled_rate(const struct ib_pump_machine *pump, ib_instant now)
{
    const struct ib_basal_template *profile = &pump->templates[pump->activated - IB_PUMP_BASAL_FIRST];

    return ib_basal_rate(profile, ib_wall_clock_time_of_day_ms(&pump->clock, now));
}

static bool is_configured(struct ib_pump_machine *pump, uint8_t number)
{
    return ib_pump_check_template(number) == IB_IDS_RESPONSE_SUCCESS && ib_pump_template(pump, number)->count > 0;
}

void ib_pump_store(struct ib_pump_machine *pump, uint8_t number, const struct ib_basal_template *profile, ib_instant now)
{
    *ib_pump_template(pump, number) = *profile;
    for (uint8_t i = 0; i < profile->count; i++) {
        ib_tell_block(pump, now, number, (uint8_t)(i + 1), &profile->blocks[i]);
    }
    ib_follow_schedule(pump, now);
}

/* All or none. There is one type of profile here, and of each type at most one is activated. */
enum ib_ids_response ib_pump_activate(struct ib_pump_machine *pump, const uint8_t *numbers, size_t count, ib_instant now)
{
    const uint8_t old = pump->activated;

    if (count != 1 || !is_configured(pump, numbers[0])) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    pump->activated = numbers[0];
    ib_tell_activated(pump, now, old);
    ib_follow_schedule(pump, now);
    return IB_IDS_RESPONSE_SUCCESS;
}

/* Make them not configured: all or none. */
enum ib_ids_response ib_pump_reset_templates(struct ib_pump_machine *pump, const uint8_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_configured(pump, numbers[i]) || numbers[i] == pump->activated) {
            return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
        }
    }
    for (size_t i = 0; i < count; i++) {
        ib_pump_template(pump, numbers[i])->count = 0;
    }
    return IB_IDS_RESPONSE_SUCCESS;
}
