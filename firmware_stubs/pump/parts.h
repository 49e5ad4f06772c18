/* What the parts of the machine ask of one another. */
#ifndef ISLETBENCH_PUMP_PARTS_H
#define ISLETBENCH_PUMP_PARTS_H

#include "isletbench/pump/machine.h"

#define STOP IB_IDS_THERAPY_CONTROL_STATE_STOP
#define PAUSE IB_IDS_THERAPY_CONTROL_STATE_PAUSE
#define RUN IB_IDS_THERAPY_CONTROL_STATE_RUN

/* telling.c: every change goes into history and status bits. The bits of a record go with it. */
void ib_tell_changed(struct ib_pump_machine *pump, uint16_t bits);
void ib_tell_reference_time(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_recording_reason reason);
void ib_tell_level(struct ib_pump_machine *pump, ib_instant at);
void ib_tell_therapy(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_therapy_control_state old, uint16_t changed);
void ib_tell_operational(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_operational_state old);
void ib_tell_rate(struct ib_pump_machine *pump, ib_instant at, ib_rate old, enum ib_ids_basal_context context);
void ib_tell_tbr_started(struct ib_pump_machine *pump, ib_instant at);
void ib_tell_tbr_changed(struct ib_pump_machine *pump, ib_instant at, ib_instant since);
void ib_tell_tbr_ended(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_tbr_end_reason reason, uint16_t annunciation);
void ib_tell_bolus_programmed(struct ib_pump_machine *pump, ib_instant at);
void ib_tell_bolus_ended(struct ib_pump_machine *pump, ib_instant at, enum ib_ids_bolus_end_reason reason, uint16_t annunciation);
void ib_tell_max_bolus(struct ib_pump_machine *pump, ib_instant at, ib_insulin old);
void ib_tell_annunciation(struct ib_pump_machine *pump, ib_instant at, const struct ib_annunciation *which);
void ib_tell_block(struct ib_pump_machine *pump, ib_instant at, uint8_t number, uint8_t place, const struct ib_basal_block *block);
void ib_tell_activated(struct ib_pump_machine *pump, ib_instant at, uint8_t old);
void ib_tell_day(struct ib_pump_machine *pump, ib_instant at);

/* machine.c */
uint16_t ib_announce(struct ib_pump_machine *pump, enum ib_ids_annunciation_type type, ib_instant at);
uint16_t ib_announce_bolus_canceled(struct ib_pump_machine *pump, ib_instant at);

/* delivery.c */
ib_instant ib_basal_pulse_due(const struct ib_pump_machine *pump);
void ib_basal_pulse(struct ib_pump_machine *pump, ib_instant at);
ib_instant ib_bolus_pulse_due(const struct ib_pump_machine *pump);
void ib_bolus_pulse(struct ib_pump_machine *pump, ib_instant at);

/* therapy.c */
void ib_stop_by_itself(struct ib_pump_machine *pump, ib_instant at);
void ib_fault(struct ib_pump_machine *pump, enum ib_ids_annunciation_type type, ib_instant at);
void ib_settle(struct ib_pump_machine *pump, ib_instant at);

/* bolus.c */
void ib_start_bolus(struct ib_pump_machine *pump, ib_instant at);
void ib_suspend_bolus(struct ib_pump_machine *pump);
void ib_resume_bolus(struct ib_pump_machine *pump, ib_instant at);
void ib_end_bolus(struct ib_pump_machine *pump, enum ib_ids_bolus_end_reason reason, ib_instant at, uint16_t annunciation);

/* tbr.c */
void ib_follow_schedule(struct ib_pump_machine *pump, ib_instant at);
void ib_tbr_over(struct ib_pump_machine *pump, ib_instant at);
void ib_end_tbr(struct ib_pump_machine *pump, enum ib_ids_tbr_end_reason reason, ib_instant at, uint16_t annunciation);

#endif
