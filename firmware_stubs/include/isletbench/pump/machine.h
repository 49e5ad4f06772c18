/* The pump: what a client may ask of it, and what happens by itself.
 *
 * Every function takes the time; nothing happens between two calls that ib_pump_advance would not have done at its own instant. A
 * request returns IB_IDS_RESPONSE_SUCCESS or the code that the specification has for a refusal, and a refused request changes
 * nothing. As emulator/pump/machine.py. Source: IDS 1.0.2, sections 3.7 and 3.10. */
#ifndef ISLETBENCH_PUMP_MACHINE_H
#define ISLETBENCH_PUMP_MACHINE_H

#include "isletbench/pump/parts.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Power-up at instant 0: filled, running, with this date and time. */
void ib_pump_machine_init(struct ib_pump_machine *pump, const struct ib_date_time *epoch);
/* When something falls due. Never earlier than the last advance. */
ib_instant ib_pump_due(const struct ib_pump_machine *pump);
/* Let everything happen that falls due by now, each at its own instant, in order. */
void ib_pump_advance(struct ib_pump_machine *pump, ib_instant now);
/* Set the input pin. A pump that is not stopped detects an occlusion when the pin rises, and with every pulse that
 * it delivers while the pin is high. */
void ib_pump_set_occluded(struct ib_pump_machine *pump, bool is_occluded, ib_instant now);

/* Clock */
void ib_pump_set_clock(struct ib_pump_machine *pump, int64_t to_us, ib_instant now);
void ib_pump_set_local_time(struct ib_pump_machine *pump, int8_t time_zone, enum ib_fields_dst_offset dst_offset, ib_instant now);

/* Therapy */
enum ib_ids_response ib_pump_set_therapy(struct ib_pump_machine *pump, enum ib_ids_therapy_control_state wanted, ib_instant now);

/* Boluses */
enum ib_ids_response ib_pump_set_bolus(struct ib_pump_machine *pump, const struct ib_prescription *wanted, ib_instant now);
enum ib_ids_response ib_pump_cancel_bolus(struct ib_pump_machine *pump, uint16_t id, ib_instant now);
uint8_t ib_pump_available_boluses(const struct ib_pump_machine *pump); /* enum ib_ids_available_boluses */
enum ib_ids_response ib_pump_set_max_bolus(struct ib_pump_machine *pump, ib_insulin amount, ib_instant now);

/* Basal rates */
enum ib_ids_response ib_pump_set_tbr(struct ib_pump_machine *pump, const struct ib_adjustment *wanted, bool is_change,
                                     ib_instant now);
enum ib_ids_response ib_pump_cancel_tbr(struct ib_pump_machine *pump, ib_instant now);
/* The activated profile's own rate now. */
ib_rate ib_pump_scheduled_rate(const struct ib_pump_machine *pump, ib_instant now);

/* Basal rate profile templates, by their numbers */
void ib_pump_store_template(struct ib_pump_machine *pump, uint8_t number, const struct ib_basal_template *profile, ib_instant now);
enum ib_ids_response ib_pump_activate_templates(struct ib_pump_machine *pump, const uint8_t *numbers, size_t count, ib_instant now);

/* Annunciations */
enum ib_ids_response ib_pump_snooze(struct ib_pump_machine *pump, uint16_t id, ib_instant now);
enum ib_ids_response ib_pump_confirm(struct ib_pump_machine *pump, uint16_t id, ib_instant now);

#ifdef __cplusplus
}
#endif

#endif
