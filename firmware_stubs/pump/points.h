/* What the control points of the pump are made of. */
#ifndef LOOPBENCH_PUMP_POINTS_H
#define LOOPBENCH_PUMP_POINTS_H

#include "loopbench/pump/service.h"
#include "loopbench/sfloat.h"

/* One procedure that a client has begun. */
struct lb_call {
    struct lb_pump_service *service;
    struct lb_pump_machine *pump;
    lb_instant now;
    struct lb_reader operand;
    struct lb_writer *answer; /* the operation to answer with; nothing where success is all there is to say */
};

/* What answers an op code. What it returns is the answer when it is a refusal. */
struct lb_procedure {
    uint16_t opcode;
    enum lb_ids_response (*act)(struct lb_call *call);
};

/* A control point: what can be asked of it. */
struct lb_procedures {
    const struct lb_procedure *all;
    size_t count;
    uint16_t response_opcode;
};

extern const struct lb_procedures lb_status_reader_procedures;
extern const struct lb_procedures lb_command_procedures;
/* Whether a procedure is answered through Command Data as well (IDS 1.0.2, section 3.7.2.33). */
bool lb_command_needs_data(uint16_t opcode);
/* Another procedure, or the end of the connection, ends the transaction on a template. */
void lb_discard_transaction(struct lb_pump_service *service);

/* templates: the procedures of command.c that are about profile templates */
enum lb_ids_response lb_read_template(struct lb_call *call);
enum lb_ids_response lb_write_template(struct lb_call *call);
enum lb_ids_response lb_get_template_status(struct lb_call *call);
enum lb_ids_response lb_reset_templates(struct lb_call *call);
enum lb_ids_response lb_activate_templates(struct lb_call *call);
enum lb_ids_response lb_get_activated_templates(struct lb_call *call);

/* Take a request for records; its answer, which is empty when records are on their way and follows them. */
void lb_access_records(struct lb_pump_service *service, struct lb_octets request, lb_instant now, struct lb_writer *answer);
/* Send the next record, or after the last one the answer. */
void lb_transfer_step(struct lb_pump_service *service, lb_instant now);

/* values.c: where a characteristic stands in the service's table, and whether the client wants to be told of it. */
size_t lb_pump_place_of(uint16_t uuid);
bool lb_pump_is_subscribed(const struct lb_pump_service *service, uint16_t uuid);
/* A value as it is now, in its envelope. */
void lb_pump_read_value(struct lb_pump_service *service, uint16_t uuid, struct lb_writer *value);
/* From now on only what changes is news; and what has changed since. */
void lb_pump_begin_news(struct lb_pump_service *service);
void lb_pump_tell_news(struct lb_pump_service *service, lb_instant now);
/* Tell the client, in the characteristic's envelope. Who is not subscribed costs no counter. */
void lb_pump_tell(struct lb_pump_service *service, uint16_t uuid, struct lb_octets payload, lb_instant now);
#define LB_PUMP_PAYLOAD 32U /* octets; no value of the pump has more */

#define LB_MILLIONTHS (-6) /* the exponent of a micro-unit */
/* Insulin or a rate for the wire, from uU. */
lb_sfloat lb_iu(int64_t uu);
/* uU, or millionths of a factor, exactly as they are written on the wire: INVALID_OPERAND for what is no number,
 * PARAMETER_OUT_OF_RANGE for what is finer than a micro-unit. */
enum lb_ids_response lb_uu(lb_sfloat code, int64_t *uu);

#endif
