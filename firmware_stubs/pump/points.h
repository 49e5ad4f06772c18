/* What the control points of the pump are made of. */
#ifndef ISLETBENCH_PUMP_POINTS_H
#define ISLETBENCH_PUMP_POINTS_H

#include "isletbench/pump/service.h"
#include "isletbench/sfloat.h"

/* One procedure that a client has begun. */
struct ib_call {
    struct ib_pump_service *service;
    struct ib_pump_machine *pump;
    ib_instant now;
    struct ib_reader operand;
    struct ib_writer *answer; /* the operation to answer with; nothing where success is all there is to say */
};

/* What answers an op code. What it returns is the answer when it is a refusal. */
struct ib_procedure {
    uint16_t opcode;
    enum ib_ids_response (*act)(struct ib_call *call);
};

/* A control point: what can be asked of it. */
struct ib_procedures {
    const struct ib_procedure *all;
    size_t count;
    uint16_t response_opcode;
};

extern const struct ib_procedures ib_status_reader_procedures;
extern const struct ib_procedures ib_command_procedures;
/* Whether a procedure is answered through Command Data as well (IDS 1.0.2, section 3.7.2.33). */
bool ib_command_needs_data(uint16_t opcode);
/* Another procedure, or the end of the connection, ends the transaction on a template. */
void ib_discard_transaction(struct ib_pump_service *service);

/* templates: the procedures of command.c that are about profile templates */
enum ib_ids_response ib_read_template(struct ib_call *call);
enum ib_ids_response ib_write_template(struct ib_call *call);
enum ib_ids_response ib_get_template_status(struct ib_call *call);
enum ib_ids_response ib_reset_templates(struct ib_call *call);
enum ib_ids_response ib_activate_templates(struct ib_call *call);
enum ib_ids_response ib_get_activated_templates(struct ib_call *call);

/* Take a request for records; its answer, which is empty when records are on their way and follows them. */
void ib_access_records(struct ib_pump_service *service, struct ib_octets request, ib_instant now, struct ib_writer *answer);
/* Send the next record, or after the last one the answer. */
void ib_transfer_step(struct ib_pump_service *service, ib_instant now);

/* values.c: where a characteristic stands in the service's table, and whether the client wants to be told of it. */
size_t ib_pump_place_of(uint16_t uuid);
bool ib_pump_is_subscribed(const struct ib_pump_service *service, uint16_t uuid);
/* A value as it is now, in its envelope. */
void ib_pump_read_value(struct ib_pump_service *service, uint16_t uuid, struct ib_writer *value);
/* From now on only what changes is news; and what has changed since. */
void ib_pump_begin_news(struct ib_pump_service *service);
void ib_pump_tell_news(struct ib_pump_service *service, ib_instant now);
/* Tell the client, in the characteristic's envelope. Who is not subscribed costs no counter. */
void ib_pump_tell(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, ib_instant now);
#define IB_PUMP_PAYLOAD 32U /* octets; no value of the pump has more */

#define IB_MILLIONTHS (-6) /* the exponent of a micro-unit */
/* Insulin or a rate for the wire, from uU. */
ib_sfloat ib_iu(int64_t uu);
/* uU, or millionths of a factor, exactly as they are written on the wire: INVALID_OPERAND for what is no number,
 * PARAMETER_OUT_OF_RANGE for what is finer than a micro-unit. */
enum ib_ids_response ib_uu(ib_sfloat code, int64_t *uu);

#endif
