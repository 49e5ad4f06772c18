/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#ifndef ISLETBENCH_PACKETS_FRAMES_H
#define ISLETBENCH_PACKETS_FRAMES_H

#include "isletbench/sfloat.h"
#include "isletbench/service.h"
#include "isletbench/wire.h"
#include "packets/fields.h"
#include "packets/att.h"
#include "packets/date_time.h"
#include "packets/racp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a frame is. A response's type is its request's plus one. */
enum ib_frames_frame_type {
    IB_FRAMES_FRAME_TYPE_HELLO = 0x01,
    IB_FRAMES_FRAME_TYPE_HELLO_RSP = 0x02,
    IB_FRAMES_FRAME_TYPE_TABLE = 0x10,
    IB_FRAMES_FRAME_TYPE_TABLE_RSP = 0x11,
    IB_FRAMES_FRAME_TYPE_READ = 0x20,
    IB_FRAMES_FRAME_TYPE_READ_RSP = 0x21,
    IB_FRAMES_FRAME_TYPE_WRITE = 0x22,
    IB_FRAMES_FRAME_TYPE_WRITE_RSP = 0x23,
    IB_FRAMES_FRAME_TYPE_WRITE_CMD = 0x24,
    IB_FRAMES_FRAME_TYPE_SUBSCRIBE = 0x26,
    IB_FRAMES_FRAME_TYPE_SUBSCRIBE_RSP = 0x27,
    IB_FRAMES_FRAME_TYPE_NOTIFY = 0x30,
    IB_FRAMES_FRAME_TYPE_INDICATE = 0x31,
    IB_FRAMES_FRAME_TYPE_CONFIRM = 0x32,
    IB_FRAMES_FRAME_TYPE_ERROR = 0x7F,
};
bool ib_frames_frame_type_is(uint32_t code);

/* Why the device sends ERROR: the frame itself was fine, what it asks is not. */
enum ib_frames_link_error {
    IB_FRAMES_LINK_ERROR_UNKNOWN_TYPE = 0x01,
    IB_FRAMES_LINK_ERROR_NO_CONNECTION = 0x02,
    IB_FRAMES_LINK_ERROR_MALFORMED = 0x03,
    IB_FRAMES_LINK_ERROR_BUSY = 0x04,
};
bool ib_frames_link_error_is(uint32_t code);

/* A new connection: whatever an earlier one had subscribed or counted is forgotten. */
struct ib_frames_hello {
    uint8_t version; /* version of the link the client speaks */
};
#define IB_FRAMES_HELLO_SIZE 1U
void ib_frames_hello_read(struct ib_reader *from, struct ib_frames_hello *value);
void ib_frames_hello_write(struct ib_writer *to, const struct ib_frames_hello *value);

/* Who answers. ``table_hash`` changes when the handle table does, so a client may keep what it has discovered. */
struct ib_frames_hello_response {
    uint8_t version; /* version of the link the device speaks */
    uint16_t max_value; /* octets, the longest value in either direction */
    uint16_t table_hash; /* CRC-16/MCRF4XX over the whole handle table as TABLE_RSP sends it */
    struct ib_octets name; /* the device's name */
};
void ib_frames_hello_response_read(struct ib_reader *from, struct ib_frames_hello_response *value);
void ib_frames_hello_response_write(struct ib_writer *to, const struct ib_frames_hello_response *value);

/* One characteristic of the device. */
struct ib_frames_table_entry {
    uint16_t service; /* UUID of its service */
    uint16_t uuid; /* UUID */
    uint8_t properties; /* what may be done with it; enum ib_att_property */
    uint16_t handle; /* of its value */
    uint16_t cccd; /* handle of its client characteristic configuration, 0 when it has none */
};
#define IB_FRAMES_TABLE_ENTRY_SIZE 9U
void ib_frames_table_entry_read(struct ib_reader *from, struct ib_frames_table_entry *value);
void ib_frames_table_entry_write(struct ib_writer *to, const struct ib_frames_table_entry *value);

/* The characteristics from the handle that was asked for on, in ascending order; none when there are no more. */
struct ib_frames_table_response {
    struct ib_octets entries; /* characteristics */
};
void ib_frames_table_response_read(struct ib_reader *from, struct ib_frames_table_response *value);
void ib_frames_table_response_write(struct ib_writer *to, const struct ib_frames_table_response *value);

/* The value, or why not. */
struct ib_frames_read_response {
    enum ib_att_code status; /* ATT error code, 0 for success */
    struct ib_octets value; /* the value; empty unless successful */
};
void ib_frames_read_response_read(struct ib_reader *from, struct ib_frames_read_response *value);
void ib_frames_read_response_write(struct ib_writer *to, const struct ib_frames_read_response *value);

/* Answer to WRITE and SUBSCRIBE. */
struct ib_frames_status_response {
    enum ib_att_code status; /* ATT error code, 0 for success */
};
#define IB_FRAMES_STATUS_RESPONSE_SIZE 1U
void ib_frames_status_response_read(struct ib_reader *from, struct ib_frames_status_response *value);
void ib_frames_status_response_write(struct ib_writer *to, const struct ib_frames_status_response *value);

/* What to be told of the characteristic whose value handle the frame names. */
struct ib_frames_subscribe {
    uint16_t cccd; /* 0 off, 1 notifications, 2 indications */
};
#define IB_FRAMES_SUBSCRIBE_SIZE 2U
void ib_frames_subscribe_read(struct ib_reader *from, struct ib_frames_subscribe *value);
void ib_frames_subscribe_write(struct ib_writer *to, const struct ib_frames_subscribe *value);

/* The frame was intact, but the device cannot make sense of it. */
struct ib_frames_error {
    enum ib_frames_link_error code; /* why */
    uint8_t offending; /* type of the frame at fault */
};
#define IB_FRAMES_ERROR_SIZE 2U
void ib_frames_error_read(struct ib_reader *from, struct ib_frames_error *value);
void ib_frames_error_write(struct ib_writer *to, const struct ib_frames_error *value);

#ifdef __cplusplus
}
#endif

#endif
