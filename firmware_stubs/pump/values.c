/* What the characteristics of the pump say, in which envelope, and who is told when they say something else. */
#include "isletbench/e2e.h"
#include "points.h"

#define MOST_VALUE (IB_PUMP_PAYLOAD + 3U) /* with counter and CRC */

size_t ib_pump_place_of(uint16_t uuid)
{
    size_t place = 0;

    while (ib_service_ids.characteristics[place].uuid != uuid) {
        place++;
    }
    return place;
}

/* A payload in its characteristic's envelope, with the next counter of this characteristic on this connection (IDS 1.0.2, section
 * 3.1.1). */
static void seal(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, struct ib_writer *value)
{
    const size_t place = ib_pump_place_of(uuid);

    service->sent[place] = ib_e2e_next_counter(service->sent[place]);
    ib_e2e_seal(value, ib_service_ids.characteristics[place].envelope, true, service->sent[place], payload);
}

bool ib_pump_is_subscribed(const struct ib_pump_service *service, uint16_t uuid)
{
    return ib_gatt_subscribed(service->gatt, ib_service_ids.uuid, uuid);
}

void ib_pump_tell(struct ib_pump_service *service, uint16_t uuid, struct ib_octets payload, ib_instant now)
{
    uint8_t octets[MOST_VALUE];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);

    if (ib_pump_is_subscribed(service, uuid)) {
        seal(service, uuid, payload, &value);
        ib_gatt_tell(service->gatt, ib_service_ids.uuid, uuid, (struct ib_octets){octets, value.count}, (uint64_t)now);
    }
}

/* Values */

static void write_annunciation(const struct ib_pump_machine *pump, struct ib_writer *payload)
{
    const struct ib_annunciation *first = ib_annunciations_shown(&pump->annunciations);
    struct ib_ids_annunciation_status_value told = {0};

    if (first != NULL) {
        told = (struct ib_ids_annunciation_status_value){
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
    ib_ids_annunciation_status_value_write(payload, &told);
}

static void write_value(const struct ib_pump_machine *pump, uint16_t uuid, struct ib_writer *payload)
{
    switch (uuid) {
    case IB_IDS_STATUS_CHANGED_UUID:
        ib_ids_status_changed_write(payload, &(struct ib_ids_status_changed){pump->changed});
        break;
    case IB_IDS_STATUS_UUID:
        ib_ids_status_write(payload, &(struct ib_ids_status){
                                         .therapy_control_state = pump->therapy,
                                         .operational_state = pump->operational,
                                         .reservoir_remaining = ib_iu(pump->reservoir),
                                         .reservoir_attached = true,
                                     });
        break;
    case IB_IDS_FEATURES_UUID:
        ib_ids_features_write(
            payload, &(struct ib_ids_features){ib_iu(IB_PUMP_CONCENTRATION * IB_UNIT), IB_PUMP_FEATURES});
        break;
    default:
        write_annunciation(pump, payload);
        break;
    }
}

void ib_pump_read_value(struct ib_pump_service *service, uint16_t uuid, struct ib_writer *value)
{
    uint8_t octets[IB_PUMP_PAYLOAD];
    struct ib_writer payload = ib_writer_of(octets, sizeof octets);

    write_value(service->pump, uuid, &payload);
    seal(service, uuid, (struct ib_octets){octets, payload.count}, value);
}

/* News */

static void tell_value(struct ib_pump_service *service, uint16_t uuid, ib_instant now)
{
    uint8_t octets[IB_PUMP_PAYLOAD];
    struct ib_writer payload = ib_writer_of(octets, sizeof octets);

    write_value(service->pump, uuid, &payload);
    ib_pump_tell(service, uuid, (struct ib_octets){octets, payload.count}, now);
}

/* Whether the status is another one than the client has been told of, which from now on it has. */
static bool is_new_status(struct ib_pump_service *service)
{
    const struct ib_pump_machine *pump = service->pump;
    const bool is_new = service->told_therapy != pump->therapy || service->told_operational != pump->operational
        || service->told_reservoir != pump->reservoir;

    service->told_therapy = pump->therapy;
    service->told_operational = pump->operational;
    service->told_reservoir = pump->reservoir;
    return is_new;
}

static bool is_new_annunciation(struct ib_pump_service *service)
{
    const struct ib_annunciation *first = ib_annunciations_shown(&service->pump->annunciations);
    const uint16_t id = first != NULL ? first->id : IB_NO_ID;
    const enum ib_ids_annunciation_status status = first != NULL ? first->status : IB_IDS_ANNUNCIATION_STATUS_UNDETERMINED;
    const bool is_new = service->told_annunciation != id || service->told_annunciation_status != status;

    service->told_annunciation = id;
    service->told_annunciation_status = status;
    return is_new;
}

void ib_pump_begin_news(struct ib_pump_service *service)
{
    service->told_changed = service->pump->changed;
    is_new_status(service);
    is_new_annunciation(service);
}

/* What has changed. The new information is readable before its bit goes up. */
void ib_pump_tell_news(struct ib_pump_service *service, ib_instant now)
{
    const uint16_t risen = service->pump->changed & (uint16_t)~service->told_changed;

    service->told_changed = service->pump->changed;
    if (risen != 0) {
        tell_value(service, IB_IDS_STATUS_CHANGED_UUID, now);
    }
    if (is_new_status(service)) {
        tell_value(service, IB_IDS_STATUS_UUID, now);
    }
    if (is_new_annunciation(service)) {
        tell_value(service, IB_IDS_ANNUNCIATION_STATUS_UUID, now);
    }
}
