/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_CGMS_H
#define ISLETBENCH_PACKETS_CGMS_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"
#include "packets/racp.h"
#include "packets/frames.h"
#include "packets/companions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a sensor can do. CGMS 1.0.1, table 3.6. Bits 17 to 23 are reserved. */
enum ib_cgms_feature {
    IB_CGMS_FEATURE_CALIBRATION = 0x01,
    IB_CGMS_FEATURE_PATIENT_HIGH_LOW_ALERTS = 0x02,
    IB_CGMS_FEATURE_HYPO_ALERTS = 0x04,
    IB_CGMS_FEATURE_HYPER_ALERTS = 0x08,
    IB_CGMS_FEATURE_RATE_ALERTS = 0x10,
    IB_CGMS_FEATURE_DEVICE_SPECIFIC_ALERT = 0x20,
    IB_CGMS_FEATURE_SENSOR_MALFUNCTION_DETECTION = 0x40,
    IB_CGMS_FEATURE_SENSOR_TEMPERATURE_HIGH_LOW_DETECTION = 0x80,
    IB_CGMS_FEATURE_SENSOR_RESULT_HIGH_LOW_DETECTION = 0x100,
    IB_CGMS_FEATURE_LOW_BATTERY_DETECTION = 0x200,
    IB_CGMS_FEATURE_SENSOR_TYPE_ERROR_DETECTION = 0x400,
    IB_CGMS_FEATURE_GENERAL_DEVICE_FAULT = 0x800,
    IB_CGMS_FEATURE_E2E_CRC = 0x1000,
    IB_CGMS_FEATURE_MULTIPLE_BOND = 0x2000,
    IB_CGMS_FEATURE_MULTIPLE_SESSIONS = 0x4000,
    IB_CGMS_FEATURE_TREND = 0x8000,
    IB_CGMS_FEATURE_QUALITY = 0x10000,
};
#define IB_CGMS_FEATURE_ALL 0x1FFFFU

/* Sensor status annunciation: status (bits 0 to 7), calibration and temperature (8 to 15), warning (16 to 23). CGMS
 * 1.0.1, table 3.2. */
enum ib_cgms_annunciation {
    IB_CGMS_ANNUNCIATION_SESSION_STOPPED = 0x01,
    IB_CGMS_ANNUNCIATION_DEVICE_BATTERY_LOW = 0x02,
    IB_CGMS_ANNUNCIATION_SENSOR_TYPE_INCORRECT = 0x04,
    IB_CGMS_ANNUNCIATION_SENSOR_MALFUNCTION = 0x08,
    IB_CGMS_ANNUNCIATION_DEVICE_SPECIFIC_ALERT = 0x10,
    IB_CGMS_ANNUNCIATION_GENERAL_DEVICE_FAULT = 0x20,
    IB_CGMS_ANNUNCIATION_TIME_SYNCHRONIZATION_REQUIRED = 0x100,
    IB_CGMS_ANNUNCIATION_CALIBRATION_NOT_ALLOWED = 0x200,
    IB_CGMS_ANNUNCIATION_CALIBRATION_RECOMMENDED = 0x400,
    IB_CGMS_ANNUNCIATION_CALIBRATION_REQUIRED = 0x800,
    IB_CGMS_ANNUNCIATION_SENSOR_TEMPERATURE_TOO_HIGH = 0x1000,
    IB_CGMS_ANNUNCIATION_SENSOR_TEMPERATURE_TOO_LOW = 0x2000,
    IB_CGMS_ANNUNCIATION_LOWER_THAN_PATIENT_LOW = 0x10000,
    IB_CGMS_ANNUNCIATION_HIGHER_THAN_PATIENT_HIGH = 0x20000,
    IB_CGMS_ANNUNCIATION_LOWER_THAN_HYPO = 0x40000,
    IB_CGMS_ANNUNCIATION_HIGHER_THAN_HYPER = 0x80000,
    IB_CGMS_ANNUNCIATION_RATE_OF_DECREASE_EXCEEDED = 0x100000,
    IB_CGMS_ANNUNCIATION_RATE_OF_INCREASE_EXCEEDED = 0x200000,
    IB_CGMS_ANNUNCIATION_RESULT_LOWER_THAN_PROCESSABLE = 0x400000,
    IB_CGMS_ANNUNCIATION_RESULT_HIGHER_THAN_PROCESSABLE = 0x800000,
};
#define IB_CGMS_ANNUNCIATION_ALL 0xFF3F3FU

