#include "isletbench/pump/service.h"

#include <string.h>

#include "command.h"
#include "command_templates.h"
#include "isletbench/e2e.h"
#include "isletbench/hal.h"
#include "isletbench/racp.h"
#include "record_access.h"
#include "sending.h"
#include "status_reader.h"
#include "values.h"

#define OPCODE 2U /* octets */
#define RACP_OPCODE 1U
#define TRAILER 3U /* counter and CRC */

/* Control points. The checks, in the order of docs/pump.md; the first that fails answers. */

static bool is_abort(struct ib_octets value)
{
    return value.at[0] == ib_racp_ids.opcodes[IB_RACP_ABORT];
}

/* One more than the last accepted counter, or as many more as there were refused writes since: a client may have counted them. */
static bool is_acceptable(const struct ib_pump_point *point, uint8_t counter)
{
    const uint8_t first = ib_e2e_next_counter(point->received);

    return counter != 0 && (counter + UINT8_MAX - first) % UINT8_MAX <= point->refused;
}

static enum ib_att_code open_envelope(const struct ib_pump_point *point, struct ib_octets value, struct ib_octets *payload,
                                      uint8_t *counter)
{
    switch (ib_e2e_open(IB_COUNTER_TRAILER, IB_CRC_SPECIFIED, value, payload, counter)) {
    case IB_E2E_OK:
        break;
    case IB_E2E_BAD_CRC:
        return IB_ATT_CODE_INVALID_CRC;
    default:
        return IB_ATT_CODE_INVALID_COUNTER;
    }
    return is_acceptable(point, *counter) ? IB_ATT_CODE_SUCCESS : IB_ATT_CODE_INVALID_COUNTER;
}

/* Whether what a procedure is answered through, besides its control point, is switched on (IDS 1.0.2, sections 3.7.2.33 and
 * 3.9.4.6). */
static bool can_answer(const struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload)
{
    switch (uuid) {
    case IB_IDS_COMMAND_POINT_UUID:
        return !ib_command_needs_data((uint16_t)(payload.at[0] | payload.at[1] << 8))
            || ib_pump_is_subscribed(service, IB_IDS_COMMAND_DATA_VALUE_UUID);
    case IB_IDS_RECORD_ACCESS_UUID:
        return payload.at[0] != ib_racp_ids.opcodes[IB_RACP_REPORT] || ib_pump_is_subscribed(service, IB_IDS_HISTORY_DATA_UUID);
    default:
        return true;
    }
}

static enum ib_att_code examine(struct ib_pump_service *service, uint16_t uuid, struct ib_octets value,
                                struct ib_octets *payload, uint8_t *counter)
{
    const size_t shortest = uuid == IB_IDS_RECORD_ACCESS_UUID ? RACP_OPCODE : OPCODE;

