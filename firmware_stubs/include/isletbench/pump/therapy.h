/* The therapy control state, and how long the pump has been paused. Source: IDS 1.0.2, section 3.3.1.1. */
#ifndef ISLETBENCH_PUMP_THERAPY_H
#define ISLETBENCH_PUMP_THERAPY_H

#include <stdbool.h>

#include "isletbench/pump/quantities.h"
#include "isletbench/pump/profile.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_THERAPY_STOP IB_IDS_THERAPY_CONTROL_STATE_STOP
#define IB_THERAPY_PAUSE IB_IDS_THERAPY_CONTROL_STATE_PAUSE
#define IB_THERAPY_RUN IB_IDS_THERAPY_CONTROL_STATE_RUN

struct ib_therapy {
    enum ib_ids_therapy_control_state state;
    ib_instant paused_at; /* IB_NOT_DUE unless the state is PAUSE */
};

/* Therapy is stopped at power-up. */
void ib_therapy_init(struct ib_therapy *therapy);
/* Whether a client may ask for this state now; a pump that is not ready cannot run. The present state is always allowed. */
enum ib_ids_response ib_therapy_check(const struct ib_therapy *therapy, enum ib_ids_therapy_control_state wanted, bool is_ready);
/* Enter a state; returns the one before. */
enum ib_ids_therapy_control_state ib_therapy_enter(struct ib_therapy *therapy, enum ib_ids_therapy_control_state state,
                                                   ib_instant at);
/* When the pause has lasted as long as it may. */
ib_instant ib_therapy_pause_ends_at(const struct ib_therapy *therapy);

#ifdef __cplusplus
}
#endif

#endif
