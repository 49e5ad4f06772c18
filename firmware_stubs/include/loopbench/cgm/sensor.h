/* The sensor: a session, a measurement every few minutes, a store of records. It knows no wire. As emulator/cgm/sensor.py with
 * the numbers of profiles/cgm.h; no warm-up, no error of its own. */
#ifndef LOOPBENCH_CGM_SENSOR_H
#define LOOPBENCH_CGM_SENSOR_H

#include "loopbench/cgm/calibration.h"
#include "loopbench/cgm/records.h"
#include "loopbench/hal.h"
#include "loopbench/wall_clock.h"
#include "packets/cgms.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_MS_PER_MIN UINT64_C(60000)

enum lb_cgm_session { LB_CGM_RUNNING, LB_CGM_STOPPED, LB_CGM_EXPIRED };

/* Alert levels, in the order of their op codes. */
enum lb_cgm_level {
    LB_CGM_PATIENT_HIGH,
    LB_CGM_PATIENT_LOW,
    LB_CGM_HYPO,
    LB_CGM_HYPER,
    LB_CGM_RATE_OF_DECREASE,
    LB_CGM_RATE_OF_INCREASE,
    LB_CGM_LEVELS
};

struct lb_sensor {
    const struct lb_hal *hal;
    enum lb_cgm_session session;
    uint32_t sessions; /* that have begun */
    uint64_t began_ms;
    uint64_t ended_ms;
    struct lb_cgm_records records;
    struct lb_cgm_readings readings;
    struct lb_cgm_calibrations calibrations;
    lb_sfloat levels[LB_CGM_LEVELS]; /* mg/dL and mg/dL/min */
    bool is_reminded;
    bool is_alert_latched; /* the device-specific alert: the end of its life is near */
    struct lb_wall_clock clock;
    bool has_start_time;
    int64_t start_us; /* by the client's clock */
    int8_t time_zone;
    enum lb_fields_dst_offset dst_offset;
};

/* Power-up, with a sensor that begins its session by itself; its clock shows ``epoch``. */
void lb_sensor_init(struct lb_sensor *sensor, const struct lb_hal *hal, const struct lb_date_time *epoch);
/* Let everything happen that was due by ``now``, each at its own instant. */
void lb_sensor_advance(struct lb_sensor *sensor, uint64_t now);
uint64_t lb_sensor_next_deadline(const struct lb_sensor *sensor);

/* Begin or end a session. False when it is not the time for that. */
bool lb_sensor_start(struct lb_sensor *sensor, uint64_t now);
bool lb_sensor_stop(struct lb_sensor *sensor, uint64_t now);
/* The client says what time it is; from that follows when the session began. */
void lb_sensor_set_time(struct lb_sensor *sensor, int64_t client_us, int8_t time_zone, enum lb_fields_dst_offset dst_offset,
                        uint64_t now);
/* Set an alert level. False when it is out of range. */
bool lb_sensor_set_level(struct lb_sensor *sensor, enum lb_cgm_level which, lb_sfloat level);
enum lb_cgms_ops_response lb_sensor_calibrate(struct lb_sensor *sensor, const struct lb_cgms_calibration *reference, uint64_t now);

uint64_t lb_sensor_elapsed_ms(const struct lb_sensor *sensor, uint64_t now); /* of the session; stands still after its end */
uint16_t lb_sensor_time_offset(const struct lb_sensor *sensor, uint64_t now); /* min */
uint32_t lb_sensor_annunciation(struct lb_sensor *sensor, uint64_t now);
uint8_t lb_sensor_battery_level(uint64_t now); /* % */

/* A day of glucose for a sensor that is told none, mg/dL. */
uint16_t lb_cgm_built_in_glucose(uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
