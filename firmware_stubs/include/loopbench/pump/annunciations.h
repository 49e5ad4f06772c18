/* What the pump has to tell its user, until it is confirmed. Source: IDS 1.0.2, sections 3.4 and 3.7.2.4 to 3.7.2.5. */
#ifndef LOOPBENCH_PUMP_ANNUNCIATIONS_H
#define LOOPBENCH_PUMP_ANNUNCIATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "loopbench/pump/profile.h"
#include "loopbench/pump/quantities.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_AUX_FIELDS 5U /* IDS 1.0.2, table 4.7 */

struct lb_annunciation {
    uint16_t id;
    enum lb_ids_annunciation_type type;
    enum lb_ids_annunciation_status status;
    lb_instant quiet_until; /* when a snoozed one pops up again */
    uint8_t aux_count;      /* 0, or all that a type has, from the first */
    uint16_t aux[LB_AUX_FIELDS];
};

/* Those that are active, raised and not confirmed, in the order they arose. */
struct lb_annunciations {
    struct lb_annunciation active[LB_PUMP_ANNUNCIATIONS];
    size_t count;
    uint16_t last_id;
};

/* A new one, pending. Where there is no room the least urgent one is forgotten. */
struct lb_annunciation *lb_annunciations_raise(struct lb_annunciations *all, enum lb_ids_annunciation_type type);
/* The active one of this id, or NULL. */
struct lb_annunciation *lb_annunciations_find(struct lb_annunciations *all, uint16_t id);
void lb_annunciations_remove(struct lb_annunciations *all, struct lb_annunciation *which);
/* The one that the pump shows first, or NULL. */
const struct lb_annunciation *lb_annunciations_shown(const struct lb_annunciations *all);
/* Whether one is active that keeps a waiting pump from becoming ready. */
bool lb_annunciations_block(const struct lb_annunciations *all);
/* When a snoozed one pops up again. */
lb_instant lb_annunciations_due(const struct lb_annunciations *all);

#ifdef __cplusplus
}
#endif

#endif
