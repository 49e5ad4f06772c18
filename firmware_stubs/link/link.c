#include "isletbench/link.h"

#include <string.h>

#include "isletbench/e2e.h"
#include "packets/frames.h"

#define VERSION 1U
#define ENTRIES_PER_FRAME (IB_MAX_CONTENT / IB_FRAMES_TABLE_ENTRY_SIZE)

static void send(const struct ib_link *link, const struct ib_frame *frame)
{
    uint8_t wire[IB_MAX_WIRE];
    link->hal->send(link->hal->context, wire, ib_frame_write(frame, wire));
}

static void send_value(struct ib_link *link, uint8_t type, uint16_t handle, struct ib_octets value)
{
    if (!link->is_connected) {
        return;
    }
    link->sent_seq++;
    struct ib_frame frame = {type, link->sent_seq, handle, value};
    if (type == IB_FRAMES_FRAME_TYPE_INDICATE) {
        link->is_indicating = true;
        link->indicated_seq = frame.seq;
        link->indicated_handle = handle;
    }
    send(link, &frame);
}

static void notify(void *context, uint16_t handle, struct ib_octets value)
{
    send_value(context, IB_FRAMES_FRAME_TYPE_NOTIFY, handle, value);
}

static void indicate(void *context, uint16_t handle, struct ib_octets value)
{
    send_value(context, IB_FRAMES_FRAME_TYPE_INDICATE, handle, value);
}

void ib_link_init(struct ib_link *link, const struct ib_hal *hal, struct ib_gatt *gatt, const char *title)
{
    memset(link, 0, sizeof *link);
    link->hal = hal;
    link->gatt = gatt;
    link->title = title;
    gatt->sink = (struct ib_gatt_sink){link, notify, indicate};
}

/* Stored frames: to detect a repeated request and to send its response again */

static void store(struct ib_stored_frame *stored, const struct ib_frame *frame)
{
    struct ib_writer to = ib_writer_of(stored->octets, sizeof stored->octets);
    ib_write_uint(&to, frame->type, 1);
    ib_write_uint(&to, frame->seq, 1);
    ib_write_uint(&to, frame->handle, 2);
    ib_write_octets(&to, frame->content);
    stored->count = to.count;
}

static struct ib_frame stored_frame(const struct ib_stored_frame *stored)
{
    struct ib_reader from = ib_reader_of(stored->octets, stored->count);
    struct ib_frame frame;
    frame.type = (uint8_t)ib_read_uint(&from, 1);
    frame.seq = (uint8_t)ib_read_uint(&from, 1);
    frame.handle = (uint16_t)ib_read_uint(&from, 2);
    frame.content = ib_read_octets(&from, from.left);
    return frame;
}

static bool is_repeated(const struct ib_stored_frame *stored, const struct ib_frame *frame)
{
    if (stored->count == 0) {
        return false;
    }
    struct ib_frame known = stored_frame(stored);
    return known.type == frame->type && known.seq == frame->seq && known.handle == frame->handle &&
           known.content.count == frame->content.count &&
           memcmp(known.content.at, frame->content.at, frame->content.count) == 0;
}

/* Responses */

static void send_error(const struct ib_link *link, const struct ib_frame *frame, enum ib_frames_link_error code)
{
    const uint8_t content[] = {(uint8_t)code, frame->type};
    send(link, &(struct ib_frame){IB_FRAMES_FRAME_TYPE_ERROR, frame->seq, frame->handle, {content, sizeof content}});
}

static void respond(struct ib_link *link, const struct ib_frame *request, struct ib_octets content)
{
    struct ib_frame frame = {(uint8_t)(request->type + 1), request->seq, request->handle, content};
    store(&link->request, request);
    store(&link->response, &frame);
    send(link, &frame);
}

static void respond_status(struct ib_link *link, const struct ib_frame *request, enum ib_att_code status)
{
    const uint8_t content = (uint8_t)status;
    respond(link, request, (struct ib_octets){&content, 1});
}

