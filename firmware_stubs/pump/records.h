/* The records of the history: each function appends what has just happened in the pump as the specification codes it, and raises
 * the status bits that go with it. Source: IDS 1.0.2, section 3.10. */
#ifndef ISLETBENCH_PUMP_RECORDS_H
#define ISLETBENCH_PUMP_RECORDS_H

#include "isletbench/pump/parts.h"

/* A reference time: later records are placed by their distance from it. */
void ib_record_reference_time(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_recording_reason reason);
void ib_record_level(struct ib_pump_machine *pump, ib_instant at);
void ib_record_therapy(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_therapy_control_state old, uint16_t changed);
void ib_record_operational(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_operational_state old);
void ib_record_rate(struct ib_pump_machine *pump, ib_instant at, ib_rate old, enum ib_ids_basal_context context);
void ib_record_tbr_started(struct ib_pump_machine *pump, ib_instant at);
/* since: when the TBR was set or changed before. */
void ib_record_tbr_changed(struct ib_pump_machine *pump, ib_instant at, ib_instant since);
void ib_record_tbr_ended(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_tbr_end_reason reason, uint16_t annunciation);
void ib_record_bolus_programmed(struct ib_pump_machine *pump, ib_instant at);
void ib_record_bolus_ended(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_bolus_end_reason reason, uint16_t annunciation);
void ib_record_max_bolus(struct ib_pump_machine *pump, ib_instant at, ib_insulin old);
void ib_record_annunciation(struct ib_pump_machine *pump, ib_instant at, const struct ib_annunciation *which);
void ib_record_block(struct ib_pump_machine *pump, ib_instant at, uint8_t number, uint8_t place,
                     const struct ib_basal_block *block);
void ib_record_activated(struct ib_pump_machine *pump, ib_instant at, uint8_t old);
void ib_record_day(struct ib_pump_machine *pump, ib_instant at);

#endif