/* What was measured in. CGMS 1.0.1, table 3.7. */
enum ib_cgms_sample_type {
    IB_CGMS_SAMPLE_TYPE_CAPILLARY_WHOLE_BLOOD = 0x01,
    IB_CGMS_SAMPLE_TYPE_CAPILLARY_PLASMA = 0x02,
    IB_CGMS_SAMPLE_TYPE_VENOUS_WHOLE_BLOOD = 0x03,
    IB_CGMS_SAMPLE_TYPE_VENOUS_PLASMA = 0x04,
    IB_CGMS_SAMPLE_TYPE_ARTERIAL_WHOLE_BLOOD = 0x05,
    IB_CGMS_SAMPLE_TYPE_ARTERIAL_PLASMA = 0x06,
    IB_CGMS_SAMPLE_TYPE_UNDETERMINED_WHOLE_BLOOD = 0x07,
    IB_CGMS_SAMPLE_TYPE_UNDETERMINED_PLASMA = 0x08,
    IB_CGMS_SAMPLE_TYPE_INTERSTITIAL_FLUID = 0x09,
    IB_CGMS_SAMPLE_TYPE_CONTROL_SOLUTION = 0x0A,
};
bool ib_cgms_sample_type_is(uint32_t code);

/* Where it was measured. CGMS 1.0.1, table 3.8. */
enum ib_cgms_sample_location {
    IB_CGMS_SAMPLE_LOCATION_FINGER = 0x01,
    IB_CGMS_SAMPLE_LOCATION_ALTERNATE_SITE_TEST = 0x02,
    IB_CGMS_SAMPLE_LOCATION_EARLOBE = 0x03,
    IB_CGMS_SAMPLE_LOCATION_CONTROL_SOLUTION = 0x04,
    IB_CGMS_SAMPLE_LOCATION_SUBCUTANEOUS_TISSUE = 0x05,
    IB_CGMS_SAMPLE_LOCATION_NOT_AVAILABLE = 0x0F,
};
bool ib_cgms_sample_location_is(uint32_t code);

/* How a procedure ended. CGMS 1.0.1, table 3.19. */
enum ib_cgms_ops_response {
    IB_CGMS_OPS_RESPONSE_SUCCESS = 0x01,
    IB_CGMS_OPS_RESPONSE_OPCODE_NOT_SUPPORTED = 0x02,
    IB_CGMS_OPS_RESPONSE_INVALID_OPERAND = 0x03,
    IB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED = 0x04,
    IB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE = 0x05,
};
bool ib_cgms_ops_response_is(uint32_t code);

/* What became of a calibration; 0 is accepted. CGMS 1.0.1, table 3.18. */
enum ib_cgms_calibration_status {
    IB_CGMS_CALIBRATION_STATUS_REJECTED = 0x01,
    IB_CGMS_CALIBRATION_STATUS_OUT_OF_RANGE = 0x02,
    IB_CGMS_CALIBRATION_STATUS_PROCESS_PENDING = 0x04,
};
#define IB_CGMS_CALIBRATION_STATUS_ALL 0x07U

