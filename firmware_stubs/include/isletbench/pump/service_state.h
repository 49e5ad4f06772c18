/* What the Insulin Delivery Service remembers of its client. Source: IDS 1.0.2. */
#ifndef ISLETBENCH_PUMP_SERVICE_STATE_H
#define ISLETBENCH_PUMP_SERVICE_STATE_H

#include "isletbench/gatt.h"
#include "isletbench/pump/parts.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PUMP_CHARACTERISTICS 9U

/* The E2E counters of a control point on a connection. */
struct ib_pump_point {
    uint8_t received; /* the last one accepted */
    uint8_t refused;  /* writes refused since then: the client may or may not have counted them */
};

/* A report of the history: one record after another. */
struct ib_pump_transfer {
    struct ib_history_selection selection;
    uint32_t next;  /* the number to continue from */
    ib_instant due; /* of the next record, or of the response after the last one; IB_NOT_DUE when there is no report */
};

/* A basal rate profile template that the client writes record by record. Source: IDS 1.0.2, sections 3.7.2.1.2 and 3.11.2. */
struct ib_pump_transaction {
    uint8_t number;    /* of the template; 0: there is no transaction */
    uint32_t received; /* which blocks have been received, bit 0 the first */
    struct ib_basal_template profile;
};

/* The values that the client was notified of last. */
struct ib_pump_notified {
    uint16_t changed; /* Status Changed bits */
    enum ib_ids_therapy_control_state therapy;
    enum ib_ids_operational_state operational;
    ib_insulin reservoir;
    uint16_t annunciation; /* id, IB_NO_ID while there is none */
    enum ib_ids_annunciation_status annunciation_status;
};

struct ib_pump_service {
    struct ib_pump_machine *pump;
    struct ib_gatt *gatt;
    struct ib_pump_transaction transaction;

    /* Of the connection */
    uint8_t sent[IB_PUMP_CHARACTERISTICS]; /* the last E2E counter, by place in the table */
    struct ib_pump_point points[IB_PUMP_CHARACTERISTICS];
    uint16_t procedure; /* the control point whose procedure runs: its indication has not been confirmed; 0: none */
    struct ib_pump_transfer transfer;
    struct ib_pump_notified notified;
};

#ifdef __cplusplus
}
#endif

#endif
