#include "loopbench/pump/service.h"

#include <string.h>

#include "loopbench/e2e.h"
#include "loopbench/hal.h"
#include "loopbench/racp.h"
#include "points.h"

#define OPCODE 2U /* octets */
#define RACP_OPCODE 1U
#define MOST_VALUE (LB_PUMP_PAYLOAD + 3U) /* with counter and CRC */

static size_t place_of(uint16_t uuid)
{
    size_t place = 0;

    while (lb_service_ids.characteristics[place].uuid != uuid) {
        place++;
    }
    return place;
}

/* A payload in its characteristic's envelope, with the next counter of this characteristic on this connection (IDS 1.0.2, section
 * 3.1.1). */
static void seal(struct lb_pump_service *service, uint16_t uuid, struct lb_octets payload, struct lb_writer *value)
{
    const size_t place = place_of(uuid);

    service->sent[place] = lb_e2e_next_counter(service->sent[place]);
    lb_e2e_seal(value, lb_service_ids.characteristics[place].envelope, true, service->sent[place], payload);
}

static bool is_subscribed(const struct lb_pump_service *service, uint16_t uuid)
{
    return lb_gatt_subscribed(service->gatt, lb_service_ids.uuid, uuid);
}

void lb_pump_tell(struct lb_pump_service *service, uint16_t uuid, struct lb_octets payload, lb_instant now)
{
    uint8_t octets[MOST_VALUE];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);

    if (is_subscribed(service, uuid)) {
        seal(service, uuid, payload, &value);
        lb_gatt_tell(service->gatt, lb_service_ids.uuid, uuid, (struct lb_octets){octets, value.count}, (uint64_t)now);
    }
}

/* Values */

static void write_annunciation(const struct lb_pump_machine *pump, struct lb_writer *payload)
{
    const struct lb_annunciation *first = lb_annunciations_shown(&pump->annunciations);
    struct lb_ids_annunciation_status_value told = {0};

    if (first != NULL) {
        told = (struct lb_ids_annunciation_status_value){
            .has_annunciation = true,
            .annunciation = {first->id, first->type, first->status},
            .has_aux1 = first->aux_count > 0,
            .aux1 = first->aux[0],
            .has_aux2 = first->aux_count > 1,
            .aux2 = first->aux[1],
            .has_aux3 = first->aux_count > 2,
            .aux3 = first->aux[2],
            .has_aux4 = first->aux_count > 3,
            .aux4 = first->aux[3],
            .has_aux5 = first->aux_count > 4,
            .aux5 = first->aux[4],
        };
    }
    lb_ids_annunciation_status_value_write(payload, &told);
}

static void write_value(const struct lb_pump_machine *pump, uint16_t uuid, struct lb_writer *payload)
{
    switch (uuid) {
    case LB_IDS_STATUS_CHANGED_UUID:
        lb_ids_status_changed_write(payload, &(struct lb_ids_status_changed){pump->changed});
        break;
    case LB_IDS_STATUS_UUID:
        lb_ids_status_write(payload, &(struct lb_ids_status){
                                         .therapy_control_state = pump->therapy,
                                         .operational_state = pump->operational,
                                         .reservoir_remaining = lb_iu(pump->reservoir),
                                         .reservoir_attached = true,
                                     });
        break;
    case LB_IDS_FEATURES_UUID:
        lb_ids_features_write(
            payload, &(struct lb_ids_features){lb_iu(LB_PUMP_CONCENTRATION * LB_UNIT), LB_PUMP_FEATURES});
        break;
    default:
        write_annunciation(pump, payload);
        break;
    }
}

static enum lb_att_code read_value(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value)
{
    struct lb_pump_service *service = context;
    uint8_t octets[LB_PUMP_PAYLOAD];
    struct lb_writer payload = lb_writer_of(octets, sizeof octets);

    (void)now;
    write_value(service->pump, uuid, &payload);
    seal(service, uuid, (struct lb_octets){octets, payload.count}, value);
    return LB_ATT_CODE_SUCCESS;
}

/* News */

static void tell_value(struct lb_pump_service *service, uint16_t uuid, lb_instant now)
{
    uint8_t octets[LB_PUMP_PAYLOAD];
    struct lb_writer payload = lb_writer_of(octets, sizeof octets);

    write_value(service->pump, uuid, &payload);
    lb_pump_tell(service, uuid, (struct lb_octets){octets, payload.count}, now);
}

/* Whether the status is another one than the client has been told of, which from now on it has. */
static bool is_new_status(struct lb_pump_service *service)
{
    const struct lb_pump_machine *pump = service->pump;
    const bool is_new = service->told_therapy != pump->therapy || service->told_operational != pump->operational
        || service->told_reservoir != pump->reservoir;

    service->told_therapy = pump->therapy;
    service->told_operational = pump->operational;
    service->told_reservoir = pump->reservoir;
    return is_new;
}

static bool is_new_annunciation(struct lb_pump_service *service)
{
    const struct lb_annunciation *first = lb_annunciations_shown(&service->pump->annunciations);
    const uint16_t id = first != NULL ? first->id : LB_NO_ID;
    const enum lb_ids_annunciation_status status = first != NULL ? first->status : LB_IDS_ANNUNCIATION_STATUS_UNDETERMINED;
    const bool is_new = service->told_annunciation != id || service->told_annunciation_status != status;

    service->told_annunciation = id;
    service->told_annunciation_status = status;
    return is_new;
}

/* What has changed. The new information is readable before its bit goes up. */
static void tell_news(struct lb_pump_service *service, lb_instant now)
{
    const uint16_t risen = service->pump->changed & (uint16_t)~service->told_changed;

    service->told_changed = service->pump->changed;
    if (risen != 0) {
        tell_value(service, LB_IDS_STATUS_CHANGED_UUID, now);
    }
    if (is_new_status(service)) {
        tell_value(service, LB_IDS_STATUS_UUID, now);
    }
    if (is_new_annunciation(service)) {
        tell_value(service, LB_IDS_ANNUNCIATION_STATUS_UUID, now);
    }
}

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
            || is_subscribed(service, LB_IDS_COMMAND_DATA_VALUE_UUID);
    case LB_IDS_RECORD_ACCESS_UUID:
        return payload.at[0] != lb_racp_ids.opcodes[LB_RACP_REPORT] || is_subscribed(service, LB_IDS_HISTORY_DATA_UUID);
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
    if (!is_subscribed(service, uuid)) {
        return LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->procedure != 0 && !(uuid == LB_IDS_RECORD_ACCESS_UUID && is_abort(value))) {
        return LB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    const enum lb_att_code code = open_envelope(&service->points[place_of(uuid)], shortest, value, payload, counter);
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
    struct lb_pump_point *point = &service->points[place_of(uuid)];
    struct lb_octets payload;
    uint8_t counter;
    const enum lb_att_code code = examine(service, uuid, value, &payload, &counter);

    if (code != LB_ATT_CODE_SUCCESS) {
        point->refused = (uint8_t)(point->refused < UINT8_MAX ? point->refused + 1 : UINT8_MAX);
        return code;
    }
    *point = (struct lb_pump_point){counter, 0};
    perform(service, uuid, payload, (lb_instant)now);
    tell_news(service, (lb_instant)now);
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
    service->told_changed = service->pump->changed;
    is_new_status(service);
    is_new_annunciation(service);
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
    tell_news(service, (lb_instant)now);
}

static uint64_t next_deadline(void *context)
{
    const struct lb_pump_service *service = context;

    return service->transfer.due == LB_NOT_DUE ? LB_NEVER : (uint64_t)service->transfer.due;
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