/* Operations of the CGM Specific Ops Control Point: 1 octet before the packet. */
enum ib_cgms_specific_ops_opcode {
    IB_CGMS_SPECIFIC_OPS_SET_COMMUNICATION_INTERVAL = 0x01,
    IB_CGMS_SPECIFIC_OPS_GET_COMMUNICATION_INTERVAL = 0x02,
    IB_CGMS_SPECIFIC_OPS_COMMUNICATION_INTERVAL_RESPONSE = 0x03,
    IB_CGMS_SPECIFIC_OPS_SET_GLUCOSE_CALIBRATION_VALUE = 0x04,
    IB_CGMS_SPECIFIC_OPS_GET_GLUCOSE_CALIBRATION_VALUE = 0x05,
    IB_CGMS_SPECIFIC_OPS_GLUCOSE_CALIBRATION_VALUE_RESPONSE = 0x06,
    IB_CGMS_SPECIFIC_OPS_SET_PATIENT_HIGH_ALERT_LEVEL = 0x07,
    IB_CGMS_SPECIFIC_OPS_GET_PATIENT_HIGH_ALERT_LEVEL = 0x08,
    IB_CGMS_SPECIFIC_OPS_PATIENT_HIGH_ALERT_LEVEL_RESPONSE = 0x09,
    IB_CGMS_SPECIFIC_OPS_SET_PATIENT_LOW_ALERT_LEVEL = 0x0A,
    IB_CGMS_SPECIFIC_OPS_GET_PATIENT_LOW_ALERT_LEVEL = 0x0B,
    IB_CGMS_SPECIFIC_OPS_PATIENT_LOW_ALERT_LEVEL_RESPONSE = 0x0C,
    IB_CGMS_SPECIFIC_OPS_SET_HYPO_ALERT_LEVEL = 0x0D,
    IB_CGMS_SPECIFIC_OPS_GET_HYPO_ALERT_LEVEL = 0x0E,
    IB_CGMS_SPECIFIC_OPS_HYPO_ALERT_LEVEL_RESPONSE = 0x0F,
    IB_CGMS_SPECIFIC_OPS_SET_HYPER_ALERT_LEVEL = 0x10,
    IB_CGMS_SPECIFIC_OPS_GET_HYPER_ALERT_LEVEL = 0x11,
    IB_CGMS_SPECIFIC_OPS_HYPER_ALERT_LEVEL_RESPONSE = 0x12,
    IB_CGMS_SPECIFIC_OPS_SET_RATE_OF_DECREASE_ALERT_LEVEL = 0x13,
    IB_CGMS_SPECIFIC_OPS_GET_RATE_OF_DECREASE_ALERT_LEVEL = 0x14,
    IB_CGMS_SPECIFIC_OPS_RATE_OF_DECREASE_ALERT_LEVEL_RESPONSE = 0x15,
    IB_CGMS_SPECIFIC_OPS_SET_RATE_OF_INCREASE_ALERT_LEVEL = 0x16,
    IB_CGMS_SPECIFIC_OPS_GET_RATE_OF_INCREASE_ALERT_LEVEL = 0x17,
    IB_CGMS_SPECIFIC_OPS_RATE_OF_INCREASE_ALERT_LEVEL_RESPONSE = 0x18,
    IB_CGMS_SPECIFIC_OPS_RESET_DEVICE_SPECIFIC_ALERT = 0x19,
    IB_CGMS_SPECIFIC_OPS_START_SESSION = 0x1A,
    IB_CGMS_SPECIFIC_OPS_STOP_SESSION = 0x1B,
    IB_CGMS_SPECIFIC_OPS_RESPONSE_CODE = 0x1C,
};
/* How many octets an operation has, its op code included; 0 when there is no such one or it varies. */
size_t ib_cgms_specific_ops_size(uint32_t opcode);

/* CGM Measurement, one record without its size and CRC. CGMS 1.0.1, section 3.1. */
struct ib_cgms_measurement {
    ib_sfloat glucose; /* mg/dL */
    uint16_t time_offset; /* min since session start */
    uint32_t annunciation; /* sensor status annunciation; enum ib_cgms_annunciation */
    bool has_trend;
    ib_sfloat trend; /* mg/dL/min */
    bool has_quality;
    ib_sfloat quality; /* % */
};
void ib_cgms_measurement_read(struct ib_reader *from, struct ib_cgms_measurement *value);
void ib_cgms_measurement_write(struct ib_writer *to, const struct ib_cgms_measurement *value);

