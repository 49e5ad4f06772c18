/* A bolus: given once, and known to have been given, or not. */
#include "isletbench/pump_client.h"
#include "isletbench/racp.h"

#define OPCODE 2u

/* An operation without operands; a reader on the operand of the answer, when it has this op code. */
static bool ask_status(struct ib_pump_client *client, uint16_t opcode, uint16_t expected, struct ib_reader *answered)
{
    const uint8_t operation[] = {(uint8_t)opcode, (uint8_t)(opcode >> 8)};
    struct ib_octets answer;
    if (ib_pump_client_ask(client, IB_IDS_STATUS_READER_POINT_UUID, (struct ib_octets){operation, sizeof operation},
                           &answer) != IB_DONE) {
        return false;
    }
    *answered = ib_reader_of(answer.at, answer.count);
    return ib_read_uint(answered, OPCODE) == expected;
}

static bool read_active(struct ib_pump_client *client, uint16_t *id)
{
    struct ib_ids_get_active_bolus_ids_response active;
    struct ib_reader from;
    if (!ask_status(client, IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS,
                    IB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS_RESPONSE, &from)) {
        return false;
    }
    ib_ids_get_active_bolus_ids_response_read(&from, &active);
    if (!ib_reader_end(&from)) {
        return false;
    }
    struct ib_reader ids = ib_reader_of(active.bolus_ids.at, active.bolus_ids.count);
    *id = ids.left > 0 ? (uint16_t)ib_read_uint(&ids, OPCODE) : 0;
    return true;
}

static bool read_delivered(struct ib_pump_client *client, ib_float *bolus)
{
    struct ib_ids_get_delivered_insulin_response delivered;
    struct ib_reader from;
    if (!ask_status(client, IB_IDS_STATUS_READER_GET_DELIVERED_INSULIN,
                    IB_IDS_STATUS_READER_GET_DELIVERED_INSULIN_RESPONSE, &from)) {
        return false;
    }
    ib_ids_get_delivered_insulin_response_read(&from, &delivered);
    *bolus = delivered.bolus;
    return ib_reader_end(&from);
}

/* Request a report of records; whether all of them have been received. After a loss on the line it is requested again. */
static bool report(struct ib_pump_client *client, struct ib_octets request)
{
    for (unsigned tries = 0; tries < IB_COLLECTOR_TRIES; tries++) {
        uint32_t lost = client->link.lost;
        struct ib_octets answer;
        client->has_record = false;
        client->has_found = false;
        if (ib_pump_client_ask(client, IB_IDS_RECORD_ACCESS_UUID, request, &answer) != IB_DONE || answer.count != 4) {
            return false;
        }
        bool has_none = answer.at[3] == ib_racp_ids.outcomes[IB_RACP_NO_RECORDS_FOUND];
        bool has_some = answer.at[3] == ib_racp_ids.outcomes[IB_RACP_SUCCESS] && client->has_record;
        if (lost == client->link.lost && (has_none || has_some)) {
            return true;
        }
    }
    return false;
}

static bool report_last(struct ib_pump_client *client)
{
    const uint8_t request[] = {ib_racp_ids.opcodes[IB_RACP_REPORT], ib_racp_ids.operators[IB_RACP_LAST]};
    return report(client, (struct ib_octets){request, sizeof request});
}

static bool report_since(struct ib_pump_client *client, uint32_t number)
{
    uint8_t request[IB_PUMP_CLIENT_VALUE];
    struct ib_writer to = ib_writer_of(request, sizeof request);
    ib_write_uint(&to, ib_racp_ids.opcodes[IB_RACP_REPORT], 1);
    ib_write_uint(&to, ib_racp_ids.operators[IB_RACP_AT_LEAST], 1);
    ib_write_uint(&to, IB_RACP_IDS_FILTER_SEQUENCE_NUMBER, 1);
    ib_write_uint(&to, number, ib_racp_ids.number_size);
    return report(client, (struct ib_octets){request, to.count});
}

/* A bolus */

/* Read the state before a bolus; on a new connection where a response was lost on this one. */
static bool set_mark(struct ib_pump_client *client, struct ib_dose_mark *mark)
{
    for (unsigned tries = 0; tries < IB_COLLECTOR_TRIES; tries++) {
        if (read_active(client, &mark->active) && read_delivered(client, &mark->delivered) && report_last(client)) {
            mark->has_records = client->has_record;
            mark->newest = client->last_record;
            return true;
        }
        (void)ib_pump_client_open(client);
    }
    return false;
}

