/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_IDS_H
#define ISLETBENCH_PACKETS_IDS_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"
#include "packets/racp.h"
#include "packets/frames.h"
#include "packets/companions.h"
#include "packets/cgms.h"

#ifdef __cplusplus
extern "C" {
#endif

/* IDS 1.0.2, table 4.4. */
enum ib_ids_therapy_control_state {
    IB_IDS_THERAPY_CONTROL_STATE_UNDETERMINED = 0x0F,
    IB_IDS_THERAPY_CONTROL_STATE_STOP = 0x33,
    IB_IDS_THERAPY_CONTROL_STATE_PAUSE = 0x3C,
    IB_IDS_THERAPY_CONTROL_STATE_RUN = 0x55,
};
bool ib_ids_therapy_control_state_is(uint32_t code);

/* IDS 1.0.2, table 4.5. */
enum ib_ids_operational_state {
    IB_IDS_OPERATIONAL_STATE_UNDETERMINED = 0x0F,
    IB_IDS_OPERATIONAL_STATE_OFF = 0x33,
    IB_IDS_OPERATIONAL_STATE_STANDBY = 0x3C,
    IB_IDS_OPERATIONAL_STATE_PREPARING = 0x55,
    IB_IDS_OPERATIONAL_STATE_PRIMING = 0x5A,
    IB_IDS_OPERATIONAL_STATE_WAITING = 0x66,
    IB_IDS_OPERATIONAL_STATE_READY = 0x96,
};
bool ib_ids_operational_state_is(uint32_t code);

/* What has changed since the client last reset the bit. IDS 1.0.2, table 4.2. */
enum ib_ids_status_flag {
    IB_IDS_STATUS_FLAG_THERAPY_CONTROL_STATE = 0x01,
    IB_IDS_STATUS_FLAG_OPERATIONAL_STATE = 0x02,
    IB_IDS_STATUS_FLAG_RESERVOIR = 0x04,
    IB_IDS_STATUS_FLAG_ANNUNCIATION = 0x08,
    IB_IDS_STATUS_FLAG_TOTAL_DAILY_INSULIN = 0x10,
    IB_IDS_STATUS_FLAG_ACTIVE_BASAL_RATE = 0x20,
    IB_IDS_STATUS_FLAG_ACTIVE_BOLUS = 0x40,
    IB_IDS_STATUS_FLAG_HISTORY_EVENT_RECORDED = 0x80,
};
#define IB_IDS_STATUS_FLAG_ALL 0xFFU

/* What a pump can do. IDS 1.0.2, table 4.12. Bits 16 to 22 are sent as 0; bit 23 would announce an extension octet. */
enum ib_ids_feature {
    IB_IDS_FEATURE_E2E_PROTECTION = 0x01,
    IB_IDS_FEATURE_BASAL_RATE = 0x02,
    IB_IDS_FEATURE_TBR_ABSOLUTE = 0x04,
    IB_IDS_FEATURE_TBR_RELATIVE = 0x08,
    IB_IDS_FEATURE_TBR_TEMPLATE = 0x10,
    IB_IDS_FEATURE_FAST_BOLUS = 0x20,
    IB_IDS_FEATURE_EXTENDED_BOLUS = 0x40,
    IB_IDS_FEATURE_MULTIWAVE_BOLUS = 0x80,
    IB_IDS_FEATURE_BOLUS_DELAY_TIME = 0x100,
    IB_IDS_FEATURE_BOLUS_TEMPLATE = 0x200,
    IB_IDS_FEATURE_BOLUS_ACTIVATION_TYPE = 0x400,
    IB_IDS_FEATURE_MULTIPLE_BOND = 0x800,
    IB_IDS_FEATURE_ISF_PROFILE_TEMPLATE = 0x1000,
    IB_IDS_FEATURE_I2CHO_RATIO_PROFILE_TEMPLATE = 0x2000,
    IB_IDS_FEATURE_TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE = 0x4000,
    IB_IDS_FEATURE_INSULIN_ON_BOARD = 0x8000,
};
#define IB_IDS_FEATURE_ALL 0xFFFFU

/* What a pump has to tell its user. IDS 1.0.2, table 4.9; from 0xF000 on the manufacturer's, here those of a pump
 * that receives glucose from a CGM. */
enum ib_ids_annunciation_type {
    IB_IDS_ANNUNCIATION_TYPE_SYSTEM_ISSUE = 0x0F,
    IB_IDS_ANNUNCIATION_TYPE_MECHANICAL_ISSUE = 0x33,
    IB_IDS_ANNUNCIATION_TYPE_OCCLUSION_DETECTED = 0x3C,
    IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_ISSUE = 0x55,
    IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_EMPTY = 0x5A,
    IB_IDS_ANNUNCIATION_TYPE_RESERVOIR_LOW = 0x66,
    IB_IDS_ANNUNCIATION_TYPE_PRIMING_ISSUE = 0x69,
    IB_IDS_ANNUNCIATION_TYPE_INFUSION_SET_INCOMPLETE = 0x96,
    IB_IDS_ANNUNCIATION_TYPE_INFUSION_SET_DETACHED = 0x99,
    IB_IDS_ANNUNCIATION_TYPE_POWER_SOURCE_INSUFFICIENT = 0xA5,
    IB_IDS_ANNUNCIATION_TYPE_BATTERY_EMPTY = 0xAA,
    IB_IDS_ANNUNCIATION_TYPE_BATTERY_LOW = 0xC3,
    IB_IDS_ANNUNCIATION_TYPE_BATTERY_MEDIUM = 0xCC,
    IB_IDS_ANNUNCIATION_TYPE_BATTERY_FULL = 0xF0,
    IB_IDS_ANNUNCIATION_TYPE_TEMPERATURE_OUT_OF_RANGE = 0xFF,
    IB_IDS_ANNUNCIATION_TYPE_AIR_PRESSURE_OUT_OF_RANGE = 0x303,
    IB_IDS_ANNUNCIATION_TYPE_BOLUS_CANCELED = 0x30C,
    IB_IDS_ANNUNCIATION_TYPE_TBR_OVER = 0x330,
    IB_IDS_ANNUNCIATION_TYPE_TBR_CANCELED = 0x33F,
    IB_IDS_ANNUNCIATION_TYPE_MAX_DELIVERY = 0x356,
    IB_IDS_ANNUNCIATION_TYPE_DATE_TIME_ISSUE = 0x359,
    IB_IDS_ANNUNCIATION_TYPE_TEMPERATURE = 0x365,
    IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_LOW = 0xF00F,
    IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_HIGH = 0xF033,
    IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_FALLING = 0xF03C,
    IB_IDS_ANNUNCIATION_TYPE_GLUCOSE_RISING = 0xF055,
    IB_IDS_ANNUNCIATION_TYPE_SUSPENDED_BEFORE_LOW = 0xF05A,
    IB_IDS_ANNUNCIATION_TYPE_SUSPENDED_ON_LOW = 0xF066,
    IB_IDS_ANNUNCIATION_TYPE_BASAL_RESUMED = 0xF069,
    IB_IDS_ANNUNCIATION_TYPE_CGM_SIGNAL_LOST = 0xF096,
};
bool ib_ids_annunciation_type_is(uint32_t code);

/* IDS 1.0.2, table 4.10. */
enum ib_ids_annunciation_status {
    IB_IDS_ANNUNCIATION_STATUS_UNDETERMINED = 0x0F,
    IB_IDS_ANNUNCIATION_STATUS_PENDING = 0x33,
    IB_IDS_ANNUNCIATION_STATUS_SNOOZED = 0x3C,
    IB_IDS_ANNUNCIATION_STATUS_CONFIRMED = 0x55,
};
bool ib_ids_annunciation_status_is(uint32_t code);

/* IDS 1.0.2, table 4.19. */
enum ib_ids_bolus_type {
    IB_IDS_BOLUS_TYPE_UNDETERMINED = 0x0F,
    IB_IDS_BOLUS_TYPE_FAST = 0x33,
    IB_IDS_BOLUS_TYPE_EXTENDED = 0x3C,
    IB_IDS_BOLUS_TYPE_MULTIWAVE = 0x55,
};
bool ib_ids_bolus_type_is(uint32_t code);

/* Who wanted the bolus. IDS 1.0.2, table 4.22. */
enum ib_ids_bolus_activation {
    IB_IDS_BOLUS_ACTIVATION_UNDETERMINED = 0x0F,
    IB_IDS_BOLUS_ACTIVATION_MANUAL = 0x33,
    IB_IDS_BOLUS_ACTIVATION_RECOMMENDED = 0x3C,
    IB_IDS_BOLUS_ACTIVATION_MANUALLY_CHANGED_RECOMMENDATION = 0x55,
    IB_IDS_BOLUS_ACTIVATION_COMMANDED = 0x5A,
};
bool ib_ids_bolus_activation_is(uint32_t code);

/* Which amounts of an active bolus are meant. */
enum ib_ids_bolus_value_selection {
    IB_IDS_BOLUS_VALUE_SELECTION_PROGRAMMED = 0x0F,
    IB_IDS_BOLUS_VALUE_SELECTION_REMAINING = 0x33,
    IB_IDS_BOLUS_VALUE_SELECTION_DELIVERED = 0x3C,
};
bool ib_ids_bolus_value_selection_is(uint32_t code);

/* Who set the basal rate. IDS 1.0.2, table 4.27. */
enum ib_ids_basal_context {
    IB_IDS_BASAL_CONTEXT_UNDETERMINED = 0x0F,
    IB_IDS_BASAL_CONTEXT_DEVICE_BASED = 0x33,
    IB_IDS_BASAL_CONTEXT_REMOTE_CONTROL = 0x3C,
    IB_IDS_BASAL_CONTEXT_AP_CONTROLLER = 0x55,
};
bool ib_ids_basal_context_is(uint32_t code);

/* IDS 1.0.2, table 4.25. */
enum ib_ids_tbr_type {
    IB_IDS_TBR_TYPE_UNDETERMINED = 0x0F,
    IB_IDS_TBR_TYPE_ABSOLUTE = 0x33,
    IB_IDS_TBR_TYPE_RELATIVE = 0x3C,
};
bool ib_ids_tbr_type_is(uint32_t code);

/* IDS 1.0.2, table 4.30. */
enum ib_ids_counter_type {
    IB_IDS_COUNTER_TYPE_LIFETIME = 0x0F,
    IB_IDS_COUNTER_TYPE_WARRANTY = 0x33,
    IB_IDS_COUNTER_TYPE_LOANER = 0x3C,
    IB_IDS_COUNTER_TYPE_RESERVOIR_INSULIN_OPERATION_TIME = 0x55,
};
bool ib_ids_counter_type_is(uint32_t code);

/* IDS 1.0.2, table 4.31. */
enum ib_ids_counter_selection {
    IB_IDS_COUNTER_SELECTION_REMAINING = 0x0F,
    IB_IDS_COUNTER_SELECTION_ELAPSED = 0x33,
};
bool ib_ids_counter_selection_is(uint32_t code);

/* How a procedure ended. IDS 1.0.2, tables 4.15 and 4.37; the last two belong to the Command Control Point only. */
enum ib_ids_response {
    IB_IDS_RESPONSE_SUCCESS = 0x0F,
    IB_IDS_RESPONSE_OPCODE_NOT_SUPPORTED = 0x70,
    IB_IDS_RESPONSE_INVALID_OPERAND = 0x71,
    IB_IDS_RESPONSE_PROCEDURE_NOT_COMPLETED = 0x72,
    IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE = 0x73,
    IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE = 0x74,
    IB_IDS_RESPONSE_PLAUSIBILITY_CHECK_FAILED = 0x75,
    IB_IDS_RESPONSE_MAXIMUM_BOLUS_NUMBER_REACHED = 0x76,
};
bool ib_ids_response_is(uint32_t code);

/* IDS 1.0.2, section 3.10. */
enum ib_ids_bolus_end_reason {
    IB_IDS_BOLUS_END_REASON_UNDETERMINED = 0x0F,
    IB_IDS_BOLUS_END_REASON_AMOUNT_DELIVERED = 0x33,
    IB_IDS_BOLUS_END_REASON_CANCELED = 0x3C,
    IB_IDS_BOLUS_END_REASON_ERROR_ABORT = 0x55,
};
bool ib_ids_bolus_end_reason_is(uint32_t code);

/* Why a reference time was recorded. IDS 1.0.2, section 3.10. */
enum ib_ids_recording_reason {
    IB_IDS_RECORDING_REASON_UNDETERMINED = 0x0F,
    IB_IDS_RECORDING_REASON_SET_DATE_TIME = 0x33,
    IB_IDS_RECORDING_REASON_PERIODIC = 0x3C,
    IB_IDS_RECORDING_REASON_DATE_TIME_LOSS = 0x55,
};
bool ib_ids_recording_reason_is(uint32_t code);

/* IDS 1.0.2, section 3.7.2.14. */
enum ib_ids_available_boluses {
    IB_IDS_AVAILABLE_BOLUSES_FAST = 0x01,
    IB_IDS_AVAILABLE_BOLUSES_EXTENDED = 0x02,
    IB_IDS_AVAILABLE_BOLUSES_MULTIWAVE = 0x04,
};
#define IB_IDS_AVAILABLE_BOLUSES_ALL 0x07U

/* Kinds of templates, as Command Data tells them. IDS 1.0.2, section 3.8.1.8. */
enum ib_ids_template_type {
    IB_IDS_TEMPLATE_TYPE_UNDETERMINED = 0x0F,
    IB_IDS_TEMPLATE_TYPE_BASAL_RATE_PROFILE = 0x33,
    IB_IDS_TEMPLATE_TYPE_TBR = 0x3C,
    IB_IDS_TEMPLATE_TYPE_BOLUS = 0x55,
    IB_IDS_TEMPLATE_TYPE_ISF_PROFILE = 0x5A,
    IB_IDS_TEMPLATE_TYPE_I2CHO_RATIO_PROFILE = 0x66,
    IB_IDS_TEMPLATE_TYPE_TARGET_GLUCOSE_RANGE_PROFILE = 0x96,
};
bool ib_ids_template_type_is(uint32_t code);

/* Kinds of profile templates, as the history tells them: other codes than ``TemplateType``. IDS 1.0.2, section 3.10. */
enum ib_ids_profile_type {
    IB_IDS_PROFILE_TYPE_UNDETERMINED = 0x0F,
    IB_IDS_PROFILE_TYPE_BASAL_RATE = 0x33,
    IB_IDS_PROFILE_TYPE_ISF = 0x3C,
    IB_IDS_PROFILE_TYPE_I2CHO_RATIO = 0x55,
    IB_IDS_PROFILE_TYPE_TARGET_GLUCOSE_RANGE = 0x5A,
};
bool ib_ids_profile_type_is(uint32_t code);

/* IDS 1.0.2, section 3.10. */
enum ib_ids_tbr_end_reason {
    IB_IDS_TBR_END_REASON_UNDETERMINED = 0x0F,
    IB_IDS_TBR_END_REASON_DURATION_OVER = 0x33,
    IB_IDS_TBR_END_REASON_CANCELED = 0x3C,
    IB_IDS_TBR_END_REASON_ERROR_ABORT = 0x55,
};
bool ib_ids_tbr_end_reason_is(uint32_t code);

/* IDS 1.0.2, section 3.10. */
enum ib_ids_priming_end_reason {
    IB_IDS_PRIMING_END_REASON_UNDETERMINED = 0x0F,
    IB_IDS_PRIMING_END_REASON_ABORTED_BY_USER = 0x33,
    IB_IDS_PRIMING_END_REASON_AMOUNT_REACHED = 0x3C,
    IB_IDS_PRIMING_END_REASON_ERROR_ABORT = 0x55,
};
bool ib_ids_priming_end_reason_is(uint32_t code);

/* What a reported temperature is the temperature of. IDS 1.0.2, section 3.4.1.6. */
enum ib_ids_temperature_context {
    IB_IDS_TEMPERATURE_CONTEXT_DEVICE = 0x0F,
    IB_IDS_TEMPERATURE_CONTEXT_INSULIN = 0x33,
};
bool ib_ids_temperature_context_is(uint32_t code);

/* Why a pump has suspended its basal insulin by itself. Of the manufacturer, as IDS has no such event. */
enum ib_ids_low_suspend_reason {
    IB_IDS_LOW_SUSPEND_REASON_UNDETERMINED = 0x0F,
    IB_IDS_LOW_SUSPEND_REASON_BEFORE_LOW = 0x33,
    IB_IDS_LOW_SUSPEND_REASON_ON_LOW = 0x3C,
};
bool ib_ids_low_suspend_reason_is(uint32_t code);

/* Why such a suspension has ended. Of the manufacturer, as IDS has no such event. */
enum ib_ids_low_suspend_end_reason {
    IB_IDS_LOW_SUSPEND_END_REASON_UNDETERMINED = 0x0F,
    IB_IDS_LOW_SUSPEND_END_REASON_GLUCOSE_RECOVERED = 0x33,
    IB_IDS_LOW_SUSPEND_END_REASON_LONGEST_TIME_OVER = 0x3C,
    IB_IDS_LOW_SUSPEND_END_REASON_RESUMED_BY_USER = 0x55,
    IB_IDS_LOW_SUSPEND_END_REASON_NO_READINGS = 0x5A,
    IB_IDS_LOW_SUSPEND_END_REASON_THERAPY_STOPPED = 0x66,
    IB_IDS_LOW_SUSPEND_END_REASON_POWER_LOST = 0x69,
    IB_IDS_LOW_SUSPEND_END_REASON_SWITCHED_OFF = 0x96,
};
bool ib_ids_low_suspend_end_reason_is(uint32_t code);

/* Operations of the IDD Status Reader Control Point: 2 octets before the packet. */
enum ib_ids_status_reader_opcode {
    IB_IDS_STATUS_READER_STATUS_READER_RESPONSE_CODE = 0x0303,
    IB_IDS_STATUS_READER_RESET_STATUS = 0x030C,
    IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS = 0x0330,
    IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS_RESPONSE = 0x033F,
    IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_DELIVERY = 0x0356,
    IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_DELIVERY_RESPONSE = 0x0359,
    IB_IDS_STATUS_READER_GET_ACTIVE_BASAL_RATE_DELIVERY = 0x0365,
    IB_IDS_STATUS_READER_GET_ACTIVE_BASAL_RATE_DELIVERY_RESPONSE = 0x036A,
    IB_IDS_STATUS_READER_GET_TOTAL_DAILY_INSULIN_STATUS = 0x0395,
    IB_IDS_STATUS_READER_GET_TOTAL_DAILY_INSULIN_STATUS_RESPONSE = 0x039A,
    IB_IDS_STATUS_READER_GET_COUNTER = 0x03A6,
    IB_IDS_STATUS_READER_GET_COUNTER_RESPONSE = 0x03A9,
    IB_IDS_STATUS_READER_GET_DELIVERED_INSULIN = 0x03C0,
    IB_IDS_STATUS_READER_GET_DELIVERED_INSULIN_RESPONSE = 0x03CF,
    IB_IDS_STATUS_READER_GET_INSULIN_ON_BOARD = 0x03F3,
    IB_IDS_STATUS_READER_GET_INSULIN_ON_BOARD_RESPONSE = 0x03FC,
};
/* How many octets an operation has, its op code included; 0 when there is no such one or it varies. */
size_t ib_ids_status_reader_size(uint32_t opcode);

/* Operations of the IDD history event: 2 octets before the packet. */
enum ib_ids_events_opcode {
    IB_IDS_EVENTS_REFERENCE_TIME = 0x000F,
    IB_IDS_EVENTS_REFERENCE_TIME_BASE_OFFSET = 0x0033,
    IB_IDS_EVENTS_BOLUS_CALCULATED_1_OF_2 = 0x003C,
    IB_IDS_EVENTS_BOLUS_CALCULATED_2_OF_2 = 0x0055,
    IB_IDS_EVENTS_BOLUS_PROGRAMMED_1_OF_2 = 0x005A,
    IB_IDS_EVENTS_BOLUS_PROGRAMMED_2_OF_2 = 0x0066,
    IB_IDS_EVENTS_BOLUS_DELIVERED_1_OF_2 = 0x0069,
    IB_IDS_EVENTS_BOLUS_DELIVERED_2_OF_2 = 0x0096,
    IB_IDS_EVENTS_DELIVERED_BASAL_RATE_CHANGED = 0x0099,
    IB_IDS_EVENTS_TBR_ADJUSTMENT_STARTED = 0x00A5,
    IB_IDS_EVENTS_TBR_ADJUSTMENT_ENDED = 0x00AA,
    IB_IDS_EVENTS_TBR_ADJUSTMENT_CHANGED = 0x00C3,
    IB_IDS_EVENTS_PROFILE_TEMPLATE_ACTIVATED = 0x00CC,
    IB_IDS_EVENTS_BASAL_RATE_PROFILE_TIME_BLOCK_CHANGED = 0x00F0,
    IB_IDS_EVENTS_TOTAL_DAILY_INSULIN_DELIVERY = 0x00FF,
    IB_IDS_EVENTS_THERAPY_CONTROL_STATE_CHANGED = 0x0303,
    IB_IDS_EVENTS_OPERATIONAL_STATE_CHANGED = 0x030C,
    IB_IDS_EVENTS_RESERVOIR_REMAINING_AMOUNT_CHANGED = 0x0330,
    IB_IDS_EVENTS_ANNUNCIATION_STATUS_CHANGED_1_OF_2 = 0x033F,
    IB_IDS_EVENTS_ANNUNCIATION_STATUS_CHANGED_2_OF_2 = 0x0356,
    IB_IDS_EVENTS_ISF_PROFILE_TIME_BLOCK_CHANGED = 0x0359,
    IB_IDS_EVENTS_I2_CHO_RATIO_PROFILE_TIME_BLOCK_CHANGED = 0x0365,
    IB_IDS_EVENTS_TARGET_GLUCOSE_RANGE_PROFILE_TIME_BLOCK_CHANGED = 0x036A,
    IB_IDS_EVENTS_PRIMING_STARTED = 0x0395,
    IB_IDS_EVENTS_PRIMING_DONE = 0x039A,
    IB_IDS_EVENTS_DATA_CORRUPTION = 0x03A6,
    IB_IDS_EVENTS_POINTER_EVENT = 0x03A9,
    IB_IDS_EVENTS_BOLUS_TEMPLATE_CHANGED_1_OF_2 = 0x03C0,
    IB_IDS_EVENTS_BOLUS_TEMPLATE_CHANGED_2_OF_2 = 0x03CF,
    IB_IDS_EVENTS_TBR_TEMPLATE_CHANGED = 0x03F3,
    IB_IDS_EVENTS_MAX_BOLUS_AMOUNT_CHANGED = 0x03FC,
    IB_IDS_EVENTS_LOW_SUSPEND_STARTED = 0xF00F,
    IB_IDS_EVENTS_LOW_SUSPEND_ENDED = 0xF033,
};
/* How many octets an operation has, its op code included; 0 when there is no such one or it varies. */
size_t ib_ids_events_size(uint32_t opcode);

/* Operations of the IDD Command Data: 2 octets before the packet. */
enum ib_ids_command_data_opcode {
    IB_IDS_COMMAND_DATA_TEMPLATE_STATUS_RECORD = 0x1212,
    IB_IDS_COMMAND_DATA_BASAL_RATE_PROFILE_TEMPLATE_RECORD = 0x0FC3,
    IB_IDS_COMMAND_DATA_ISF_PROFILE_TEMPLATE_RECORD = 0x12D1,
    IB_IDS_COMMAND_DATA_I2_CHO_RATIO_PROFILE_TEMPLATE_RECORD = 0x1414,
    IB_IDS_COMMAND_DATA_TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE_RECORD = 0x1441,
};
/* How many octets an operation has, its op code included; 0 when there is no such one or it varies. */
size_t ib_ids_command_data_size(uint32_t opcode);

/* Operations of the IDD Command Control Point: 2 octets before the packet. */
enum ib_ids_command_opcode {
    IB_IDS_COMMAND_COMMAND_RESPONSE_CODE = 0x0F55,
    IB_IDS_COMMAND_SET_THERAPY_CONTROL_STATE = 0x0F5A,
    IB_IDS_COMMAND_SET_FLIGHT_MODE = 0x0F66,
    IB_IDS_COMMAND_SNOOZE_ANNUNCIATION = 0x0F69,
    IB_IDS_COMMAND_SNOOZE_ANNUNCIATION_RESPONSE = 0x0F96,
    IB_IDS_COMMAND_CONFIRM_ANNUNCIATION = 0x0F99,
    IB_IDS_COMMAND_CONFIRM_ANNUNCIATION_RESPONSE = 0x0FA5,
    IB_IDS_COMMAND_SET_TBR_ADJUSTMENT = 0x0FFF,
    IB_IDS_COMMAND_CANCEL_TBR_ADJUSTMENT = 0x1111,
    IB_IDS_COMMAND_GET_TBR_TEMPLATE = 0x111E,
    IB_IDS_COMMAND_GET_TBR_TEMPLATE_RESPONSE = 0x1122,
    IB_IDS_COMMAND_SET_TBR_TEMPLATE = 0x112D,
    IB_IDS_COMMAND_SET_TBR_TEMPLATE_RESPONSE = 0x1144,
    IB_IDS_COMMAND_SET_BOLUS = 0x114B,
    IB_IDS_COMMAND_SET_BOLUS_RESPONSE = 0x1177,
    IB_IDS_COMMAND_CANCEL_BOLUS = 0x1178,
    IB_IDS_COMMAND_CANCEL_BOLUS_RESPONSE = 0x1187,
    IB_IDS_COMMAND_GET_AVAILABLE_BOLUSES = 0x1188,
    IB_IDS_COMMAND_GET_AVAILABLE_BOLUSES_RESPONSE = 0x11B4,
    IB_IDS_COMMAND_GET_BOLUS_TEMPLATE = 0x11BB,
    IB_IDS_COMMAND_GET_BOLUS_TEMPLATE_RESPONSE = 0x11D2,
    IB_IDS_COMMAND_SET_BOLUS_TEMPLATE = 0x11DD,
    IB_IDS_COMMAND_SET_BOLUS_TEMPLATE_RESPONSE = 0x11E1,
    IB_IDS_COMMAND_GET_MAX_BOLUS_AMOUNT = 0x147D,
    IB_IDS_COMMAND_GET_MAX_BOLUS_AMOUNT_RESPONSE = 0x1482,
    IB_IDS_COMMAND_SET_MAX_BOLUS_AMOUNT = 0x148D,
    IB_IDS_COMMAND_GET_TEMPLATE_STATUS_AND_DETAILS = 0x11EE,
    IB_IDS_COMMAND_RESET_TEMPLATE_STATUS = 0x121D,
    IB_IDS_COMMAND_RESET_TEMPLATE_STATUS_RESPONSE = 0x1221,
    IB_IDS_COMMAND_ACTIVATE_PROFILE_TEMPLATES = 0x122E,
    IB_IDS_COMMAND_ACTIVATE_PROFILE_TEMPLATES_RESPONSE = 0x1247,
    IB_IDS_COMMAND_GET_ACTIVATED_PROFILE_TEMPLATES = 0x1248,
    IB_IDS_COMMAND_GET_ACTIVATED_PROFILE_TEMPLATES_RESPONSE = 0x1274,
    IB_IDS_COMMAND_START_PRIMING = 0x127B,
    IB_IDS_COMMAND_STOP_PRIMING = 0x1284,
    IB_IDS_COMMAND_SET_INITIAL_RESERVOIR_FILL_LEVEL = 0x128B,
    IB_IDS_COMMAND_RESET_RESERVOIR_INSULIN_OPERATION_TIME = 0x12B7,
    IB_IDS_COMMAND_READ_BASAL_RATE_PROFILE_TEMPLATE = 0x0FAA,
    IB_IDS_COMMAND_WRITE_BASAL_RATE_PROFILE_TEMPLATE = 0x0FCC,
    IB_IDS_COMMAND_WRITE_BASAL_RATE_PROFILE_TEMPLATE_RESPONSE = 0x0FF0,
    IB_IDS_COMMAND_READ_ISF_PROFILE_TEMPLATE = 0x12B8,
    IB_IDS_COMMAND_WRITE_ISF_PROFILE_TEMPLATE = 0x12DE,
    IB_IDS_COMMAND_WRITE_ISF_PROFILE_TEMPLATE_RESPONSE = 0x12E2,
    IB_IDS_COMMAND_READ_I2_CHO_RATIO_PROFILE_TEMPLATE = 0x12ED,
    IB_IDS_COMMAND_WRITE_I2_CHO_RATIO_PROFILE_TEMPLATE = 0x141B,
    IB_IDS_COMMAND_WRITE_I2_CHO_RATIO_PROFILE_TEMPLATE_RESPONSE = 0x1427,
    IB_IDS_COMMAND_READ_TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE = 0x1428,
    IB_IDS_COMMAND_WRITE_TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE = 0x144E,
    IB_IDS_COMMAND_WRITE_TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE_RESPONSE = 0x1472,
};
/* How many octets an operation has, its op code included; 0 when there is no such one or it varies. */
size_t ib_ids_command_size(uint32_t opcode);

/* IDD Status Changed: bits stay set until the client resets them. */
struct ib_ids_status_changed {
    uint16_t changed; /* what has changed; enum ib_ids_status_flag */
};
#define IB_IDS_STATUS_CHANGED_SIZE 2U
void ib_ids_status_changed_read(struct ib_reader *from, struct ib_ids_status_changed *value);
void ib_ids_status_changed_write(struct ib_writer *to, const struct ib_ids_status_changed *value);

/* IDD Status. */
struct ib_ids_status {
    enum ib_ids_therapy_control_state therapy_control_state; /* state */
    enum ib_ids_operational_state operational_state; /* state */
    ib_sfloat reservoir_remaining; /* IU; NaN without a reservoir */
    bool reservoir_attached; /* a reservoir is attached */
};
#define IB_IDS_STATUS_SIZE 5U
void ib_ids_status_read(struct ib_reader *from, struct ib_ids_status *value);
void ib_ids_status_write(struct ib_writer *to, const struct ib_ids_status *value);

/* The annunciation itself: which one, what about, how it stands. */
struct ib_ids_annunciation {
    uint16_t instance_id; /* unique over time */
    enum ib_ids_annunciation_type type; /* what about */
    enum ib_ids_annunciation_status status; /* how it stands */
};
#define IB_IDS_ANNUNCIATION_SIZE 5U
void ib_ids_annunciation_read(struct ib_reader *from, struct ib_ids_annunciation *value);
void ib_ids_annunciation_write(struct ib_writer *to, const struct ib_ids_annunciation *value);

/* IDD Annunciation Status: the active annunciation the pump shows first; none at all when there is none. */
struct ib_ids_annunciation_status_value {
    bool has_annunciation;
    struct ib_ids_annunciation annunciation; /* the annunciation */
    bool has_aux1;
    uint16_t aux1; /* depends on the type */
    bool has_aux2;
    uint16_t aux2; /* depends on the type */
    bool has_aux3;
    uint16_t aux3; /* depends on the type */
    bool has_aux4;
    uint16_t aux4; /* depends on the type */
    bool has_aux5;
    uint16_t aux5; /* depends on the type */
};
void ib_ids_annunciation_status_value_read(struct ib_reader *from, struct ib_ids_annunciation_status_value *value);
void ib_ids_annunciation_status_value_write(struct ib_writer *to, const struct ib_ids_annunciation_status_value *value);

/* IDD Features, behind its CRC and counter. */
struct ib_ids_features {
    ib_sfloat insulin_concentration; /* IU/mL */
    uint32_t features; /* bit field; enum ib_ids_feature */
};
#define IB_IDS_FEATURES_SIZE 5U
void ib_ids_features_read(struct ib_reader *from, struct ib_ids_features *value);
void ib_ids_features_write(struct ib_writer *to, const struct ib_ids_features *value);

/* The first two auxiliary values of an annunciation of type Temperature. IDS 1.0.2, section 3.4.1.6. */
struct ib_ids_temperature_report {
    ib_sfloat temperature; /* degrees of the unit flagged */
    enum ib_ids_temperature_context context; /* of what */
    bool celsius; /* degrees Celsius, else Fahrenheit */
    bool too_low; /* below the lower bound */
    bool too_high; /* above the upper bound */
};
#define IB_IDS_TEMPERATURE_REPORT_SIZE 4U
void ib_ids_temperature_report_read(struct ib_reader *from, struct ib_ids_temperature_report *value);
void ib_ids_temperature_report_write(struct ib_writer *to, const struct ib_ids_temperature_report *value);

/* How an operation ended. IDS 1.0.2, section 3.6. */
struct ib_ids_status_reader_response_code {
    uint16_t request; /* op code of the request */
    enum ib_ids_response code; /* how it ended */
};
#define IB_IDS_STATUS_READER_RESPONSE_CODE_SIZE 3U
void ib_ids_status_reader_response_code_read(struct ib_reader *from, struct ib_ids_status_reader_response_code *value);
void ib_ids_status_reader_response_code_write(struct ib_writer *to, const struct ib_ids_status_reader_response_code *value);

/* Reset bits of IDD Status Changed. */
struct ib_ids_reset_status {
    uint16_t changed; /* bits to reset; enum ib_ids_status_flag */
};
#define IB_IDS_RESET_STATUS_SIZE 2U
void ib_ids_reset_status_read(struct ib_reader *from, struct ib_ids_reset_status *value);
void ib_ids_reset_status_write(struct ib_writer *to, const struct ib_ids_reset_status *value);

/* The active boluses. */
struct ib_ids_get_active_bolus_ids_response {
    struct ib_octets bolus_ids; /* bolus ids by start of delivery, at most 7 */
};
void ib_ids_get_active_bolus_ids_response_read(struct ib_reader *from, struct ib_ids_get_active_bolus_ids_response *value);
void ib_ids_get_active_bolus_ids_response_write(struct ib_writer *to, const struct ib_ids_get_active_bolus_ids_response *value);

/* Ask for the amounts of an active bolus. */
struct ib_ids_get_active_bolus_delivery {
    uint16_t bolus_id; /* bolus id */
    enum ib_ids_bolus_value_selection selection; /* which amounts */
};
#define IB_IDS_GET_ACTIVE_BOLUS_DELIVERY_SIZE 3U
void ib_ids_get_active_bolus_delivery_read(struct ib_reader *from, struct ib_ids_get_active_bolus_delivery *value);
void ib_ids_get_active_bolus_delivery_write(struct ib_writer *to, const struct ib_ids_get_active_bolus_delivery *value);

/* The amounts of an active bolus: programmed, remaining or delivered. */
struct ib_ids_get_active_bolus_delivery_response {
    uint16_t bolus_id; /* bolus id */
    enum ib_ids_bolus_type bolus_type; /* type */
    ib_sfloat fast_amount; /* IU */
    ib_sfloat extended_amount; /* IU */
    uint16_t duration; /* min; delivered: elapsed since programming */
    bool has_delay_time;
    uint16_t delay_time; /* min; delivered: 65535 */
    bool has_template_number;
    uint8_t template_number; /* bolus template */
    bool has_activation_type;
    enum ib_ids_bolus_activation activation_type; /* who wanted it */
    bool correction; /* given to correct */
    bool meal; /* given for a meal */
};
void ib_ids_get_active_bolus_delivery_response_read(struct ib_reader *from, struct ib_ids_get_active_bolus_delivery_response *value);
void ib_ids_get_active_bolus_delivery_response_write(struct ib_writer *to, const struct ib_ids_get_active_bolus_delivery_response *value);

/* The basal rate of the profile, and the temporary one over it. */
struct ib_ids_get_active_basal_rate_delivery_response {
    uint8_t template_number; /* active basal rate profile template */
    ib_sfloat config_value; /* IU/h, the profile's own rate, not altered by a TBR */
    bool has_tbr_type; /* and tbr_adjustment, tbr_duration_programmed, tbr_duration_remaining */
    enum ib_ids_tbr_type tbr_type; /* type */
    ib_sfloat tbr_adjustment; /* IU/h, or factor */
    uint16_t tbr_duration_programmed; /* min */
    uint16_t tbr_duration_remaining; /* min */
    bool has_tbr_template_number;
    uint8_t tbr_template_number; /* TBR template */
    bool has_context;
    enum ib_ids_basal_context context; /* who set it */
};
void ib_ids_get_active_basal_rate_delivery_response_read(struct ib_reader *from, struct ib_ids_get_active_basal_rate_delivery_response *value);
void ib_ids_get_active_basal_rate_delivery_response_write(struct ib_writer *to, const struct ib_ids_get_active_basal_rate_delivery_response *value);

/* The insulin delivered today. */
struct ib_ids_get_total_daily_insulin_status_response {
    ib_sfloat bolus; /* IU since midnight */
    ib_sfloat basal; /* IU since midnight */
    ib_sfloat total; /* IU since midnight */
};
#define IB_IDS_GET_TOTAL_DAILY_INSULIN_STATUS_RESPONSE_SIZE 6U
void ib_ids_get_total_daily_insulin_status_response_read(struct ib_reader *from, struct ib_ids_get_total_daily_insulin_status_response *value);
void ib_ids_get_total_daily_insulin_status_response_write(struct ib_writer *to, const struct ib_ids_get_total_daily_insulin_status_response *value);

/* Ask for a counter. */
struct ib_ids_get_counter {
    enum ib_ids_counter_type type; /* which counter */
    enum ib_ids_counter_selection selection; /* remaining or elapsed */
};
#define IB_IDS_GET_COUNTER_SIZE 2U
void ib_ids_get_counter_read(struct ib_reader *from, struct ib_ids_get_counter *value);
void ib_ids_get_counter_write(struct ib_writer *to, const struct ib_ids_get_counter *value);

/* The value of a counter. */
struct ib_ids_get_counter_response {
    enum ib_ids_counter_type type; /* which counter */
    enum ib_ids_counter_selection selection; /* remaining or elapsed */
    int32_t value; /* min; remaining goes below 0 after expiry */
};
#define IB_IDS_GET_COUNTER_RESPONSE_SIZE 6U
void ib_ids_get_counter_response_read(struct ib_reader *from, struct ib_ids_get_counter_response *value);
void ib_ids_get_counter_response_write(struct ib_writer *to, const struct ib_ids_get_counter_response *value);

/* The insulin delivered over the whole operation time. */
struct ib_ids_get_delivered_insulin_response {
    ib_float bolus; /* IU */
    ib_float basal; /* IU */
};
#define IB_IDS_GET_DELIVERED_INSULIN_RESPONSE_SIZE 8U
void ib_ids_get_delivered_insulin_response_read(struct ib_reader *from, struct ib_ids_get_delivered_insulin_response *value);
void ib_ids_get_delivered_insulin_response_write(struct ib_writer *to, const struct ib_ids_get_delivered_insulin_response *value);

/* The insulin on board. */
struct ib_ids_get_insulin_on_board_response {
    ib_sfloat insulin_on_board; /* IU */
    bool has_remaining_duration;
    uint16_t remaining_duration; /* min */
};
void ib_ids_get_insulin_on_board_response_read(struct ib_reader *from, struct ib_ids_get_insulin_on_board_response *value);
void ib_ids_get_insulin_on_board_response_write(struct ib_writer *to, const struct ib_ids_get_insulin_on_board_response *value);

/* One time block of a basal rate, ISF or I:CHO ratio profile. */
struct ib_ids_block {
    uint16_t duration; /* min */
    ib_sfloat value; /* IU/h, mg/dL per IU, or g per IU */
};
#define IB_IDS_BLOCK_SIZE 4U
void ib_ids_block_read(struct ib_reader *from, struct ib_ids_block *value);
void ib_ids_block_write(struct ib_writer *to, const struct ib_ids_block *value);

/* One time block of a target glucose range profile. */
struct ib_ids_range_block {
    uint16_t duration; /* min */
    ib_sfloat lower; /* mg/dL */
    ib_sfloat upper; /* mg/dL */
};
#define IB_IDS_RANGE_BLOCK_SIZE 6U
void ib_ids_range_block_read(struct ib_reader *from, struct ib_ids_range_block *value);
void ib_ids_range_block_write(struct ib_writer *to, const struct ib_ids_range_block *value);

/* Read a basal rate profile template; Command Data carries its records. */
struct ib_ids_read_basal_rate_profile_template {
    uint8_t template_number; /* template number */
};
#define IB_IDS_READ_BASAL_RATE_PROFILE_TEMPLATE_SIZE 1U
void ib_ids_read_basal_rate_profile_template_read(struct ib_reader *from, struct ib_ids_read_basal_rate_profile_template *value);
void ib_ids_read_basal_rate_profile_template_write(struct ib_writer *to, const struct ib_ids_read_basal_rate_profile_template *value);

/* Time blocks of a basal rate profile template, through Command Data. */
struct ib_ids_basal_rate_profile_template_record {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_block second; /* the block after it */
    bool has_third;
    struct ib_ids_block third; /* the one after that */
};
void ib_ids_basal_rate_profile_template_record_read(struct ib_reader *from, struct ib_ids_basal_rate_profile_template_record *value);
void ib_ids_basal_rate_profile_template_record_write(struct ib_writer *to, const struct ib_ids_basal_rate_profile_template_record *value);

/* Write a record of a basal rate profile template. */
struct ib_ids_write_basal_rate_profile_template {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_block second; /* the block after it */
    bool has_third;
    struct ib_ids_block third; /* the one after that */
    bool end_transaction; /* this record is the last one */
};
void ib_ids_write_basal_rate_profile_template_read(struct ib_reader *from, struct ib_ids_write_basal_rate_profile_template *value);
void ib_ids_write_basal_rate_profile_template_write(struct ib_writer *to, const struct ib_ids_write_basal_rate_profile_template *value);

/* A record of a basal rate profile template is written. */
struct ib_ids_write_basal_rate_profile_template_response {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* of the record */
    bool transaction_completed; /* the template is stored */
};
#define IB_IDS_WRITE_BASAL_RATE_PROFILE_TEMPLATE_RESPONSE_SIZE 3U
void ib_ids_write_basal_rate_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_basal_rate_profile_template_response *value);
void ib_ids_write_basal_rate_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_basal_rate_profile_template_response *value);