/* CGM Feature. CGMS 1.0.1, section 3.2. */
struct ib_cgms_feature_value {
    uint32_t features; /* bit field; enum ib_cgms_feature */
    struct { enum ib_cgms_sample_type low; enum ib_cgms_sample_location high; } origin; /* type and sample location */
};
#define IB_CGMS_FEATURE_VALUE_SIZE 4U
void ib_cgms_feature_value_read(struct ib_reader *from, struct ib_cgms_feature_value *value);
void ib_cgms_feature_value_write(struct ib_writer *to, const struct ib_cgms_feature_value *value);

/* CGM Status. CGMS 1.0.1, section 3.3. */
struct ib_cgms_status {
    uint16_t time_offset; /* min since session start */
    uint32_t annunciation; /* sensor status annunciation; enum ib_cgms_annunciation */
};
#define IB_CGMS_STATUS_SIZE 5U
void ib_cgms_status_read(struct ib_reader *from, struct ib_cgms_status *value);
void ib_cgms_status_write(struct ib_writer *to, const struct ib_cgms_status *value);

/* CGM Session Start Time. Written: the client's current time; read: when the session began. CGMS 1.0.1, section 3.4. */
struct ib_cgms_session_start_time {
    struct ib_date_time_date_time time; /* local date and time */
    int8_t time_zone; /* quarter hours from UTC; IB_TIME_ZONE_UNKNOWN */
    enum ib_fields_dst_offset dst_offset; /* daylight saving time offset */
};
#define IB_CGMS_SESSION_START_TIME_SIZE 9U
void ib_cgms_session_start_time_read(struct ib_reader *from, struct ib_cgms_session_start_time *value);
void ib_cgms_session_start_time_write(struct ib_writer *to, const struct ib_cgms_session_start_time *value);

/* CGM Session Run Time: how long the session is expected to last. CGMS 1.0.1, section 3.5. */
struct ib_cgms_session_run_time {
    uint16_t run_time; /* h since session start */
};
#define IB_CGMS_SESSION_RUN_TIME_SIZE 2U
void ib_cgms_session_run_time_read(struct ib_reader *from, struct ib_cgms_session_run_time *value);
void ib_cgms_session_run_time_write(struct ib_writer *to, const struct ib_cgms_session_run_time *value);

/* Set the interval between measurements. */
struct ib_cgms_set_communication_interval {
    uint8_t interval; /* min; 0 disables periodic notifications, 255 asks for the fastest */
};
#define IB_CGMS_SET_COMMUNICATION_INTERVAL_SIZE 1U
void ib_cgms_set_communication_interval_read(struct ib_reader *from, struct ib_cgms_set_communication_interval *value);
void ib_cgms_set_communication_interval_write(struct ib_writer *to, const struct ib_cgms_set_communication_interval *value);

/* The interval between measurements. */
struct ib_cgms_communication_interval_response {
    uint8_t interval; /* min */
};
#define IB_CGMS_COMMUNICATION_INTERVAL_RESPONSE_SIZE 1U
void ib_cgms_communication_interval_response_read(struct ib_reader *from, struct ib_cgms_communication_interval_response *value);
void ib_cgms_communication_interval_response_write(struct ib_writer *to, const struct ib_cgms_communication_interval_response *value);

/* A calibration data record; all of it is 0 where none is stored. CGMS 1.0.1, section 3.7.2.2. */
struct ib_cgms_calibration {
    ib_sfloat glucose; /* mg/dL */
    uint16_t time; /* min since session start, when the reference was taken */
    struct { enum ib_cgms_sample_type low; enum ib_cgms_sample_location high; } origin; /* type and sample location; None of no record */
    uint16_t next_time; /* min since session start; 0 at once, 65535 no reminder */
    uint16_t record_number; /* assigned by the sensor, from 1; 0 is no calibration */
    uint8_t status; /* what became of it; enum ib_cgms_calibration_status */
};
#define IB_CGMS_CALIBRATION_SIZE 10U
void ib_cgms_calibration_read(struct ib_reader *from, struct ib_cgms_calibration *value);
void ib_cgms_calibration_write(struct ib_writer *to, const struct ib_cgms_calibration *value);

