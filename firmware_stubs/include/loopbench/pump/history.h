/* The pump's memory of what happened: numbered records, each placed by its distance from a reference time.
 *
 * A ring: the oldest record is overwritten when it is full. Numbers ascend from 0 and are never reused. Records that tell one
 * event together stand in consecutive numbers with one offset and are not deleted apart. Source: IDS 1.0.2, section 3.10. */
#ifndef LOOPBENCH_PUMP_HISTORY_H
#define LOOPBENCH_PUMP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "loopbench/pump/profile.h"
#include "loopbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_HISTORY_DATA 11U /* octets; no event that is recorded here has more */

struct lb_history_record {
    uint32_t number;
    uint16_t offset_s; /* since the last reference time */
    uint16_t type;
    uint8_t size;
    uint8_t data[LB_HISTORY_DATA];
};

struct lb_history {
    struct lb_history_record records[LB_PUMP_HISTORY_CAPACITY];
    size_t oldest;
    size_t count;
    uint32_t next_number;
    lb_instant reference; /* what the last recorded reference time names */
};

/* A new record of what happens now: its data are the caller's to fill in. */
struct lb_history_record *lb_history_append(struct lb_history *history, lb_instant now, uint16_t type);
/* The record at a place, 0 the oldest. */
const struct lb_history_record *lb_history_at(const struct lb_history *history, size_t place);

/* Which records are meant. */
enum lb_history_kind { LB_HISTORY_ALL, LB_HISTORY_REFERENCE_TIMES, LB_HISTORY_OTHERS };
enum lb_history_end { LB_HISTORY_EVERY, LB_HISTORY_FIRST, LB_HISTORY_LAST };
struct lb_history_selection {
    enum lb_history_kind kind;
    uint32_t low, high; /* numbers, inclusive */
    enum lb_history_end end;
};

bool lb_history_holds(const struct lb_history_selection *selection, const struct lb_history_record *record);
/* How many there are. Afterwards the selection means exactly these and none that will come: First and Last have become numbers. */
size_t lb_history_settle(const struct lb_history *history, struct lb_history_selection *selection);
/* Whether a settled selection is only a part of records that belong together. */
bool lb_history_splits(const struct lb_history *history, const struct lb_history_selection *selection);
void lb_history_delete(struct lb_history *history, const struct lb_history_selection *selection);
/* The first record of a settled selection from this number on; NULL when there is none. */
const struct lb_history_record *lb_history_next(const struct lb_history *history, const struct lb_history_selection *selection,
                                                uint32_t from);

#ifdef __cplusplus
}
#endif

#endif
