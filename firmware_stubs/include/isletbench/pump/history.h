/* The history: numbered records, each placed by its distance from a reference time.
 *
 * A ring buffer: when it is full the oldest record is overwritten. Numbers ascend from 0 and are never reused. Records that
 * describe one event together have consecutive numbers and one offset, and are not deleted apart. Source: IDS 1.0.2, section
 * 3.10. */
#ifndef ISLETBENCH_PUMP_HISTORY_H
#define ISLETBENCH_PUMP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_HISTORY_DATA 11U /* octets; no event that is recorded here has more */

struct ib_history_record {
    uint32_t number;
    uint16_t offset_s; /* since the last reference time */
    uint16_t type;
    uint8_t size;
    uint8_t data[IB_HISTORY_DATA];
};

struct ib_history {
    struct ib_history_record records[IB_PUMP_HISTORY_CAPACITY];
    size_t oldest;
    size_t count;
    uint32_t next_number;
    ib_instant reference; /* the instant that the last recorded reference time names */
    ib_instant next_reference; /* when the next reference time is due */
};

/* A new record of what happens now: the caller fills in its data. */
struct ib_history_record *ib_history_append(struct ib_history *history, ib_instant now, uint16_t type);
/* A reference time that names this instant has been recorded now. */
void ib_history_set_reference(struct ib_history *history, ib_instant reference, ib_instant now);
/* The record at a place, 0 the oldest. */
const struct ib_history_record *ib_history_at(const struct ib_history *history, size_t place);

/* A selection of records. */
enum ib_history_kind { IB_HISTORY_ALL, IB_HISTORY_REFERENCE_TIMES, IB_HISTORY_OTHERS };
enum ib_history_end { IB_HISTORY_EVERY, IB_HISTORY_FIRST, IB_HISTORY_LAST };
struct ib_history_selection {
    enum ib_history_kind kind;
    uint32_t low, high; /* numbers, inclusive */
    enum ib_history_end end;
};

bool ib_history_selects(const struct ib_history_selection *selection, const struct ib_history_record *record);
/* Count the selected records and resolve the selection: afterwards it selects exactly these and no later record, and First and Last
 * have become numbers. */
size_t ib_history_resolve(const struct ib_history *history, struct ib_history_selection *selection);
/* Whether a resolved selection has only some of the records that belong together. */
bool ib_history_splits(const struct ib_history *history, const struct ib_history_selection *selection);
void ib_history_delete(struct ib_history *history, const struct ib_history_selection *selection);
/* The first record of a resolved selection from this number on; NULL when there is none. */
const struct ib_history_record *ib_history_next(const struct ib_history *history, const struct ib_history_selection *selection,
                                                uint32_t from);

#ifdef __cplusplus
}
#endif

#endif
