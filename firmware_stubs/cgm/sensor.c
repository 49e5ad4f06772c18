#include "loopbench/cgm/sensor.h"

#define CADENCE_MS (LB_MS_PER_MIN * LB_CGM_CADENCE_MIN)
#define LIFE_MS (LB_MS_PER_MIN * 60 * LB_CGM_LIFE_HOURS)
#define REMINDER_MS (LB_MS_PER_MIN * LB_CGM_REMINDER_MIN)
#define BATTERY_LIFE_MS (LB_MS_PER_MIN * LB_CGM_BATTERY_LIFE_MIN)
#define TREND_RECORDS (LB_CGM_TREND_MIN / LB_CGM_CADENCE_MIN) /* back; or as many as there are */
#define WARNINGS 0xFF0000U /* what one result raises, and the next one clears */

/* Alert levels until a client sets others, and what a level may be: mg/dL, mg/dL/min. */
static const struct {
    int16_t preset, lowest, highest;
} LEVELS[LB_CGM_LEVELS] = LB_CGM_ALERT_LEVELS;

/* A fraction, rounded half to even; ``under`` is above 0, ``over`` is not below it. */
static int64_t rounded(int64_t over, int64_t under)
{
    int64_t whole = over / under, rest = 2 * (over % under);
    return whole + (rest > under || (rest == under && whole % 2 == 1));
}

/* The session */

static void begin(struct lb_sensor *sensor, uint64_t now)
{
    sensor->session = LB_CGM_RUNNING;
    sensor->sessions++;
    sensor->began_ms = now;
    lb_cgm_records_clear(&sensor->records);
    sensor->readings.count = 0;
    lb_cgm_calibrations_init(&sensor->calibrations);
    sensor->has_start_time = false;
    sensor->is_reminded = false;
    sensor->is_alert_latched = false;
}

void lb_sensor_init(struct lb_sensor *sensor, const struct lb_hal *hal, const struct lb_date_time *epoch)
{
    sensor->hal = hal;
    sensor->ended_ms = 0;
    sensor->sessions = 0;
    lb_wall_clock_set(&sensor->clock, lb_date_time_to_us(epoch), 0);
    for (int which = 0; which < LB_CGM_LEVELS; which++) {
        lb_sfloat_of(LEVELS[which].preset, 0, &sensor->levels[which]);
    }
    begin(sensor, 0);
}

bool lb_sensor_start(struct lb_sensor *sensor, uint64_t now)
{
    if (sensor->session != LB_CGM_STOPPED) {
        return false; /* it runs already, or is worn out */
    }
    begin(sensor, now);
    return true;
}

static void leave(struct lb_sensor *sensor, enum lb_cgm_session session, uint64_t now)
{
    sensor->session = session;
    sensor->ended_ms = now;
    sensor->calibrations.settles_ms = LB_NEVER;
}

bool lb_sensor_stop(struct lb_sensor *sensor, uint64_t now)
{
    if (sensor->session != LB_CGM_RUNNING) {
        return false;
    }
    leave(sensor, LB_CGM_STOPPED, now);
    return true;
}

uint64_t lb_sensor_elapsed_ms(const struct lb_sensor *sensor, uint64_t now)
{
    return (sensor->session == LB_CGM_RUNNING ? now : sensor->ended_ms) - sensor->began_ms;
}

uint16_t lb_sensor_time_offset(const struct lb_sensor *sensor, uint64_t now)
{
    return (uint16_t)(lb_sensor_elapsed_ms(sensor, now) / LB_MS_PER_MIN);
}

void lb_sensor_set_time(struct lb_sensor *sensor, int64_t client_us, int8_t time_zone, enum lb_fields_dst_offset dst_offset,
                        uint64_t now)
{
    sensor->has_start_time = true;
    sensor->start_us = client_us - (int64_t)lb_sensor_elapsed_ms(sensor, now) * LB_US_PER_MS;
    sensor->time_zone = time_zone;
    sensor->dst_offset = dst_offset;
}

/* Levels and warnings */

static int64_t fine(lb_sfloat level)
{
    int64_t number = 0;
    lb_sfloat_number(level, LB_SFLOAT_FINEST, &number);
    return number;
}