/* The handle table */

static void write_entry(struct ib_writer *to, const struct ib_attribute *attribute)
{
    struct ib_frames_table_entry entry = {
        .service = attribute->service->spec->uuid,
        .uuid = attribute->spec->uuid,
        .properties = attribute->spec->properties,
        .handle = attribute->handle,
        .cccd = attribute->cccd,
    };
    ib_frames_table_entry_write(to, &entry);
}

uint16_t ib_link_table_hash(const struct ib_gatt *gatt)
{
    uint16_t hash = IB_CRC_PRESET;
    struct ib_attribute attribute = {0};
    while (ib_gatt_next(gatt, &attribute)) {
        uint8_t entry[IB_FRAMES_TABLE_ENTRY_SIZE];
        struct ib_writer to = ib_writer_of(entry, sizeof entry);
        write_entry(&to, &attribute);
        hash = ib_crc16(hash, entry, sizeof entry);
    }
    return hash;
}

static void respond_table(struct ib_link *link, const struct ib_frame *frame)
{
    uint8_t content[ENTRIES_PER_FRAME * IB_FRAMES_TABLE_ENTRY_SIZE];
    struct ib_writer to = ib_writer_of(content, sizeof content);
    struct ib_attribute attribute = {0};
    while (ib_gatt_next(link->gatt, &attribute) && to.count < sizeof content) {
        if (attribute.handle >= frame->handle) {
            write_entry(&to, &attribute);
        }
    }
    respond(link, frame, (struct ib_octets){content, to.count});
}

/* Requests */

static void disconnect(struct ib_link *link, uint64_t now)
{
    bool was_connected = link->is_connected;
    link->is_connected = false;
    link->request.count = link->response.count = link->command.count = 0;
    link->is_indicating = false;
    if (was_connected) {
        ib_gatt_disconnect(link->gatt, now);
    }
}

static void hello(struct ib_link *link, const struct ib_frame *frame, uint64_t now)
{
    if (frame->content.count < 1) {
        send_error(link, frame, IB_FRAMES_LINK_ERROR_MALFORMED);
        return;
    }
    disconnect(link, now);
    link->sent_seq = 0;
    link->is_connected = true;
    ib_gatt_connect(link->gatt, now);
    struct ib_frames_hello_response response = {
        .version = VERSION,
        .max_value = IB_MAX_VALUE,
        .table_hash = ib_link_table_hash(link->gatt),
        .name = {(const uint8_t *)link->title, strlen(link->title)},
    };
    uint8_t content[IB_MAX_CONTENT];
    struct ib_writer to = ib_writer_of(content, sizeof content);
    ib_frames_hello_response_write(&to, &response);
    respond(link, frame, (struct ib_octets){content, to.count});
}

static void respond_read(struct ib_link *link, const struct ib_frame *frame, uint64_t now)
{
    uint8_t content[IB_MAX_CONTENT];
    struct ib_writer value = ib_writer_of(content + 1, IB_MAX_VALUE);
    enum ib_att_code status = ib_gatt_read(link->gatt, frame->handle, now, &value);
    content[0] = (uint8_t)status;
    respond(link, frame, (struct ib_octets){content, 1 + (status == IB_ATT_CODE_SUCCESS ? value.count : 0)});
}

static void respond_write(struct ib_link *link, const struct ib_frame *frame, uint16_t handle, uint64_t now)
{
    enum ib_att_code status = ib_gatt_write(link->gatt, handle, frame->content, true, now);
    respond_status(link, frame, status);
    ib_gatt_release(link->gatt, now);
}

static void respond_subscribe(struct ib_link *link, const struct ib_frame *frame, uint64_t now)
{
    struct ib_attribute attribute;
    if (ib_gatt_by_handle(link->gatt, frame->handle, &attribute) && attribute.cccd != 0) {
        respond_write(link, frame, attribute.cccd, now);
    } else {
        respond_status(link, frame, IB_ATT_CODE_INVALID_HANDLE);
    }
}

