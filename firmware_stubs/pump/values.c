/* What the characteristics of the pump say, in which envelope, and who is told when they say something else. */
#include "loopbench/e2e.h"
#include "points.h"

#define MOST_VALUE (LB_PUMP_PAYLOAD + 3U) /* with counter and CRC */

size_t lb_pump_place_of(uint16_t uuid)
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
    const size_t place = lb_pump_place_of(uuid);

    service->sent[place] = lb_e2e_next_counter(service->sent[place]);
    lb_e2e_seal(value, lb_service_ids.characteristics[place].envelope, true, service->sent[place], payload);
}

bool lb_pump_is_subscribed(const struct lb_pump_service *service, uint16_t uuid)
{
    return lb_gatt_subscribed(service->gatt, lb_service_ids.uuid, uuid);
}

void lb_pump_tell(struct lb_pump_service *service, uint16_t uuid, struct lb_octets payload, lb_instant now)
{
    uint8_t octets[MOST_VALUE];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);

    if (lb_pump_is_subscribed(service, uuid)) {
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

void lb_pump_read_value(struct lb_pump_service *service, uint16_t uuid, struct lb_writer *value)
{
    uint8_t octets[LB_PUMP_PAYLOAD];
    struct lb_writer payload = lb_writer_of(octets, sizeof octets);

    write_value(service->pump, uuid, &payload);
    seal(service, uuid, (struct lb_octets){octets, payload.count}, value);
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

void lb_pump_begin_news(struct lb_pump_service *service)
{
    service->told_changed = service->pump->changed;
    is_new_status(service);
    is_new_annunciation(service);
}

/* What has changed. The new information is readable before its bit goes up. */
void lb_pump_tell_news(struct lb_pump_service *service, lb_instant now)
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