/* Read an ISF profile template; Command Data carries its records. */
struct ib_ids_read_isf_profile_template {
    uint8_t template_number; /* template number */
};
#define IB_IDS_READ_ISF_PROFILE_TEMPLATE_SIZE 1U
void ib_ids_read_isf_profile_template_read(struct ib_reader *from, struct ib_ids_read_isf_profile_template *value);
void ib_ids_read_isf_profile_template_write(struct ib_writer *to, const struct ib_ids_read_isf_profile_template *value);

/* Time blocks of an ISF profile template, through Command Data. */
struct ib_ids_isf_profile_template_record {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_block second; /* the block after it */
    bool has_third;
    struct ib_ids_block third; /* the one after that */
};
void ib_ids_isf_profile_template_record_read(struct ib_reader *from, struct ib_ids_isf_profile_template_record *value);
void ib_ids_isf_profile_template_record_write(struct ib_writer *to, const struct ib_ids_isf_profile_template_record *value);

/* Write a record of an ISF profile template. */
struct ib_ids_write_isf_profile_template {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_block second; /* the block after it */
    bool has_third;
    struct ib_ids_block third; /* the one after that */
    bool end_transaction; /* this record is the last one */
};
void ib_ids_write_isf_profile_template_read(struct ib_reader *from, struct ib_ids_write_isf_profile_template *value);
void ib_ids_write_isf_profile_template_write(struct ib_writer *to, const struct ib_ids_write_isf_profile_template *value);

