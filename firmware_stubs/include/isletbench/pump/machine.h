/* The pump: what may flow when, and what it remembers. It knows no wire but the events of its history.
 *
 * Every function takes the time; nothing happens between two calls that ib_pump_advance would not have done at its own
 * instant. What a client may ask for answers with IB_IDS_RESPONSE_SUCCESS or the code that the specification has for a refusal,
 * and then nothing has changed. As emulator/pump/machine.py. Source: IDS 1.0.2, sections 3.7 and 3.10. */
#ifndef ISLETBENCH_PUMP_MACHINE_H
#define ISLETBENCH_PUMP_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isletbench/pump/annunciations.h"
#include "isletbench/pump/basal.h"
#include "isletbench/pump/history.h"
#include "isletbench/pump/profile.h"
#include "isletbench/pump/quantities.h"
#include "isletbench/pump/totals.h"
#include "isletbench/wall_clock.h"
#include "packets/fields.h"
#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_NO_ID 0 /* of an annunciation that goes with an event: there is none */

enum ib_bolus_state { IB_BOLUS_NONE, IB_BOLUS_PROGRAMMED, IB_BOLUS_FAST, IB_BOLUS_SUSPENDED };

/* What is asked for: a fast bolus, perhaps after a delay. */
struct ib_prescription {
    ib_insulin amount;
    bool has_delay;
    ib_span delay; /* 0 without one */
    bool has_activation;
    enum ib_ids_bolus_activation activation;
    bool correction, meal;
};

struct ib_bolus {
    enum ib_bolus_state state;
    uint16_t id;
    struct ib_prescription wanted;
    ib_instant set_at;
    bool has_started;
    ib_instant started_at;
    ib_instant next_pulse;
    ib_insulin delivered;
};

/* A rate in place of the profile's own, or a factor on it, for so long. */
struct ib_adjustment {
    enum ib_ids_tbr_type type;
    int64_t value; /* uU/h, or millionths */
    ib_span duration;
    enum ib_ids_basal_context context;
};

struct ib_tbr {
    bool is_active;
    struct ib_adjustment wanted;
    ib_instant started_at;
    ib_instant changed_at;
};

struct ib_pump_machine {
    ib_instant now;
    struct ib_history history;
    uint16_t changed; /* enum ib_ids_status_flag: what a client has not been seen to notice */

    enum ib_ids_therapy_control_state therapy;
    enum ib_ids_operational_state operational;
    ib_instant paused_at; /* IB_NOT_DUE unless it is */
    bool is_occluded;     /* the pin */

    ib_insulin reservoir;
    bool is_empty; /* no whole pulse is left, and it was noticed */
    bool low_told;
    ib_insulin recorded_level; /* what the history was told last */
    ib_instant last_pulse;
    struct ib_totals totals;

    struct ib_basal_template templates[IB_PUMP_BASAL_COUNT];
    uint8_t activated; /* number of a template, 0 while none is */
    ib_instant next_block;
    ib_rate owed_rate;      /* what basal insulin grows owed by */
    ib_rate delivered_rate; /* what flows now */
    struct ib_basal_debt debt;
    struct ib_tbr tbr;

    ib_insulin max_bolus;
    struct ib_bolus bolus; /* one at a time */
    uint16_t last_bolus_id;

    struct ib_annunciations annunciations;
    uint8_t battery_warned; /* the lowest level, in percent, that the user has been told of */

    struct ib_wall_clock clock;
    int8_t time_zone; /* quarter hours from UTC, or IB_TIME_ZONE_UNKNOWN */
    enum ib_fields_dst_offset dst_offset;
    ib_instant next_reference;
    ib_instant next_midnight;
};

/* Power-up at instant 0: filled, running, with this date and time. */
void ib_pump_machine_init(struct ib_pump_machine *pump, const struct ib_date_time *epoch);
/* When something will be due. Never earlier than the last advance. */
ib_instant ib_pump_due(const struct ib_pump_machine *pump);
/* Let everything happen that falls due by now, each at its own instant, in order. */
void ib_pump_advance(struct ib_pump_machine *pump, ib_instant now);
/* What the pin says from now on: nothing gets through the infusion set. A pump that does not stand still feels it when the pin
 * rises, and with every pulse that it pushes. */
void ib_pump_set_occluded(struct ib_pump_machine *pump, bool is_occluded, ib_instant now);

/* Percent that is left of a battery that was full at power-up. */
uint8_t ib_pump_battery_level(ib_instant now);

/* Its clock */
void ib_pump_set_clock(struct ib_pump_machine *pump, int64_t to_us, ib_instant now);
void ib_pump_set_local_time(struct ib_pump_machine *pump, int8_t time_zone, enum ib_fields_dst_offset dst_offset, ib_instant now);

/* Therapy */
enum ib_ids_response ib_pump_set_therapy(struct ib_pump_machine *pump, enum ib_ids_therapy_control_state wanted, ib_instant now);

/* Boluses */
enum ib_ids_response ib_pump_set_bolus(struct ib_pump_machine *pump, const struct ib_prescription *wanted, ib_instant now);
enum ib_ids_response ib_pump_cancel_bolus(struct ib_pump_machine *pump, uint16_t id, ib_instant now);
uint8_t ib_pump_available_boluses(const struct ib_pump_machine *pump); /* enum ib_ids_available_boluses */
enum ib_ids_response ib_pump_set_max_bolus(struct ib_pump_machine *pump, ib_insulin amount, ib_instant now);
ib_instant ib_bolus_starts_at(const struct ib_bolus *bolus);

/* Basal rates */
enum ib_ids_response ib_pump_set_tbr(struct ib_pump_machine *pump, const struct ib_adjustment *wanted, bool is_change,
                                        ib_instant now);
enum ib_ids_response ib_pump_cancel_tbr(struct ib_pump_machine *pump, ib_instant now);
ib_instant ib_tbr_ends_at(const struct ib_tbr *tbr);
/* The activated profile's own rate now. */
ib_rate ib_pump_scheduled_rate(const struct ib_pump_machine *pump, ib_instant now);

/* Basal rate profile templates, by their numbers */
enum ib_ids_response ib_pump_check_template(uint8_t number);
struct ib_basal_template *ib_pump_template(struct ib_pump_machine *pump, uint8_t number);
enum ib_ids_response ib_pump_check_rate(int64_t rate);
void ib_pump_store(struct ib_pump_machine *pump, uint8_t number, const struct ib_basal_template *profile, ib_instant now);
enum ib_ids_response ib_pump_activate(struct ib_pump_machine *pump, const uint8_t *numbers, size_t count, ib_instant now);
enum ib_ids_response ib_pump_reset_templates(struct ib_pump_machine *pump, const uint8_t *numbers, size_t count);

/* Annunciations */
enum ib_ids_response ib_pump_snooze(struct ib_pump_machine *pump, uint16_t id, ib_instant now);
enum ib_ids_response ib_pump_confirm(struct ib_pump_machine *pump, uint16_t id, ib_instant now);

#ifdef __cplusplus
}
#endif

#endif
