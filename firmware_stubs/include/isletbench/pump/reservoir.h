/* The insulin in the reservoir, and what has been reported of its level. */
#ifndef ISLETBENCH_PUMP_RESERVOIR_H
#define ISLETBENCH_PUMP_RESERVOIR_H

#include <stdbool.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_reservoir {
    ib_insulin remaining;
    ib_insulin recorded; /* the level that the history holds last */
    bool is_empty;       /* a pulse failed: no whole one is left */
    bool has_warned;     /* that the level is low */
};

/* Full at power-up. */
void ib_reservoir_init(struct ib_reservoir *reservoir);
/* Take one pulse. False when no whole one is left: the reservoir is empty from then on. */
bool ib_reservoir_take_pulse(struct ib_reservoir *reservoir);
/* Whether the level has sunk so far below the recorded one that it is to be recorded again. */
bool ib_reservoir_is_record_due(const struct ib_reservoir *reservoir);
/* The level has been recorded. */
void ib_reservoir_mark_recorded(struct ib_reservoir *reservoir);
/* Whether the level is low and no warning has been given; true once. */
bool ib_reservoir_warn(struct ib_reservoir *reservoir);

#ifdef __cplusplus
}
#endif

#endif