/* A record of an ISF profile template is written. */
struct ib_ids_write_isf_profile_template_response {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* of the record */
    bool transaction_completed; /* the template is stored */
};
#define IB_IDS_WRITE_ISF_PROFILE_TEMPLATE_RESPONSE_SIZE 3U
void ib_ids_write_isf_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_isf_profile_template_response *value);
void ib_ids_write_isf_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_isf_profile_template_response *value);

/* Read an insulin to carbohydrate ratio profile template; Command Data carries its records. */
struct ib_ids_read_i2_cho_ratio_profile_template {
    uint8_t template_number; /* template number */
};
#define IB_IDS_READ_I2_CHO_RATIO_PROFILE_TEMPLATE_SIZE 1U
void ib_ids_read_i2_cho_ratio_profile_template_read(struct ib_reader *from, struct ib_ids_read_i2_cho_ratio_profile_template *value);
void ib_ids_read_i2_cho_ratio_profile_template_write(struct ib_writer *to, const struct ib_ids_read_i2_cho_ratio_profile_template *value);

/* Time blocks of an insulin to carbohydrate ratio profile template, through Command Data. */
struct ib_ids_i2_cho_ratio_profile_template_record {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_block second; /* the block after it */
    bool has_third;
    struct ib_ids_block third; /* the one after that */
};
void ib_ids_i2_cho_ratio_profile_template_record_read(struct ib_reader *from, struct ib_ids_i2_cho_ratio_profile_template_record *value);
void ib_ids_i2_cho_ratio_profile_template_record_write(struct ib_writer *to, const struct ib_ids_i2_cho_ratio_profile_template_record *value);

