/* The serial link, device's end: frames in, frames out. docs/serial-link.md is its manual; as protocols/frames.py and
 * emulator/transports/serial_link.py. */
#ifndef ISLETBENCH_LINK_H
#define ISLETBENCH_LINK_H

#include "isletbench/gatt.h"
#include "isletbench/hal.h"
#include "isletbench/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MAX_VALUE 512U
#define IB_MAX_CONTENT (1U + IB_MAX_VALUE)
#define IB_MAX_FRAME (4U + IB_MAX_CONTENT + 2U)  /* with its CRC */
#define IB_MAX_WIRE (IB_MAX_FRAME + 3U + 1U)     /* with the most COBS adds, and 00 */

struct ib_frame {
    uint8_t type; /* raw: it may be an unknown one */
    uint8_t seq;
    uint16_t handle;
    struct ib_octets content;
};

/* Collects octets until a frame is whole. */
struct ib_frame_reader {
    uint8_t octets[IB_MAX_WIRE];
    size_t count;
    bool is_overlong;
    uint32_t damaged; /* frames dropped because they were not intact */
};

void ib_frame_reader_reset(struct ib_frame_reader *reader);
/* Take one octet. True when it ended an intact frame, which lives in the reader until the next octet. */
bool ib_frame_push(struct ib_frame_reader *reader, uint8_t octet, struct ib_frame *frame);
/* The octets of a frame on the wire, its 00 included; how many they are. ``wire`` has room for IB_MAX_WIRE. */
size_t ib_frame_write(const struct ib_frame *frame, uint8_t *wire);

/* A frame that is kept: header and content, as on the wire but for COBS and CRC. */
struct ib_kept_frame {
    uint8_t octets[4U + IB_MAX_CONTENT];
    size_t count; /* 0: there is none */
};

/* One device's end. */
struct ib_link {
    const struct ib_hal *hal;
    struct ib_gatt *gatt;
    const char *title; /* what HELLO_RSP calls the device */
    struct ib_frame_reader reader;
    struct ib_kept_frame asked;     /* the last request, to know it again */
    struct ib_kept_frame answer;    /* what it was answered */
    struct ib_kept_frame commanded; /* the last WRITE_CMD */
    bool is_connected;
    uint8_t told;               /* the counter of notifications and indications */
    bool is_indicating;
    uint8_t indicated_seq;      /* of the indication that is not confirmed */
    uint16_t indicated_handle;
};

void ib_link_init(struct ib_link *link, const struct ib_hal *hal, struct ib_gatt *gatt, const char *title);
/* Take octets, in any chunking, at an instant. */
void ib_link_receive(struct ib_link *link, const uint8_t *octets, size_t count, uint64_t now);
/* The line has gone dead, and with it the connection. */
void ib_link_closed(struct ib_link *link, uint64_t now);
/* CRC-16/MCRF4XX over the handle table as TABLE_RSP sends it. */
uint16_t ib_link_table_hash(const struct ib_gatt *gatt);

#ifdef __cplusplus
}
#endif

#endif
