/* The connection to a pump, and one procedure at a time. */
#include "isletbench/pump_client.h"

#include <string.h>

#include "isletbench/e2e.h"

#define FIRST_UUID IB_IDS_STATUS_CHANGED_UUID /* the service's characteristics have consecutive ones */
#define OPCODE 2u
#define FEATURES_HEAD 3u /* octets: CRC and counter */
#define CRC_SIZE 2u
#define MILLIONTHS (-6)
#define NOTHING ((struct ib_octets){NULL, 0})

static size_t place_of(uint16_t uuid)
{
    return (size_t)(uuid - FIRST_UUID);
}

static const struct ib_frames_table_entry *entry_of(const struct ib_pump_client *client, uint16_t uuid)
{
    return ib_collector_find(&client->link, ib_service_ids.uuid, uuid);
}

static enum ib_crc protection_of(const struct ib_pump_client *client)
{
    return client->is_protected ? IB_CRC_SPECIFIED : IB_CRC_NONE;
}

/* Values from the pump */

static void take_response(struct ib_pump_client *client, uint16_t uuid, struct ib_octets value)
{
    struct ib_octets payload;
    uint8_t counter;
    uint8_t *last = &client->received[place_of(uuid)];
    if (ib_e2e_open(IB_COUNTER_TRAILER, protection_of(client), value, &payload, &counter) != IB_E2E_OK) {
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

/* Whether two codes mean the same amount of insulin, to the micro-unit. */
static bool is_same_amount(ib_sfloat code, ib_sfloat other)
{
    int64_t uu, other_uu;
    return ib_sfloat_number(code, MILLIONTHS, &uu) && ib_sfloat_number(other, MILLIONTHS, &other_uu) && uu == other_uu;
}

static void take_record(struct ib_pump_client *client, struct ib_octets value)
{
    struct ib_octets payload;
    uint8_t no_counter;
    if (ib_e2e_open(IB_CRC_TRAILER, protection_of(client), value, &payload, &no_counter) != IB_E2E_OK) {
        return;
    }
    struct ib_reader from = ib_reader_of(payload.at, payload.count);
    uint32_t type = ib_read_uint(&from, OPCODE), number = ib_read_uint(&from, 4);
    (void)ib_read_uint(&from, 2); /* when */
    if (from.error != IB_WIRE_OK) {
        return;
    }
    client->has_record = true;
    client->last_record = number;
    if (type == IB_IDS_EVENTS_BOLUS_PROGRAMMED_1_OF_2) {
        struct ib_ids_bolus_programmed_1_of_2 bolus;
        ib_ids_bolus_programmed_1_of_2_read(&from, &bolus);
        if (ib_reader_end(&from) && bolus.bolus_type == IB_IDS_BOLUS_TYPE_FAST &&
            is_same_amount(bolus.fast_amount, client->wanted_amount)) {
            client->has_found = true;
            client->found = bolus.bolus_id;
        }
    }
}

static void notified(void *context, const struct ib_frames_table_entry *entry, struct ib_octets value)
{
    struct ib_pump_client *client = context;
    bool is_known = entry->service == ib_service_ids.uuid && entry->uuid >= FIRST_UUID &&
                    place_of(entry->uuid) < IB_PUMP_CLIENT_POINTS;
    if (is_known && entry->uuid == IB_IDS_HISTORY_DATA_UUID) {
        take_record(client, value);
    } else if (is_known) {
        take_response(client, entry->uuid, value);
    }
    if (client->notified != NULL) {
        client->notified(client->context, entry, value);
    }
}

/* Connection */

void ib_pump_client_init(struct ib_pump_client *client, const struct ib_hal *hal, ib_notified *also_notified, void *context)
{
    memset(client, 0, sizeof *client);
    ib_collector_init(&client->link, hal, notified, client);
    client->notified = also_notified;
    client->context = context;
    client->patience_ms = IB_PUMP_CLIENT_PATIENCE_MS;
}

/* The Features value says whether values are protected, and is protected itself then (IDS 1.0.2, section 3.5.1). */
static enum ib_outcome read_features(struct ib_pump_client *client)
{
    static const uint8_t UNPROTECTED[FEATURES_HEAD] = {0xFF, 0xFF, 0x00};
    struct ib_octets value;
    enum ib_outcome outcome = ib_collector_read(&client->link, entry_of(client, IB_IDS_FEATURES_UUID), &value);
    if (outcome != IB_DONE || value.count <= FEATURES_HEAD) {
        return outcome == IB_DONE ? IB_INVALID_RESPONSE : outcome;
    }
    client->is_protected = memcmp(value.at, UNPROTECTED, sizeof UNPROTECTED) != 0;
    unsigned sent = (unsigned)value.at[0] | (unsigned)value.at[1] << 8;
    bool is_whole = !client->is_protected || ib_crc16(IB_CRC_PRESET, value.at + CRC_SIZE, value.count - CRC_SIZE) == sent;
    struct ib_reader from = ib_reader_of(value.at + FEATURES_HEAD, value.count - FEATURES_HEAD);
    struct ib_ids_features features;
    ib_ids_features_read(&from, &features);
    client->features = features.features;
    return is_whole && ib_reader_end(&from) ? IB_DONE : IB_INVALID_RESPONSE;
}

enum ib_outcome ib_pump_client_open(struct ib_pump_client *client)
{
    static const uint16_t POINTS[] = {
        IB_IDS_STATUS_UUID,        IB_IDS_ANNUNCIATION_STATUS_UUID, IB_IDS_STATUS_READER_POINT_UUID,
        IB_IDS_COMMAND_POINT_UUID, IB_IDS_RECORD_ACCESS_UUID,       IB_IDS_HISTORY_DATA_UUID,
    };
    memset(client->sent, 0, sizeof client->sent);
    memset(client->received, 0, sizeof client->received);
    client->awaited = 0;
    enum ib_outcome outcome = ib_collector_connect(&client->link);
    if (outcome == IB_DONE) {
        outcome = read_features(client);
    }
    for (size_t index = 0; outcome == IB_DONE && index < sizeof POINTS / sizeof POINTS[0]; index++) {
        outcome = ib_collector_subscribe(&client->link, entry_of(client, POINTS[index]));
    }
    return outcome;
}

/* Procedures */

static bool is_answered(struct ib_pump_client *client)
{
    const struct ib_hal *hal = client->link.hal;
    uint64_t until_ms = hal->now_ms(hal->context) + client->patience_ms;
    while (client->awaited != 0 && hal->now_ms(hal->context) < until_ms) {
        ib_collector_listen(&client->link, until_ms);
    }
    return client->awaited == 0;
}

enum ib_outcome ib_pump_client_ask(struct ib_pump_client *client, uint16_t uuid, struct ib_octets operation,
                                   struct ib_octets *answer)
{
    uint8_t octets[IB_PUMP_CLIENT_VALUE];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);
    uint8_t *counter = &client->sent[place_of(uuid)];
    *counter = ib_e2e_next_counter(*counter);
    ib_e2e_seal(&value, IB_COUNTER_TRAILER, protection_of(client), *counter, operation);
    client->awaited = uuid;
    enum ib_outcome outcome =
        ib_collector_write(&client->link, entry_of(client, uuid), (struct ib_octets){octets, value.count});
    if (outcome == IB_DONE && !is_answered(client)) {
        outcome = IB_NO_RESPONSE;
    }
    client->awaited = 0;
    *answer = outcome == IB_DONE ? (struct ib_octets){client->answer, client->answer_count} : NOTHING;
    return outcome;
}