/* Write a record of an insulin to carbohydrate ratio profile template. */
struct ib_ids_write_i2_cho_ratio_profile_template {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_block second; /* the block after it */
    bool has_third;
    struct ib_ids_block third; /* the one after that */
    bool end_transaction; /* this record is the last one */
};
void ib_ids_write_i2_cho_ratio_profile_template_read(struct ib_reader *from, struct ib_ids_write_i2_cho_ratio_profile_template *value);
void ib_ids_write_i2_cho_ratio_profile_template_write(struct ib_writer *to, const struct ib_ids_write_i2_cho_ratio_profile_template *value);

/* A record of an insulin to carbohydrate ratio profile template is written. */
struct ib_ids_write_i2_cho_ratio_profile_template_response {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* of the record */
    bool transaction_completed; /* the template is stored */
};
#define IB_IDS_WRITE_I2_CHO_RATIO_PROFILE_TEMPLATE_RESPONSE_SIZE 3U
void ib_ids_write_i2_cho_ratio_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_i2_cho_ratio_profile_template_response *value);
void ib_ids_write_i2_cho_ratio_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_i2_cho_ratio_profile_template_response *value);

/* Read a target glucose range profile template; Command Data carries its records. */
struct ib_ids_read_target_glucose_range_profile_template {
    uint8_t template_number; /* template number */
};
#define IB_IDS_READ_TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE_SIZE 1U
void ib_ids_read_target_glucose_range_profile_template_read(struct ib_reader *from, struct ib_ids_read_target_glucose_range_profile_template *value);
void ib_ids_read_target_glucose_range_profile_template_write(struct ib_writer *to, const struct ib_ids_read_target_glucose_range_profile_template *value);

