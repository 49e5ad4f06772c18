/* The controller's end of the serial link: what firmware needs that talks to a pump or a CGM. docs/serial-link.md is the manual;
 * as emulator/client/link_client.py.
 *
 * Each request waits for its answer, on ``hal->wait``, and is sent again when none comes. What the device tells meanwhile is
 * confirmed, and handed to ``told``, which must not ask anything itself. */
#ifndef LOOPBENCH_COLLECTOR_H
#define LOOPBENCH_COLLECTOR_H

#include "loopbench/gatt.h"
#include "loopbench/hal.h"
#include "loopbench/link.h"
#include "packets/frames.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_COLLECTOR_TRIES 3u /* how often a request is sent before silence is believed */
#define LB_COLLECTOR_TIMEOUT_MS 1000u
#define LB_COLLECTOR_NAME 64u

/* What became of a request. */
enum lb_outcome {
    LB_DONE = 0,
    LB_REFUSED,    /* with an ATT error: ``status`` */
    LB_COMPLAINED, /* with the link's ERROR: ``status`` is its code */
    LB_SILENT,     /* no answer, tried three times: the device is gone */
    LB_SENSELESS,  /* an answer that the link's manual does not know */
    LB_NOT_THERE   /* no such characteristic, or not of this kind */
};

/* A characteristic's value, told by the device. */
typedef void lb_told(void *context, const struct lb_frames_table_entry *entry, struct lb_octets value);

struct lb_collector {
    const struct lb_hal *hal;
    lb_told *told;
    void *context;
    uint32_t timeout_ms; /* of one try */
    struct lb_frame_reader reader;
    struct lb_frames_table_entry table[LB_MAX_CHARACTERISTICS];
    size_t count;
    char name[LB_COLLECTOR_NAME]; /* what HELLO_RSP calls the device; cut where it is longer */
    uint8_t seq;                  /* of the last request */
    bool is_connected;
    uint8_t last_told; /* the number of the last notification or indication */
    uint32_t lost;     /* those that the device numbered and that never came */
    bool is_waiting;
    uint8_t asked; /* the type of the open request */
    uint8_t answered;
    uint8_t status; /* of the last answer: ATT error or the link's */
    uint8_t content[LB_MAX_CONTENT];
    size_t content_count;
};

/* ``hal`` outlives it; of it receive, send, now_ms and wait are used. */
void lb_collector_init(struct lb_collector *collector, const struct lb_hal *hal, lb_told *told, void *context);
/* HELLO, then the handle table. Subscriptions and counters of an earlier connection are forgotten. */
enum lb_outcome lb_collector_connect(struct lb_collector *collector);
/* The row of a characteristic, or NULL. */
const struct lb_frames_table_entry *lb_collector_find(const struct lb_collector *collector, uint16_t service, uint16_t uuid);
/* The value lives until the next request. */
enum lb_outcome lb_collector_read(struct lb_collector *collector, const struct lb_frames_table_entry *entry,
                                  struct lb_octets *value);
enum lb_outcome lb_collector_write(struct lb_collector *collector, const struct lb_frames_table_entry *entry,
                                   struct lb_octets value);
/* Ask to be told: by notifications, or by indications where there are none. */
enum lb_outcome lb_collector_subscribe(struct lb_collector *collector, const struct lb_frames_table_entry *entry);
/* Take what has arrived, then wait for more, no longer than until then. May return early. */
void lb_collector_listen(struct lb_collector *collector, uint64_t until_ms);

#ifdef __cplusplus
}
#endif

#endif