/* Whether the content has the length that its type requires. */
static bool is_well_formed(const struct ib_frame *frame)
{
    switch (frame->type) {
    case IB_FRAMES_FRAME_TYPE_WRITE:
        return frame->content.count <= IB_MAX_VALUE;
    case IB_FRAMES_FRAME_TYPE_SUBSCRIBE:
        return frame->content.count == IB_FRAMES_SUBSCRIBE_SIZE;
    default:
        return frame->content.count == 0;
    }
}

static void execute(struct ib_link *link, const struct ib_frame *frame, uint64_t now)
{
    if (!link->is_connected) {
        send_error(link, frame, IB_FRAMES_LINK_ERROR_NO_CONNECTION);
    } else if (is_repeated(&link->request, frame)) {
        /* The client repeats a request whose response it has not received: only the response is sent again. */
        struct ib_frame response = stored_frame(&link->response);
        send(link, &response);
    } else if (!is_well_formed(frame)) {
        send_error(link, frame, IB_FRAMES_LINK_ERROR_MALFORMED);
    } else if (frame->type == IB_FRAMES_FRAME_TYPE_TABLE) {
        respond_table(link, frame);
    } else if (frame->type == IB_FRAMES_FRAME_TYPE_READ) {
        respond_read(link, frame, now);
    } else if (frame->type == IB_FRAMES_FRAME_TYPE_WRITE) {
        respond_write(link, frame, frame->handle, now);
    } else {
        respond_subscribe(link, frame, now);
    }
}

/* Commands and confirmations, which have no response: without a connection, or when they are not valid, they are ignored. */
static void execute_without_response(struct ib_link *link, const struct ib_frame *frame, uint64_t now)
{
    if (!link->is_connected || frame->content.count > IB_MAX_VALUE) {
        return;
    }
    if (frame->type == IB_FRAMES_FRAME_TYPE_WRITE_CMD) {
        if (!is_repeated(&link->command, frame)) {
            store(&link->command, frame);
            ib_gatt_write(link->gatt, frame->handle, frame->content, false, now);
            ib_gatt_release(link->gatt, now);
        }
    } else if (link->is_indicating && link->indicated_seq == frame->seq && link->indicated_handle == frame->handle) {
        link->is_indicating = false;
        ib_gatt_confirm(link->gatt, frame->handle, now);
    }
}

static void dispatch(struct ib_link *link, const struct ib_frame *frame, uint64_t now)
{
    switch (frame->type) {
    case IB_FRAMES_FRAME_TYPE_HELLO:
        hello(link, frame, now);
        break;
    case IB_FRAMES_FRAME_TYPE_WRITE_CMD:
    case IB_FRAMES_FRAME_TYPE_CONFIRM:
        execute_without_response(link, frame, now);
        break;
    case IB_FRAMES_FRAME_TYPE_TABLE:
    case IB_FRAMES_FRAME_TYPE_READ:
    case IB_FRAMES_FRAME_TYPE_WRITE:
    case IB_FRAMES_FRAME_TYPE_SUBSCRIBE:
        execute(link, frame, now);
        break;
    default:
        if (!ib_frames_frame_type_is(frame->type)) {
            send_error(link, frame, IB_FRAMES_LINK_ERROR_UNKNOWN_TYPE);
        } /* else only a device sends this type: the line echoes, and the frame is ignored */
        break;
    }
}

void ib_link_receive(struct ib_link *link, const uint8_t *octets, size_t count, uint64_t now)
{
    for (size_t index = 0; index < count; index++) {
        struct ib_frame frame;
        if (ib_frame_push(&link->reader, octets[index], &frame)) {
            dispatch(link, &frame, now);
        }
    }
}

void ib_link_closed(struct ib_link *link, uint64_t now)
{
    ib_frame_reader_reset(&link->reader);
    disconnect(link, now);
}
