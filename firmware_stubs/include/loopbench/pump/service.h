/* The Insulin Delivery Service over a pump: what a collector sees. Decides nothing: asks the pump. As emulator/pump/service.py.
 * Source: IDS 1.0.2. */
#ifndef LOOPBENCH_PUMP_SERVICE_H
#define LOOPBENCH_PUMP_SERVICE_H

#include "loopbench/gatt.h"
#include "loopbench/pump/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_PUMP_CHARACTERISTICS 9U

/* What is remembered of a control point on a connection. */
struct lb_pump_point {
    uint8_t received; /* the last E2E-counter accepted */
    uint8_t refused;  /* writes refused since then: the client may or may not have counted them */
};

/* History on its way to the client, one record after another. */
struct lb_pump_transfer {
    struct lb_history_selection selection;
    uint32_t next;  /* from this number on */
    lb_instant due; /* of the next record, or of the answer after the last one; LB_NOT_DUE when nothing is on its way */
};

/* A basal rate profile template on its way in, record by record. Source: IDS 1.0.2, sections 3.7.2.1.2 and 3.11.2. */
struct lb_pump_transaction {
    uint8_t number; /* of the template; 0: there is no transaction */
    uint32_t have;  /* which blocks have come, bit 0 the first */
    struct lb_basal_template profile;
};

struct lb_pump_service {
    struct lb_pump_machine *pump;
    struct lb_gatt *gatt;
    struct lb_pump_transaction transaction;

    /* Of the connection */
    uint8_t sent[LB_PUMP_CHARACTERISTICS]; /* the last E2E-counter, by place in the table */
    struct lb_pump_point points[LB_PUMP_CHARACTERISTICS];
    uint16_t procedure; /* the control point whose procedure runs: its indication has not been confirmed; 0: none */
    struct lb_pump_transfer transfer;
    uint16_t told_changed; /* the Status Changed bits the client has been told of */
    enum lb_ids_therapy_control_state told_therapy;
    enum lb_ids_operational_state told_operational;
    lb_insulin told_reservoir;
    uint16_t told_annunciation; /* id, LB_NO_ID while there is none */
    enum lb_ids_annunciation_status told_annunciation_status;
};

/* The service as the server wants it; both outlive it. */
struct lb_gatt_service lb_pump_service_init(struct lb_pump_service *service, struct lb_pump_machine *pump, struct lb_gatt *gatt);

#ifdef __cplusplus
}
#endif

#endif
