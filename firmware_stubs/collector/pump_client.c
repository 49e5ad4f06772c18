/* The connection to a pump, and one procedure at a time. */
#include "loopbench/pump_client.h"

#include <string.h>

#include "loopbench/e2e.h"

#define FIRST_UUID LB_IDS_STATUS_CHANGED_UUID /* the service's characteristics have consecutive ones */
#define OPCODE 2u
#define FEATURES_HEAD 3u /* octets: CRC and counter */
#define CRC_SIZE 2u
#define MILLIONTHS (-6)
#define NOTHING ((struct lb_octets){NULL, 0})

static size_t place_of(uint16_t uuid)
{
    return (size_t)(uuid - FIRST_UUID);
}

static const struct lb_frames_table_entry *entry_of(const struct lb_pump_client *client, uint16_t uuid)
{
    return lb_collector_find(&client->link, lb_service_ids.uuid, uuid);
}

/* What the pump tells */

static void take_answer(struct lb_pump_client *client, uint16_t uuid, struct lb_octets value)
{
    struct lb_octets payload;
    uint8_t counter;
    uint8_t *last = &client->received[place_of(uuid)];
    if (lb_e2e_open(LB_COUNTER_TRAILER, client->is_protected, value, &payload, &counter) != LB_E2E_OK) {
        return;
    }
    bool is_repeated = client->is_protected && counter == *last;
    *last = counter;
    if (!is_repeated && uuid == client->awaited && payload.count <= sizeof client->answer) {
        client->awaited = 0;
        client->answer_count = payload.count;
        memcpy(client->answer, payload.at, payload.count);
    }
}

/* Whether two codes say the same amount of insulin, to the micro-unit. */
static bool is_same_amount(lb_sfloat code, lb_sfloat other)
{
    int64_t uu, other_uu;
    return lb_sfloat_number(code, MILLIONTHS, &uu) && lb_sfloat_number(other, MILLIONTHS, &other_uu) && uu == other_uu;
}

static void take_record(struct lb_pump_client *client, struct lb_octets value)
{
    struct lb_octets payload;
    uint8_t no_counter;
    if (lb_e2e_open(LB_CRC_TRAILER, client->is_protected, value, &payload, &no_counter) != LB_E2E_OK) {
        return;
    }
    struct lb_reader from = lb_reader_of(payload.at, payload.count);
    uint32_t type = lb_read_uint(&from, OPCODE), number = lb_read_uint(&from, 4);
    (void)lb_read_uint(&from, 2); /* when */
    if (from.error != LB_WIRE_OK) {
        return;
    }
    client->has_record = true;
    client->last_record = number;
    if (type == LB_IDS_EVENTS_BOLUS_PROGRAMMED_1_OF_2) {
        struct lb_ids_bolus_programmed_1_of_2 bolus;
        lb_ids_bolus_programmed_1_of_2_read(&from, &bolus);
        if (lb_reader_end(&from) && bolus.bolus_type == LB_IDS_BOLUS_TYPE_FAST &&
            is_same_amount(bolus.fast_amount, client->looked_for)) {
            client->has_found = true;
            client->found = bolus.bolus_id;
        }
    }
}

static void told(void *context, const struct lb_frames_table_entry *entry, struct lb_octets value)
{
    struct lb_pump_client *client = context;
    bool is_known = entry->service == lb_service_ids.uuid && entry->uuid >= FIRST_UUID &&
                    place_of(entry->uuid) < LB_PUMP_CLIENT_POINTS;
    if (is_known && entry->uuid == LB_IDS_HISTORY_DATA_UUID) {
        take_record(client, value);
    } else if (is_known) {
        take_answer(client, entry->uuid, value);
    }
    if (client->told != NULL) {
        client->told(client->context, entry, value);
    }
}

/* Connection */

