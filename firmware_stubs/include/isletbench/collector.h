/* The controller's end of the serial link, for firmware that talks to a pump or a CGM. docs/serial-link.md specifies the link; as
 * emulator/collectors/link_client.py.
 *
 * Each request waits for its response, on ``hal->wait``, and is sent again when none comes. Notifications and indications that
 * arrive meanwhile are confirmed and passed to ``notified``, which must not send requests itself. */
#ifndef ISLETBENCH_COLLECTOR_H
#define ISLETBENCH_COLLECTOR_H

#include "isletbench/gatt.h"
#include "isletbench/hal.h"
#include "isletbench/link.h"
#include "packets/frames.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_COLLECTOR_TRIES 3u /* how often a request is sent before IB_NO_RESPONSE */
#define IB_COLLECTOR_TIMEOUT_MS 1000u
#define IB_COLLECTOR_NAME 64u

/* The outcome of a request. */
enum ib_outcome {
    IB_DONE = 0,
    IB_REFUSED,          /* with an ATT error: ``status`` */
    IB_LINK_ERROR,       /* with the link's ERROR: ``status`` is its code */
    IB_NO_RESPONSE,      /* to any of three tries: the device is gone */
    IB_INVALID_RESPONSE, /* one that the specification of the link does not have */
    IB_NOT_FOUND         /* no such characteristic, or not of this kind */
};

/* A value that the device has notified or indicated. */
typedef void ib_notified(void *context, const struct ib_frames_table_entry *entry, struct ib_octets value);

struct ib_collector {
    const struct ib_hal *hal;
    ib_notified *notified;
    void *context;
    uint32_t timeout_ms; /* of one try */
    struct ib_frame_reader reader;
    struct ib_frames_table_entry table[IB_MAX_CHARACTERISTICS];
    size_t count;
    char name[IB_COLLECTOR_NAME]; /* what HELLO_RSP calls the device; cut where it is longer */
    uint8_t seq;                  /* of the last request */
    bool is_connected;
    uint8_t last_seq; /* the number of the last notification or indication */
    uint32_t lost;    /* how many of them were numbered by the device and not received */
    bool is_waiting;
    uint8_t request_type; /* of the open request */
    uint8_t response_type;
    uint8_t status; /* of the last response: ATT error or the link's */
    uint8_t content[IB_MAX_CONTENT];
    size_t content_count;
};

/* ``hal`` outlives it; of it receive, send, now_ms and wait are used. */
void ib_collector_init(struct ib_collector *collector, const struct ib_hal *hal, ib_notified *notified, void *context);
/* HELLO, then the handle table. Subscriptions and counters of an earlier connection are discarded. */
enum ib_outcome ib_collector_connect(struct ib_collector *collector);
/* The row of a characteristic, or NULL. */
const struct ib_frames_table_entry *ib_collector_find(const struct ib_collector *collector, uint16_t service, uint16_t uuid);
/* The value is valid until the next request. */
enum ib_outcome ib_collector_read(struct ib_collector *collector, const struct ib_frames_table_entry *entry,
                                  struct ib_octets *value);
enum ib_outcome ib_collector_write(struct ib_collector *collector, const struct ib_frames_table_entry *entry,
                                   struct ib_octets value);
/* Subscribe to notifications, or to indications where there are none. */
enum ib_outcome ib_collector_subscribe(struct ib_collector *collector, const struct ib_frames_table_entry *entry);
/* Process what has been received, then wait for more until this instant. May return early. */
void ib_collector_listen(struct ib_collector *collector, uint64_t until_ms);

#ifdef __cplusplus
}
#endif

#endif