/* Calibrate the sensor with a reference measurement. */
struct ib_cgms_set_glucose_calibration_value {
    struct ib_cgms_calibration calibration; /* record number and status are ignored */
};
#define IB_CGMS_SET_GLUCOSE_CALIBRATION_VALUE_SIZE 10U
void ib_cgms_set_glucose_calibration_value_read(struct ib_reader *from, struct ib_cgms_set_glucose_calibration_value *value);
void ib_cgms_set_glucose_calibration_value_write(struct ib_writer *to, const struct ib_cgms_set_glucose_calibration_value *value);

/* Ask for a calibration data record. */
struct ib_cgms_get_glucose_calibration_value {
    uint16_t record_number; /* 65535 is the newest */
};
#define IB_CGMS_GET_GLUCOSE_CALIBRATION_VALUE_SIZE 2U
void ib_cgms_get_glucose_calibration_value_read(struct ib_reader *from, struct ib_cgms_get_glucose_calibration_value *value);
void ib_cgms_get_glucose_calibration_value_write(struct ib_writer *to, const struct ib_cgms_get_glucose_calibration_value *value);

/* A calibration data record. */
struct ib_cgms_glucose_calibration_value_response {
    struct ib_cgms_calibration calibration; /* the record */
};
#define IB_CGMS_GLUCOSE_CALIBRATION_VALUE_RESPONSE_SIZE 10U
void ib_cgms_glucose_calibration_value_response_read(struct ib_reader *from, struct ib_cgms_glucose_calibration_value_response *value);
void ib_cgms_glucose_calibration_value_response_write(struct ib_writer *to, const struct ib_cgms_glucose_calibration_value_response *value);

/* Set the patient high alert level. */
struct ib_cgms_set_patient_high_alert_level {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_SET_PATIENT_HIGH_ALERT_LEVEL_SIZE 2U
void ib_cgms_set_patient_high_alert_level_read(struct ib_reader *from, struct ib_cgms_set_patient_high_alert_level *value);
void ib_cgms_set_patient_high_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_patient_high_alert_level *value);

/* The patient high alert level. */
struct ib_cgms_patient_high_alert_level_response {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_PATIENT_HIGH_ALERT_LEVEL_RESPONSE_SIZE 2U
void ib_cgms_patient_high_alert_level_response_read(struct ib_reader *from, struct ib_cgms_patient_high_alert_level_response *value);
void ib_cgms_patient_high_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_patient_high_alert_level_response *value);

/* Set the patient low alert level. */
struct ib_cgms_set_patient_low_alert_level {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_SET_PATIENT_LOW_ALERT_LEVEL_SIZE 2U
void ib_cgms_set_patient_low_alert_level_read(struct ib_reader *from, struct ib_cgms_set_patient_low_alert_level *value);
void ib_cgms_set_patient_low_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_patient_low_alert_level *value);

/* The patient low alert level. */
struct ib_cgms_patient_low_alert_level_response {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_PATIENT_LOW_ALERT_LEVEL_RESPONSE_SIZE 2U
void ib_cgms_patient_low_alert_level_response_read(struct ib_reader *from, struct ib_cgms_patient_low_alert_level_response *value);
void ib_cgms_patient_low_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_patient_low_alert_level_response *value);

/* Set the hypoglycemia alert level. */
struct ib_cgms_set_hypo_alert_level {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_SET_HYPO_ALERT_LEVEL_SIZE 2U
void ib_cgms_set_hypo_alert_level_read(struct ib_reader *from, struct ib_cgms_set_hypo_alert_level *value);
void ib_cgms_set_hypo_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_hypo_alert_level *value);

/* The hypoglycemia alert level. */
struct ib_cgms_hypo_alert_level_response {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_HYPO_ALERT_LEVEL_RESPONSE_SIZE 2U
void ib_cgms_hypo_alert_level_response_read(struct ib_reader *from, struct ib_cgms_hypo_alert_level_response *value);
void ib_cgms_hypo_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_hypo_alert_level_response *value);

/* Set the hyperglycemia alert level. */
struct ib_cgms_set_hyper_alert_level {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_SET_HYPER_ALERT_LEVEL_SIZE 2U
void ib_cgms_set_hyper_alert_level_read(struct ib_reader *from, struct ib_cgms_set_hyper_alert_level *value);
void ib_cgms_set_hyper_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_hyper_alert_level *value);

