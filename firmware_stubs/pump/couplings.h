/* What an event in one part of the pump means for the other parts. */
#ifndef ISLETBENCH_PUMP_COUPLINGS_H
#define ISLETBENCH_PUMP_COUPLINGS_H

#include "isletbench/pump/parts.h"

enum ib_pump_event_type {
    IB_EVENT_STOP_REQUESTED,
    IB_EVENT_PAUSE_REQUESTED,
    IB_EVENT_RUN_REQUESTED,
    IB_EVENT_PAUSE_TOO_LONG,
    IB_EVENT_OCCLUSION_DETECTED,
    IB_EVENT_RESERVOIR_EMPTY,
    IB_EVENT_BATTERY_EMPTY,
    IB_EVENT_BATTERY_LOW,
    IB_EVENT_BATTERY_MEDIUM,
    IB_EVENT_RESERVOIR_LOW,
    IB_EVENT_PULSE_DELIVERED,
    IB_EVENT_BOLUS_PROGRAMMED,
    IB_EVENT_BOLUS_STARTED,
    IB_EVENT_BOLUS_DELIVERED,
    IB_EVENT_BOLUS_CANCELED,
    IB_EVENT_MAX_BOLUS_CHANGED, /* old: the amount before */
    IB_EVENT_TBR_STARTED,
    IB_EVENT_TBR_CHANGED, /* old: when it was set or changed before */
    IB_EVENT_TBR_CANCELED,
    IB_EVENT_TBR_OVER,
    IB_EVENT_TEMPLATE_STORED,    /* id: its number */
    IB_EVENT_TEMPLATE_ACTIVATED, /* old: the number before */
    IB_EVENT_BLOCK_BEGAN,
    IB_EVENT_ANNUNCIATION_CHANGED,   /* id */
    IB_EVENT_ANNUNCIATION_CONFIRMED, /* id */
    IB_EVENT_CLOCK_SET,
    IB_EVENT_REFERENCE_DUE,
    IB_EVENT_MIDNIGHT,
    IB_EVENT_TYPES
};

struct ib_pump_event {
    enum ib_pump_event_type type;
    ib_instant at;
    uint16_t id;
    int64_t old;
};

/* Let the other parts react, in order; what happens is recorded and announced. */
void ib_pump_react(struct ib_pump_machine *pump, struct ib_pump_event event);

#endif