void lb_pump_client_init(struct lb_pump_client *client, const struct lb_hal *hal, lb_told *also_told, void *context)
{
    memset(client, 0, sizeof *client);
    lb_collector_init(&client->link, hal, told, client);
    client->told = also_told;
    client->context = context;
    client->patience_ms = LB_PUMP_CLIENT_PATIENCE_MS;
}

/* Features say whether values are protected, and are so themselves (IDS 1.0.2, section 3.5.1). */
static enum lb_outcome read_features(struct lb_pump_client *client)
{
    static const uint8_t UNPROTECTED[FEATURES_HEAD] = {0xFF, 0xFF, 0x00};
    struct lb_octets value;
    enum lb_outcome outcome = lb_collector_read(&client->link, entry_of(client, LB_IDS_FEATURES_UUID), &value);
    if (outcome != LB_DONE || value.count <= FEATURES_HEAD) {
        return outcome == LB_DONE ? LB_SENSELESS : outcome;
    }
    client->is_protected = memcmp(value.at, UNPROTECTED, sizeof UNPROTECTED) != 0;
    unsigned sent = (unsigned)value.at[0] | (unsigned)value.at[1] << 8;
    bool is_whole = !client->is_protected || lb_crc16(LB_CRC_PRESET, value.at + CRC_SIZE, value.count - CRC_SIZE) == sent;
    struct lb_reader from = lb_reader_of(value.at + FEATURES_HEAD, value.count - FEATURES_HEAD);
    struct lb_ids_features features;
    lb_ids_features_read(&from, &features);
    client->features = features.features;
    return is_whole && lb_reader_end(&from) ? LB_DONE : LB_SENSELESS;
}

enum lb_outcome lb_pump_client_open(struct lb_pump_client *client)
{
    static const uint16_t POINTS[] = {
        LB_IDS_STATUS_UUID,        LB_IDS_ANNUNCIATION_STATUS_UUID, LB_IDS_STATUS_READER_POINT_UUID,
        LB_IDS_COMMAND_POINT_UUID, LB_IDS_RECORD_ACCESS_UUID,       LB_IDS_HISTORY_DATA_UUID,
    };
    memset(client->sent, 0, sizeof client->sent);
    memset(client->received, 0, sizeof client->received);
    client->awaited = 0;
    enum lb_outcome outcome = lb_collector_connect(&client->link);
    if (outcome == LB_DONE) {
        outcome = read_features(client);
    }
    for (size_t index = 0; outcome == LB_DONE && index < sizeof POINTS / sizeof POINTS[0]; index++) {
        outcome = lb_collector_subscribe(&client->link, entry_of(client, POINTS[index]));
    }
    return outcome;
}

/* Procedures */

static bool is_answered(struct lb_pump_client *client)
{
    const struct lb_hal *hal = client->link.hal;
    uint64_t until_ms = hal->now_ms(hal->context) + client->patience_ms;
    while (client->awaited != 0 && hal->now_ms(hal->context) < until_ms) {
        lb_collector_listen(&client->link, until_ms);
    }
    return client->awaited == 0;
}

enum lb_outcome lb_pump_client_ask(struct lb_pump_client *client, uint16_t uuid, struct lb_octets operation,
                                   struct lb_octets *answer)
{
    uint8_t octets[LB_PUMP_CLIENT_VALUE];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);
    uint8_t *counter = &client->sent[place_of(uuid)];
    *counter = lb_e2e_next_counter(*counter);
    lb_e2e_seal(&value, LB_COUNTER_TRAILER, client->is_protected, *counter, operation);
    client->awaited = uuid;
    enum lb_outcome outcome =
        lb_collector_write(&client->link, entry_of(client, uuid), (struct lb_octets){octets, value.count});
    if (outcome == LB_DONE && !is_answered(client)) {
        outcome = LB_SILENT;
    }
    client->awaited = 0;
    *answer = outcome == LB_DONE ? (struct lb_octets){client->answer, client->answer_count} : NOTHING;
    return outcome;
}
