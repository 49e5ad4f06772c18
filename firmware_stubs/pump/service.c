/* The control points of the pump, and the service as the server wants it. */
#include "loopbench/pump/service.h"

#include <string.h>

#include "loopbench/e2e.h"
#include "loopbench/hal.h"
#include "loopbench/racp.h"
#include "points.h"

#define OPCODE 2U /* octets */
#define RACP_OPCODE 1U

/* Control points. The checks, in the order of docs/pump.md; the first that fails answers. */

static bool is_abort(struct lb_octets value)
{
    return value.at[0] == lb_racp_ids.opcodes[LB_RACP_ABORT];
}

/* One more than the last accepted counter, or as many more as there were refused writes since: a client may have counted them. */
static bool is_acceptable(const struct lb_pump_point *point, uint8_t counter)
{
    const uint8_t first = lb_e2e_next_counter(point->received);

    return counter != 0 && (counter + UINT8_MAX - first) % UINT8_MAX <= point->refused;
}

static enum lb_att_code open_envelope(const struct lb_pump_point *point, size_t shortest, struct lb_octets value,
                                      struct lb_octets *payload, uint8_t *counter)
{
    switch (lb_e2e_open(LB_COUNTER_TRAILER, true, value, payload, counter)) {
    case LB_E2E_OK:
        break;
    case LB_E2E_BAD_CRC:
        return LB_ATT_CODE_INVALID_CRC;
    default:
        return LB_ATT_CODE_INVALID_COUNTER;
    }
    if (payload->count < shortest) {
        return LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    return is_acceptable(point, *counter) ? LB_ATT_CODE_SUCCESS : LB_ATT_CODE_INVALID_COUNTER;
}

/* Whether what a procedure is answered through, besides its control point, is switched on (IDS 1.0.2, sections 3.7.2.33 and
 * 3.9.4.6). */
static bool can_answer(const struct lb_pump_service *service, uint16_t uuid, struct lb_octets payload)
{
    switch (uuid) {
    case LB_IDS_COMMAND_POINT_UUID:
        return !lb_command_needs_data((uint16_t)(payload.at[0] | payload.at[1] << 8))
            || lb_pump_is_subscribed(service, LB_IDS_COMMAND_DATA_VALUE_UUID);
    case LB_IDS_RECORD_ACCESS_UUID:
        return payload.at[0] != lb_racp_ids.opcodes[LB_RACP_REPORT] || lb_pump_is_subscribed(service, LB_IDS_HISTORY_DATA_UUID);
    default:
        return true;
    }
}

static enum lb_att_code examine(struct lb_pump_service *service, uint16_t uuid, struct lb_octets value,
                                struct lb_octets *payload, uint8_t *counter)
{
    const size_t shortest = uuid == LB_IDS_RECORD_ACCESS_UUID ? RACP_OPCODE : OPCODE;