    if (value.count < shortest) {
        return IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    if (!ib_pump_is_subscribed(service, uuid)) {
        return IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->procedure != 0 && !(uuid == IB_IDS_RECORD_ACCESS_UUID && is_abort(value))) {
        return IB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    if (value.count < shortest + TRAILER) {
        return IB_ATT_CODE_INVALID_COUNTER;
    }
    const enum ib_att_code code = open_envelope(&service->points[ib_pump_place_of(uuid)], value, payload, counter);
    if (code != IB_ATT_CODE_SUCCESS) {
        return code;
    }
    return can_answer(service, uuid, *payload) ? IB_ATT_CODE_SUCCESS : IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
}

static const struct ib_procedure *find(const struct ib_procedures *procedures, uint16_t opcode)
{
    for (size_t i = 0; i < procedures->count; i++) {
        if (procedures->all[i].opcode == opcode) {
            return &procedures->all[i];
        }
    }
    return NULL;
}

/* One procedure, from its op code to the answer that ends it. */
static void operate(struct ib_pump_service *service, const struct ib_procedures *procedures, struct ib_octets payload,
                    ib_instant now, struct ib_writer *answer)
{
    struct ib_call call = {service, service->pump, now, ib_reader_of(payload.at, payload.count), answer};
    const uint16_t opcode = (uint16_t)ib_read_uint(&call.operand, OPCODE);
    const struct ib_procedure *procedure = find(procedures, opcode);
    enum ib_ids_response response = IB_IDS_RESPONSE_OPCODE_NOT_SUPPORTED;

    if (procedure == NULL || procedure->act != ib_write_template) {
        ib_discard_transaction(service);
    }
    if (procedure != NULL) {
        response = procedure->act(&call);
    }
    if (response != IB_IDS_RESPONSE_SUCCESS) {
        ib_discard_transaction(service);
        answer->count = 0;
    }
    if (answer->count == 0) {
        ib_write_uint(answer, procedures->response_opcode, OPCODE);
        ib_write_uint(answer, opcode, OPCODE);
        ib_write_uint(answer, response, 1);
    }
}

static void perform(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, ib_instant now)
{
    uint8_t octets[IB_PUMP_PAYLOAD];
    struct ib_writer answer = ib_writer_of(octets, sizeof octets);

    service->procedure = uuid;
    if (uuid == IB_IDS_RECORD_ACCESS_UUID) {
        ib_discard_transaction(service);
        ib_access_records(service, payload, now, &answer);
    } else if (uuid == IB_IDS_COMMAND_POINT_UUID) {
        operate(service, &ib_command_procedures, payload, now, &answer);
    } else {
        operate(service, &ib_status_reader_procedures, payload, now, &answer);
    }
    if (answer.count > 0) {
        ib_pump_send(service, uuid, (struct ib_octets){octets, answer.count}, now);
    }
}

static enum ib_att_code write_value_of(void *context, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    struct ib_pump_service *service = context;
    struct ib_pump_point *point = &service->points[ib_pump_place_of(uuid)];
    struct ib_octets payload;
    uint8_t counter;
    const enum ib_att_code code = examine(service, uuid, value, &payload, &counter);

    if (code != IB_ATT_CODE_SUCCESS) {
        point->refused = (uint8_t)(point->refused < UINT8_MAX ? point->refused + 1 : UINT8_MAX);
        return code;
    }
    *point = (struct ib_pump_point){counter, 0};
    perform(service, uuid, payload, (ib_instant)now);
    ib_pump_send_changes(service, (ib_instant)now);
    return IB_ATT_CODE_SUCCESS;
}

/* Connection, confirmation, time */

static void connected(void *context, uint64_t now)
{
    struct ib_pump_service *service = context;

    (void)now;
    memset(service->sent, 0, sizeof service->sent);
    memset(service->points, 0, sizeof service->points);
    service->procedure = 0;
    service->transfer.due = IB_NOT_DUE;
    ib_pump_skip_changes(service);
}

static void disconnected(void *context, uint64_t now)
{
    struct ib_pump_service *service = context;

    (void)now;
    service->procedure = 0;
    service->transfer.due = IB_NOT_DUE;
    ib_discard_transaction(service);
}

static void confirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct ib_pump_service *service = context;

    (void)now;
    if (uuid == service->procedure && service->transfer.due == IB_NOT_DUE) {
        service->procedure = 0;
    }
}

/* IDS 1.0.2, section 3.11.3: the procedure has failed, and nothing more is sent for it. */
static void unconfirmed(void *context, uint16_t uuid, uint64_t now)
{
    struct ib_pump_service *service = context;

    (void)now;
    if (uuid == service->procedure) {
        service->procedure = 0;
        service->transfer.due = IB_NOT_DUE;
    }
}

static void advance(void *context, uint64_t now)
{
    struct ib_pump_service *service = context;

    if (service->transfer.due <= (ib_instant)now) {
        ib_transfer_step(service, (ib_instant)now);
    }
    ib_pump_send_changes(service, (ib_instant)now);
}

static uint64_t next_deadline(void *context)
{
    const struct ib_pump_service *service = context;

    return service->transfer.due == IB_NOT_DUE ? IB_NEVER : (uint64_t)service->transfer.due;
}

static enum ib_att_code read_value(void *context, uint16_t uuid, uint64_t now, struct ib_writer *value)
{
    (void)now;
    ib_pump_read_value(context, uuid, value);
    return IB_ATT_CODE_SUCCESS;
}

struct ib_gatt_service ib_pump_service_init(struct ib_pump_service *service, struct ib_pump_machine *pump, struct ib_gatt *gatt)
{
    memset(service, 0, sizeof *service);
    service->pump = pump;
    service->gatt = gatt;
    service->transfer.due = IB_NOT_DUE;
    return (struct ib_gatt_service){
        .spec = &ib_service_ids,
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
