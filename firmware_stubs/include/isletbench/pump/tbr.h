/* The temporary basal rate (TBR) in force. Source: IDS 1.0.2, sections 3.7.2.7 and 3.7.2.8. */
#ifndef ISLETBENCH_PUMP_TBR_H
#define ISLETBENCH_PUMP_TBR_H

#include <stdbool.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A rate in place of the profile's own, or a factor on it, for a duration. */
struct ib_adjustment {
    enum ib_ids_tbr_type type;
    int64_t value; /* uU/h, or millionths */
    ib_span duration;
    enum ib_ids_basal_context context;
};

struct ib_tbr {
    bool is_active;
    struct ib_adjustment wanted; /* after its end it keeps the last values */
    ib_instant started_at;
    ib_instant changed_at;
};

/* Set a TBR, or change the active one. Refused where the values are not allowed, then where therapy is stopped, then where
 * is_change does not fit. */
enum ib_ids_response ib_tbr_set(struct ib_tbr *tbr, const struct ib_adjustment *wanted, bool is_change, bool therapy_is_stopped,
                                ib_instant now);
/* End the TBR; false when there is none. */
bool ib_tbr_end(struct ib_tbr *tbr);
ib_instant ib_tbr_ends_at(const struct ib_tbr *tbr);
/* The rate that results from the profile's own rate. */
ib_rate ib_tbr_adjust(const struct ib_tbr *tbr, ib_rate own);

#ifdef __cplusplus
}
#endif

#endif