/* Time blocks of a target glucose range profile template, through Command Data. */
struct ib_ids_target_glucose_range_profile_template_record {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_range_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_range_block second; /* the block after it */
};
void ib_ids_target_glucose_range_profile_template_record_read(struct ib_reader *from, struct ib_ids_target_glucose_range_profile_template_record *value);
void ib_ids_target_glucose_range_profile_template_record_write(struct ib_writer *to, const struct ib_ids_target_glucose_range_profile_template_record *value);

/* Write a record of a target glucose range profile template. */
struct ib_ids_write_target_glucose_range_profile_template {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* from 1 */
    struct ib_ids_range_block first; /* block of the first index */
    bool has_second;
    struct ib_ids_range_block second; /* the block after it */
    bool end_transaction; /* this record is the last one */
};
void ib_ids_write_target_glucose_range_profile_template_read(struct ib_reader *from, struct ib_ids_write_target_glucose_range_profile_template *value);
void ib_ids_write_target_glucose_range_profile_template_write(struct ib_writer *to, const struct ib_ids_write_target_glucose_range_profile_template *value);

/* A record of a target glucose range profile template is written. */
struct ib_ids_write_target_glucose_range_profile_template_response {
    uint8_t template_number; /* template number */
    uint8_t first_index; /* of the record */
    bool transaction_completed; /* the template is stored */
};
#define IB_IDS_WRITE_TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE_RESPONSE_SIZE 3U
void ib_ids_write_target_glucose_range_profile_template_response_read(struct ib_reader *from, struct ib_ids_write_target_glucose_range_profile_template_response *value);
void ib_ids_write_target_glucose_range_profile_template_response_write(struct ib_writer *to, const struct ib_ids_write_target_glucose_range_profile_template_response *value);

/* How a command ended. IDS 1.0.2, section 3.7.2.1. */
struct ib_ids_command_response_code {
    uint16_t request; /* op code of the request */
    enum ib_ids_response code; /* how it ended */
};
#define IB_IDS_COMMAND_RESPONSE_CODE_SIZE 3U
void ib_ids_command_response_code_read(struct ib_reader *from, struct ib_ids_command_response_code *value);
void ib_ids_command_response_code_write(struct ib_writer *to, const struct ib_ids_command_response_code *value);

/* Start, pause or stop the therapy. */
struct ib_ids_set_therapy_control_state {
    enum ib_ids_therapy_control_state state; /* state to take */
};
#define IB_IDS_SET_THERAPY_CONTROL_STATE_SIZE 1U
void ib_ids_set_therapy_control_state_read(struct ib_reader *from, struct ib_ids_set_therapy_control_state *value);
void ib_ids_set_therapy_control_state_write(struct ib_writer *to, const struct ib_ids_set_therapy_control_state *value);

/* Silence an annunciation for a while. */
struct ib_ids_snooze_annunciation {
    uint16_t instance_id; /* annunciation */
};
#define IB_IDS_SNOOZE_ANNUNCIATION_SIZE 2U
void ib_ids_snooze_annunciation_read(struct ib_reader *from, struct ib_ids_snooze_annunciation *value);
void ib_ids_snooze_annunciation_write(struct ib_writer *to, const struct ib_ids_snooze_annunciation *value);

/* The annunciation is snoozed. */
struct ib_ids_snooze_annunciation_response {
    uint16_t instance_id; /* annunciation */
};
#define IB_IDS_SNOOZE_ANNUNCIATION_RESPONSE_SIZE 2U
void ib_ids_snooze_annunciation_response_read(struct ib_reader *from, struct ib_ids_snooze_annunciation_response *value);
void ib_ids_snooze_annunciation_response_write(struct ib_writer *to, const struct ib_ids_snooze_annunciation_response *value);

/* Confirm an annunciation: it is over unless its cause lasts. */
struct ib_ids_confirm_annunciation {
    uint16_t instance_id; /* annunciation */
};
#define IB_IDS_CONFIRM_ANNUNCIATION_SIZE 2U
void ib_ids_confirm_annunciation_read(struct ib_reader *from, struct ib_ids_confirm_annunciation *value);
void ib_ids_confirm_annunciation_write(struct ib_writer *to, const struct ib_ids_confirm_annunciation *value);

/* The annunciation is confirmed. */
struct ib_ids_confirm_annunciation_response {
    uint16_t instance_id; /* annunciation */
};
#define IB_IDS_CONFIRM_ANNUNCIATION_RESPONSE_SIZE 2U
void ib_ids_confirm_annunciation_response_read(struct ib_reader *from, struct ib_ids_confirm_annunciation_response *value);
void ib_ids_confirm_annunciation_response_write(struct ib_writer *to, const struct ib_ids_confirm_annunciation_response *value);

