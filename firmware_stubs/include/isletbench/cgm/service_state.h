/* What the Continuous Glucose Monitoring Service remembers of its client. Source: CGMS 1.0.1. */
#ifndef ISLETBENCH_CGM_SERVICE_STATE_H
#define ISLETBENCH_CGM_SERVICE_STATE_H

#include "isletbench/cgm/sensor.h"
#include "isletbench/gatt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A report of stored records. */
struct ib_cgm_transfer {
    uint32_t next;     /* the number to continue from */
    uint32_t high;     /* the last one */
    uint64_t began_ms; /* when the session of the records began */
    uint64_t due;      /* of the next notification, or of the response after the last one; IB_NEVER when there is no report */
};

struct ib_cgm_service {
    struct ib_sensor *sensor;
    struct ib_gatt *gatt;
    uint64_t interval_ms; /* of communication; 0 is off. It is kept across sessions and connections */
    uint64_t sent_at_ms;  /* when measurements were notified last, as time since the session's start */
    uint32_t taken;       /* how many records of the session the service has processed */
    uint32_t session;     /* the number of that session */
    struct ib_cgm_transfer transfer;
    bool is_accessing; /* a record access procedure runs: its last indication has not been confirmed */
    bool is_operating; /* likewise, a procedure of the Specific Ops Control Point */
};

#ifdef __cplusplus
}
#endif

#endif
