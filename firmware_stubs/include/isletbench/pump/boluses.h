/* The active bolus, of which there is one at a time, and the max bolus amount. Source: IDS 1.0.2, sections 3.7.2.9 to
 * 3.7.2.14. */
#ifndef ISLETBENCH_PUMP_BOLUSES_H
#define ISLETBENCH_PUMP_BOLUSES_H

#include <stdbool.h>

#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ib_bolus_state { IB_BOLUS_NONE, IB_BOLUS_PROGRAMMED, IB_BOLUS_FAST, IB_BOLUS_SUSPENDED };

/* What the client requests: a fast bolus, with or without a delay. */
struct ib_prescription {
    ib_insulin amount;
    bool has_delay;
    ib_span delay; /* 0 without one */
    bool has_activation;
    enum ib_ids_bolus_activation activation;
    bool correction, meal;
};

struct ib_bolus {
    enum ib_bolus_state state;
    uint16_t id;
    struct ib_prescription wanted;
    ib_instant set_at;
    bool has_started;
    ib_instant started_at;
    ib_instant next_pulse;
    ib_insulin delivered;
};

struct ib_boluses {
    struct ib_bolus active; /* after its end it keeps the values of the last one, with the state NONE */
    uint16_t last_id;
    ib_insulin max_amount;
};

void ib_boluses_init(struct ib_boluses *boluses);
/* Program a bolus, which gets the next id. Refused where the amount is not allowed, then where therapy does not run, then where
 * another bolus is active. */
enum ib_ids_response ib_boluses_program(struct ib_boluses *boluses, const struct ib_prescription *wanted, bool therapy_runs,
                                        ib_instant now);
/* When the delay of a programmed bolus ends. */
ib_instant ib_bolus_starts_at(const struct ib_bolus *bolus);
ib_instant ib_boluses_start_due(const struct ib_boluses *boluses);
/* The delay has ended; the first pulse follows after one spacing. */
void ib_boluses_start(struct ib_boluses *boluses, ib_instant at);
ib_instant ib_boluses_pulse_due(const struct ib_boluses *boluses);
/* A pulse has been delivered; whether the bolus is complete. */
bool ib_boluses_count_pulse(struct ib_boluses *boluses, ib_instant at);
void ib_boluses_suspend(struct ib_boluses *boluses);
void ib_boluses_resume(struct ib_boluses *boluses, ib_instant at);
/* End the active bolus; false when there is none. */
bool ib_boluses_end(struct ib_boluses *boluses);
/* Whether the bolus with this id is active. */
bool ib_boluses_are_active(const struct ib_boluses *boluses, uint16_t id);
/* enum ib_ids_available_boluses: what may be programmed while therapy runs. */
uint8_t ib_boluses_available(const struct ib_boluses *boluses);
enum ib_ids_response ib_boluses_set_max_amount(struct ib_boluses *boluses, ib_insulin amount);

#ifdef __cplusplus
}
#endif

#endif
