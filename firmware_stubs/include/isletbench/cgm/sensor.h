/* The sensor: a session, a measurement every few minutes, a store of records. It knows no GATT. As emulator/cgm/sensor.py with
 * the numbers of profiles/cgm.h; no warm-up, no error of its own. */
#ifndef ISLETBENCH_CGM_SENSOR_H
#define ISLETBENCH_CGM_SENSOR_H

#include "isletbench/cgm/calibration.h"
#include "isletbench/cgm/records.h"
#include "isletbench/hal.h"
#include "isletbench/wall_clock.h"
#include "packets/cgms.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MS_PER_MIN UINT64_C(60000)

enum ib_cgm_session { IB_CGM_RUNNING, IB_CGM_STOPPED, IB_CGM_EXPIRED };

/* Alert levels, in the order of their op codes. */
enum ib_cgm_level {
    IB_CGM_PATIENT_HIGH,
    IB_CGM_PATIENT_LOW,
    IB_CGM_HYPO,
    IB_CGM_HYPER,
    IB_CGM_RATE_OF_DECREASE,
    IB_CGM_RATE_OF_INCREASE,
    IB_CGM_LEVELS
};

struct ib_sensor {
    const struct ib_hal *hal;
    enum ib_cgm_session session;
    uint32_t sessions; /* that have begun */
    uint64_t began_ms;
    uint64_t ended_ms;
    struct ib_cgm_records records;
    struct ib_cgm_readings readings;
    struct ib_cgm_calibrations calibrations;
    ib_sfloat levels[IB_CGM_LEVELS]; /* mg/dL and mg/dL/min */
    bool is_reminded;
    bool is_alert_latched; /* the device-specific alert: the end of its life is near */
    struct ib_wall_clock clock;
    bool has_start_time;
    int64_t start_us; /* by the client's clock */
    int8_t time_zone;
    enum ib_fields_dst_offset dst_offset;
};

/* Power-up, with a sensor that begins its session by itself; its clock shows ``epoch``. */
void ib_sensor_init(struct ib_sensor *sensor, const struct ib_hal *hal, const struct ib_date_time *epoch);
/* Let everything happen that was due by ``now``, each at its own instant. */
void ib_sensor_advance(struct ib_sensor *sensor, uint64_t now);
uint64_t ib_sensor_next_deadline(const struct ib_sensor *sensor);

/* Begin or end a session. False when the state does not allow it. */
bool ib_sensor_start(struct ib_sensor *sensor, uint64_t now);
bool ib_sensor_stop(struct ib_sensor *sensor, uint64_t now);
/* The client sets its date and time; from them follows the session start time. */
void ib_sensor_set_time(struct ib_sensor *sensor, int64_t client_us, int8_t time_zone, enum ib_fields_dst_offset dst_offset,
                        uint64_t now);
/* Set an alert level. False when it is out of range. */
bool ib_sensor_set_level(struct ib_sensor *sensor, enum ib_cgm_level which, ib_sfloat level);
enum ib_cgms_ops_response ib_sensor_calibrate(struct ib_sensor *sensor, const struct ib_cgms_calibration *reference, uint64_t now);

uint64_t ib_sensor_elapsed_ms(const struct ib_sensor *sensor, uint64_t now); /* of the session; it does not change after its end */
uint16_t ib_sensor_time_offset(const struct ib_sensor *sensor, uint64_t now); /* min */
uint32_t ib_sensor_annunciation(struct ib_sensor *sensor, uint64_t now);
uint8_t ib_sensor_battery_level(uint64_t now); /* % */

#ifdef __cplusplus
}
#endif

#endif