/* Start or change a temporary basal rate. */
struct ib_ids_set_tbr_adjustment {
    enum ib_ids_tbr_type tbr_type; /* type */
    ib_sfloat adjustment; /* IU/h, or factor */
    uint16_t duration; /* min */
    bool has_template_number;
    uint8_t template_number; /* TBR template, in place of type, value and duration */
    bool has_context;
    enum ib_ids_basal_context context; /* who sets it */
    bool change; /* change the active TBR */
};
void ib_ids_set_tbr_adjustment_read(struct ib_reader *from, struct ib_ids_set_tbr_adjustment *value);
void ib_ids_set_tbr_adjustment_write(struct ib_writer *to, const struct ib_ids_set_tbr_adjustment *value);

/* Read a temporary basal rate template. */
struct ib_ids_get_tbr_template {
    uint8_t template_number; /* template number */
};
#define IB_IDS_GET_TBR_TEMPLATE_SIZE 1U
void ib_ids_get_tbr_template_read(struct ib_reader *from, struct ib_ids_get_tbr_template *value);
void ib_ids_get_tbr_template_write(struct ib_writer *to, const struct ib_ids_get_tbr_template *value);

/* A temporary basal rate template. */
struct ib_ids_get_tbr_template_response {
    uint8_t template_number; /* template number */
    enum ib_ids_tbr_type tbr_type; /* type */
    ib_sfloat adjustment; /* IU/h, or factor */
    uint16_t duration; /* min */
};
#define IB_IDS_GET_TBR_TEMPLATE_RESPONSE_SIZE 6U
void ib_ids_get_tbr_template_response_read(struct ib_reader *from, struct ib_ids_get_tbr_template_response *value);
void ib_ids_get_tbr_template_response_write(struct ib_writer *to, const struct ib_ids_get_tbr_template_response *value);

/* Write a temporary basal rate template. */
struct ib_ids_set_tbr_template {
    uint8_t template_number; /* template number */
    enum ib_ids_tbr_type tbr_type; /* type */
    ib_sfloat adjustment; /* IU/h, or factor */
    uint16_t duration; /* min */
};
#define IB_IDS_SET_TBR_TEMPLATE_SIZE 6U
void ib_ids_set_tbr_template_read(struct ib_reader *from, struct ib_ids_set_tbr_template *value);
void ib_ids_set_tbr_template_write(struct ib_writer *to, const struct ib_ids_set_tbr_template *value);

/* The temporary basal rate template is stored. */
struct ib_ids_set_tbr_template_response {
    uint8_t template_number; /* template number */
};
#define IB_IDS_SET_TBR_TEMPLATE_RESPONSE_SIZE 1U
void ib_ids_set_tbr_template_response_read(struct ib_reader *from, struct ib_ids_set_tbr_template_response *value);
void ib_ids_set_tbr_template_response_write(struct ib_writer *to, const struct ib_ids_set_tbr_template_response *value);

/* Program a bolus. */
struct ib_ids_set_bolus {
    enum ib_ids_bolus_type bolus_type; /* type */
    ib_sfloat fast_amount; /* IU */
    ib_sfloat extended_amount; /* IU */
    uint16_t duration; /* min, of the extended part */
    bool has_delay_time;
    uint16_t delay_time; /* min until the start */
    bool has_template_number;
    uint8_t template_number; /* bolus template */
    bool has_activation_type;
    enum ib_ids_bolus_activation activation_type; /* who wants it */
    bool correction; /* given to correct */
    bool meal; /* given for a meal */
};
void ib_ids_set_bolus_read(struct ib_reader *from, struct ib_ids_set_bolus *value);
void ib_ids_set_bolus_write(struct ib_writer *to, const struct ib_ids_set_bolus *value);

/* The bolus is programmed. */
struct ib_ids_set_bolus_response {
    uint16_t bolus_id; /* bolus id */
};
#define IB_IDS_SET_BOLUS_RESPONSE_SIZE 2U
void ib_ids_set_bolus_response_read(struct ib_reader *from, struct ib_ids_set_bolus_response *value);
void ib_ids_set_bolus_response_write(struct ib_writer *to, const struct ib_ids_set_bolus_response *value);

/* End a bolus. */
struct ib_ids_cancel_bolus {
    uint16_t bolus_id; /* bolus id */
};
#define IB_IDS_CANCEL_BOLUS_SIZE 2U
void ib_ids_cancel_bolus_read(struct ib_reader *from, struct ib_ids_cancel_bolus *value);
void ib_ids_cancel_bolus_write(struct ib_writer *to, const struct ib_ids_cancel_bolus *value);

/* The bolus has ended. */
struct ib_ids_cancel_bolus_response {
    uint16_t bolus_id; /* bolus id */
};
#define IB_IDS_CANCEL_BOLUS_RESPONSE_SIZE 2U
void ib_ids_cancel_bolus_response_read(struct ib_reader *from, struct ib_ids_cancel_bolus_response *value);
void ib_ids_cancel_bolus_response_write(struct ib_writer *to, const struct ib_ids_cancel_bolus_response *value);

/* The bolus types that can be programmed now. */
struct ib_ids_get_available_boluses_response {
    uint8_t available; /* what can be set now; enum ib_ids_available_boluses */
};
#define IB_IDS_GET_AVAILABLE_BOLUSES_RESPONSE_SIZE 1U
void ib_ids_get_available_boluses_response_read(struct ib_reader *from, struct ib_ids_get_available_boluses_response *value);
void ib_ids_get_available_boluses_response_write(struct ib_writer *to, const struct ib_ids_get_available_boluses_response *value);

/* Read a bolus template. */
struct ib_ids_get_bolus_template {
    uint8_t template_number; /* template number */
};
#define IB_IDS_GET_BOLUS_TEMPLATE_SIZE 1U
void ib_ids_get_bolus_template_read(struct ib_reader *from, struct ib_ids_get_bolus_template *value);
void ib_ids_get_bolus_template_write(struct ib_writer *to, const struct ib_ids_get_bolus_template *value);

/* A bolus template. */
struct ib_ids_get_bolus_template_response {
    uint8_t template_number; /* template number */
    enum ib_ids_bolus_type bolus_type; /* type */
    ib_sfloat fast_amount; /* IU */
    ib_sfloat extended_amount; /* IU */
    uint16_t duration; /* min, of the extended part */
    bool has_delay_time;
    uint16_t delay_time; /* min until the start */
    bool correction; /* given to correct */
    bool meal; /* given for a meal */
};
void ib_ids_get_bolus_template_response_read(struct ib_reader *from, struct ib_ids_get_bolus_template_response *value);
void ib_ids_get_bolus_template_response_write(struct ib_writer *to, const struct ib_ids_get_bolus_template_response *value);

/* Write a bolus template. */
struct ib_ids_set_bolus_template {
    uint8_t template_number; /* template number */
    enum ib_ids_bolus_type bolus_type; /* type */
    ib_sfloat fast_amount; /* IU */
    ib_sfloat extended_amount; /* IU */
    uint16_t duration; /* min, of the extended part */
    bool has_delay_time;
    uint16_t delay_time; /* min until the start */
    bool correction; /* given to correct */
    bool meal; /* given for a meal */
};
void ib_ids_set_bolus_template_read(struct ib_reader *from, struct ib_ids_set_bolus_template *value);
void ib_ids_set_bolus_template_write(struct ib_writer *to, const struct ib_ids_set_bolus_template *value);

/* The bolus template is stored. */
struct ib_ids_set_bolus_template_response {
    uint8_t template_number; /* template number */
};
#define IB_IDS_SET_BOLUS_TEMPLATE_RESPONSE_SIZE 1U
void ib_ids_set_bolus_template_response_read(struct ib_reader *from, struct ib_ids_set_bolus_template_response *value);
void ib_ids_set_bolus_template_response_write(struct ib_writer *to, const struct ib_ids_set_bolus_template_response *value);

/* The largest bolus amount. */
struct ib_ids_get_max_bolus_amount_response {
    ib_sfloat amount; /* IU, fast and extended part together */
};
#define IB_IDS_GET_MAX_BOLUS_AMOUNT_RESPONSE_SIZE 2U
void ib_ids_get_max_bolus_amount_response_read(struct ib_reader *from, struct ib_ids_get_max_bolus_amount_response *value);
void ib_ids_get_max_bolus_amount_response_write(struct ib_writer *to, const struct ib_ids_get_max_bolus_amount_response *value);

/* Set the largest bolus amount. */
struct ib_ids_set_max_bolus_amount {
    ib_sfloat amount; /* IU, fast and extended part together */
};
#define IB_IDS_SET_MAX_BOLUS_AMOUNT_SIZE 2U
void ib_ids_set_max_bolus_amount_read(struct ib_reader *from, struct ib_ids_set_max_bolus_amount *value);
void ib_ids_set_max_bolus_amount_write(struct ib_writer *to, const struct ib_ids_set_max_bolus_amount *value);

/* The templates of one kind and their states, through Command Data. */
struct ib_ids_template_status_record {
    enum ib_ids_template_type template_type; /* kind */
    uint8_t starting_number; /* template number of the first one */
    uint8_t number_of_templates; /* as many as there are of the kind */
    uint8_t max_blocks; /* time blocks a template may have; 0 for TBR and bolus */
    struct ib_octets states; /* 2 bits a template, lowest first: configurable, configured */
};
void ib_ids_template_status_record_read(struct ib_reader *from, struct ib_ids_template_status_record *value);
void ib_ids_template_status_record_write(struct ib_writer *to, const struct ib_ids_template_status_record *value);

/* Delete the contents of templates. */
struct ib_ids_reset_template_status {
    struct ib_octets template_numbers; /* template numbers, 1 to 14 of them */
};
void ib_ids_reset_template_status_read(struct ib_reader *from, struct ib_ids_reset_template_status *value);
void ib_ids_reset_template_status_write(struct ib_writer *to, const struct ib_ids_reset_template_status *value);

/* The templates are not configured any more. */
struct ib_ids_reset_template_status_response {
    struct ib_octets template_numbers; /* template numbers, 1 to 14 of them */
};
void ib_ids_reset_template_status_response_read(struct ib_reader *from, struct ib_ids_reset_template_status_response *value);
void ib_ids_reset_template_status_response_write(struct ib_writer *to, const struct ib_ids_reset_template_status_response *value);

