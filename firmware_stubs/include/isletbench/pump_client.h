/* A small, careful controller of a pump over the serial link.
 *
 * A bolus whose response does not come may have begun or not: the controller reads the history, the active boluses and the
 * delivered total, and never sends the bolus twice. Source: IDS 1.0.2; IDP 1.0.2, section 4.15. */
#ifndef ISLETBENCH_PUMP_CLIENT_H
#define ISLETBENCH_PUMP_CLIENT_H

#include "isletbench/collector.h"
#include "isletbench/sfloat.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PUMP_CLIENT_PATIENCE_MS 30000u /* IDP 1.0.2, section 4.15.4: how long a response may take */
#define IB_PUMP_CLIENT_VALUE 64u
#define IB_PUMP_CLIENT_POINTS 9u

/* The fate of a bolus. */
enum ib_dose_fate {
    IB_DOSE_BEGUN = 0, /* its id is known */
    IB_DOSE_REFUSED,   /* by the pump: ``response`` */
    IB_DOSE_NOT_BEGUN, /* it could not be requested, or there was no response and the pump has no trace of it */
    IB_DOSE_UNCLEAR    /* no response came, and the pump cannot be read or reports too little: count it as given */
};

struct ib_dose {
    enum ib_dose_fate fate;
    uint16_t id;
    bool was_asked_for; /* the response did not come; the fate was read from the pump */
    enum ib_ids_response response;
};

/* The state before a bolus. */
struct ib_dose_mark {
    bool has_records;
    uint32_t newest; /* number of the last record of the history */
    ib_float delivered;
    uint16_t active; /* a bolus that ran already; 0: none */
};

struct ib_pump_client {
    struct ib_collector link;
    ib_notified *notified; /* of every value, in addition */
    void *context;
    uint32_t patience_ms;
    uint32_t features; /* enum ib_ids_feature */
    bool is_protected;
    uint8_t sent[IB_PUMP_CLIENT_POINTS];     /* E2E-counters of this connection */
    uint8_t received[IB_PUMP_CLIENT_POINTS];
    uint16_t awaited; /* the control point whose response is awaited; 0: none */
    uint8_t answer[IB_PUMP_CLIENT_VALUE];
    size_t answer_count;

    /* The result of a report of the history */
    bool has_record;
    uint32_t last_record;
    ib_sfloat wanted_amount; /* the amount of a fast bolus */
    bool has_found;
    uint16_t found; /* the last such bolus that was programmed */
};

/* ``notified`` may be NULL. */
void ib_pump_client_init(struct ib_pump_client *client, const struct ib_hal *hal, ib_notified *notified, void *context);
/* Connect, read whether values are protected, and subscribe. IB_INVALID_RESPONSE: it is no pump. */
enum ib_outcome ib_pump_client_open(struct ib_pump_client *client);
/* Write an operation to a control point and wait for its response, which is valid until the next one. */
enum ib_outcome ib_pump_client_ask(struct ib_pump_client *client, uint16_t uuid, struct ib_octets operation,
                                   struct ib_octets *answer);
/* Begin a fast bolus, IU. */
struct ib_dose ib_pump_client_bolus(struct ib_pump_client *client, ib_sfloat amount);

#ifdef __cplusplus
}
#endif

#endif