    if (value.count < shortest) {
        return LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    if (!lb_pump_is_subscribed(service, uuid)) {
        return LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->procedure != 0 && !(uuid == LB_IDS_RECORD_ACCESS_UUID && is_abort(value))) {
        return LB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    const enum lb_att_code code = open_envelope(&service->points[lb_pump_place_of(uuid)], shortest, value, payload, counter);
    if (code != LB_ATT_CODE_SUCCESS) {
        return code;
    }
    return can_answer(service, uuid, *payload) ? LB_ATT_CODE_SUCCESS : LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
}

static const struct lb_procedure *find(const struct lb_procedures *procedures, uint16_t opcode)
{
    for (size_t i = 0; i < procedures->count; i++) {
        if (procedures->all[i].opcode == opcode) {
            return &procedures->all[i];
        }
    }
    return NULL;
}

/* One procedure, from its op code to the answer that ends it. */
static void operate(struct lb_pump_service *service, const struct lb_procedures *procedures, struct lb_octets payload,
                    lb_instant now, struct lb_writer *answer)
{
    struct lb_call call = {service, service->pump, now, lb_reader_of(payload.at, payload.count), answer};
    const uint16_t opcode = (uint16_t)lb_read_uint(&call.operand, OPCODE);
    const struct lb_procedure *procedure = find(procedures, opcode);
    enum lb_ids_response response = LB_IDS_RESPONSE_OPCODE_NOT_SUPPORTED;

    if (procedure == NULL || procedure->act != lb_write_template) {
        lb_discard_transaction(service);
    }
    if (procedure != NULL) {
        response = procedure->act(&call);
    }
    if (response != LB_IDS_RESPONSE_SUCCESS) {
        lb_discard_transaction(service);
        answer->count = 0;
    }
    if (answer->count == 0) {
        lb_write_uint(answer, procedures->response_opcode, OPCODE);
        lb_write_uint(answer, opcode, OPCODE);
        lb_write_uint(answer, response, 1);
    }
}

static void perform(struct lb_pump_service *service, uint16_t uuid, struct lb_octets payload, lb_instant now)
{
    uint8_t octets[LB_PUMP_PAYLOAD];
    struct lb_writer answer = lb_writer_of(octets, sizeof octets);

    service->procedure = uuid;
    if (uuid == LB_IDS_RECORD_ACCESS_UUID) {
        lb_discard_transaction(service);
        lb_access_records(service, payload, now, &answer);
    } else if (uuid == LB_IDS_COMMAND_POINT_UUID) {
        operate(service, &lb_command_procedures, payload, now, &answer);
    } else {
        operate(service, &lb_status_reader_procedures, payload, now, &answer);
    }
    if (answer.count > 0) {
        lb_pump_tell(service, uuid, (struct lb_octets){octets, answer.count}, now);
    }
}

static enum lb_att_code write_value_of(void *context, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    struct lb_pump_service *service = context;
    struct lb_pump_point *point = &service->points[lb_pump_place_of(uuid)];
    struct lb_octets payload;
    uint8_t counter;
    const enum lb_att_code code = examine(service, uuid, value, &payload, &counter);

    if (code != LB_ATT_CODE_SUCCESS) {
        point->refused = (uint8_t)(point->refused < UINT8_MAX ? point->refused + 1 : UINT8_MAX);
        return code;
    }
    *point = (struct lb_pump_point){counter, 0};
    perform(service, uuid, payload, (lb_instant)now);
    lb_pump_tell_news(service, (lb_instant)now);
    return LB_ATT_CODE_SUCCESS;
}

/* Connection, confirmation, time */

static void connected(void *context, uint64_t now)
{
    struct lb_pump_service *service = context;

    (void)now;
    memset(service->sent, 0, sizeof service->sent);
    memset(service->points, 0, sizeof service->points);
    service->procedure = 0;
    service->transfer.due = LB_NOT_DUE;
    lb_pump_begin_news(service);
}

static void disconnected(void *context, uint64_t now)
{
    struct lb_pump_service *service = context;

    (void)now;
    service->procedure = 0;
    service->transfer.due = LB_NOT_DUE;
    lb_discard_transaction(service);
}

static void confirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct lb_pump_service *service = context;

    (void)now;
    if (uuid == service->procedure && service->transfer.due == LB_NOT_DUE) {
        service->procedure = 0;
    }
}

/* IDS 1.0.2, section 3.11.3: the procedure has failed, and nothing more is sent for it. */
static void unconfirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct lb_pump_service *service = context;

    (void)now;
    if (uuid == service->procedure) {
        service->procedure = 0;
        service->transfer.due = LB_NOT_DUE;
    }
}

static void advance(void *context, uint64_t now)
{
    struct lb_pump_service *service = context;

    if (service->transfer.due <= (lb_instant)now) {
        lb_transfer_step(service, (lb_instant)now);
    }
    lb_pump_tell_news(service, (lb_instant)now);
}

static uint64_t next_deadline(void *context)
{
    const struct lb_pump_service *service = context;

    return service->transfer.due == LB_NOT_DUE ? LB_NEVER : (uint64_t)service->transfer.due;
}

static enum lb_att_code read_value(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value)
{
    (void)now;
    lb_pump_read_value(context, uuid, value);
    return LB_ATT_CODE_SUCCESS;
}

struct lb_gatt_service lb_pump_service_init(struct lb_pump_service *service, struct lb_pump_machine *pump, struct lb_gatt *gatt)
{
    memset(service, 0, sizeof *service);
    service->pump = pump;
    service->gatt = gatt;
    service->transfer.due = LB_NOT_DUE;
    return (struct lb_gatt_service){
        .spec = &lb_service_ids,
        .context = service,
        .connected = connected,
        .disconnected = disconnected,
        .read = read_value,
        .write = write_value_of,
        .confirmed = confirmed,
        .unconfirmed = unconfirmed,
        .advance = advance,
        .next_deadline = next_deadline,
    };
}
