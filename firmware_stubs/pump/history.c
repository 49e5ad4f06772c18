#include "isletbench/pump/history.h"

#include <string.h>

#include "packets/ids.h"

#define BLOCK_NUMBER 1 /* the octet of a time block's number, behind its template's */
#define MOST_SECONDS UINT16_MAX /* IDS 1.0.2, section 3.10.4.3 */

static size_t place_of(const struct ib_history *history, size_t place)
{
    return (history->oldest + place) % IB_PUMP_HISTORY_CAPACITY;
}

const struct ib_history_record *ib_history_at(const struct ib_history *history, size_t place)
{
    return &history->records[place_of(history, place)];
}

struct ib_history_record *ib_history_append(struct ib_history *history, ib_instant now, uint16_t type)
{
    const ib_span since = (now - history->reference) / IB_SECOND;

    if (history->count == IB_PUMP_HISTORY_CAPACITY) {
        history->oldest = place_of(history, 1);
        history->count--;
    }
    struct ib_history_record *record = &history->records[place_of(history, history->count)];
    history->count++;
    memset(record, 0, sizeof *record);
    record->number = history->next_number++;
    record->offset_s = (uint16_t)(since < MOST_SECONDS ? since : MOST_SECONDS);
    record->type = type;
    return record;
}

void ib_history_set_reference(struct ib_history *history, ib_instant reference, ib_instant now)
{
    history->reference = reference;
    history->next_reference = now + IB_PUMP_REFERENCE_EVERY;
}

static bool is_reference_time(const struct ib_history_record *record)
{
    return record->type == IB_IDS_EVENTS_REFERENCE_TIME;
}

bool ib_history_selects(const struct ib_history_selection *selection, const struct ib_history_record *record)
{
    if (selection->kind != IB_HISTORY_ALL && (selection->kind == IB_HISTORY_REFERENCE_TIMES) != is_reference_time(record)) {
        return false;
    }
    return selection->low <= record->number && record->number <= selection->high;
}

size_t ib_history_resolve(const struct ib_history *history, struct ib_history_selection *selection)
{
    size_t found = 0;
    uint32_t first = 0;
    uint32_t last = 0;

    for (size_t place = 0; place < history->count; place++) {
        const struct ib_history_record *record = ib_history_at(history, place);

        if (ib_history_selects(selection, record)) {
            first = found == 0 ? record->number : first;
            last = record->number;
            found++;
        }
    }
    if (found > 0) {
        selection->low = selection->end == IB_HISTORY_LAST ? last : first;
        selection->high = selection->end == IB_HISTORY_FIRST ? first : last;
        found = selection->end == IB_HISTORY_EVERY ? found : 1;
    }
    return found;
}

/* Whether an event belongs to the one before it. IDS 1.0.2, section 3.10.1. */
static bool follows(uint16_t type, uint16_t before)
{
    switch (type) {
    case IB_IDS_EVENTS_BOLUS_PROGRAMMED_2_OF_2:
        return before == IB_IDS_EVENTS_BOLUS_PROGRAMMED_1_OF_2;
    case IB_IDS_EVENTS_BOLUS_DELIVERED_2_OF_2:
        return before == IB_IDS_EVENTS_BOLUS_DELIVERED_1_OF_2;
    case IB_IDS_EVENTS_ANNUNCIATION_STATUS_CHANGED_2_OF_2:
        return before == IB_IDS_EVENTS_ANNUNCIATION_STATUS_CHANGED_1_OF_2;
    case IB_IDS_EVENTS_DELIVERED_BASAL_RATE_CHANGED:
        return before == IB_IDS_EVENTS_TBR_ADJUSTMENT_STARTED || before == IB_IDS_EVENTS_TBR_ADJUSTMENT_CHANGED
            || before == IB_IDS_EVENTS_TBR_ADJUSTMENT_ENDED;
    default:
        return false;
    }
}

static bool belongs(const struct ib_history_record *record, const struct ib_history_record *before)
{
    const uint16_t block = IB_IDS_EVENTS_BASAL_RATE_PROFILE_TIME_BLOCK_CHANGED;

    if (record->number != before->number + 1 || record->offset_s != before->offset_s) {
        return false;
    }
    if (record->type == block && before->type == block) {
        return record->data[BLOCK_NUMBER] == before->data[BLOCK_NUMBER] + 1;
    }
    return follows(record->type, before->type);
}

bool ib_history_splits(const struct ib_history *history, const struct ib_history_selection *selection)
{
    for (size_t place = 1; place < history->count; place++) {
        const struct ib_history_record *before = ib_history_at(history, place - 1);
        const struct ib_history_record *record = ib_history_at(history, place);

        if (belongs(record, before) && ib_history_selects(selection, record) != ib_history_selects(selection, before)) {
            return true;
        }
    }
    return false;
}

void ib_history_delete(struct ib_history *history, const struct ib_history_selection *selection)
{
    size_t kept = 0;

    for (size_t place = 0; place < history->count; place++) {
        const struct ib_history_record record = *ib_history_at(history, place);

        if (!ib_history_selects(selection, &record)) {
            history->records[place_of(history, kept++)] = record;
        }
    }
    history->count = kept;
}

const struct ib_history_record *ib_history_next(const struct ib_history *history, const struct ib_history_selection *selection,
                                                uint32_t from)
{
    for (size_t place = 0; place < history->count; place++) {
        const struct ib_history_record *record = ib_history_at(history, place);

        if (record->number >= from && ib_history_selects(selection, record)) {
            return record;
        }
    }
    return NULL;
}
