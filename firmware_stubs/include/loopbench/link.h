/* The serial link, device's end: frames in, frames out. docs/serial-link.md is its manual; as protocols/frames.py and
 * emulator/transports/serial_link.py. */
#ifndef LOOPBENCH_LINK_H
#define LOOPBENCH_LINK_H

#include "loopbench/gatt.h"
#include "loopbench/hal.h"
#include "loopbench/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_MAX_VALUE 512U
#define LB_MAX_CONTENT (1U + LB_MAX_VALUE)
#define LB_MAX_FRAME (4U + LB_MAX_CONTENT + 2U)  /* with its CRC */
#define LB_MAX_WIRE (LB_MAX_FRAME + 3U + 1U)     /* with the most COBS adds, and 00 */

struct lb_frame {
    uint8_t type; /* raw: it may be an unknown one */
    uint8_t seq;
    uint16_t handle;
    struct lb_octets content;
};

/* Collects octets until a frame is whole. */
struct lb_frame_reader {
    uint8_t octets[LB_MAX_WIRE];
    size_t count;
    bool is_overlong;
    uint32_t damaged; /* frames dropped because they were not intact */
};

void lb_frame_reader_reset(struct lb_frame_reader *reader);
/* Take one octet. True when it ended an intact frame, which lives in the reader until the next octet. */
bool lb_frame_push(struct lb_frame_reader *reader, uint8_t octet, struct lb_frame *frame);
/* The octets of a frame on the wire, its 00 included; how many they are. ``wire`` has room for LB_MAX_WIRE. */
size_t lb_frame_write(const struct lb_frame *frame, uint8_t *wire);

/* A frame that is kept: header and content, as on the wire but for COBS and CRC. */
struct lb_kept_frame {
    uint8_t octets[4U + LB_MAX_CONTENT];
    size_t count; /* 0: there is none */
};

/* One device's end. */
struct lb_link {
    const struct lb_hal *hal;
    struct lb_gatt *gatt;
    const char *title; /* what HELLO_RSP calls the device */
    struct lb_frame_reader reader;
    struct lb_kept_frame asked;     /* the last request, to know it again */
    struct lb_kept_frame answer;    /* what it was answered */
    struct lb_kept_frame commanded; /* the last WRITE_CMD */
    bool is_connected;
    uint8_t told;               /* the counter of notifications and indications */
    bool is_indicating;
    uint8_t indicated_seq;      /* of the indication that is not confirmed */
    uint16_t indicated_handle;
};

void lb_link_init(struct lb_link *link, const struct lb_hal *hal, struct lb_gatt *gatt, const char *title);
/* Take octets, in any chunking, at an instant. */
void lb_link_receive(struct lb_link *link, const uint8_t *octets, size_t count, uint64_t now);
/* The line has gone dead, and with it the connection. */
void lb_link_closed(struct lb_link *link, uint64_t now);
/* CRC-16/MCRF4XX over the handle table as TABLE_RSP sends it. */
uint16_t lb_link_table_hash(const struct lb_gatt *gatt);

#ifdef __cplusplus
}
#endif

#endif
