/* Written by `loopbench firmware headers` from hil_rigs/stubs.toml and emulator/cgm/profile.py. Change it there. */
#ifndef LOOPBENCH_PROFILES_CGM_H
#define LOOPBENCH_PROFILES_CGM_H

#define LB_CGM_FEATURES 0x01FFFFU /* enum lb_cgms_feature */
#define LB_CGM_SAMPLE_TYPE LB_CGMS_SAMPLE_TYPE_INTERSTITIAL_FLUID /* what is measured in */
#define LB_CGM_SAMPLE_LOCATION LB_CGMS_SAMPLE_LOCATION_SUBCUTANEOUS_TISSUE /* where */
#define LB_CGM_CADENCE_MIN 5U /* from one measurement to the next */
#define LB_CGM_LIFE_HOURS 336U /* of a session */
#define LB_CGM_REMINDER_MIN 1440U /* before its end the device-specific alert is raised */
#define LB_CGM_RECORDS 4032U /* that it keeps */
#define LB_CGM_LOWEST 40 /* mg/dL that it can process */
#define LB_CGM_HIGHEST 400 /* mg/dL */
#define LB_CGM_QUALITY 95 /* % of every result */
#define LB_CGM_TREND_MIN 15U /* of the past make a rate of change */
#define LB_CGM_BATTERY_LIFE_MIN 129600U /* from full to empty */
#define LB_CGM_BATTERY_LOW 10 /* %: below this it is said to be low */
#define LB_CGM_FASTEST_MIN 1U /* the shortest communication interval */
#define LB_CGM_TRANSFER_SPACING_MS 8U /* between two notifications of stored records */
#define LB_CGM_CALIBRATION_MIN 720U /* from one calibration to the next */
#define LB_CGM_CALIBRATION_PROCESSING_MS 300000U /* from a reference value to what becomes of it */
#define LB_CGM_CALIBRATION_LOWEST 40 /* mg/dL of a reference value */
#define LB_CGM_CALIBRATION_HIGHEST 400 /* mg/dL */
#define LB_CGM_CALIBRATION_STEEPEST 20 /* tenths of mg/dL/min: none is taken while glucose changes faster */
#define LB_CGM_CALIBRATION_TOLERANCE 50 /* % that a reference may differ from what is shown */
#define LB_CGM_COMPARABLE_MIN 30U /* that a reading may be away from a reference */
/* struct lb_identity */
#define LB_CGM_IDENTITY {"loopbench", "Virtual CGM", "cgm", "1", {{0x8A, 0xBE, 0x50, 0x60, 0x86, 0x77, 0x79, 0x9F}}}
/* Each alert level, in the order of their op codes: preset, lowest, highest; mg/dL, mg/dL/min. */
#define LB_CGM_ALERT_LEVELS {{180, 20, 500}, {70, 20, 500}, {54, 20, 500}, {250, 20, 500}, {-3, -20, 20}, {3, -20, 20}}

#endif
