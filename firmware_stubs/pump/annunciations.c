#include "isletbench/pump/annunciations.h"

#include <string.h>

/* Errors, then what the user has to mend, then warnings, then the rest: the server's choice (IDS 1.0.2, section 3.4). */
static const enum ib_ids_annunciation_type PRIORITY[] = {
    IB_IDS_ANNUNCIATION_TYPE_SYSTEM_ISSUE,
    IB_IDS_ANNUNCIATION_TYPE_MECHANICAL_ISSUE,
    IB_IDS_ANNUNCIATION_TYPE_OCCLUSION_DETECTED,
    IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_EMPTY,
    IB_IDS_ANNUNCIATION_TYPE_BATTERY_EMPTY,
    IB_IDS_ANNUNCIATION_TYPE_INFUSION_SET_DETACHED,
    IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_ISSUE,
    IB_IDS_ANNUNCIATION_TYPE_INFUSION_SET_INCOMPLETE,
    IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_LOW, /* from here on they do not block */
    IB_IDS_ANNUNCIATION_TYPE_BATTERY_LOW,
    IB_IDS_ANNUNCIATION_TYPE_MAX_DELIVERY,
    IB_IDS_ANNUNCIATION_TYPE_DATE_TIME_ISSUE,
};
#define BLOCKING 8U

static size_t rank_of(const struct ib_annunciation *which)
{
    size_t rank = 0;

    while (rank < sizeof PRIORITY / sizeof PRIORITY[0] && PRIORITY[rank] != which->type) {
        rank++;
    }
    return rank;
}

static bool is_before(const struct ib_annunciation *a, const struct ib_annunciation *b)
{
    const size_t rank_a = rank_of(a);
    const size_t rank_b = rank_of(b);

    return rank_a < rank_b || (rank_a == rank_b && a->id < b->id);
}

static struct ib_annunciation *least_urgent(struct ib_annunciations *all)
{
    struct ib_annunciation *last = &all->active[0];

    for (size_t i = 1; i < all->count; i++) {
        last = is_before(last, &all->active[i]) ? &all->active[i] : last;
    }
    return last;
}

struct ib_annunciation *ib_annunciations_raise(struct ib_annunciations *all, enum ib_ids_annunciation_type type)
{
    if (all->count == IB_PUMP_ANNUNCIATIONS) {
        ib_annunciations_remove(all, least_urgent(all));
    }
    struct ib_annunciation *raised = &all->active[all->count++];
    all->last_id = (uint16_t)(all->last_id % UINT16_MAX + 1);
    memset(raised, 0, sizeof *raised);
    raised->id = all->last_id;
    raised->type = type;
    raised->status = IB_IDS_ANNUNCIATION_STATUS_PENDING;
    raised->quiet_until = IB_NOT_DUE;
    return raised;
}

struct ib_annunciation *ib_annunciations_find(struct ib_annunciations *all, uint16_t id)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->active[i].id == id) {
            return &all->active[i];
        }
    }
    return NULL;
}

void ib_annunciations_remove(struct ib_annunciations *all, struct ib_annunciation *which)
{
    const size_t after = all->count - (size_t)(which - all->active) - 1;

    memmove(which, which + 1, after * sizeof *which);
    all->count--;
}

const struct ib_annunciation *ib_annunciations_shown(const struct ib_annunciations *all)
{
    const struct ib_annunciation *first = NULL;

    for (size_t i = 0; i < all->count; i++) {
        if (first == NULL || is_before(&all->active[i], first)) {
            first = &all->active[i];
        }
    }
    return first;
}

bool ib_annunciations_block(const struct ib_annunciations *all)
{
    const struct ib_annunciation *first = ib_annunciations_shown(all);

    return first != NULL && rank_of(first) < BLOCKING;
}

ib_instant ib_annunciations_due(const struct ib_annunciations *all)
{
    ib_instant due = IB_NOT_DUE;

    for (size_t i = 0; i < all->count; i++) {
        due = all->active[i].quiet_until < due ? all->active[i].quiet_until : due;
    }
    return due;
}
