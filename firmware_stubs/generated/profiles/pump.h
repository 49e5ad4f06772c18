/* Written by `isletbench firmware headers` from hil_rigs/stubs.toml and emulator/pump/profile.py. Change it there. */
#ifndef ISLETBENCH_PROFILES_PUMP_H
#define ISLETBENCH_PROFILES_PUMP_H

#define IB_PUMP_FEATURES 0x000D2FU /* enum ib_ids_feature */
#define IB_PUMP_CONCENTRATION 100 /* IU/mL */
#define IB_PUMP_PULSE INT64_C(50000) /* uU: a pulse is whole or does not happen */
#define IB_PUMP_PULSE_SPACING INT64_C(2000) /* ms, of a bolus, and the least between any two */
#define IB_PUMP_FILL INT64_C(200000000) /* uU in the reservoir at power-up */
#define IB_PUMP_LOW_RESERVOIR INT64_C(20000000) /* uU: it warns when this much is left */
#define IB_PUMP_BATTERY_LIFE INT64_C(1814400000) /* ms */
#define IB_PUMP_LIFETIME INT64_C(126144000000) /* ms that a counter counts down from */
#define IB_PUMP_WARRANTY INT64_C(63072000000) /* ms that a counter counts down from */
#define IB_PUMP_LOANER INT64_C(15552000000) /* ms that a counter counts down from */
#define IB_PUMP_RESERVOIR_INSULIN_OPERATION_TIME INT64_C(259200000) /* ms that a counter counts down from */
#define IB_PUMP_MAX_BOLUS INT64_C(30000000) /* uU */
#define IB_PUMP_BOLUS_STEP INT64_C(50000) /* uU */
#define IB_PUMP_MAX_DELAY INT64_C(28800000) /* ms */
#define IB_PUMP_MAX_RATE INT64_C(30000000) /* uU/h */
#define IB_PUMP_RATE_STEP INT64_C(10000) /* uU/h */
#define IB_PUMP_MAX_TBR_FACTOR INT64_C(2500000) /* millionths */
#define IB_PUMP_MAX_TBR_DURATION INT64_C(86400000) /* ms */
#define IB_PUMP_MAX_PAUSE INT64_C(900000) /* ms; a longer pause becomes a stop */
#define IB_PUMP_SNOOZE INT64_C(600000) /* ms that a snoozed annunciation is quiet */
#define IB_PUMP_HISTORY 1000 /* records */
#define IB_PUMP_REFERENCE_EVERY INT64_C(3600000) /* ms: how often it records what time it is */
#define IB_PUMP_RESERVOIR_EVERY INT64_C(1000000) /* uU delivered: then it records what is left */
#define IB_PUMP_TRANSFER_SPACING 8 /* ms between two notifications of history */
#define IB_PUMP_BASAL_FIRST 1 /* number of the first basal rate profile template */
#define IB_PUMP_BASAL_COUNT 4 /* as many as there are */
#define IB_PUMP_BASAL_BLOCKS 24 /* time blocks of one at most */
/* struct ib_identity */
#define IB_PUMP_IDENTITY {"isletbench", "Virtual pump, generic", "pump", "1", {{0x1D, 0x54, 0xB3, 0x84, 0x60, 0x59, 0x25, 0x3A}}}
/* The basal rates at power-up: minutes, uU/h. */
#define IB_PUMP_BASAL {{{240, 700000}, {240, 950000}, {270, 800000}, {570, 750000}, {120, 650000}}, 5}

#endif
