/* The pump: what may flow when, and what it remembers. It knows no wire but the events of its history.
 *
 * Every function takes the time; nothing happens between two calls that lb_pump_advance would not have done at its own
 * instant. What a client may ask for answers with LB_IDS_RESPONSE_SUCCESS or the code that the specification has for a refusal,
 * and then nothing has changed. As emulator/pump/machine.py. Source: IDS 1.0.2, sections 3.7 and 3.10. */
#ifndef LOOPBENCH_PUMP_MACHINE_H
#define LOOPBENCH_PUMP_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loopbench/pump/annunciations.h"
#include "loopbench/pump/basal.h"
#include "loopbench/pump/history.h"
#include "loopbench/pump/profile.h"
#include "loopbench/pump/quantities.h"
#include "loopbench/pump/totals.h"
#include "loopbench/wall_clock.h"
#include "packets/fields.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_NO_ID 0 /* of an annunciation that goes with an event: there is none */

enum lb_bolus_state { LB_BOLUS_NONE, LB_BOLUS_PROGRAMMED, LB_BOLUS_FAST, LB_BOLUS_SUSPENDED };

/* What is asked for: a fast bolus, perhaps after a delay. */
struct lb_prescription {
    lb_insulin amount;
    bool has_delay;
    lb_span delay; /* 0 without one */
    bool has_activation;
    enum lb_ids_bolus_activation activation;
    bool correction, meal;
};

struct lb_bolus {
    enum lb_bolus_state state;
    uint16_t id;
    struct lb_prescription wanted;
    lb_instant set_at;
    bool has_started;
    lb_instant started_at;
    lb_instant next_pulse;
    lb_insulin delivered;
};

/* A rate in place of the profile's own, or a factor on it, for so long. */
struct lb_adjustment {
    enum lb_ids_tbr_type type;
    int64_t value; /* uU/h, or millionths */
    lb_span duration;
    enum lb_ids_basal_context context;
};

struct lb_tbr {
    bool is_active;
    struct lb_adjustment wanted;
    lb_instant started_at;
    lb_instant changed_at;
};

struct lb_pump_machine {
    lb_instant now;
    struct lb_history history;
    uint16_t changed; /* enum lb_ids_status_flag: what a client has not been seen to notice */

    enum lb_ids_therapy_control_state therapy;
    enum lb_ids_operational_state operational;
    lb_instant paused_at; /* LB_NOT_DUE unless it is */
    bool is_occluded;     /* the pin */

    lb_insulin reservoir;
    bool is_empty; /* no whole pulse is left, and it was noticed */
    bool low_told;
    lb_insulin recorded_level; /* what the history was told last */
    lb_instant last_pulse;
    struct lb_totals totals;

    struct lb_basal_template templates[LB_PUMP_BASAL_COUNT];
    uint8_t activated; /* number of a template, 0 while none is */
    lb_instant next_block;
    lb_rate owed_rate;      /* what basal insulin grows owed by */
    lb_rate delivered_rate; /* what flows now */
    struct lb_basal_debt debt;
    struct lb_tbr tbr;

    lb_insulin max_bolus;
    struct lb_bolus bolus; /* one at a time */
    uint16_t last_bolus_id;

    struct lb_annunciations annunciations;
    uint8_t battery_warned; /* the lowest level, in percent, that the user has been told of */

    struct lb_wall_clock clock;
    int8_t time_zone; /* quarter hours from UTC, or LB_TIME_ZONE_UNKNOWN */
    enum lb_fields_dst_offset dst_offset;
    lb_instant next_reference;
    lb_instant next_midnight;
};

/* Power-up at instant 0: filled, running, with this date and time. */
void lb_pump_machine_init(struct lb_pump_machine *pump, const struct lb_date_time *epoch);
/* When something will be due. Never earlier than the last advance. */
lb_instant lb_pump_due(const struct lb_pump_machine *pump);
/* Let everything happen that falls due by now, each at its own instant, in order. */
void lb_pump_advance(struct lb_pump_machine *pump, lb_instant now);
/* What the pin says from now on: nothing gets through the infusion set. A pump that does not stand still feels it when the pin
 * rises, and with every pulse that it pushes. */
void lb_pump_set_occluded(struct lb_pump_machine *pump, bool is_occluded, lb_instant now);

/* Percent that is left of a battery that was full at power-up. */
uint8_t lb_pump_battery_level(lb_instant now);

/* Its clock */
void lb_pump_set_clock(struct lb_pump_machine *pump, int64_t to_us, lb_instant now);
void lb_pump_set_local_time(struct lb_pump_machine *pump, int8_t time_zone, enum lb_fields_dst_offset dst_offset, lb_instant now);

/* Therapy */
enum lb_ids_response lb_pump_set_therapy(struct lb_pump_machine *pump, enum lb_ids_therapy_control_state wanted, lb_instant now);

/* Boluses */
enum lb_ids_response lb_pump_set_bolus(struct lb_pump_machine *pump, const struct lb_prescription *wanted, lb_instant now);
enum lb_ids_response lb_pump_cancel_bolus(struct lb_pump_machine *pump, uint16_t id, lb_instant now);
uint8_t lb_pump_available_boluses(const struct lb_pump_machine *pump); /* enum lb_ids_available_boluses */
enum lb_ids_response lb_pump_set_max_bolus(struct lb_pump_machine *pump, lb_insulin amount, lb_instant now);
lb_instant lb_bolus_starts_at(const struct lb_bolus *bolus);

/* Basal rates */
enum lb_ids_response lb_pump_set_tbr(struct lb_pump_machine *pump, const struct lb_adjustment *wanted, bool is_change,
                                        lb_instant now);
enum lb_ids_response lb_pump_cancel_tbr(struct lb_pump_machine *pump, lb_instant now);
lb_instant lb_tbr_ends_at(const struct lb_tbr *tbr);
/* The activated profile's own rate now. */
lb_rate lb_pump_scheduled_rate(const struct lb_pump_machine *pump, lb_instant now);

/* Basal rate profile templates, by their numbers */
enum lb_ids_response lb_pump_check_template(uint8_t number);
struct lb_basal_template *lb_pump_template(struct lb_pump_machine *pump, uint8_t number);
enum lb_ids_response lb_pump_check_rate(int64_t rate);
void lb_pump_store(struct lb_pump_machine *pump, uint8_t number, const struct lb_basal_template *profile, lb_instant now);
enum lb_ids_response lb_pump_activate(struct lb_pump_machine *pump, const uint8_t *numbers, size_t count, lb_instant now);
enum lb_ids_response lb_pump_reset_templates(struct lb_pump_machine *pump, const uint8_t *numbers, size_t count);

/* Annunciations */
enum lb_ids_response lb_pump_snooze(struct lb_pump_machine *pump, uint16_t id, lb_instant now);
enum lb_ids_response lb_pump_confirm(struct lb_pump_machine *pump, uint16_t id, lb_instant now);

#ifdef __cplusplus
}
#endif

#endif
