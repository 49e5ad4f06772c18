#include "isletbench/cgm/calibration.h"

#include <string.h>

#include "isletbench/cgm/records.h"

#define NEWEST 0xFFFFU

void ib_cgm_readings_add(struct ib_cgm_readings *readings, uint16_t time, uint16_t mg_dl)
{
    if (readings->count == IB_CGM_KEPT_READINGS) {
        readings->count--;
        memmove(&readings->last[0], &readings->last[1], readings->count * sizeof readings->last[0]);
    }
    readings->last[readings->count].time = time;
    readings->last[readings->count].mg_dl = mg_dl;
    readings->count++;
}

/* The sensor's result nearest to this minute, mg/dL; 0 when it measured nothing near it. */
static uint16_t reading_at(const struct ib_cgm_readings *readings, uint16_t time)
{
    int nearest = (int)IB_CGM_COMPARABLE_MIN + 1;
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

void ib_cgm_calibrations_init(struct ib_cgm_calibrations *calibrations)
{
    *calibrations = (struct ib_cgm_calibrations){
        .due = IB_CGM_CALIBRATION_MIN,
        .decision_ms = IB_NEVER,
        .gain_over = 1,
        .gain_under = 1,
    };
}

int64_t ib_cgm_calibrated(const struct ib_cgm_calibrations *calibrations, uint16_t mg_dl, int64_t *under)
{
    *under = calibrations->gain_under;
    return mg_dl * calibrations->gain_over;
}

static bool is_possible(const struct ib_cgm_calibrations *calibrations, int16_t trend)
{
    bool is_steep = trend != IB_NO_TREND && (trend > IB_CGM_CALIBRATION_STEEPEST || trend < -IB_CGM_CALIBRATION_STEEPEST);
    return calibrations->decision_ms == IB_NEVER && !is_steep;
}

uint32_t ib_cgm_calibration_bits(const struct ib_cgm_calibrations *calibrations, uint16_t time, int16_t trend)
{
    uint32_t bits = is_possible(calibrations, trend) ? 0U : IB_CGMS_ANNUNCIATION_CALIBRATION_NOT_ALLOWED;
    if (calibrations->due != IB_CGM_NO_REMINDER && time >= calibrations->due) {
        bits |= IB_CGMS_ANNUNCIATION_CALIBRATION_RECOMMENDED;
    }
    return bits;
}

/* A reference that differs too much from what the sensor shows is rejected; otherwise the sensor follows it from then on. Between
 * 40 and 400 an SFLOAT has no finer parts than tenths, so ``tenths`` is exact. */
static void decide(struct ib_cgm_calibrations *calibrations, int64_t tenths, uint16_t reading)
{
    int64_t wanted = tenths * calibrations->gain_under, shown = INT64_C(10) * reading * calibrations->gain_over;
    int64_t apart = wanted > shown ? wanted - shown : shown - wanted;
    if (shown == 0 || 100 * apart > IB_CGM_CALIBRATION_TOLERANCE * shown) {
        calibrations->decision = IB_CGMS_CALIBRATION_STATUS_REJECTED;
        return;
    }
    calibrations->decision = 0;
    calibrations->next_over = tenths;
    calibrations->next_under = INT64_C(10) * reading;
}

/* The sensor's own time of the next calibration, unless the client sets an earlier one, or none. */
static uint16_t next_time(const struct ib_cgms_calibration *reference)
{
    uint32_t next = reference->time + IB_CGM_CALIBRATION_MIN;
    if (reference->next_time == IB_CGM_NO_REMINDER) {
        return IB_CGM_NO_REMINDER;
    }
    next = reference->next_time < next ? reference->next_time : next;
    return (uint16_t)(next < IB_CGM_NO_REMINDER ? next : IB_CGM_NO_REMINDER - 1);
}

static struct ib_cgms_calibration *newest(struct ib_cgm_calibrations *calibrations)
{
    return &calibrations->kept[(calibrations->count - 1U) % IB_CGM_KEPT_CALIBRATIONS];
}

enum ib_cgms_ops_response ib_cgm_calibrate(struct ib_cgm_calibrations *calibrations, const struct ib_cgms_calibration *reference,
                                           uint64_t elapsed_ms, int16_t trend, const struct ib_cgm_readings *readings)
{
    int64_t glucose = 0;
    if (!ib_sfloat_number(reference->glucose, IB_SFLOAT_FINEST, &glucose) || reference->time > elapsed_ms / 60000U ||
        glucose < IB_CGM_CALIBRATION_LOWEST * IB_SFLOAT_ONE || glucose > IB_CGM_CALIBRATION_HIGHEST * IB_SFLOAT_ONE) {
        return IB_CGMS_OPS_RESPONSE_PARAMETER_OUT_OF_RANGE;
    }
    if (!is_possible(calibrations, trend)) {
        return IB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED;
    }
    calibrations->count++;
    struct ib_cgms_calibration *record = newest(calibrations);
    *record = *reference;
    ib_sfloat_of(glucose, IB_SFLOAT_FINEST, &record->glucose);
    record->next_time = next_time(reference);
    record->record_number = calibrations->count;
    record->status = IB_CGMS_CALIBRATION_STATUS_PROCESS_PENDING;
    decide(calibrations, glucose / (IB_SFLOAT_ONE / 10), reading_at(readings, reference->time));
    calibrations->decision_ms = elapsed_ms + IB_CGM_CALIBRATION_PROCESSING_MS;
    return IB_CGMS_OPS_RESPONSE_SUCCESS;
}

void ib_cgm_decide_calibration(struct ib_cgm_calibrations *calibrations)
{
    struct ib_cgms_calibration *record = newest(calibrations);
    calibrations->decision_ms = IB_NEVER;
    record->status = calibrations->decision;
    if (record->status == 0) {
        calibrations->gain_over = calibrations->next_over;
        calibrations->gain_under = calibrations->next_under;
        calibrations->due = record->next_time;
    }
}

bool ib_cgm_calibration_at(const struct ib_cgm_calibrations *calibrations, uint16_t number,
                           struct ib_cgms_calibration *record)
{
    if (number == NEWEST) {
        number = calibrations->count;
    }
    if (number == 0) { /* there is no calibration */
        memset(record, 0, sizeof *record);
        return true;
    }
    if (number > calibrations->count || calibrations->count - number >= (int)IB_CGM_KEPT_CALIBRATIONS) {
        return false;
    }
    *record = calibrations->kept[(number - 1U) % IB_CGM_KEPT_CALIBRATIONS];
    return true;
}
