/* The controller's end of the serial link: what firmware needs that talks to a pump or a CGM. docs/serial-link.md is the manual;
 * as emulator/collectors/link_client.py.
 *
 * Each request waits for its answer, on ``hal->wait``, and is sent again when none comes. What the device tells meanwhile is
 * confirmed, and handed to ``told``, which must not ask anything itself. */
#ifndef ISLETBENCH_COLLECTOR_H
#define ISLETBENCH_COLLECTOR_H

#include "isletbench/gatt.h"
#include "isletbench/hal.h"
#include "isletbench/link.h"
#include "packets/frames.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_COLLECTOR_TRIES 3u /* how often a request is sent before silence is believed */
#define IB_COLLECTOR_TIMEOUT_MS 1000u
#define IB_COLLECTOR_NAME 64u

/* What became of a request. */
enum ib_outcome {
    IB_DONE = 0,
    IB_REFUSED,    /* with an ATT error: ``status`` */
    IB_COMPLAINED, /* with the link's ERROR: ``status`` is its code */
    IB_SILENT,     /* no answer, tried three times: the device is gone */
    IB_SENSELESS,  /* an answer that the link's manual does not know */
    IB_NOT_THERE   /* no such characteristic, or not of this kind */
};

/* A characteristic's value, told by the device. */
typedef void ib_told(void *context, const struct ib_frames_table_entry *entry, struct ib_octets value);

struct ib_collector {
    const struct ib_hal *hal;
    ib_told *told;
    void *context;
    uint32_t timeout_ms; /* of one try */
    struct ib_frame_reader reader;
    struct ib_frames_table_entry table[IB_MAX_CHARACTERISTICS];
    size_t count;
    char name[IB_COLLECTOR_NAME]; /* what HELLO_RSP calls the device; cut where it is longer */
    uint8_t seq;                  /* of the last request */
    bool is_connected;
    uint8_t last_told; /* the number of the last notification or indication */
    uint32_t lost;     /* those that the device numbered and that never came */
    bool is_waiting;
    uint8_t asked; /* the type of the open request */
    uint8_t answered;
    uint8_t status; /* of the last answer: ATT error or the link's */
    uint8_t content[IB_MAX_CONTENT];
    size_t content_count;
};

/* ``hal`` outlives it; of it receive, send, now_ms and wait are used. */
void ib_collector_init(struct ib_collector *collector, const struct ib_hal *hal, ib_told *told, void *context);
/* HELLO, then the handle table. Subscriptions and counters of an earlier connection are forgotten. */
enum ib_outcome ib_collector_connect(struct ib_collector *collector);
/* The row of a characteristic, or NULL. */
const struct ib_frames_table_entry *ib_collector_find(const struct ib_collector *collector, uint16_t service, uint16_t uuid);
/* The value lives until the next request. */
enum ib_outcome ib_collector_read(struct ib_collector *collector, const struct ib_frames_table_entry *entry,
                                  struct ib_octets *value);
enum ib_outcome ib_collector_write(struct ib_collector *collector, const struct ib_frames_table_entry *entry,
                                   struct ib_octets value);
/* Ask to be told: by notifications, or by indications where there are none. */
enum ib_outcome ib_collector_subscribe(struct ib_collector *collector, const struct ib_frames_table_entry *entry);
/* Take what has arrived, then wait for more, no longer than until then. May return early. */
void ib_collector_listen(struct ib_collector *collector, uint64_t until_ms);

#ifdef __cplusplus
}
#endif

#endif
