#include "isletbench/cgm/sensor.h"

#include "glucose.h"

#define CADENCE_MS (IB_MS_PER_MIN * IB_CGM_CADENCE_MIN)
#define LIFE_MS (IB_MS_PER_MIN * 60 * IB_CGM_LIFE_HOURS)
#define REMINDER_MS (IB_MS_PER_MIN * IB_CGM_REMINDER_MIN)
#define BATTERY_LIFE_MS (IB_MS_PER_MIN * IB_CGM_BATTERY_LIFE_MIN)
#define TREND_RECORDS (IB_CGM_TREND_MIN / IB_CGM_CADENCE_MIN) /* back; or as many as there are */
#define WARNINGS 0xFF0000U /* the bits that one result raises and the next one clears */

/* Alert levels until a client sets others, and the range of each: mg/dL, mg/dL/min. */
static const struct {
    int16_t preset, lowest, highest;
} LEVELS[IB_CGM_LEVELS] = IB_CGM_ALERT_LEVELS;

/* A fraction, rounded half to even; ``under`` is above 0, ``over`` is not below it. */
static int64_t rounded(int64_t over, int64_t under)
{
    int64_t whole = over / under, rest = 2 * (over % under);
    return whole + (rest > under || (rest == under && whole % 2 == 1));
}

/* The session */

static void begin(struct ib_sensor *sensor, uint64_t now)
{
    sensor->session = IB_CGM_RUNNING;
    sensor->sessions++;
    sensor->began_ms = now;
    ib_cgm_records_clear(&sensor->records);
    sensor->readings.count = 0;
    ib_cgm_calibrations_init(&sensor->calibrations);
    sensor->has_start_time = false;
    sensor->is_reminded = false;
    sensor->is_alert_latched = false;
}

void ib_sensor_init(struct ib_sensor *sensor, const struct ib_hal *hal, const struct ib_date_time *epoch)
{
    sensor->hal = hal;
    sensor->ended_ms = 0;
    sensor->sessions = 0;
    ib_wall_clock_set(&sensor->clock, ib_date_time_to_us(epoch), 0);
    for (int which = 0; which < IB_CGM_LEVELS; which++) {
        ib_sfloat_of(LEVELS[which].preset, 0, &sensor->levels[which]);
    }
    begin(sensor, 0);
}

bool ib_sensor_start(struct ib_sensor *sensor, uint64_t now)
{
    if (sensor->session != IB_CGM_STOPPED) {
        return false; /* it runs already, or its life is over */
    }
    begin(sensor, now);
    return true;
}

static void leave(struct ib_sensor *sensor, enum ib_cgm_session session, uint64_t now)
{
    sensor->session = session;
    sensor->ended_ms = now;
    sensor->calibrations.decision_ms = IB_NEVER;
}

bool ib_sensor_stop(struct ib_sensor *sensor, uint64_t now)
{
    if (sensor->session != IB_CGM_RUNNING) {
        return false;
    }
    leave(sensor, IB_CGM_STOPPED, now);
    return true;
}

uint64_t ib_sensor_elapsed_ms(const struct ib_sensor *sensor, uint64_t now)
{
    return (sensor->session == IB_CGM_RUNNING ? now : sensor->ended_ms) - sensor->began_ms;
}

uint16_t ib_sensor_time_offset(const struct ib_sensor *sensor, uint64_t now)
{
    return (uint16_t)(ib_sensor_elapsed_ms(sensor, now) / IB_MS_PER_MIN);
}

void ib_sensor_set_time(struct ib_sensor *sensor, int64_t client_us, int8_t time_zone, enum ib_fields_dst_offset dst_offset,
                        uint64_t now)
{
    sensor->has_start_time = true;
    sensor->start_us = client_us - (int64_t)ib_sensor_elapsed_ms(sensor, now) * IB_US_PER_MS;
    sensor->time_zone = time_zone;
    sensor->dst_offset = dst_offset;
}

/* Levels and warnings */

static int64_t fine(ib_sfloat level)
{
    int64_t number = 0;
    ib_sfloat_number(level, IB_SFLOAT_FINEST, &number);
    return number;
}

