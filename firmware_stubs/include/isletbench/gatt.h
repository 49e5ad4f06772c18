/* A GATT server: the attribute table and the rules that every service shares. As emulator/gatt.
 *
 * One client at a time, which is what a UART has. A service gives values their meaning; the server handles attribute handles,
 * permissions and CCCDs, sends one unconfirmed indication at a time, and times out after 30 s. */
#ifndef ISLETBENCH_GATT_H
#define ISLETBENCH_GATT_H

#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/att.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_ATT_TRANSACTION_TIMEOUT_MS 30000U /* Core Vol 3, Part F, 3.3.3 */
#define IB_MAX_CHARACTERISTICS 32U           /* of a device */
#ifndef IB_QUEUE_SIZE
#define IB_QUEUE_SIZE 2048U /* octets of queued indications, 5 more for each */
#endif

/* What a service does with its values. ``uuid`` is the characteristic. Only ``read`` and ``write`` are required, and only
 * where a characteristic can be read or written; others may be NULL. */
struct ib_gatt_service {
    const struct ib_service *spec;
    void *context;
    void (*connected)(void *context, uint64_t now);    /* the state of a connection begins */
    void (*disconnected)(void *context, uint64_t now); /* its procedures end */
    enum ib_att_code (*read)(void *context, uint16_t uuid, uint64_t now, struct ib_writer *value);
    enum ib_att_code (*write)(void *context, uint16_t uuid, struct ib_octets value, uint64_t now);
    void (*confirmed)(void *context, uint16_t uuid, uint64_t now);   /* an indication was confirmed */
    void (*unconfirmed)(void *context, uint16_t uuid, uint64_t now); /* it was not within 30 s */
    void (*advance)(void *context, uint64_t now);                    /* send what has changed in the machine */
    uint64_t (*next_deadline)(void *context);                        /* apart from its machine's; IB_NEVER */
};

/* The machine behind the services: a sensor, a pump. Everything due by ``now`` happens, each at its own instant. */
struct ib_machine {
    void *context;
    void (*advance)(void *context, uint64_t now);
    uint64_t (*next_deadline)(void *context);
};

/* A characteristic at its place in the table. */
struct ib_attribute {
    const struct ib_gatt_service *service;
    const struct ib_characteristic *spec;
    uint16_t handle; /* of the value */
    uint16_t cccd;   /* of the Client Characteristic Configuration descriptor; 0 when it has none */
    size_t index;    /* from 0, over the whole table */
};

/* Where notifications and indications go. */
struct ib_gatt_sink {
    void *context;
    void (*notify)(void *context, uint16_t handle, struct ib_octets value);
    void (*indicate)(void *context, uint16_t handle, struct ib_octets value);
};

struct ib_gatt {
    const struct ib_gatt_service *services; /* in table order */
    size_t service_count;
    struct ib_machine machine;
    struct ib_gatt_sink sink;
    bool is_connected;
    bool is_holding;                        /* inside a write: what it causes is sent after its response */
    bool is_indicating;                     /* the first in the queue is on the wire */
    uint64_t deadline;                      /* when that one has failed */
    uint8_t cccds[IB_MAX_CHARACTERISTICS];  /* by index */
    uint8_t queue[IB_QUEUE_SIZE];           /* what is to be sent, the oldest first */
    size_t queued;
    uint32_t dropped; /* indications discarded because there was no room */
};

void ib_gatt_init(struct ib_gatt *gatt, const struct ib_gatt_service *services, size_t service_count,
                  struct ib_machine machine);

/* The attribute after this one; begin with one that is all 0. False when there are no more. */
bool ib_gatt_next(const struct ib_gatt *gatt, struct ib_attribute *attribute);
/* The attribute whose value has this handle. */
bool ib_gatt_by_handle(const struct ib_gatt *gatt, uint16_t handle, struct ib_attribute *attribute);
/* The characteristic ``uuid`` of a service; it must be in the table. */
struct ib_attribute ib_gatt_find(const struct ib_gatt *gatt, uint16_t service_uuid, uint16_t uuid);

/* Requests of the client. Each advances the machine to ``now`` first. What a write causes is held back until
 * ``ib_gatt_release``: its response is sent before. */
void ib_gatt_connect(struct ib_gatt *gatt, uint64_t now);
void ib_gatt_disconnect(struct ib_gatt *gatt, uint64_t now);
enum ib_att_code ib_gatt_read(struct ib_gatt *gatt, uint16_t handle, uint64_t now, struct ib_writer *value);
enum ib_att_code ib_gatt_write(struct ib_gatt *gatt, uint16_t handle, struct ib_octets value, bool with_response,
                               uint64_t now);
void ib_gatt_release(struct ib_gatt *gatt, uint64_t now);
void ib_gatt_confirm(struct ib_gatt *gatt, uint16_t handle, uint64_t now);

/* Advance the machine to ``now``, then let every service send what has changed. */
void ib_gatt_advance(struct ib_gatt *gatt, uint64_t now);
uint64_t ib_gatt_next_deadline(const struct ib_gatt *gatt);

/* For services. */
bool ib_gatt_subscribed(const struct ib_gatt *gatt, uint16_t service_uuid, uint16_t uuid);
/* Notify or indicate a value, as the client has subscribed; it is discarded without a subscription. */
void ib_gatt_send(struct ib_gatt *gatt, uint16_t service_uuid, uint16_t uuid, struct ib_octets value, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
