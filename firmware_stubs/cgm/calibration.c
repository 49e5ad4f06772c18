#include "loopbench/cgm/calibration.h"

#include <string.h>

#include "loopbench/cgm/records.h"

#define NEWEST 0xFFFFU

void lb_cgm_readings_add(struct lb_cgm_readings *readings, uint16_t time, uint16_t mg_dl)
{
    if (readings->count == LB_CGM_KEPT_READINGS) {
        readings->count--;
        memmove(&readings->last[0], &readings->last[1], readings->count * sizeof readings->last[0]);
    }
    readings->last[readings->count].time = time;
    readings->last[readings->count].mg_dl = mg_dl;
    readings->count++;
}

/* What the sensor made of this minute, mg/dL; 0 when it measured nothing near it. */
static uint16_t reading_at(const struct lb_cgm_readings *readings, uint16_t time)
{
    int nearest = (int)LB_CGM_COMPARABLE_MIN + 1;
    uint16_t found = 0;
    for (size_t index = 0; index < readings->count; index++) {
        int apart = readings->last[index].time - time;
        apart = apart < 0 ? -apart : apart;
        if (apart < nearest) {
            nearest = apart;
            found = readings->last[index].mg_dl;
        }
    }
    return found;
}

void lb_cgm_calibrations_init(struct lb_cgm_calibrations *calibrations)
{
    *calibrations = (struct lb_cgm_calibrations){
        .due = LB_CGM_CALIBRATION_MIN,
        .settles_ms = LB_NEVER,
        .gain_over = 1,
        .gain_under = 1,
    };
}

int64_t lb_cgm_calibrated(const struct lb_cgm_calibrations *calibrations, uint16_t mg_dl, int64_t *under)
{
    *under = calibrations->gain_under;
    return mg_dl * calibrations->gain_over;
}

static bool is_possible(const struct lb_cgm_calibrations *calibrations, int16_t trend)
{
    bool is_steep = trend != LB_NO_TREND && (trend > LB_CGM_CALIBRATION_STEEPEST || trend < -LB_CGM_CALIBRATION_STEEPEST);
    return calibrations->settles_ms == LB_NEVER && !is_steep;
}

uint32_t lb_cgm_calibration_standing(const struct lb_cgm_calibrations *calibrations, uint16_t time, int16_t trend)
{
    uint32_t said = is_possible(calibrations, trend) ? 0U : LB_CGMS_ANNUNCIATION_CALIBRATION_NOT_ALLOWED;
    if (calibrations->due != LB_CGM_NO_REMINDER && time >= calibrations->due) {
        said |= LB_CGMS_ANNUNCIATION_CALIBRATION_RECOMMENDED;
    }
    return said;
}

/* A reference that differs too much from what the sensor shows is rejected; else it is what the sensor shows from then on. Between 40 and 400 an SFLOAT has no finer parts than tenths, so ``tenths`` is exact. */
static void decide(struct lb_cgm_calibrations *calibrations, int64_t tenths, uint16_t reading)
{
    int64_t wanted = tenths * calibrations->gain_under, shown = INT64_C(10) * reading * calibrations->gain_over;
    int64_t apart = wanted > shown ? wanted - shown : shown - wanted;
    if (shown == 0 || 100 * apart > LB_CGM_CALIBRATION_TOLERANCE * shown) {
        calibrations->decision = LB_CGMS_CALIBRATION_STATUS_REJECTED;
        return;
    }
    calibrations->decision = 0;
    calibrations->next_over = tenths;
    calibrations->next_under = INT64_C(10) * reading;
}

/* The sensor's own time of the next calibration, unless the client wants it earlier, or not at all. */
static uint16_t next_time(const struct lb_cgms_calibration *reference)
{
    uint32_t next = reference->time + LB_CGM_CALIBRATION_MIN;
    if (reference->next_time == LB_CGM_NO_REMINDER) {
        return LB_CGM_NO_REMINDER;
    }
    next = reference->next_time < next ? reference->next_time : next;
    return (uint16_t)(next < LB_CGM_NO_REMINDER ? next : LB_CGM_NO_REMINDER - 1);
}

static struct lb_cgms_calibration *newest(struct lb_cgm_calibrations *calibrations)
{
    return &calibrations->kept[(calibrations->count - 1U) % LB_CGM_KEPT_CALIBRATIONS];
}

enum lb_cgms_ops_response lb_cgm_calibrate(struct lb_cgm_calibrations *calibrations, const struct lb_cgms_calibration *reference,
                                           uint64_t elapsed_ms, int16_t trend, const struct lb_cgm_readings *readings)
{
    int64_t glucose = 0;
    if (!lb_sfloat_number(reference->glucose, LB_SFLOAT_FINEST, &glucose) || reference->time > elapsed_ms / 60000U ||
        glucose < LB_CGM_CALIBRATION_LOWEST * LB_SFLOAT_ONE || glucose > LB_CGM_CALIBRATION_HIGHEST * LB_SFLOAT_ONE) {
        return LB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (!is_possible(calibrations, trend)) {
        return LB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED;
    }
    calibrations->count++;
    struct lb_cgms_calibration *record = newest(calibrations);
    *record = *reference;
    lb_sfloat_of(glucose, LB_SFLOAT_FINEST, &record->glucose);
    record->next_time = next_time(reference);
    record->record_number = calibrations->count;
    record->status = LB_CGMS_CALIBRATION_STATUS_PROCESS_PENDING;
    decide(calibrations, glucose / (LB_SFLOAT_ONE / 10), reading_at(readings, reference->time));
    calibrations->settles_ms = elapsed_ms + LB_CGM_CALIBRATION_PROCESSING_MS;
    return LB_CGMS_OPS_RESPONSE_SUCCESS;
}

void lb_cgm_settle(struct lb_cgm_calibrations *calibrations)
{
    struct lb_cgms_calibration *record = newest(calibrations);
    calibrations->settles_ms = LB_NEVER;
    record->status = calibrations->decision;
    if (record->status == 0) {
        calibrations->gain_over = calibrations->next_over;
        calibrations->gain_under = calibrations->next_under;
        calibrations->due = record->next_time;
    }
}

bool lb_cgm_calibration_at(const struct lb_cgm_calibrations *calibrations, uint16_t number,
                           struct lb_cgms_calibration *record)
{
    if (number == NEWEST) {
        number = calibrations->count;
    }
    if (number == 0) { /* there is no calibration */
        *record = (struct lb_cgms_calibration){
            .origin = {LB_CGMS_SAMPLE_TYPE_UNDETERMINED_WHOLE_BLOOD, LB_CGMS_SAMPLE_LOCATION_NOT_AVAILABLE},
        };
        return true;
    }
    if (number > calibrations->count || calibrations->count - number >= (int)LB_CGM_KEPT_CALIBRATIONS) {
        return false;
    }
    *record = calibrations->kept[(number - 1U) % LB_CGM_KEPT_CALIBRATIONS];
    return true;
}