bool ib_sensor_set_level(struct ib_sensor *sensor, enum ib_cgm_level which, ib_sfloat level)
{
    int64_t number = 0;
    if (!ib_sfloat_number(level, IB_SFLOAT_FINEST, &number) || number < LEVELS[which].lowest * IB_SFLOAT_ONE ||
        number > LEVELS[which].highest * IB_SFLOAT_ONE) {
        return false;
    }
    return ib_sfloat_of(number, IB_SFLOAT_FINEST, &sensor->levels[which]);
}

/* The bits one result raises. Comparisons are strict: a result at the level raises nothing. */
static uint32_t warnings(const struct ib_sensor *sensor, int64_t mg_dl, int16_t trend)
{
    const ib_sfloat *levels = sensor->levels;
    int64_t shown = mg_dl * IB_SFLOAT_ONE, rate = trend == IB_NO_TREND ? 0 : trend * (IB_SFLOAT_ONE / 10);
    int64_t fall = fine(levels[IB_CGM_RATE_OF_DECREASE]); /* with either sign it means a fall */
    fall = fall > 0 ? -fall : fall;
    uint32_t bits = 0;
    bits |= shown < fine(levels[IB_CGM_PATIENT_LOW]) ? IB_CGMS_ANNUNCIATION_LOWER_THAN_PATIENT_LOW : 0U;
    bits |= shown > fine(levels[IB_CGM_PATIENT_HIGH]) ? IB_CGMS_ANNUNCIATION_HIGHER_THAN_PATIENT_HIGH : 0U;
    bits |= shown < fine(levels[IB_CGM_HYPO]) ? IB_CGMS_ANNUNCIATION_LOWER_THAN_HYPO : 0U;
    bits |= shown > fine(levels[IB_CGM_HYPER]) ? IB_CGMS_ANNUNCIATION_HIGHER_THAN_HYPER : 0U;
    if (trend != IB_NO_TREND) {
        bits |= rate < fall ? IB_CGMS_ANNUNCIATION_RATE_OF_DECREASE_EXCEEDED : 0U;
        bits |= rate > fine(levels[IB_CGM_RATE_OF_INCREASE]) ? IB_CGMS_ANNUNCIATION_RATE_OF_INCREASE_EXCEEDED : 0U;
    }
    return bits;
}

/* The annunciation */

static const struct ib_cgm_record *last_record(struct ib_sensor *sensor)
{
    return sensor->records.made > 0 ? ib_cgm_record_at(&sensor->records, sensor->records.made - 1) : NULL;
}

static int16_t last_trend(struct ib_sensor *sensor)
{
    const struct ib_cgm_record *last = last_record(sensor);
    if (last == NULL) {
        return IB_NO_TREND;
    }
    return last->trend;
}

static uint32_t condition(struct ib_sensor *sensor, uint64_t now)
{
    uint32_t bits = IB_CGMS_ANNUNCIATION_SESSION_STOPPED;
    if (sensor->session == IB_CGM_RUNNING) {
        uint16_t time = ib_sensor_time_offset(sensor, now);
        bits = ib_cgm_calibration_bits(&sensor->calibrations, time, last_trend(sensor));
    }
    bits |= ib_sensor_battery_level(now) < IB_CGM_BATTERY_LOW ? IB_CGMS_ANNUNCIATION_DEVICE_BATTERY_LOW : 0U;
    bits |= sensor->is_alert_latched ? IB_CGMS_ANNUNCIATION_DEVICE_SPECIFIC_ALERT : 0U;
    bits |= sensor->has_start_time ? 0U : IB_CGMS_ANNUNCIATION_TIME_SYNCHRONIZATION_REQUIRED;
    return bits;
}

uint32_t ib_sensor_annunciation(struct ib_sensor *sensor, uint64_t now)
{
    const struct ib_cgm_record *last = last_record(sensor);
    uint32_t raised = sensor->session == IB_CGM_RUNNING && last ? last->annunciation & WARNINGS : 0U;
    return condition(sensor, now) | raised;
}

uint8_t ib_sensor_battery_level(uint64_t now)
{
    if (now >= BATTERY_LIFE_MS) {
        return 0;
    }
    return (uint8_t)rounded((int64_t)(100 * (BATTERY_LIFE_MS - now)), (int64_t)BATTERY_LIFE_MS);
}

enum ib_cgms_ops_response ib_sensor_calibrate(struct ib_sensor *sensor, const struct ib_cgms_calibration *reference, uint64_t now)
{
    if (sensor->session != IB_CGM_RUNNING) {
        return IB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED;
    }
    return ib_cgm_calibrate(&sensor->calibrations, reference, ib_sensor_elapsed_ms(sensor, now), last_trend(sensor),
                            &sensor->readings);
}

