/* A bolus: given once, and known to have been given, or not. */
#include "loopbench/pump_client.h"
#include "loopbench/racp.h"

#define OPCODE 2u

/* An operation without operands; a reader on the operand of the answer, when it has this op code. */
static bool ask_status(struct lb_pump_client *client, uint16_t opcode, uint16_t expected, struct lb_reader *answered)
{
    const uint8_t operation[] = {(uint8_t)opcode, (uint8_t)(opcode >> 8)};
    struct lb_octets answer;
    if (lb_pump_client_ask(client, LB_IDS_STATUS_READER_POINT_UUID, (struct lb_octets){operation, sizeof operation},
                           &answer) != LB_DONE) {
        return false;
    }
    *answered = lb_reader_of(answer.at, answer.count);
    return lb_read_uint(answered, OPCODE) == expected;
}

static bool read_active(struct lb_pump_client *client, uint16_t *id)
{
    struct lb_ids_get_active_bolus_ids_response active;
    struct lb_reader from;
    if (!ask_status(client, LB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS,
                    LB_IDS_STATUS_READER_GET_ACTIVE_BOLUS_IDS_RESPONSE, &from)) {
        return false;
    }
    lb_ids_get_active_bolus_ids_response_read(&from, &active);
    if (!lb_reader_end(&from)) {
        return false;
    }
    struct lb_reader ids = lb_reader_of(active.bolus_ids.at, active.bolus_ids.count);
    *id = ids.left > 0 ? (uint16_t)lb_read_uint(&ids, OPCODE) : 0;
    return true;
}

static bool read_delivered(struct lb_pump_client *client, lb_float *bolus)
{
    struct lb_ids_get_delivered_insulin_response delivered;
    struct lb_reader from;
    if (!ask_status(client, LB_IDS_STATUS_READER_GET_DELIVERED_INSULIN,
                    LB_IDS_STATUS_READER_GET_DELIVERED_INSULIN_RESPONSE, &from)) {
        return false;
    }
    lb_ids_get_delivered_insulin_response_read(&from, &delivered);
    *bolus = delivered.bolus;
    return lb_reader_end(&from);
}

/* Have records reported; whether all of them have come: a record that was lost on the line is asked for again. */
static bool report(struct lb_pump_client *client, struct lb_octets request)
{
    for (unsigned tries = 0; tries < LB_COLLECTOR_TRIES; tries++) {
        uint32_t lost = client->link.lost;
        struct lb_octets answer;
        client->has_record = false;
        client->has_found = false;
        if (lb_pump_client_ask(client, LB_IDS_RECORD_ACCESS_UUID, request, &answer) != LB_DONE || answer.count != 4) {
            return false;
        }
        bool has_none = answer.at[3] == lb_racp_ids.outcomes[LB_RACP_NO_RECORDS_FOUND];
        bool has_some = answer.at[3] == lb_racp_ids.outcomes[LB_RACP_SUCCESS] && client->has_record;
        if (lost == client->link.lost && (has_none || has_some)) {
            return true;
        }
    }
    return false;
}

static bool report_last(struct lb_pump_client *client)
{
    const uint8_t request[] = {lb_racp_ids.opcodes[LB_RACP_REPORT], lb_racp_ids.operators[LB_RACP_LAST]};
    return report(client, (struct lb_octets){request, sizeof request});
}

static bool report_since(struct lb_pump_client *client, uint32_t number)
{
    uint8_t request[LB_PUMP_CLIENT_VALUE];
    struct lb_writer to = lb_writer_of(request, sizeof request);
    lb_write_uint(&to, lb_racp_ids.opcodes[LB_RACP_REPORT], 1);
    lb_write_uint(&to, lb_racp_ids.operators[LB_RACP_AT_LEAST], 1);
    lb_write_uint(&to, LB_RACP_IDS_FILTER_SEQUENCE_NUMBER, 1);
    lb_write_uint(&to, number, lb_racp_ids.number_size);
    return report(client, (struct lb_octets){request, to.count});
}

/* A bolus */

/* How things are before a bolus; on a new connection where an answer was lost on this one. */
static bool set_mark(struct lb_pump_client *client, struct lb_dose_mark *mark)
{
    for (unsigned tries = 0; tries < LB_COLLECTOR_TRIES; tries++) {
        if (read_active(client, &mark->active) && read_delivered(client, &mark->delivered) && report_last(client)) {
            mark->has_records = client->has_record;
            mark->newest = client->last_record;
            return true;
        }
        (void)lb_pump_client_open(client);
    }
    return false;
}

