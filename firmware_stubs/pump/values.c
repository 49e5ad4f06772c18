#include "values.h"

#include "amounts.h"
#include "sending.h"

static void write_annunciation(const struct ib_pump_machine *pump, struct ib_writer *payload)
{
    const struct ib_annunciation *first = ib_annunciations_shown(&pump->annunciations);
    struct ib_ids_annunciation_status_value value = {0};

    if (first != NULL) {
        value = (struct ib_ids_annunciation_status_value){
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
    ib_ids_annunciation_status_value_write(payload, &value);
}

static void write_value(const struct ib_pump_machine *pump, uint16_t uuid, struct ib_writer *payload)
{
    switch (uuid) {
    case IB_IDS_STATUS_CHANGED_UUID:
        ib_ids_status_changed_write(payload, &(struct ib_ids_status_changed){pump->status.changed});
        break;
    case IB_IDS_STATUS_UUID:
        ib_ids_status_write(payload, &(struct ib_ids_status){
                                         .therapy_control_state = pump->therapy.state,
                                         .operational_state = pump->operation.state,
                                         .reservoir_remaining = ib_iu(pump->reservoir.remaining),
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
    ib_pump_seal(service, uuid, (struct ib_octets){octets, payload.count}, value);
}

/* Changes */

static void send_value(struct ib_pump_service *service, uint16_t uuid, ib_instant now)
{
    uint8_t octets[IB_PUMP_PAYLOAD];
    struct ib_writer payload = ib_writer_of(octets, sizeof octets);

    write_value(service->pump, uuid, &payload);
    ib_pump_send(service, uuid, (struct ib_octets){octets, payload.count}, now);
}

/* Whether the status differs from the one that was notified last. Afterwards it counts as notified. */
static bool take_status_change(struct ib_pump_service *service)
{
    const struct ib_pump_machine *pump = service->pump;
    struct ib_pump_notified *notified = &service->notified;
    const bool differs = notified->therapy != pump->therapy.state || notified->operational != pump->operation.state
        || notified->reservoir != pump->reservoir.remaining;

    notified->therapy = pump->therapy.state;
    notified->operational = pump->operation.state;
    notified->reservoir = pump->reservoir.remaining;
    return differs;
}

/* Likewise, of the annunciation that is shown first. */
static bool take_annunciation_change(struct ib_pump_service *service)
{
    const struct ib_annunciation *first = ib_annunciations_shown(&service->pump->annunciations);
    struct ib_pump_notified *notified = &service->notified;
    const uint16_t id = first != NULL ? first->id : IB_NO_ID;
    const enum ib_ids_annunciation_status status = first != NULL ? first->status : IB_IDS_ANNUNCIATION_STATUS_UNDETERMINED;
    const bool differs = notified->annunciation != id || notified->annunciation_status != status;

    notified->annunciation = id;
    notified->annunciation_status = status;
    return differs;
}

/* The Status Changed bits that have been raised. */
static uint16_t take_raised_bits(struct ib_pump_service *service)
{
    const uint16_t raised = service->pump->status.changed & (uint16_t)~service->notified.changed;

    service->notified.changed = service->pump->status.changed;
    return raised;
}

void ib_pump_skip_changes(struct ib_pump_service *service)
{
    take_raised_bits(service);
    take_status_change(service);
    take_annunciation_change(service);
}

/* The new information can be read before its bit is raised. */
void ib_pump_send_changes(struct ib_pump_service *service, ib_instant now)
{
    if (take_raised_bits(service) != 0) {
        send_value(service, IB_IDS_STATUS_CHANGED_UUID, now);
    }
    if (take_status_change(service)) {
        send_value(service, IB_IDS_STATUS_UUID, now);
    }
    if (take_annunciation_change(service)) {
        send_value(service, IB_IDS_ANNUNCIATION_STATUS_UUID, now);
    }
}
