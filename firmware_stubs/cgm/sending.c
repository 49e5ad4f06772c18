#include "sending.h"

void ib_cgm_send(struct ib_cgm_service *service, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    ib_gatt_send(service->gatt, ib_service_cgms.uuid, uuid, value, now);
}

bool ib_cgm_is_subscribed(const struct ib_cgm_service *service, uint16_t uuid)
{
    return ib_gatt_subscribed(service->gatt, ib_service_cgms.uuid, uuid);
}
