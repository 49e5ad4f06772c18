/* The device's end of the serial link: requests in frames, responses, notifications and indications. docs/serial-link.md specifies
 * it; as emulator/transports/serial_link.py. */
#ifndef ISLETBENCH_LINK_H
#define ISLETBENCH_LINK_H

#include "isletbench/frames.h"
#include "isletbench/gatt.h"
#include "isletbench/hal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A stored frame: header and content, as on the wire but without COBS and CRC. */
struct ib_stored_frame {
    uint8_t octets[4U + IB_MAX_CONTENT];
    size_t count; /* 0: there is none */
};

struct ib_link {
    const struct ib_hal *hal;
    struct ib_gatt *gatt;
    const char *title; /* what HELLO_RSP calls the device */
    struct ib_frame_reader reader;
    struct ib_stored_frame request;  /* the last one, to detect its repetition */
    struct ib_stored_frame response; /* to that request */
    struct ib_stored_frame command;  /* the last WRITE_CMD */
    bool is_connected;
    uint8_t sent_seq;           /* of the last notification or indication */
    bool is_indicating;
    uint8_t indicated_seq;      /* of the indication that is not confirmed */
    uint16_t indicated_handle;
};

void ib_link_init(struct ib_link *link, const struct ib_hal *hal, struct ib_gatt *gatt, const char *title);
/* Process octets, in any chunks, that have been received at an instant. */
void ib_link_receive(struct ib_link *link, const uint8_t *octets, size_t count, uint64_t now);
/* The line has been disconnected, and the connection with it. */
void ib_link_closed(struct ib_link *link, uint64_t now);
/* CRC-16/MCRF4XX over the handle table as TABLE_RSP sends it. */
uint16_t ib_link_table_hash(const struct ib_gatt *gatt);

#ifdef __cplusplus
}
#endif

#endif
