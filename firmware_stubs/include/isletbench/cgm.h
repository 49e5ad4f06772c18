/* A CGM on a serial link. Everything the generic sensor of the Python emulator has, with its handles and refusals, except what
 * hands do to a sensor; of calibrations it keeps the newest 32. */
#ifndef ISLETBENCH_CGM_H
#define ISLETBENCH_CGM_H

#include "isletbench/cgm/sensor.h"
#include "isletbench/companions.h"
#include "isletbench/device.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CGM_SERVICES 5

/* Stored records on their way to the client. */
struct ib_cgm_transfer {
    uint32_t next; /* the number to go on from */
    uint32_t high; /* the last one */
    uint64_t began_ms; /* of the session they are from */
    uint64_t due; /* when the next notification, or after the last one the answer, is to leave; IB_NEVER */
};

/* The Continuous Glucose Monitoring Service over a sensor. */
struct ib_cgm_service {
    struct ib_sensor *sensor;
    struct ib_gatt *gatt;
    uint64_t interval_ms; /* of communication; 0 is off. It survives sessions and connections */
    uint64_t told_at_ms;  /* when the client was told last, as time since the session's start */
    uint32_t taken;       /* records made that the service has seen */
    uint32_t session;     /* of these, by the sensor's count */
    struct ib_cgm_transfer transfer;
    bool is_accessing; /* record access: its closing indication has not been confirmed */
    bool is_operating; /* specific ops, likewise */
};

struct ib_cgm {
    struct ib_device device;
    struct ib_sensor sensor;
    struct ib_cgm_service service;
    struct ib_companions companions;
    struct ib_gatt_service services[IB_CGM_SERVICES];
};

/* ``hal`` outlives it. Its time is 0 at power-up, or nearly. */
void ib_cgm_init(struct ib_cgm *cgm, const struct ib_hal *hal);
/* Do what is due and take what has arrived; the next deadline, ms. */
uint64_t ib_cgm_poll(struct ib_cgm *cgm);
/* The line has gone dead, where a port can see that. */
void ib_cgm_closed(struct ib_cgm *cgm);

#ifdef __cplusplus
}
#endif

#endif
