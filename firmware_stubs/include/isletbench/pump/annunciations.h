/* The annunciations that are active: raised and not confirmed. Source: IDS 1.0.2, sections 3.4 and 3.7.2.4 to 3.7.2.5. */
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
#define IB_NO_ID 0       /* no annunciation belongs to an event */

struct ib_annunciation {
    uint16_t id;
    enum ib_ids_annunciation_type type;
    enum ib_ids_annunciation_status status;
    ib_instant snoozed_until; /* IB_NOT_DUE unless it is snoozed */
    uint8_t aux_count;        /* 0, or all that a type has, from the first */
    uint16_t aux[IB_AUX_FIELDS];
};

struct ib_annunciations {
    struct ib_annunciation active[IB_PUMP_ANNUNCIATIONS]; /* in the order in which they were raised */
    size_t count;
    uint16_t last_id;
};

/* Raise one, pending. Where there is no room the least urgent one is discarded. */
struct ib_annunciation *ib_annunciations_raise(struct ib_annunciations *all, enum ib_ids_annunciation_type type);
/* The active one of this id, or NULL. */
const struct ib_annunciation *ib_annunciations_find(const struct ib_annunciations *all, uint16_t id);
/* Snooze or confirm the active one of this id; false when there is none. A confirmed one stays until it is removed. */
bool ib_annunciations_snooze(struct ib_annunciations *all, uint16_t id, ib_instant now);
bool ib_annunciations_confirm(struct ib_annunciations *all, uint16_t id);
void ib_annunciations_remove(struct ib_annunciations *all, uint16_t id);
/* The one that the pump shows first, or NULL. */
const struct ib_annunciation *ib_annunciations_shown(const struct ib_annunciations *all);
/* Whether one is active that keeps a waiting pump from becoming ready. */
bool ib_annunciations_block(const struct ib_annunciations *all);
/* When the next snoozed one becomes pending again. */
ib_instant ib_annunciations_due(const struct ib_annunciations *all);
/* Make the first one pending whose snooze has ended by now; its id, or IB_NO_ID when there is none. */
uint16_t ib_annunciations_wake(struct ib_annunciations *all, ib_instant now);

#ifdef __cplusplus
}
#endif

#endif
