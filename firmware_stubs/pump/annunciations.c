#include "isletbench/pump/annunciations.h"

#include <string.h>

/* Errors, then what the user has to correct, then warnings, then the rest: the server's choice (IDS 1.0.2, section 3.4). */
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

static size_t least_urgent(const struct ib_annunciations *all)
{
    size_t last = 0;

    for (size_t i = 1; i < all->count; i++) {
        last = is_before(&all->active[last], &all->active[i]) ? i : last;
    }
    return last;
}

static void remove_at(struct ib_annunciations *all, size_t place)
{
    struct ib_annunciation *which = &all->active[place];

    all->count--;
    memmove(which, which + 1, (all->count - place) * sizeof *which);
}

struct ib_annunciation *ib_annunciations_raise(struct ib_annunciations *all, enum ib_ids_annunciation_type type)
{
    if (all->count == IB_PUMP_ANNUNCIATIONS) {
        remove_at(all, least_urgent(all));
    }
    struct ib_annunciation *raised = &all->active[all->count++];
    all->last_id = (uint16_t)(all->last_id % UINT16_MAX + 1);
    memset(raised, 0, sizeof *raised);
    raised->id = all->last_id;
    raised->type = type;
    raised->status = IB_IDS_ANNUNCIATION_STATUS_PENDING;
    raised->snoozed_until = IB_NOT_DUE;
    return raised;
}

/* The place of the active one with this id; the count when there is none. */
static size_t place_of(const struct ib_annunciations *all, uint16_t id)
{
    size_t place = 0;

    while (place < all->count && all->active[place].id != id) {
        place++;
    }
    return place;
}

const struct ib_annunciation *ib_annunciations_find(const struct ib_annunciations *all, uint16_t id)
{
    const size_t place = place_of(all, id);

    return place < all->count ? &all->active[place] : NULL;
}

bool ib_annunciations_snooze(struct ib_annunciations *all, uint16_t id, ib_instant now)
{
    const size_t place = place_of(all, id);

    if (place == all->count) {
        return false;
    }
    all->active[place].status = IB_IDS_ANNUNCIATION_STATUS_SNOOZED;
    all->active[place].snoozed_until = now + IB_PUMP_SNOOZE;
    return true;
}

bool ib_annunciations_confirm(struct ib_annunciations *all, uint16_t id)
{
    const size_t place = place_of(all, id);

    if (place == all->count) {
        return false;
    }
    all->active[place].status = IB_IDS_ANNUNCIATION_STATUS_CONFIRMED;
    return true;
}

void ib_annunciations_remove(struct ib_annunciations *all, uint16_t id)
{
    const size_t place = place_of(all, id);

    if (place < all->count) {
        remove_at(all, place);
    }
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
        due = all->active[i].snoozed_until < due ? all->active[i].snoozed_until : due;
    }
    return due;
}

uint16_t ib_annunciations_wake(struct ib_annunciations *all, ib_instant now)
{
    for (size_t i = 0; i < all->count; i++) {
        struct ib_annunciation *which = &all->active[i];

        if (which->snoozed_until <= now) {
            which->status = IB_IDS_ANNUNCIATION_STATUS_PENDING;
            which->snoozed_until = IB_NOT_DUE;
            return which->id;
        }
    }
    return IB_NO_ID;
}