bool lb_sensor_set_level(struct lb_sensor *sensor, enum lb_cgm_level which, lb_sfloat level)
{
    int64_t number = 0;
    if (!lb_sfloat_number(level, LB_SFLOAT_FINEST, &number) || number < LEVELS[which].lowest * LB_SFLOAT_ONE ||
        number > LEVELS[which].highest * LB_SFLOAT_ONE) {
        return false;
    }
    return lb_sfloat_of(number, LB_SFLOAT_FINEST, &sensor->levels[which]);
}

/* The bits one result raises. Comparisons are strict: a result at the level raises nothing. */
static uint32_t warnings(const struct lb_sensor *sensor, int64_t mg_dl, int16_t trend)
{
    const lb_sfloat *levels = sensor->levels;
    int64_t shown = mg_dl * LB_SFLOAT_ONE, rate = trend == LB_NO_TREND ? 0 : trend * (LB_SFLOAT_ONE / 10);
    int64_t fall = fine(levels[LB_CGM_RATE_OF_DECREASE]); /* either sign: a fall is meant */
    fall = fall > 0 ? -fall : fall;
    uint32_t said = 0;
    said |= shown < fine(levels[LB_CGM_PATIENT_LOW]) ? LB_CGMS_ANNUNCIATION_LOWER_THAN_PATIENT_LOW : 0U;
    said |= shown > fine(levels[LB_CGM_PATIENT_HIGH]) ? LB_CGMS_ANNUNCIATION_HIGHER_THAN_PATIENT_HIGH : 0U;
    said |= shown < fine(levels[LB_CGM_HYPO]) ? LB_CGMS_ANNUNCIATION_LOWER_THAN_HYPO : 0U;
    said |= shown > fine(levels[LB_CGM_HYPER]) ? LB_CGMS_ANNUNCIATION_HIGHER_THAN_HYPER : 0U;
    if (trend != LB_NO_TREND) {
        said |= rate < fall ? LB_CGMS_ANNUNCIATION_RATE_OF_DECREASE_EXCEEDED : 0U;
        said |= rate > fine(levels[LB_CGM_RATE_OF_INCREASE]) ? LB_CGMS_ANNUNCIATION_RATE_OF_INCREASE_EXCEEDED : 0U;
    }
    return said;
}

/* What it says of itself */

static const struct lb_cgm_record *last_record(struct lb_sensor *sensor)
{
    return sensor->records.made > 0 ? lb_cgm_record_at(&sensor->records, sensor->records.made - 1) : NULL;
}

static int16_t last_trend(struct lb_sensor *sensor)
{
    const struct lb_cgm_record *last = last_record(sensor);
    if (last == NULL) {
        return LB_NO_TREND;
    }
    return last->trend;
}

static uint32_t condition(struct lb_sensor *sensor, uint64_t now)
{
    uint32_t said = LB_CGMS_ANNUNCIATION_SESSION_STOPPED;
    if (sensor->session == LB_CGM_RUNNING) {
        uint16_t time = lb_sensor_time_offset(sensor, now);
        said = lb_cgm_calibration_standing(&sensor->calibrations, time, last_trend(sensor));
    }
    said |= lb_sensor_battery_level(now) < LB_CGM_BATTERY_LOW ? LB_CGMS_ANNUNCIATION_DEVICE_BATTERY_LOW : 0U;
    said |= sensor->is_alert_latched ? LB_CGMS_ANNUNCIATION_DEVICE_SPECIFIC_ALERT : 0U;
    said |= sensor->has_start_time ? 0U : LB_CGMS_ANNUNCIATION_TIME_SYNCHRONIZATION_REQUIRED;
    return said;
}

uint32_t lb_sensor_annunciation(struct lb_sensor *sensor, uint64_t now)
{
    const struct lb_cgm_record *last = last_record(sensor);
    uint32_t raised = sensor->session == LB_CGM_RUNNING && last ? last->annunciation & WARNINGS : 0U;
    return condition(sensor, now) | raised;
}

uint8_t lb_sensor_battery_level(uint64_t now)
{
    if (now >= BATTERY_LIFE_MS) {
        return 0;
    }
    return (uint8_t)rounded((int64_t)(100 * (BATTERY_LIFE_MS - now)), (int64_t)BATTERY_LIFE_MS);
}

enum lb_cgms_ops_response lb_sensor_calibrate(struct lb_sensor *sensor, const struct lb_cgms_calibration *reference, uint64_t now)
{
    if (sensor->session != LB_CGM_RUNNING) {
        return LB_CGMS_OPS_RESPONSE_PROCEDURE_NOT_COMPLETED;
    }
    return lb_cgm_calibrate(&sensor->calibrations, reference, lb_sensor_elapsed_ms(sensor, now), last_trend(sensor),
                            &sensor->readings);
}

