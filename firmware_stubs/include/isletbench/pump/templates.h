/* The basal rate profile templates: which are configured, and which one is activated. Source: IDS 1.0.2, sections 3.7.2.1 and
 * 3.7.2.17 to 3.7.2.20. */
#ifndef ISLETBENCH_PUMP_TEMPLATES_H
#define ISLETBENCH_PUMP_TEMPLATES_H

#include <stddef.h>

#include "isletbench/pump/schedule.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_templates {
    struct ib_basal_template all[IB_PUMP_BASAL_COUNT];
    uint8_t activated; /* the number of a template; 0 while none is */
};

/* Whether a template has this number. */
enum ib_ids_response ib_templates_check(uint8_t number);
/* The template of a number that exists. */
const struct ib_basal_template *ib_templates_at(const struct ib_templates *templates, uint8_t number);
/* The activated one, or NULL. */
const struct ib_basal_template *ib_templates_activated(const struct ib_templates *templates);
void ib_templates_store(struct ib_templates *templates, uint8_t number, const struct ib_basal_template *profile);
/* Activate all of these or none. All templates are of one profile type, and of each type at most one is activated. */
enum ib_ids_response ib_templates_activate(struct ib_templates *templates, const uint8_t *numbers, size_t count);
/* Make all of these not configured, or none. */
enum ib_ids_response ib_templates_reset(struct ib_templates *templates, const uint8_t *numbers, size_t count);

#ifdef __cplusplus
}
#endif

#endif
