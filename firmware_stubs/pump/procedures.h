/* The procedures of a control point, by op code. */
#ifndef ISLETBENCH_PUMP_PROCEDURES_H
#define ISLETBENCH_PUMP_PROCEDURES_H

#include "isletbench/pump/service_state.h"

/* One procedure that a client has requested. */
struct ib_call {
    struct ib_pump_service *service;
    struct ib_pump_machine *pump;
    ib_instant now;
    struct ib_reader operand;
    struct ib_writer *answer; /* the response operation; it stays empty where a response code is enough */
};

/* What carries out an op code. It returns the response code. */
struct ib_procedure {
    uint16_t opcode;
    enum ib_ids_response (*act)(struct ib_call *call);
};

/* All procedures of a control point. */
struct ib_procedures {
    const struct ib_procedure *all;
    size_t count;
    uint16_t response_opcode;
};

#endif
