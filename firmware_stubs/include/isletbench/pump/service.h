/* The Insulin Delivery Service over a pump: what a collector sees. Decides nothing: asks the pump. As emulator/endpoints/ids/service.py.
 * Source: IDS 1.0.2. */
#ifndef ISLETBENCH_PUMP_SERVICE_H
#define ISLETBENCH_PUMP_SERVICE_H

#include "isletbench/gatt.h"
#include "isletbench/pump/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PUMP_CHARACTERISTICS 9U

/* What is remembered of a control point on a connection. */
struct ib_pump_point {
    uint8_t received; /* the last E2E-counter accepted */
    uint8_t refused;  /* writes refused since then: the client may or may not have counted them */
};

/* History on its way to the client, one record after another. */
struct ib_pump_transfer {
    struct ib_history_selection selection;
    uint32_t next;  /* from this number on */
    ib_instant due; /* of the next record, or of the answer after the last one; IB_NOT_DUE when nothing is on its way */
};

/* A basal rate profile template on its way in, record by record. Source: IDS 1.0.2, sections 3.7.2.1.2 and 3.11.2. */
struct ib_pump_transaction {
    uint8_t number; /* of the template; 0: there is no transaction */
    uint32_t have;  /* which blocks have come, bit 0 the first */
    struct ib_basal_template profile;
};

struct ib_pump_service {
    struct ib_pump_machine *pump;
    struct ib_gatt *gatt;
    struct ib_pump_transaction transaction;

    /* Of the connection */
    uint8_t sent[IB_PUMP_CHARACTERISTICS]; /* the last E2E-counter, by place in the table */
    struct ib_pump_point points[IB_PUMP_CHARACTERISTICS];
    uint16_t procedure; /* the control point whose procedure runs: its indication has not been confirmed; 0: none */
    struct ib_pump_transfer transfer;
    uint16_t told_changed; /* the Status Changed bits the client has been told of */
    enum ib_ids_therapy_control_state told_therapy;
    enum ib_ids_operational_state told_operational;
    ib_insulin told_reservoir;
    uint16_t told_annunciation; /* id, IB_NO_ID while there is none */
    enum ib_ids_annunciation_status told_annunciation_status;
};

/* The service as the server wants it; both outlive it. */
struct ib_gatt_service ib_pump_service_init(struct ib_pump_service *service, struct ib_pump_machine *pump, struct ib_gatt *gatt);

#ifdef __cplusplus
}
#endif

#endif
