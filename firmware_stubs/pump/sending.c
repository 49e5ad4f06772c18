#include "sending.h"

#include "isletbench/e2e.h"

#define MOST_VALUE (IB_PUMP_PAYLOAD + 3U) /* octets, with counter and CRC */

size_t ib_pump_place_of(uint16_t uuid)
{
    size_t place = 0;

    while (ib_service_ids.characteristics[place].uuid != uuid) {
        place++;
    }
    return place;
}

bool ib_pump_is_subscribed(const struct ib_pump_service *service, uint16_t uuid)
{
    return ib_gatt_subscribed(service->gatt, ib_service_ids.uuid, uuid);
}

void ib_pump_seal(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, struct ib_writer *value)
{
    const size_t place = ib_pump_place_of(uuid);

    service->sent[place] = ib_e2e_next_counter(service->sent[place]);
    ib_e2e_seal(value, ib_service_ids.characteristics[place].envelope, IB_CRC_SPECIFIED, service->sent[place], payload);
}

void ib_pump_send(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, ib_instant now)
{
    uint8_t octets[MOST_VALUE];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);

    if (ib_pump_is_subscribed(service, uuid)) {
        ib_pump_seal(service, uuid, payload, &value);
        ib_gatt_send(service->gatt, ib_service_ids.uuid, uuid, (struct ib_octets){octets, value.count}, (uint64_t)now);
    }
}
