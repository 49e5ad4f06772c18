#include "isletbench/e2e.h"

#define CRC_SIZE 2U
#define COUNTER_SIZE 1U

uint16_t ib_crc16(uint16_t crc, const uint8_t *octets, size_t count)
{
    uint32_t state = crc;
    for (size_t index = 0; index < count; index++) {
        state ^= octets[index];
        for (int bit = 0; bit < 8; bit++) {
            state = (state >> 1) ^ ((state & 1U) ? 0x8408U : 0U);
        }
    }
    return (uint16_t)state;
}

uint16_t ib_crc16_ccitt_false(uint16_t crc, const uint8_t *octets, size_t count)
{
    uint32_t state = crc;
    for (size_t index = 0; index < count; index++) {
        state ^= (uint32_t)octets[index] << 8;
        for (int bit = 0; bit < 8; bit++) {
            state = (state << 1) ^ ((state & 0x8000U) ? 0x1021U : 0U);
        }
    }
    return (uint16_t)state;
}

/* The CRC over further octets. */
static uint16_t further(enum ib_crc crc, uint16_t before, const uint8_t *octets, size_t count)
{
    return crc == IB_CRC_CCITT_FALSE ? ib_crc16_ccitt_false(before, octets, count) : ib_crc16(before, octets, count);
}

/* The CRC over everything written since ``start``. */
static void write_crc(struct ib_writer *to, enum ib_crc crc, size_t start)
{
    if (to->error == IB_WIRE_OK) {
        ib_write_uint(to, further(crc, IB_CRC_PRESET, to->octets + start, to->count - start), CRC_SIZE);
    }
}

static void seal_ids_features(struct ib_writer *to, enum ib_crc crc, uint8_t counter, struct ib_octets payload)
{
    uint8_t shown = crc == IB_CRC_NONE ? 0 : counter;
    uint16_t sent = IB_CRC_PRESET;
    if (crc != IB_CRC_NONE) {
        sent = further(crc, further(crc, sent, &shown, COUNTER_SIZE), payload.at, payload.count);
    }
    ib_write_uint(to, sent, CRC_SIZE);
    ib_write_uint(to, shown, COUNTER_SIZE);
    ib_write_octets(to, payload);
}

void ib_e2e_seal(struct ib_writer *to, enum ib_envelope envelope, enum ib_crc crc, uint8_t counter,
                 struct ib_octets payload)
{
    const bool is_protected = crc != IB_CRC_NONE;
    size_t start = to->count;
    if (envelope == IB_IDS_FEATURES) {
        seal_ids_features(to, crc, counter, payload);
        return;
    }
    if (envelope == IB_CGM_RECORD) {
        ib_write_uint(to, (uint32_t)(1 + payload.count + (is_protected ? CRC_SIZE : 0)), 1);
    }
    ib_write_octets(to, payload);
    if (is_protected && envelope == IB_COUNTER_TRAILER) {
        ib_write_uint(to, counter, COUNTER_SIZE);
    }
    if (is_protected && envelope != IB_BARE) {
        write_crc(to, crc, start);
    } else if (envelope == IB_CGM_FEATURE) {
        ib_write_uint(to, IB_CRC_PRESET, CRC_SIZE);
    }
}

static uint16_t sent_crc(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static bool ends_in_its_crc(enum ib_crc crc, struct ib_octets value)
{
    size_t before = value.count - CRC_SIZE;
    return further(crc, IB_CRC_PRESET, value.at, before) == sent_crc(value.at + before);
}

/* payload | counter | crc, or payload | crc */
static enum ib_e2e_error open_trailer(enum ib_crc crc, bool is_counted, struct ib_octets value, struct ib_octets *payload,
                                      uint8_t *counter)
{
    size_t trailer = CRC_SIZE + (is_counted ? COUNTER_SIZE : 0);
    if (value.count <= trailer) {
        return is_counted ? IB_E2E_MISSING_COUNTER : IB_E2E_MISSING_CRC;
    }
    if (!ends_in_its_crc(crc, value)) {
        return IB_E2E_BAD_CRC;
    }
    payload->count = value.count - trailer;
    *counter = is_counted ? value.at[payload->count] : 0;
    return IB_E2E_OK;
}

/* payload | FF FF */
static enum ib_e2e_error open_bare_feature(struct ib_octets value, struct ib_octets *payload)
{
    if (value.count <= CRC_SIZE) {
        return IB_E2E_MISSING_CRC;
    }
    payload->count = value.count - CRC_SIZE;
    return value.at[payload->count] == 0xFF && value.at[payload->count + 1] == 0xFF ? IB_E2E_OK : IB_E2E_BAD_CRC;
}

/* size | payload | crc */
static enum ib_e2e_error open_record(enum ib_crc crc, struct ib_octets value, struct ib_octets *payload)
{
    uint8_t counter;
    if (value.count == 0 || value.at[0] != value.count) {
        return IB_E2E_WRONG_SIZE;
    }
    enum ib_e2e_error error = crc == IB_CRC_NONE ? IB_E2E_OK : open_trailer(crc, false, value, payload, &counter);
    payload->at++;
    payload->count--;
    return error;
}

/* crc | counter | payload */
static enum ib_e2e_error open_ids_features(enum ib_crc crc, struct ib_octets value, struct ib_octets *payload,
                                           uint8_t *counter)
{
    const size_t head = CRC_SIZE + COUNTER_SIZE;
    if (value.count <= head) {
        return IB_E2E_MISSING_COUNTER;
    }
    uint16_t right = IB_CRC_PRESET;
    if (crc != IB_CRC_NONE) {
        right = further(crc, right, value.at + CRC_SIZE, value.count - CRC_SIZE);
    }
    *counter = value.at[CRC_SIZE];
    *payload = (struct ib_octets){value.at + head, value.count - head};
    return sent_crc(value.at) == right && (crc != IB_CRC_NONE || *counter == 0) ? IB_E2E_OK : IB_E2E_BAD_CRC;
}

enum ib_e2e_error ib_e2e_open(enum ib_envelope envelope, enum ib_crc crc, struct ib_octets value, struct ib_octets *payload,
                              uint8_t *counter)
{
    const bool is_protected = crc != IB_CRC_NONE;
    *payload = value;
    *counter = 0;
    switch (envelope) {
    case IB_IDS_FEATURES:
        return open_ids_features(crc, value, payload, counter);
    case IB_CGM_RECORD:
        return open_record(crc, value, payload);
    case IB_CGM_FEATURE:
        return is_protected ? open_trailer(crc, false, value, payload, counter) : open_bare_feature(value, payload);
    case IB_CRC_TRAILER:
    case IB_COUNTER_TRAILER:
        return is_protected ? open_trailer(crc, envelope == IB_COUNTER_TRAILER, value, payload, counter) : IB_E2E_OK;
    default:
        return IB_E2E_OK;
    }
}

uint8_t ib_e2e_next_counter(uint8_t last)
{
    return (uint8_t)(last % 255U + 1U);
}
