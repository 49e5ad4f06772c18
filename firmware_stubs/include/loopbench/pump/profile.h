/* The numbers of the pump that the stub is: the profile "generic" of emulator/pump/profile.py, with the reservoir and the basal
 * rates of the default rig, less what the stub leaves out. */
#ifndef LOOPBENCH_PUMP_PROFILE_H
#define LOOPBENCH_PUMP_PROFILE_H

#include "loopbench/pump/quantities.h"

#define LB_PUMP_CONCENTRATION 100 /* IU/mL */
/* What it can do; what is missing answers as the specification says. */
#define LB_PUMP_FEATURES                                                                                                         \
    (LB_IDS_FEATURE_E2E_PROTECTION | LB_IDS_FEATURE_BASAL_RATE | LB_IDS_FEATURE_TBR_ABSOLUTE | LB_IDS_FEATURE_TBR_RELATIVE       \
     | LB_IDS_FEATURE_FAST_BOLUS | LB_IDS_FEATURE_BOLUS_DELAY_TIME | LB_IDS_FEATURE_BOLUS_ACTIVATION_TYPE           \
     | LB_IDS_FEATURE_MULTIPLE_BOND)

/* Mechanics */
#define LB_PUMP_PULSE INT64_C(50000)        /* uU: a pulse is whole or does not happen */
#define LB_PUMP_PULSE_SPACING (2 * LB_SECOND) /* between two pulses of a bolus, and the least between any two */
#define LB_PUMP_FILL (200 * LB_UNIT)        /* what is in the reservoir at power-up */
#define LB_PUMP_LOW_RESERVOIR (20 * LB_UNIT)
#define LB_PUMP_BATTERY_LIFE (21 * LB_DAY)

/* What its counters count down from */
#define LB_PUMP_LIFETIME (4 * 365 * LB_DAY)
#define LB_PUMP_WARRANTY (2 * 365 * LB_DAY)
#define LB_PUMP_LOANER (180 * LB_DAY)
#define LB_PUMP_RESERVOIR_OPERATION (3 * LB_DAY)

/* Limits */
#define LB_PUMP_MAX_BOLUS (30 * LB_UNIT)
#define LB_PUMP_BOLUS_STEP LB_PUMP_PULSE
#define LB_PUMP_MAX_DELAY (8 * LB_HOUR)
#define LB_PUMP_MAX_RATE (30 * LB_UNIT)     /* uU/h */
#define LB_PUMP_RATE_STEP (LB_UNIT / 100)   /* uU/h */
#define LB_PUMP_MAX_TBR_FACTOR (LB_UNIT / 2 * 5) /* millionths */
#define LB_PUMP_MAX_TBR_DURATION LB_DAY
#define LB_PUMP_MAX_PAUSE (15 * LB_MINUTE)  /* a longer pause becomes a stop */
#define LB_PUMP_SNOOZE (10 * LB_MINUTE)     /* how long a snoozed annunciation is quiet */

/* Memory */
#ifndef LB_PUMP_HISTORY_CAPACITY
#define LB_PUMP_HISTORY_CAPACITY 1000 /* records: 20 octets each */
#endif
#define LB_PUMP_ANNUNCIATIONS 32 /* active ones; another one takes the place of the least urgent */
#define LB_PUMP_REFERENCE_EVERY LB_HOUR /* how often it records what time it is */
#define LB_PUMP_RESERVOIR_EVERY LB_UNIT /* after how much delivered insulin it records what is left */
#define LB_PUMP_TRANSFER_SPACING 8      /* ms between two notifications of history: room for an Abort */

/* Basal rate profile templates */
#define LB_PUMP_BASAL_FIRST 1 /* number of the first one */
#define LB_PUMP_BASAL_COUNT 4
#define LB_PUMP_BASAL_BLOCKS 24 /* at most, in one */
/* The one that is activated at power-up: minutes, uU/h. */
#define LB_PUMP_BASAL                                                                                                            \
    {                                                                                                                            \
        {{240, 700000}, {240, 950000}, {270, 800000}, {570, 750000}, {120, 650000}}, 5                                           \
    }

#endif
