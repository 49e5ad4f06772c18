#include "isletbench/pump/templates.h"

enum ib_ids_response ib_templates_check(uint8_t number)
{
    const bool exists = number >= IB_PUMP_BASAL_FIRST && number < IB_PUMP_BASAL_FIRST + IB_PUMP_BASAL_COUNT;

    return exists ? IB_IDS_RESPONSE_SUCCESS : IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE;
}

const struct ib_basal_template *ib_templates_at(const struct ib_templates *templates, uint8_t number)
{
    return &templates->all[number - IB_PUMP_BASAL_FIRST];
}

const struct ib_basal_template *ib_templates_activated(const struct ib_templates *templates)
{
    return templates->activated == 0 ? NULL : ib_templates_at(templates, templates->activated);
}

static bool is_configured(const struct ib_templates *templates, uint8_t number)
{
    return ib_templates_check(number) == IB_IDS_RESPONSE_SUCCESS && ib_templates_at(templates, number)->count > 0;
}

void ib_templates_store(struct ib_templates *templates, uint8_t number, const struct ib_basal_template *profile)
{
    templates->all[number - IB_PUMP_BASAL_FIRST] = *profile;
}

enum ib_ids_response ib_templates_activate(struct ib_templates *templates, const uint8_t *numbers, size_t count)
{
    if (count != 1 || !is_configured(templates, numbers[0])) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    templates->activated = numbers[0];
    return IB_IDS_RESPONSE_SUCCESS;
}

enum ib_ids_response ib_templates_reset(struct ib_templates *templates, const uint8_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_configured(templates, numbers[i]) || numbers[i] == templates->activated) {
            return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
        }
    }
    for (size_t i = 0; i < count; i++) {
        templates->all[numbers[i] - IB_PUMP_BASAL_FIRST].count = 0;
    }
    return IB_IDS_RESPONSE_SUCCESS;
}
