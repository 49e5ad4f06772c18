/* What the pump has to tell its user, until it is confirmed. Source: IDS 1.0.2, sections 3.4 and 3.7.2.4 to 3.7.2.5. */
#ifndef ISLETBENCH_PUMP_ANNUNCIATIONS_H
#define ISLETBENCH_PUMP_ANNUNCIATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_AUX_FIELDS 5U /* IDS 1.0.2, table 4.7 */

struct ib_annunciation {
    uint16_t id;
    enum ib_ids_annunciation_type type;
    enum ib_ids_annunciation_status status;
    ib_instant quiet_until; /* when a snoozed one pops up again */
    uint8_t aux_count;      /* 0, or all that a type has, from the first */
    uint16_t aux[IB_AUX_FIELDS];
};

/* Those that are active, raised and not confirmed, in the order they arose. */
struct ib_annunciations {
    struct ib_annunciation active[IB_PUMP_ANNUNCIATIONS];
    size_t count;
    uint16_t last_id;
};

/* A new one, pending. Where there is no room the least urgent one is forgotten. */
struct ib_annunciation *ib_annunciations_raise(struct ib_annunciations *all, enum ib_ids_annunciation_type type);
/* The active one of this id, or NULL. */
struct ib_annunciation *ib_annunciations_find(struct ib_annunciations *all, uint16_t id);
void ib_annunciations_remove(struct ib_annunciations *all, struct ib_annunciation *which);
/* The one that the pump shows first, or NULL. */
const struct ib_annunciation *ib_annunciations_shown(const struct ib_annunciations *all);
/* Whether one is active that keeps a waiting pump from becoming ready. */
bool ib_annunciations_block(const struct ib_annunciations *all);
/* When a snoozed one pops up again. */
ib_instant ib_annunciations_due(const struct ib_annunciations *all);

#ifdef __cplusplus
}
#endif

#endif