/* The hyperglycemia alert level. */
struct ib_cgms_hyper_alert_level_response {
    ib_sfloat level; /* mg/dL */
};
#define IB_CGMS_HYPER_ALERT_LEVEL_RESPONSE_SIZE 2U
void ib_cgms_hyper_alert_level_response_read(struct ib_reader *from, struct ib_cgms_hyper_alert_level_response *value);
void ib_cgms_hyper_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_hyper_alert_level_response *value);

/* Set the rate of decrease alert level. */
struct ib_cgms_set_rate_of_decrease_alert_level {
    ib_sfloat level; /* mg/dL/min */
};
#define IB_CGMS_SET_RATE_OF_DECREASE_ALERT_LEVEL_SIZE 2U
void ib_cgms_set_rate_of_decrease_alert_level_read(struct ib_reader *from, struct ib_cgms_set_rate_of_decrease_alert_level *value);
void ib_cgms_set_rate_of_decrease_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_rate_of_decrease_alert_level *value);

/* The rate of decrease alert level. */
struct ib_cgms_rate_of_decrease_alert_level_response {
    ib_sfloat level; /* mg/dL/min */
};
#define IB_CGMS_RATE_OF_DECREASE_ALERT_LEVEL_RESPONSE_SIZE 2U
void ib_cgms_rate_of_decrease_alert_level_response_read(struct ib_reader *from, struct ib_cgms_rate_of_decrease_alert_level_response *value);
void ib_cgms_rate_of_decrease_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_rate_of_decrease_alert_level_response *value);

/* Set the rate of increase alert level. */
struct ib_cgms_set_rate_of_increase_alert_level {
    ib_sfloat level; /* mg/dL/min */
};
#define IB_CGMS_SET_RATE_OF_INCREASE_ALERT_LEVEL_SIZE 2U
void ib_cgms_set_rate_of_increase_alert_level_read(struct ib_reader *from, struct ib_cgms_set_rate_of_increase_alert_level *value);
void ib_cgms_set_rate_of_increase_alert_level_write(struct ib_writer *to, const struct ib_cgms_set_rate_of_increase_alert_level *value);

/* The rate of increase alert level. */
struct ib_cgms_rate_of_increase_alert_level_response {
    ib_sfloat level; /* mg/dL/min */
};
#define IB_CGMS_RATE_OF_INCREASE_ALERT_LEVEL_RESPONSE_SIZE 2U
void ib_cgms_rate_of_increase_alert_level_response_read(struct ib_reader *from, struct ib_cgms_rate_of_increase_alert_level_response *value);
void ib_cgms_rate_of_increase_alert_level_response_write(struct ib_writer *to, const struct ib_cgms_rate_of_increase_alert_level_response *value);

/* How an operation ended. CGMS 1.0.1, section 3.7.2. */
struct ib_cgms_response_code {
    uint8_t request; /* op code of the request */
    enum ib_cgms_ops_response code; /* how it ended */
};
#define IB_CGMS_RESPONSE_CODE_SIZE 2U
void ib_cgms_response_code_read(struct ib_reader *from, struct ib_cgms_response_code *value);
void ib_cgms_response_code_write(struct ib_writer *to, const struct ib_cgms_response_code *value);

#define IB_CGMS_MEASUREMENT_UUID 0x2AA7U /* CGM Measurement */
#define IB_CGMS_FEATURE_UUID 0x2AA8U /* CGM Feature */
#define IB_CGMS_STATUS_UUID 0x2AA9U /* CGM Status */
#define IB_CGMS_SESSION_START_TIME_UUID 0x2AAAU /* CGM Session Start Time */
#define IB_CGMS_SESSION_RUN_TIME_UUID 0x2AABU /* CGM Session Run Time */
#define IB_CGMS_RECORD_ACCESS_UUID 0x2A52U /* Record Access Control Point */
#define IB_CGMS_SPECIFIC_OPS_POINT_UUID 0x2AACU /* CGM Specific Ops Control Point */
extern const struct ib_service ib_service_cgms;

#ifdef __cplusplus
}
#endif

#endif