/* Whether the pump has said what it knows of a bolus that it has not answered for. Its history may come late, so what it has
 * delivered counts, too. */
static bool is_resolved(struct lb_pump_client *client, const struct lb_dose_mark *mark, struct lb_dose *dose)
{
    uint16_t active;
    lb_float delivered;
    if (lb_pump_client_open(client) != LB_DONE || !report_since(client, mark->has_records ? mark->newest + 1 : 0)) {
        return false;
    }
    if (client->has_found) {
        dose->fate = LB_DOSE_BEGUN;
        dose->id = client->found;
        return true;
    }
    if (!read_active(client, &active) || !read_delivered(client, &delivered)) {
        return false;
    }
    if (active != 0 && active != mark->active) {
        dose->fate = LB_DOSE_BEGUN;
        dose->id = active;
    } else {
        dose->fate = delivered == mark->delivered ? LB_DOSE_NOT_BEGUN : LB_DOSE_UNCLEAR;
    }
    return true;
}

static struct lb_dose resolve(struct lb_pump_client *client, const struct lb_dose_mark *mark)
{
    const struct lb_hal *hal = client->link.hal;
    uint64_t until_ms = hal->now_ms(hal->context) + client->patience_ms;
    struct lb_dose dose = {.fate = LB_DOSE_UNCLEAR, .was_asked_for = true};
    for (unsigned tries = 0; tries < LB_COLLECTOR_TRIES || hal->now_ms(hal->context) < until_ms; tries++) {
        if (is_resolved(client, mark, &dose)) {
            break;
        }
        lb_collector_listen(&client->link, hal->now_ms(hal->context) + client->link.timeout_ms);
    }
    return dose;
}

static struct lb_dose meaning_of(struct lb_octets answer)
{
    struct lb_reader from = lb_reader_of(answer.at, answer.count);
    uint32_t opcode = lb_read_uint(&from, OPCODE);
    struct lb_ids_set_bolus_response begun;
    struct lb_ids_command_response_code refused;
    if (opcode == LB_IDS_COMMAND_SET_BOLUS_RESPONSE) {
        lb_ids_set_bolus_response_read(&from, &begun);
        return (struct lb_dose){lb_reader_end(&from) ? LB_DOSE_BEGUN : LB_DOSE_UNCLEAR, begun.bolus_id, false, 0};
    }
    lb_ids_command_response_code_read(&from, &refused);
    bool is_refusal = opcode == LB_IDS_COMMAND_COMMAND_RESPONSE_CODE && lb_reader_end(&from) &&
                      refused.request == LB_IDS_COMMAND_SET_BOLUS && refused.code != LB_IDS_RESPONSE_SUCCESS;
    return (struct lb_dose){is_refusal ? LB_DOSE_REFUSED : LB_DOSE_UNCLEAR, 0, false, refused.code};
}

struct lb_dose lb_pump_client_bolus(struct lb_pump_client *client, lb_sfloat amount)
{
    uint8_t operation[LB_PUMP_CLIENT_VALUE];
    struct lb_writer to = lb_writer_of(operation, sizeof operation);
    struct lb_dose_mark mark;
    struct lb_octets answer;
    struct lb_dose dose = {.fate = LB_DOSE_NOT_BEGUN};
    client->looked_for = amount;
    if (!set_mark(client, &mark)) {
        return dose; /* nothing has been asked for */
    }
    lb_write_uint(&to, LB_IDS_COMMAND_SET_BOLUS, OPCODE);
    lb_ids_set_bolus_write(&to, &(struct lb_ids_set_bolus){
                                    .bolus_type = LB_IDS_BOLUS_TYPE_FAST,
                                    .fast_amount = amount,
                                    .has_activation_type = (client->features & LB_IDS_FEATURE_BOLUS_ACTIVATION_TYPE) != 0,
                                    .activation_type = LB_IDS_BOLUS_ACTIVATION_COMMANDED,
                                });
    if (lb_pump_client_ask(client, LB_IDS_COMMAND_POINT_UUID, (struct lb_octets){operation, to.count}, &answer) == LB_DONE) {
        dose = meaning_of(answer);
        if (dose.fate != LB_DOSE_UNCLEAR) {
            return dose;
        }
    }
    return resolve(client, &mark);
}