/* Activate one profile template of each kind named. */
struct ib_ids_activate_profile_templates {
    struct ib_octets template_numbers; /* template numbers, 1 to 14 of them */
};
void ib_ids_activate_profile_templates_read(struct ib_reader *from, struct ib_ids_activate_profile_templates *value);
void ib_ids_activate_profile_templates_write(struct ib_writer *to, const struct ib_ids_activate_profile_templates *value);

/* The profile templates are active. */
struct ib_ids_activate_profile_templates_response {
    struct ib_octets template_numbers; /* template numbers, 1 to 14 of them */
};
void ib_ids_activate_profile_templates_response_read(struct ib_reader *from, struct ib_ids_activate_profile_templates_response *value);
void ib_ids_activate_profile_templates_response_write(struct ib_writer *to, const struct ib_ids_activate_profile_templates_response *value);

/* The active profile templates. */
struct ib_ids_get_activated_profile_templates_response {
    struct ib_octets template_numbers; /* template numbers, perhaps none */
};
void ib_ids_get_activated_profile_templates_response_read(struct ib_reader *from, struct ib_ids_get_activated_profile_templates_response *value);
void ib_ids_get_activated_profile_templates_response_write(struct ib_writer *to, const struct ib_ids_get_activated_profile_templates_response *value);

/* Begin to prime. */
struct ib_ids_start_priming {
    ib_sfloat amount; /* IU */
};
#define IB_IDS_START_PRIMING_SIZE 2U
void ib_ids_start_priming_read(struct ib_reader *from, struct ib_ids_start_priming *value);
void ib_ids_start_priming_write(struct ib_writer *to, const struct ib_ids_start_priming *value);

/* Tell the pump the amount in a new reservoir. */
struct ib_ids_set_initial_reservoir_fill_level {
    ib_sfloat level; /* IU */
};
#define IB_IDS_SET_INITIAL_RESERVOIR_FILL_LEVEL_SIZE 2U
void ib_ids_set_initial_reservoir_fill_level_read(struct ib_reader *from, struct ib_ids_set_initial_reservoir_fill_level *value);
void ib_ids_set_initial_reservoir_fill_level_write(struct ib_writer *to, const struct ib_ids_set_initial_reservoir_fill_level *value);

/* The date and time that offsets of the records after it count from. */
struct ib_ids_reference_time {
    enum ib_ids_recording_reason reason; /* why it was recorded */
    struct ib_date_time_date_time time; /* the pump's date and time */
    int8_t time_zone; /* quarter hours from UTC; IB_TIME_ZONE_UNKNOWN */
    enum ib_fields_dst_offset dst_offset; /* daylight saving time offset */
};
#define IB_IDS_REFERENCE_TIME_SIZE 10U
void ib_ids_reference_time_read(struct ib_reader *from, struct ib_ids_reference_time *value);
void ib_ids_reference_time_write(struct ib_writer *to, const struct ib_ids_reference_time *value);

/* The reference time as an offset from a base time. */
struct ib_ids_reference_time_base_offset {
    enum ib_ids_recording_reason reason; /* why it was recorded */
    struct ib_date_time_date_time base_time; /* base date and time */
    int16_t offset; /* min from the base */
};
#define IB_IDS_REFERENCE_TIME_BASE_OFFSET_SIZE 10U
void ib_ids_reference_time_base_offset_read(struct ib_reader *from, struct ib_ids_reference_time_base_offset *value);
void ib_ids_reference_time_base_offset_write(struct ib_writer *to, const struct ib_ids_reference_time_base_offset *value);

/* The bolus that the calculator of the pump recommended. */
struct ib_ids_bolus_calculated_1_of_2 {
    ib_sfloat fast_meal; /* IU recommended */
    ib_sfloat fast_correction; /* IU recommended */
    ib_sfloat extended_meal; /* IU recommended */
    ib_sfloat extended_correction; /* IU recommended */
};
#define IB_IDS_BOLUS_CALCULATED_1_OF_2_SIZE 8U
void ib_ids_bolus_calculated_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_calculated_1_of_2 *value);
void ib_ids_bolus_calculated_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_calculated_1_of_2 *value);

/* The bolus that the user confirmed in place of the recommended one. */
struct ib_ids_bolus_calculated_2_of_2 {
    ib_sfloat fast_meal; /* IU confirmed */
    ib_sfloat fast_correction; /* IU confirmed */
    ib_sfloat extended_meal; /* IU confirmed */
    ib_sfloat extended_correction; /* IU confirmed */
};
#define IB_IDS_BOLUS_CALCULATED_2_OF_2_SIZE 8U
void ib_ids_bolus_calculated_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_calculated_2_of_2 *value);
void ib_ids_bolus_calculated_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_calculated_2_of_2 *value);

/* A bolus was programmed: its type and amounts. */
struct ib_ids_bolus_programmed_1_of_2 {
    uint16_t bolus_id; /* bolus id */
    enum ib_ids_bolus_type bolus_type; /* type */
    ib_sfloat fast_amount; /* IU */
    ib_sfloat extended_amount; /* IU */
    uint16_t duration; /* min */
};
#define IB_IDS_BOLUS_PROGRAMMED_1_OF_2_SIZE 9U
void ib_ids_bolus_programmed_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_programmed_1_of_2 *value);
void ib_ids_bolus_programmed_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_programmed_1_of_2 *value);

/* A bolus was programmed: its delay, template and purpose. */
struct ib_ids_bolus_programmed_2_of_2 {
    bool has_delay_time;
    uint16_t delay_time; /* min */
    bool has_template_number;
    uint8_t template_number; /* bolus template */
    bool has_activation_type;
    enum ib_ids_bolus_activation activation_type; /* who wanted it */
    bool correction; /* given to correct */
    bool meal; /* given for a meal */
};
void ib_ids_bolus_programmed_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_programmed_2_of_2 *value);
void ib_ids_bolus_programmed_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_programmed_2_of_2 *value);

/* A bolus has ended: the amounts delivered. */
struct ib_ids_bolus_delivered_1_of_2 {
    uint16_t bolus_id; /* bolus id */
    enum ib_ids_bolus_type bolus_type; /* type */
    ib_sfloat fast_amount; /* IU delivered */
    ib_sfloat extended_amount; /* IU delivered */
    uint16_t duration; /* min from start to end; 0 for a fast bolus */
};
#define IB_IDS_BOLUS_DELIVERED_1_OF_2_SIZE 9U
void ib_ids_bolus_delivered_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_delivered_1_of_2 *value);
void ib_ids_bolus_delivered_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_delivered_1_of_2 *value);

/* A bolus has ended: its start, purpose and the reason. */
struct ib_ids_bolus_delivered_2_of_2 {
    uint32_t start_time_offset; /* s from programming to the start of delivery */
    bool has_activation_type;
    enum ib_ids_bolus_activation activation_type; /* who wanted it */
    bool has_end_reason;
    enum ib_ids_bolus_end_reason end_reason; /* why it ended */
    bool has_annunciation_id;
    uint16_t annunciation_id; /* annunciation that goes with it */
};
void ib_ids_bolus_delivered_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_delivered_2_of_2 *value);
void ib_ids_bolus_delivered_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_delivered_2_of_2 *value);

/* The basal rate that is delivered has changed. */
struct ib_ids_delivered_basal_rate_changed {
    ib_sfloat old_rate; /* IU/h */
    ib_sfloat new_rate; /* IU/h */
    bool has_context;
    enum ib_ids_basal_context context; /* who set it */
};
void ib_ids_delivered_basal_rate_changed_read(struct ib_reader *from, struct ib_ids_delivered_basal_rate_changed *value);
void ib_ids_delivered_basal_rate_changed_write(struct ib_writer *to, const struct ib_ids_delivered_basal_rate_changed *value);

/* A temporary basal rate has started. */
struct ib_ids_tbr_adjustment_started {
    enum ib_ids_tbr_type tbr_type; /* type */
    ib_sfloat adjustment; /* IU/h, or factor */
    uint16_t duration; /* min */
    bool has_template_number;
    uint8_t template_number; /* TBR template */
};
void ib_ids_tbr_adjustment_started_read(struct ib_reader *from, struct ib_ids_tbr_adjustment_started *value);
void ib_ids_tbr_adjustment_started_write(struct ib_writer *to, const struct ib_ids_tbr_adjustment_started *value);

/* The temporary basal rate has ended. */
struct ib_ids_tbr_adjustment_ended {
    enum ib_ids_tbr_type tbr_type; /* type it had last */
    uint16_t duration; /* min since it was started, over all changes */
    enum ib_ids_tbr_end_reason end_reason; /* why it ended */
    bool has_template_number;
    uint8_t template_number; /* TBR template it had last */
    bool has_annunciation_id;
    uint16_t annunciation_id; /* annunciation that goes with it */
};
void ib_ids_tbr_adjustment_ended_read(struct ib_reader *from, struct ib_ids_tbr_adjustment_ended *value);
void ib_ids_tbr_adjustment_ended_write(struct ib_writer *to, const struct ib_ids_tbr_adjustment_ended *value);

/* The temporary basal rate was changed. */
struct ib_ids_tbr_adjustment_changed {
    enum ib_ids_tbr_type tbr_type; /* type */
    ib_sfloat adjustment; /* IU/h, or factor */
    uint16_t duration; /* min */
    uint16_t elapsed; /* min since it was started or last changed */
    bool has_template_number;
    uint8_t template_number; /* TBR template */
};
void ib_ids_tbr_adjustment_changed_read(struct ib_reader *from, struct ib_ids_tbr_adjustment_changed *value);
void ib_ids_tbr_adjustment_changed_write(struct ib_writer *to, const struct ib_ids_tbr_adjustment_changed *value);

/* Another profile template is active. */
struct ib_ids_profile_template_activated {
    enum ib_ids_profile_type profile_type; /* kind */
    uint8_t old_number; /* template number; 0 is none */
    uint8_t new_number; /* template number */
};
#define IB_IDS_PROFILE_TEMPLATE_ACTIVATED_SIZE 3U
void ib_ids_profile_template_activated_read(struct ib_reader *from, struct ib_ids_profile_template_activated *value);
void ib_ids_profile_template_activated_write(struct ib_writer *to, const struct ib_ids_profile_template_activated *value);

