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

/* The CRC over everything written since ``start``. */
static void write_crc(struct ib_writer *to, size_t start)
{
    if (to->error == IB_WIRE_OK) {
        ib_write_uint(to, ib_crc16(IB_CRC_PRESET, to->octets + start, to->count - start), CRC_SIZE);
    }
}

static void seal_ids_features(struct ib_writer *to, bool is_protected, uint8_t counter, struct ib_octets payload)
{
    uint8_t shown = is_protected ? counter : 0;
    uint16_t crc = IB_CRC_PRESET;
    if (is_protected) {
        crc = ib_crc16(ib_crc16(crc, &shown, COUNTER_SIZE), payload.at, payload.count);
    }
    ib_write_uint(to, crc, CRC_SIZE);
    ib_write_uint(to, shown, COUNTER_SIZE);
    ib_write_octets(to, payload);
}

void ib_e2e_seal(struct ib_writer *to, enum ib_envelope envelope, bool is_protected, uint8_t counter,
                 struct ib_octets payload)
{
    size_t start = to->count;
    if (envelope == IB_IDS_FEATURES) {
        seal_ids_features(to, is_protected, counter, payload);
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
        write_crc(to, start);
    } else if (envelope == IB_CGM_FEATURE) {
        ib_write_uint(to, IB_CRC_PRESET, CRC_SIZE);
    }
}

/* A CRC over octets that end in their own is 0. */
static bool ends_in_its_crc(struct ib_octets value)
{
    return ib_crc16(IB_CRC_PRESET, value.at, value.count) == 0;
}

/* payload | counter | crc, or payload | crc */
static enum ib_e2e_error open_trailer(bool is_counted, struct ib_octets value, struct ib_octets *payload, uint8_t *counter)
{
    size_t trailer = CRC_SIZE + (is_counted ? COUNTER_SIZE : 0);
    if (value.count <= trailer) {
        return is_counted ? IB_E2E_MISSING_COUNTER : IB_E2E_MISSING_CRC;
    }
    if (!ends_in_its_crc(value)) {
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
static enum ib_e2e_error open_record(bool is_protected, struct ib_octets value, struct ib_octets *payload)
{
    uint8_t counter;
    if (value.count == 0 || value.at[0] != value.count) {
        return IB_E2E_WRONG_SIZE;
    }
    enum ib_e2e_error error = is_protected ? open_trailer(false, value, payload, &counter) : IB_E2E_OK;
    payload->at++;
    payload->count--;
    return error;
}

/* crc | counter | payload */
static enum ib_e2e_error open_ids_features(bool is_protected, struct ib_octets value, struct ib_octets *payload,
                                           uint8_t *counter)
{
    const size_t head = CRC_SIZE + COUNTER_SIZE;
    if (value.count <= head) {
        return IB_E2E_MISSING_COUNTER;
    }
    uint16_t sent = (uint16_t)(value.at[0] | value.at[1] << 8);
    uint16_t right = is_protected ? ib_crc16(IB_CRC_PRESET, value.at + CRC_SIZE, value.count - CRC_SIZE) : IB_CRC_PRESET;
    *counter = value.at[CRC_SIZE];
    *payload = (struct ib_octets){value.at + head, value.count - head};
    return sent == right && (is_protected || *counter == 0) ? IB_E2E_OK : IB_E2E_BAD_CRC;
}

enum ib_e2e_error ib_e2e_open(enum ib_envelope envelope, bool is_protected, struct ib_octets value,
                              struct ib_octets *payload, uint8_t *counter)
{
    *payload = value;
    *counter = 0;
    switch (envelope) {
    case IB_IDS_FEATURES:
        return open_ids_features(is_protected, value, payload, counter);
    case IB_CGM_RECORD:
        return open_record(is_protected, value, payload);
    case IB_CGM_FEATURE:
        return is_protected ? open_trailer(false, value, payload, counter) : open_bare_feature(value, payload);
    case IB_CRC_TRAILER:
    case IB_COUNTER_TRAILER:
        return is_protected ? open_trailer(envelope == IB_COUNTER_TRAILER, value, payload, counter) : IB_E2E_OK;
    default:
        return IB_E2E_OK;
    }
}

uint8_t ib_e2e_next_counter(uint8_t last)
{
    return (uint8_t)(last % 255U + 1U);
}
