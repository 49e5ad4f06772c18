/* A device as a GATT server: the attribute table and the rules that every service shares. As emulator/gatt.
 *
 * One client at a time, which is what a UART has. A service says what its values mean; the server knows handles,
 * permissions and CCCDs, sends one unconfirmed indication at a time, and gives up on it after 30 s. */
#ifndef LOOPBENCH_GATT_H
#define LOOPBENCH_GATT_H

#include "loopbench/service.h"
#include "loopbench/wire.h"
#include "packets/att.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_ATT_TRANSACTION_TIMEOUT_MS 30000U /* Core Vol 3, Part F, 3.3.3 */
#define LB_MAX_CHARACTERISTICS 32U           /* of a device */
#ifndef LB_QUEUE_SIZE
#define LB_QUEUE_SIZE 2048U /* octets of indications that wait, 5 more for each */
#endif

/* What a service does with its values. ``uuid`` is the characteristic. Only ``read`` and ``write`` are required, and only
 * where a characteristic can be read or written; others may be NULL. */
struct lb_gatt_service {
    const struct lb_service *spec;
    void *context;
    void (*connected)(void *context, uint64_t now);    /* what belongs to a connection starts anew */
    void (*disconnected)(void *context, uint64_t now); /* what was running for it is over */
    enum lb_att_code (*read)(void *context, uint16_t uuid, uint64_t now, struct lb_writer *value);
    enum lb_att_code (*write)(void *context, uint16_t uuid, struct lb_octets value, uint64_t now);
    void (*confirmed)(void *context, uint16_t uuid, uint64_t now);   /* an indication was confirmed */
    void (*unconfirmed)(void *context, uint16_t uuid, uint64_t now); /* it was not within 30 s */
    void (*advance)(void *context, uint64_t now);                    /* look at the machine, tell what is new */
    uint64_t (*next_deadline)(void *context);                        /* apart from its machine's; LB_NEVER */
};

/* What stands behind the services: a sensor, a pump. Everything due by ``now`` happens, each at its own instant. */
struct lb_machine {
    void *context;
    void (*advance)(void *context, uint64_t now);
    uint64_t (*next_deadline)(void *context);
};

/* A characteristic at its place in the table. */
struct lb_attribute {
    const struct lb_gatt_service *service;
    const struct lb_characteristic *spec;
    uint16_t handle; /* of the value */
    uint16_t cccd;   /* of the Client Characteristic Configuration descriptor; 0 when it has none */
    size_t index;    /* from 0, over the whole table */
};

/* Where notifications and indications go. */
struct lb_gatt_sink {
    void *context;
    void (*notify)(void *context, uint16_t handle, struct lb_octets value);
    void (*indicate)(void *context, uint16_t handle, struct lb_octets value);
};

struct lb_gatt {
    const struct lb_gatt_service *services; /* in table order */
    size_t service_count;
    struct lb_machine machine;
    struct lb_gatt_sink sink;
    bool is_connected;
    bool is_holding;                        /* inside a write: what it causes leaves after its response */
    bool is_indicating;                     /* the first in the queue is on the wire */
    uint64_t deadline;                      /* when that one has failed */
    uint8_t cccds[LB_MAX_CHARACTERISTICS];  /* by index */
    uint8_t queue[LB_QUEUE_SIZE];           /* what waits, the oldest first */
    size_t queued;
    uint32_t dropped; /* indications for which there was no room */
};

void lb_gatt_init(struct lb_gatt *gatt, const struct lb_gatt_service *services, size_t service_count,
                  struct lb_machine machine);

/* The attribute after this one; begin with one that is all 0. False when there are no more. */
bool lb_gatt_next(const struct lb_gatt *gatt, struct lb_attribute *attribute);
/* The attribute whose value has this handle. */
bool lb_gatt_by_handle(const struct lb_gatt *gatt, uint16_t handle, struct lb_attribute *attribute);
/* The characteristic ``uuid`` of a service; it must be in the table. */
struct lb_attribute lb_gatt_find(const struct lb_gatt *gatt, uint16_t service_uuid, uint16_t uuid);

/* Requests of the client. Each brings the machine to ``now`` first. What a write causes is held back until
 * ``lb_gatt_release``: its response leaves before. */
void lb_gatt_connect(struct lb_gatt *gatt, uint64_t now);
void lb_gatt_disconnect(struct lb_gatt *gatt, uint64_t now);
enum lb_att_code lb_gatt_read(struct lb_gatt *gatt, uint16_t handle, uint64_t now, struct lb_writer *value);
enum lb_att_code lb_gatt_write(struct lb_gatt *gatt, uint16_t handle, struct lb_octets value, bool with_response,
                               uint64_t now);
void lb_gatt_release(struct lb_gatt *gatt, uint64_t now);
void lb_gatt_confirm(struct lb_gatt *gatt, uint16_t handle, uint64_t now);

/* Bring the machine to ``now``, then let every service tell what has changed. */
void lb_gatt_advance(struct lb_gatt *gatt, uint64_t now);
uint64_t lb_gatt_next_deadline(const struct lb_gatt *gatt);

/* For services. */
bool lb_gatt_subscribed(const struct lb_gatt *gatt, uint16_t service_uuid, uint16_t uuid);
/* Send a value to the client, as the characteristic has it; dropped when the client has not subscribed. */
void lb_gatt_tell(struct lb_gatt *gatt, uint16_t service_uuid, uint16_t uuid, struct lb_octets value, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