/* Whether the pump has reported on a bolus without a response. Its history may come late, so the delivered total counts, too. */
static bool is_resolved(struct ib_pump_client *client, const struct ib_dose_mark *mark, struct ib_dose *dose)
{
    uint16_t active;
    ib_float delivered;
    if (ib_pump_client_open(client) != IB_DONE || !report_since(client, mark->has_records ? mark->newest + 1 : 0)) {
        return false;
    }
    if (client->has_found) {
        dose->fate = IB_DOSE_BEGUN;
        dose->id = client->found;
        return true;
    }
    if (!read_active(client, &active) || !read_delivered(client, &delivered)) {
        return false;
    }
    if (active != 0 && active != mark->active) {
        dose->fate = IB_DOSE_BEGUN;
        dose->id = active;
    } else {
        dose->fate = delivered == mark->delivered ? IB_DOSE_NOT_BEGUN : IB_DOSE_UNCLEAR;
    }
    return true;
}

static struct ib_dose resolve(struct ib_pump_client *client, const struct ib_dose_mark *mark)
{
    const struct ib_hal *hal = client->link.hal;
    uint64_t until_ms = hal->now_ms(hal->context) + client->patience_ms;
    struct ib_dose dose = {.fate = IB_DOSE_UNCLEAR, .was_asked_for = true};
    for (unsigned tries = 0; tries < IB_COLLECTOR_TRIES || hal->now_ms(hal->context) < until_ms; tries++) {
        if (is_resolved(client, mark, &dose)) {
            break;
        }
        ib_collector_listen(&client->link, hal->now_ms(hal->context) + client->link.timeout_ms);
    }
    return dose;
}

static struct ib_dose meaning_of(struct ib_octets answer)
{
    struct ib_reader from = ib_reader_of(answer.at, answer.count);
    uint32_t opcode = ib_read_uint(&from, OPCODE);
    struct ib_ids_set_bolus_response begun;
    struct ib_ids_command_response_code refused;
    if (opcode == IB_IDS_COMMAND_SET_BOLUS_RESPONSE) {
        ib_ids_set_bolus_response_read(&from, &begun);
        return (struct ib_dose){ib_reader_end(&from) ? IB_DOSE_BEGUN : IB_DOSE_UNCLEAR, begun.bolus_id, false, 0};
    }
    ib_ids_command_response_code_read(&from, &refused);
    bool is_refusal = opcode == IB_IDS_COMMAND_COMMAND_RESPONSE_CODE && ib_reader_end(&from) &&
                      refused.request == IB_IDS_COMMAND_SET_BOLUS && refused.code != IB_IDS_RESPONSE_SUCCESS;
    return (struct ib_dose){is_refusal ? IB_DOSE_REFUSED : IB_DOSE_UNCLEAR, 0, false, refused.code};
}

struct ib_dose ib_pump_client_bolus(struct ib_pump_client *client, ib_sfloat amount)
{
    uint8_t operation[IB_PUMP_CLIENT_VALUE];
    struct ib_writer to = ib_writer_of(operation, sizeof operation);
    struct ib_dose_mark mark;
    struct ib_octets answer;
    struct ib_dose dose = {.fate = IB_DOSE_NOT_BEGUN};
    client->wanted_amount = amount;
    if (!set_mark(client, &mark)) {
        return dose; /* nothing has been requested */
    }
    ib_write_uint(&to, IB_IDS_COMMAND_SET_BOLUS, OPCODE);
    ib_ids_set_bolus_write(&to, &(struct ib_ids_set_bolus){
                                    .bolus_type = IB_IDS_BOLUS_TYPE_FAST,
                                    .fast_amount = amount,
                                    .has_activation_type = (client->features & IB_IDS_FEATURE_BOLUS_ACTIVATION_TYPE) != 0,
                                    .activation_type = IB_IDS_BOLUS_ACTIVATION_COMMANDED,
                                });
    if (ib_pump_client_ask(client, IB_IDS_COMMAND_POINT_UUID, (struct ib_octets){operation, to.count}, &answer) == IB_DONE) {
        dose = meaning_of(answer);
        if (dose.fate != IB_DOSE_UNCLEAR) {
            return dose;
        }
    }
    return resolve(client, &mark);
}