/* Measuring */

static uint16_t glucose(const struct lb_sensor *sensor, uint64_t at)
{
    const struct lb_hal *hal = sensor->hal;
    uint16_t told = hal->glucose_mg_dl ? hal->glucose_mg_dl(hal->context) : 0;
    return told ? told : lb_cgm_built_in_glucose(at);
}

/* Tenths of mg/dL/min against the oldest result within LB_CGM_TREND_MIN. */
static int16_t trend_of(struct lb_sensor *sensor, int mg_dl)
{
    uint32_t number = sensor->records.made, back = number < TREND_RECORDS ? number : TREND_RECORDS;
    if (back == 0) {
        return LB_NO_TREND;
    }
    int change = 10 * (mg_dl - lb_cgm_record_at(&sensor->records, number - back)->mg_dl);
    int minutes = (int)(back * LB_CGM_CADENCE_MIN);
    int64_t magnitude = rounded(change < 0 ? -change : change, minutes);
    return (int16_t)(change < 0 ? -magnitude : magnitude);
}

static void measure(struct lb_sensor *sensor, uint64_t at)
{
    uint16_t raw = glucose(sensor, at);
    int64_t under = 1, over = lb_cgm_calibrated(&sensor->calibrations, raw, &under);
    uint32_t said = condition(sensor, at);
    int64_t mg_dl = rounded(over, under);
    if (over < LB_CGM_LOWEST * under) {
        mg_dl = LB_CGM_LOWEST;
        said |= LB_CGMS_ANNUNCIATION_RESULT_LOWER_THAN_PROCESSABLE;
    } else if (over > LB_CGM_HIGHEST * under) {
        mg_dl = LB_CGM_HIGHEST;
        said |= LB_CGMS_ANNUNCIATION_RESULT_HIGHER_THAN_PROCESSABLE;
    }
    lb_cgm_readings_add(&sensor->readings, lb_sensor_time_offset(sensor, at), raw);
    int16_t trend = trend_of(sensor, (int)mg_dl);
    said |= warnings(sensor, mg_dl, trend);
    lb_cgm_records_add(&sensor->records, (struct lb_cgm_record){
                                             .mg_dl = (uint16_t)mg_dl,
                                             .trend = trend,
                                             .annunciation = said & 0xFFFFFFU,
                                             .is_stored = 1,
                                         });
}

/* Time */

static void expire(struct lb_sensor *sensor, uint64_t at)
{
    leave(sensor, LB_CGM_EXPIRED, at);
}

static void remind(struct lb_sensor *sensor, uint64_t at)
{
    (void)at;
    sensor->is_reminded = sensor->is_alert_latched = true;
}

static void settle(struct lb_sensor *sensor, uint64_t at)
{
    (void)at;
    lb_cgm_settle(&sensor->calibrations);
}

struct event {
    uint64_t due;
    void (*happen)(struct lb_sensor *sensor, uint64_t at);
};

/* The next thing that will happen by itself; of two that fall due at once, the one that stands first here. */
static struct event next_event(const struct lb_sensor *sensor)
{
    struct event next = {LB_NEVER, NULL};
    if (sensor->session != LB_CGM_RUNNING) {
        return next;
    }
    const uint64_t began = sensor->began_ms, settles = sensor->calibrations.settles_ms;
    const struct event agenda[] = {
        {began + LIFE_MS, expire},
        {sensor->is_reminded ? LB_NEVER : began + LIFE_MS - REMINDER_MS, remind},
        {settles == LB_NEVER ? LB_NEVER : began + settles, settle},
        {began + sensor->records.made * CADENCE_MS, measure},
    };
    for (size_t index = 0; index < sizeof agenda / sizeof agenda[0]; index++) {
        next = agenda[index].due < next.due ? agenda[index] : next;
    }
    return next;
}

uint64_t lb_sensor_next_deadline(const struct lb_sensor *sensor)
{
    return next_event(sensor).due;
}

void lb_sensor_advance(struct lb_sensor *sensor, uint64_t now)
{
    struct event next = next_event(sensor);
    while (next.due <= now && next.happen != NULL) {
        next.happen(sensor, next.due);
        next = next_event(sensor);
    }
}
