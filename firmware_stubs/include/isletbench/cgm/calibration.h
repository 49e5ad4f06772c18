/* The calibrations of one session: when one is recommended, the decision on a reference value, the records a client can read. As
 * emulator/cgm/calibration.py with the policy of the generic sensor. Times are minutes since the session's start. */
#ifndef ISLETBENCH_CGM_CALIBRATION_H
#define ISLETBENCH_CGM_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "isletbench/hal.h"
#include "packets/cgms.h"
#include "profiles/cgm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CGM_KEPT_CALIBRATIONS 32U /* older ones cannot be read any more */
#define IB_CGM_KEPT_READINGS (2U * IB_CGM_COMPARABLE_MIN / IB_CGM_CADENCE_MIN + 1U)

/* The last uncalibrated results of the sensor. */
struct ib_cgm_readings {
    struct {
        uint16_t time;
        uint16_t mg_dl;
    } last[IB_CGM_KEPT_READINGS]; /* the oldest first */
    size_t count;
};

struct ib_cgm_calibrations {
    struct ib_cgms_calibration kept[IB_CGM_KEPT_CALIBRATIONS]; /* number n at (n - 1) modulo their number */
    uint16_t count;
    uint32_t due;        /* min; IB_CGM_NO_REMINDER */
    uint64_t decision_ms; /* since the session's start, when the pending one is decided; IB_NEVER */
    /* The factor on readings, and the one that follows if the pending calibration is accepted: fractions. */
    int64_t gain_over, gain_under, next_over, next_under;
    uint8_t decision; /* enum ib_cgms_calibration_status */
};

#define IB_CGM_NO_REMINDER 0xFFFFU

void ib_cgm_readings_add(struct ib_cgm_readings *readings, uint16_t time, uint16_t mg_dl);

void ib_cgm_calibrations_init(struct ib_cgm_calibrations *calibrations);
/* A calibrated reading, mg/dL: the numerator, and the denominator ``*under``. */
int64_t ib_cgm_calibrated(const struct ib_cgm_calibrations *calibrations, uint16_t mg_dl, int64_t *under);
/* Bits of the annunciation: whether one is not allowed, and whether it is recommended. ``trend`` as in a record. */
uint32_t ib_cgm_calibration_bits(const struct ib_cgm_calibrations *calibrations, uint16_t time, int16_t trend);
/* Take a reference value. */
enum ib_cgms_ops_response ib_cgm_calibrate(struct ib_cgm_calibrations *calibrations, const struct ib_cgms_calibration *reference,
                                           uint64_t elapsed_ms, int16_t trend, const struct ib_cgm_readings *readings);
/* Decide the pending one. */
void ib_cgm_decide_calibration(struct ib_cgm_calibrations *calibrations);
/* The record with this number; 65535 is the newest, 0 is none. False when there is no such one. */
bool ib_cgm_calibration_at(const struct ib_cgm_calibrations *calibrations, uint16_t number,
                           struct ib_cgms_calibration *record);

#ifdef __cplusplus
}
#endif

#endif