/* Measuring */

static uint16_t glucose(const struct ib_sensor *sensor, uint64_t at)
{
    const struct ib_hal *hal = sensor->hal;
    uint16_t mg_dl = hal->glucose_mg_dl ? hal->glucose_mg_dl(hal->context) : 0;
    return mg_dl ? mg_dl : ib_cgm_built_in_glucose(at);
}

/* Tenths of mg/dL/min against the oldest result within IB_CGM_TREND_MIN. */
static int16_t trend_of(struct ib_sensor *sensor, int mg_dl)
{
    uint32_t number = sensor->records.made, back = number < TREND_RECORDS ? number : TREND_RECORDS;
    if (back == 0) {
        return IB_NO_TREND;
    }
    int change = 10 * (mg_dl - ib_cgm_record_at(&sensor->records, number - back)->mg_dl);
    int minutes = (int)(back * IB_CGM_CADENCE_MIN);
    int64_t magnitude = rounded(change < 0 ? -change : change, minutes);
    return (int16_t)(change < 0 ? -magnitude : magnitude);
}

static void measure(struct ib_sensor *sensor, uint64_t at)
{
    uint16_t raw = glucose(sensor, at);
    int64_t under = 1, over = ib_cgm_calibrated(&sensor->calibrations, raw, &under);
    uint32_t bits = condition(sensor, at);
    int64_t mg_dl = rounded(over, under);
    if (over < IB_CGM_LOWEST * under) {
        mg_dl = IB_CGM_LOWEST;
        bits |= IB_CGMS_ANNUNCIATION_RESULT_LOWER_THAN_PROCESSABLE;
    } else if (over > IB_CGM_HIGHEST * under) {
        mg_dl = IB_CGM_HIGHEST;
        bits |= IB_CGMS_ANNUNCIATION_RESULT_HIGHER_THAN_PROCESSABLE;
    }
    ib_cgm_readings_add(&sensor->readings, ib_sensor_time_offset(sensor, at), raw);
    int16_t trend = trend_of(sensor, (int)mg_dl);
    bits |= warnings(sensor, mg_dl, trend);
    ib_cgm_records_add(&sensor->records, (struct ib_cgm_record){
                                             .mg_dl = (uint16_t)mg_dl,
                                             .trend = trend,
                                             .annunciation = bits & 0xFFFFFFU,
                                             .is_stored = 1,
                                         });
}

/* Time */

static void expire(struct ib_sensor *sensor, uint64_t at)
{
    leave(sensor, IB_CGM_EXPIRED, at);
}

static void remind(struct ib_sensor *sensor, uint64_t at)
{
    (void)at;
    sensor->is_reminded = sensor->is_alert_latched = true;
}

static void decide_calibration(struct ib_sensor *sensor, uint64_t at)
{
    (void)at;
    ib_cgm_decide_calibration(&sensor->calibrations);
}

struct event {
    uint64_t due;
    void (*happen)(struct ib_sensor *sensor, uint64_t at);
};

/* The next event of the sensor; of two that fall due at once, the one that is listed first. */
static struct event next_event(const struct ib_sensor *sensor)
{
    struct event next = {IB_NEVER, NULL};
    if (sensor->session != IB_CGM_RUNNING) {
        return next;
    }
    const uint64_t began = sensor->began_ms, decision = sensor->calibrations.decision_ms;
    const struct event agenda[] = {
        {began + LIFE_MS, expire},
        {sensor->is_reminded ? IB_NEVER : began + LIFE_MS - REMINDER_MS, remind},
        {decision == IB_NEVER ? IB_NEVER : began + decision, decide_calibration},
        {began + sensor->records.made * CADENCE_MS, measure},
    };
    for (size_t index = 0; index < sizeof agenda / sizeof agenda[0]; index++) {
        next = agenda[index].due < next.due ? agenda[index] : next;
    }
    return next;
}

uint64_t ib_sensor_next_deadline(const struct ib_sensor *sensor)
{
    return next_event(sensor).due;
}

void ib_sensor_advance(struct ib_sensor *sensor, uint64_t now)
{
    struct event next = next_event(sensor);
    while (next.due <= now && next.happen != NULL) {
        next.happen(sensor, next.due);
        next = next_event(sensor);
    }
}
