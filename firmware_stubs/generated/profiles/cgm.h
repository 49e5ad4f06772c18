/* Written by `isletbench firmware headers` from hil_rigs/stubs.toml and emulator/cgm/profile.py. Change it there. */
#ifndef ISLETBENCH_PROFILES_CGM_H
#define ISLETBENCH_PROFILES_CGM_H

#define IB_CGM_FEATURES 0x01FFFFU /* enum ib_cgms_feature */
#define IB_CGM_CRC IB_CRC_SPECIFIED /* enum ib_crc */
#define IB_CGM_SAMPLE_TYPE IB_CGMS_SAMPLE_TYPE_INTERSTITIAL_FLUID /* what is measured in */
#define IB_CGM_SAMPLE_LOCATION IB_CGMS_SAMPLE_LOCATION_SUBCUTANEOUS_TISSUE /* where */
#define IB_CGM_CADENCE_MIN 5U /* from one measurement to the next */
#define IB_CGM_LIFE_HOURS 336U /* of a session */
#define IB_CGM_REMINDER_MIN 1440U /* before its end the device-specific alert is raised */
#define IB_CGM_RECORDS 4032U /* that it keeps */
#define IB_CGM_LOWEST 40 /* mg/dL that it can process */
#define IB_CGM_HIGHEST 400 /* mg/dL */
#define IB_CGM_QUALITY 95 /* % of every result */
#define IB_CGM_TREND_MIN 15U /* of the past make a rate of change */
#define IB_CGM_BATTERY_LIFE_MIN 129600U /* from full to empty */
#define IB_CGM_BATTERY_LOW 10 /* %: below this it is said to be low */
#define IB_CGM_FASTEST_MIN 1U /* the shortest communication interval */
#define IB_CGM_TRANSFER_SPACING_MS 8U /* between two notifications of stored records */
#define IB_CGM_CALIBRATION_MIN 720U /* from one calibration to the next */
#define IB_CGM_CALIBRATION_PROCESSING_MS 300000U /* from a reference value to what becomes of it */
#define IB_CGM_CALIBRATION_LOWEST 40 /* mg/dL of a reference value */
#define IB_CGM_CALIBRATION_HIGHEST 400 /* mg/dL */
#define IB_CGM_CALIBRATION_STEEPEST 20 /* tenths of mg/dL/min: none is taken while glucose changes faster */
#define IB_CGM_CALIBRATION_TOLERANCE 50 /* % that a reference may differ from what is shown */
#define IB_CGM_COMPARABLE_MIN 30U /* that a reading may be away from a reference */
/* struct ib_identity */
#define IB_CGM_IDENTITY {"isletbench", "Virtual CGM", "cgm", "1", {{0x3B, 0x8C, 0xB8, 0x82, 0x57, 0x7A, 0xA0, 0x2E}}}
/* Each alert level, in the order of their op codes: preset, lowest, highest; mg/dL, mg/dL/min. */
#define IB_CGM_ALERT_LEVELS {{180, 20, 500}, {70, 20, 500}, {54, 20, 500}, {250, 20, 500}, {-3, -20, 20}, {3, -20, 20}}

#endif