/* A time block of a basal rate profile template was written. */
struct ib_ids_basal_rate_profile_time_block_changed {
    uint8_t template_number; /* template number */
    uint8_t block_number; /* from 1 */
    uint16_t duration; /* min */
    ib_sfloat rate; /* IU/h */
};
#define IB_IDS_BASAL_RATE_PROFILE_TIME_BLOCK_CHANGED_SIZE 6U
void ib_ids_basal_rate_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_basal_rate_profile_time_block_changed *value);
void ib_ids_basal_rate_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_basal_rate_profile_time_block_changed *value);

/* The insulin delivered on a calendar day. */
struct ib_ids_total_daily_insulin_delivery {
    ib_sfloat bolus; /* IU */
    ib_sfloat basal; /* IU */
    uint16_t year; /* of the day told */
    uint8_t month; /* 1..12 */
    uint8_t day; /* 1..31 */
    bool date_time_changed; /* the date or time was changed that day */
};
#define IB_IDS_TOTAL_DAILY_INSULIN_DELIVERY_SIZE 9U
void ib_ids_total_daily_insulin_delivery_read(struct ib_reader *from, struct ib_ids_total_daily_insulin_delivery *value);
void ib_ids_total_daily_insulin_delivery_write(struct ib_writer *to, const struct ib_ids_total_daily_insulin_delivery *value);

/* The therapy control state has changed. */
struct ib_ids_therapy_control_state_changed {
    enum ib_ids_therapy_control_state old_state; /* before */
    enum ib_ids_therapy_control_state new_state; /* after */
};
#define IB_IDS_THERAPY_CONTROL_STATE_CHANGED_SIZE 2U
void ib_ids_therapy_control_state_changed_read(struct ib_reader *from, struct ib_ids_therapy_control_state_changed *value);
void ib_ids_therapy_control_state_changed_write(struct ib_writer *to, const struct ib_ids_therapy_control_state_changed *value);

/* The operational state has changed. */
struct ib_ids_operational_state_changed {
    enum ib_ids_operational_state old_state; /* before */
    enum ib_ids_operational_state new_state; /* after */
};
#define IB_IDS_OPERATIONAL_STATE_CHANGED_SIZE 2U
void ib_ids_operational_state_changed_read(struct ib_reader *from, struct ib_ids_operational_state_changed *value);
void ib_ids_operational_state_changed_write(struct ib_writer *to, const struct ib_ids_operational_state_changed *value);

/* The remaining amount of the reservoir has changed. */
struct ib_ids_reservoir_remaining_amount_changed {
    ib_sfloat remaining; /* IU; NaN without a reservoir */
};
#define IB_IDS_RESERVOIR_REMAINING_AMOUNT_CHANGED_SIZE 2U
void ib_ids_reservoir_remaining_amount_changed_read(struct ib_reader *from, struct ib_ids_reservoir_remaining_amount_changed *value);
void ib_ids_reservoir_remaining_amount_changed_write(struct ib_writer *to, const struct ib_ids_reservoir_remaining_amount_changed *value);

/* An annunciation has changed: itself and its first auxiliary values. */
struct ib_ids_annunciation_status_changed_1_of_2 {
    struct ib_ids_annunciation annunciation; /* the annunciation */
    bool has_aux1;
    uint16_t aux1; /* depends on the type */
    bool has_aux2;
    uint16_t aux2; /* depends on the type */
};
void ib_ids_annunciation_status_changed_1_of_2_read(struct ib_reader *from, struct ib_ids_annunciation_status_changed_1_of_2 *value);
void ib_ids_annunciation_status_changed_1_of_2_write(struct ib_writer *to, const struct ib_ids_annunciation_status_changed_1_of_2 *value);

/* An annunciation has changed: its further auxiliary values. */
struct ib_ids_annunciation_status_changed_2_of_2 {
    bool has_aux3;
    uint16_t aux3; /* depends on the type */
    bool has_aux4;
    uint16_t aux4; /* depends on the type */
    bool has_aux5;
    uint16_t aux5; /* depends on the type */
};
void ib_ids_annunciation_status_changed_2_of_2_read(struct ib_reader *from, struct ib_ids_annunciation_status_changed_2_of_2 *value);
void ib_ids_annunciation_status_changed_2_of_2_write(struct ib_writer *to, const struct ib_ids_annunciation_status_changed_2_of_2 *value);

/* A time block of an ISF profile template was written. */
struct ib_ids_isf_profile_time_block_changed {
    uint8_t template_number; /* template number */
    uint8_t block_number; /* from 1 */
    uint16_t duration; /* min */
    ib_sfloat isf; /* mg/dL per IU */
};
#define IB_IDS_ISF_PROFILE_TIME_BLOCK_CHANGED_SIZE 6U
void ib_ids_isf_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_isf_profile_time_block_changed *value);
void ib_ids_isf_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_isf_profile_time_block_changed *value);

/* A time block of an insulin to carbohydrate ratio profile template was written. */
struct ib_ids_i2_cho_ratio_profile_time_block_changed {
    uint8_t template_number; /* template number */
    uint8_t block_number; /* from 1 */
    uint16_t duration; /* min */
    ib_sfloat ratio; /* g per IU */
};
#define IB_IDS_I2_CHO_RATIO_PROFILE_TIME_BLOCK_CHANGED_SIZE 6U
void ib_ids_i2_cho_ratio_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_i2_cho_ratio_profile_time_block_changed *value);
void ib_ids_i2_cho_ratio_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_i2_cho_ratio_profile_time_block_changed *value);

/* A time block of a target glucose range profile template was written. */
struct ib_ids_target_glucose_range_profile_time_block_changed {
    uint8_t template_number; /* template number */
    uint8_t block_number; /* from 1 */
    uint16_t duration; /* min */
    ib_sfloat lower; /* mg/dL */
    ib_sfloat upper; /* mg/dL */
};
#define IB_IDS_TARGET_GLUCOSE_RANGE_PROFILE_TIME_BLOCK_CHANGED_SIZE 8U
void ib_ids_target_glucose_range_profile_time_block_changed_read(struct ib_reader *from, struct ib_ids_target_glucose_range_profile_time_block_changed *value);
void ib_ids_target_glucose_range_profile_time_block_changed_write(struct ib_writer *to, const struct ib_ids_target_glucose_range_profile_time_block_changed *value);

/* Priming has started. */
struct ib_ids_priming_started {
    ib_sfloat programmed; /* IU */
};
#define IB_IDS_PRIMING_STARTED_SIZE 2U
void ib_ids_priming_started_read(struct ib_reader *from, struct ib_ids_priming_started *value);
void ib_ids_priming_started_write(struct ib_writer *to, const struct ib_ids_priming_started *value);

/* Priming has ended. */
struct ib_ids_priming_done {
    ib_sfloat delivered; /* IU */
    enum ib_ids_priming_end_reason reason; /* why it ended */
    bool has_annunciation_id;
    uint16_t annunciation_id; /* annunciation that goes with it */
};
void ib_ids_priming_done_read(struct ib_reader *from, struct ib_ids_priming_done *value);
void ib_ids_priming_done_write(struct ib_writer *to, const struct ib_ids_priming_done *value);

/* A bolus template was written: its type and amounts. */
struct ib_ids_bolus_template_changed_1_of_2 {
    uint8_t template_number; /* template number */
    enum ib_ids_bolus_type bolus_type; /* type */
    ib_sfloat fast_amount; /* IU */
    ib_sfloat extended_amount; /* IU */
    uint16_t duration; /* min */
};
#define IB_IDS_BOLUS_TEMPLATE_CHANGED_1_OF_2_SIZE 8U
void ib_ids_bolus_template_changed_1_of_2_read(struct ib_reader *from, struct ib_ids_bolus_template_changed_1_of_2 *value);
void ib_ids_bolus_template_changed_1_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_template_changed_1_of_2 *value);

/* A bolus template was written: its delay and purpose. */
struct ib_ids_bolus_template_changed_2_of_2 {
    bool has_delay_time;
    uint16_t delay_time; /* min */
    bool correction; /* given to correct */
    bool meal; /* given for a meal */
};
void ib_ids_bolus_template_changed_2_of_2_read(struct ib_reader *from, struct ib_ids_bolus_template_changed_2_of_2 *value);
void ib_ids_bolus_template_changed_2_of_2_write(struct ib_writer *to, const struct ib_ids_bolus_template_changed_2_of_2 *value);

/* A temporary basal rate template was written. */
struct ib_ids_tbr_template_changed {
    uint8_t template_number; /* template number */
    enum ib_ids_tbr_type tbr_type; /* type */
    ib_sfloat adjustment; /* IU/h, or factor */
    uint16_t duration; /* min */
};
#define IB_IDS_TBR_TEMPLATE_CHANGED_SIZE 6U
void ib_ids_tbr_template_changed_read(struct ib_reader *from, struct ib_ids_tbr_template_changed *value);
void ib_ids_tbr_template_changed_write(struct ib_writer *to, const struct ib_ids_tbr_template_changed *value);

/* The largest bolus amount was changed. */
struct ib_ids_max_bolus_amount_changed {
    ib_sfloat old_amount; /* IU */
    ib_sfloat new_amount; /* IU */
};
#define IB_IDS_MAX_BOLUS_AMOUNT_CHANGED_SIZE 4U
void ib_ids_max_bolus_amount_changed_read(struct ib_reader *from, struct ib_ids_max_bolus_amount_changed *value);
void ib_ids_max_bolus_amount_changed_write(struct ib_writer *to, const struct ib_ids_max_bolus_amount_changed *value);

#define IB_IDS_STATUS_CHANGED_UUID 0x2B20U /* IDD Status Changed */
#define IB_IDS_STATUS_UUID 0x2B21U /* IDD Status */
#define IB_IDS_ANNUNCIATION_STATUS_UUID 0x2B22U /* IDD Annunciation Status */
#define IB_IDS_FEATURES_UUID 0x2B23U /* IDD Features */
#define IB_IDS_STATUS_READER_POINT_UUID 0x2B24U /* IDD Status Reader Control Point */
#define IB_IDS_COMMAND_POINT_UUID 0x2B25U /* IDD Command Control Point */
#define IB_IDS_COMMAND_DATA_VALUE_UUID 0x2B26U /* IDD Command Data */
#define IB_IDS_RECORD_ACCESS_UUID 0x2B27U /* IDD Record Access Control Point */
#define IB_IDS_HISTORY_DATA_UUID 0x2B28U /* IDD History Data */
extern const struct ib_service ib_service_ids;

#ifdef __cplusplus
}
#endif

#endif
