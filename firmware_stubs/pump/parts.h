/* What the parts of the machine ask of one another. */
#ifndef LOOPBENCH_PUMP_PARTS_H
#define LOOPBENCH_PUMP_PARTS_H

#include "loopbench/pump/machine.h"

#define STOP LB_IDS_THERAPY_CONTROL_STATE_STOP
#define PAUSE LB_IDS_THERAPY_CONTROL_STATE_PAUSE
#define RUN LB_IDS_THERAPY_CONTROL_STATE_RUN

/* telling.c: every change goes into history and status bits. The bits of a record go with it. */
void lb_tell_changed(struct lb_pump_machine *pump, uint16_t bits);
void lb_tell_reference_time(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_recording_reason reason);
void lb_tell_level(struct lb_pump_machine *pump, lb_instant at);
void lb_tell_therapy(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_therapy_control_state old, uint16_t changed);
void lb_tell_operational(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_operational_state old);
void lb_tell_rate(struct lb_pump_machine *pump, lb_instant at, lb_rate old, enum lb_ids_basal_context context);
void lb_tell_tbr_started(struct lb_pump_machine *pump, lb_instant at);
void lb_tell_tbr_changed(struct lb_pump_machine *pump, lb_instant at, lb_instant since);
void lb_tell_tbr_ended(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_tbr_end_reason reason, uint16_t annunciation);
void lb_tell_bolus_programmed(struct lb_pump_machine *pump, lb_instant at);
void lb_tell_bolus_ended(struct lb_pump_machine *pump, lb_instant at, enum lb_ids_bolus_end_reason reason, uint16_t annunciation);
void lb_tell_max_bolus(struct lb_pump_machine *pump, lb_instant at, lb_insulin old);
void lb_tell_annunciation(struct lb_pump_machine *pump, lb_instant at, const struct lb_annunciation *which);
void lb_tell_block(struct lb_pump_machine *pump, lb_instant at, uint8_t number, uint8_t place, const struct lb_basal_block *block);
void lb_tell_activated(struct lb_pump_machine *pump, lb_instant at, uint8_t old);
void lb_tell_day(struct lb_pump_machine *pump, lb_instant at);

/* machine.c */
uint16_t lb_announce(struct lb_pump_machine *pump, enum lb_ids_annunciation_type type, lb_instant at);
uint16_t lb_announce_bolus_canceled(struct lb_pump_machine *pump, lb_instant at);

/* delivery.c */
lb_instant lb_basal_pulse_due(const struct lb_pump_machine *pump);
void lb_basal_pulse(struct lb_pump_machine *pump, lb_instant at);
lb_instant lb_bolus_pulse_due(const struct lb_pump_machine *pump);
void lb_bolus_pulse(struct lb_pump_machine *pump, lb_instant at);

/* therapy.c */
void lb_stop_by_itself(struct lb_pump_machine *pump, lb_instant at);
void lb_fault(struct lb_pump_machine *pump, enum lb_ids_annunciation_type type, lb_instant at);
void lb_settle(struct lb_pump_machine *pump, lb_instant at);

/* bolus.c */
void lb_start_bolus(struct lb_pump_machine *pump, lb_instant at);
void lb_suspend_bolus(struct lb_pump_machine *pump);
void lb_resume_bolus(struct lb_pump_machine *pump, lb_instant at);
void lb_end_bolus(struct lb_pump_machine *pump, enum lb_ids_bolus_end_reason reason, lb_instant at, uint16_t annunciation);

/* tbr.c */
void lb_follow_schedule(struct lb_pump_machine *pump, lb_instant at);
void lb_tbr_over(struct lb_pump_machine *pump, lb_instant at);
void lb_end_tbr(struct lb_pump_machine *pump, enum lb_ids_tbr_end_reason reason, lb_instant at, uint16_t annunciation);

#endif
