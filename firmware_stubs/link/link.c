#include "loopbench/link.h"

#include <string.h>

#include "loopbench/e2e.h"
#include "packets/frames.h"

#define VERSION 1U
#define ENTRIES_PER_FRAME (LB_MAX_CONTENT / LB_FRAMES_TABLE_ENTRY_SIZE)

static void send(const struct lb_link *link, const struct lb_frame *frame)
{
    uint8_t wire[LB_MAX_WIRE];
    link->hal->send(link->hal->context, wire, lb_frame_write(frame, wire));
}

static void tell(struct lb_link *link, uint8_t type, uint16_t handle, struct lb_octets value)
{
    if (!link->is_connected) {
        return;
    }
    link->told++;
    struct lb_frame frame = {type, link->told, handle, value};
    if (type == LB_FRAMES_FRAME_TYPE_INDICATE) {
        link->is_indicating = true;
        link->indicated_seq = frame.seq;
        link->indicated_handle = handle;
    }
    send(link, &frame);
}

static void notify(void *context, uint16_t handle, struct lb_octets value)
{
    tell(context, LB_FRAMES_FRAME_TYPE_NOTIFY, handle, value);
}

static void indicate(void *context, uint16_t handle, struct lb_octets value)
{
    tell(context, LB_FRAMES_FRAME_TYPE_INDICATE, handle, value);
}

void lb_link_init(struct lb_link *link, const struct lb_hal *hal, struct lb_gatt *gatt, const char *title)
{
    memset(link, 0, sizeof *link);
    link->hal = hal;
    link->gatt = gatt;
    link->title = title;
    gatt->sink = (struct lb_gatt_sink){link, notify, indicate};
}

/* Frames that are kept, to know them again and to send them again */

static void keep(struct lb_kept_frame *kept, const struct lb_frame *frame)
{
    struct lb_writer to = lb_writer_of(kept->octets, sizeof kept->octets);
    lb_write_uint(&to, frame->type, 1);
    lb_write_uint(&to, frame->seq, 1);
    lb_write_uint(&to, frame->handle, 2);
    lb_write_octets(&to, frame->content);
    kept->count = to.count;
}

static struct lb_frame kept_frame(const struct lb_kept_frame *kept)
{
    struct lb_reader from = lb_reader_of(kept->octets, kept->count);
    struct lb_frame frame;
    frame.type = (uint8_t)lb_read_uint(&from, 1);
    frame.seq = (uint8_t)lb_read_uint(&from, 1);
    frame.handle = (uint16_t)lb_read_uint(&from, 2);
    frame.content = lb_read_octets(&from, from.left);
    return frame;
}

static bool is_kept(const struct lb_kept_frame *kept, const struct lb_frame *frame)
{
    if (kept->count == 0) {
        return false;
    }
    struct lb_frame known = kept_frame(kept);
    return known.type == frame->type && known.seq == frame->seq && known.handle == frame->handle &&
           known.content.count == frame->content.count &&
           memcmp(known.content.at, frame->content.at, frame->content.count) == 0;
}

/* Answers */

static void complain(const struct lb_link *link, const struct lb_frame *frame, enum lb_frames_link_error code)
{
    const uint8_t content[] = {(uint8_t)code, frame->type};
    send(link, &(struct lb_frame){LB_FRAMES_FRAME_TYPE_ERROR, frame->seq, frame->handle, {content, sizeof content}});
}

static void answer(struct lb_link *link, const struct lb_frame *asked, struct lb_octets content)
{
    struct lb_frame frame = {(uint8_t)(asked->type + 1), asked->seq, asked->handle, content};
    keep(&link->asked, asked);
    keep(&link->answer, &frame);
    send(link, &frame);
}

static void answer_status(struct lb_link *link, const struct lb_frame *asked, enum lb_att_code status)
{
    const uint8_t content = (uint8_t)status;
    answer(link, asked, (struct lb_octets){&content, 1});
}

/* The handle table */

static void write_entry(struct lb_writer *to, const struct lb_attribute *attribute)
{
    struct lb_frames_table_entry entry = {
        .service = attribute->service->spec->uuid,
        .uuid = attribute->spec->uuid,
        .properties = attribute->spec->properties,
        .handle = attribute->handle,
        .cccd = attribute->cccd,
    };
    lb_frames_table_entry_write(to, &entry);
}

uint16_t lb_link_table_hash(const struct lb_gatt *gatt)
{
    uint16_t hash = LB_CRC_PRESET;
    struct lb_attribute attribute = {0};
    while (lb_gatt_next(gatt, &attribute)) {
        uint8_t entry[LB_FRAMES_TABLE_ENTRY_SIZE];
        struct lb_writer to = lb_writer_of(entry, sizeof entry);
        write_entry(&to, &attribute);
        hash = lb_crc16(hash, entry, sizeof entry);
    }
    return hash;
}

static void answer_table(struct lb_link *link, const struct lb_frame *frame)
{
    uint8_t content[ENTRIES_PER_FRAME * LB_FRAMES_TABLE_ENTRY_SIZE];
    struct lb_writer to = lb_writer_of(content, sizeof content);
    struct lb_attribute attribute = {0};
    while (lb_gatt_next(link->gatt, &attribute) && to.count < sizeof content) {
        if (attribute.handle >= frame->handle) {
            write_entry(&to, &attribute);
        }
    }
    answer(link, frame, (struct lb_octets){content, to.count});
}

/* Requests */

static void disconnect(struct lb_link *link, uint64_t now)
{
    bool was_connected = link->is_connected;
    link->is_connected = false;
    link->asked.count = link->answer.count = link->commanded.count = 0;
    link->is_indicating = false;
    if (was_connected) {
        lb_gatt_disconnect(link->gatt, now);
    }
}

static void hello(struct lb_link *link, const struct lb_frame *frame, uint64_t now)
{
    if (frame->content.count < 1) {
        complain(link, frame, LB_FRAMES_LINK_ERROR_MALFORMED);
        return;
    }
    disconnect(link, now);
    link->told = 0;
    link->is_connected = true;
    lb_gatt_connect(link->gatt, now);
    struct lb_frames_hello_response response = {
        .version = VERSION,
        .max_value = LB_MAX_VALUE,
        .table_hash = lb_link_table_hash(link->gatt),
        .name = {(const uint8_t *)link->title, strlen(link->title)},
    };
    uint8_t content[LB_MAX_CONTENT];
    struct lb_writer to = lb_writer_of(content, sizeof content);
    lb_frames_hello_response_write(&to, &response);
    answer(link, frame, (struct lb_octets){content, to.count});
}

static void answer_read(struct lb_link *link, const struct lb_frame *frame, uint64_t now)
{
    uint8_t content[LB_MAX_CONTENT];
    struct lb_writer value = lb_writer_of(content + 1, LB_MAX_VALUE);
    enum lb_att_code status = lb_gatt_read(link->gatt, frame->handle, now, &value);
    content[0] = (uint8_t)status;
    answer(link, frame, (struct lb_octets){content, 1 + (status == LB_ATT_CODE_SUCCESS ? value.count : 0)});
}

static void answer_write(struct lb_link *link, const struct lb_frame *frame, uint16_t handle, uint64_t now)
{
    enum lb_att_code status = lb_gatt_write(link->gatt, handle, frame->content, true, now);
    answer_status(link, frame, status);
    lb_gatt_release(link->gatt, now);
}

static void answer_subscribe(struct lb_link *link, const struct lb_frame *frame, uint64_t now)
{
    struct lb_attribute attribute;
    if (lb_gatt_by_handle(link->gatt, frame->handle, &attribute) && attribute.cccd != 0) {
        answer_write(link, frame, attribute.cccd, now);
    } else {
        answer_status(link, frame, LB_ATT_CODE_INVALID_HANDLE);
    }
}

/* Whether the content has the length that its type wants. */
static bool is_well_formed(const struct lb_frame *frame)
{
    switch (frame->type) {
    case LB_FRAMES_FRAME_TYPE_WRITE:
        return frame->content.count <= LB_MAX_VALUE;
    case LB_FRAMES_FRAME_TYPE_SUBSCRIBE:
        return frame->content.count == LB_FRAMES_SUBSCRIBE_SIZE;
    default:
        return frame->content.count == 0;
    }
}

static void ask(struct lb_link *link, const struct lb_frame *frame, uint64_t now)
{
    if (!link->is_connected) {
        complain(link, frame, LB_FRAMES_LINK_ERROR_NO_CONNECTION);
    } else if (is_kept(&link->asked, frame)) {
        /* The client did not hear the answer and asks again: it is told again, and nothing is done twice. */
        struct lb_frame told = kept_frame(&link->answer);
        send(link, &told);
    } else if (!is_well_formed(frame)) {
        complain(link, frame, LB_FRAMES_LINK_ERROR_MALFORMED);
    } else if (frame->type == LB_FRAMES_FRAME_TYPE_TABLE) {
        answer_table(link, frame);
    } else if (frame->type == LB_FRAMES_FRAME_TYPE_READ) {
        answer_read(link, frame, now);
    } else if (frame->type == LB_FRAMES_FRAME_TYPE_WRITE) {
        answer_write(link, frame, frame->handle, now);
    } else {
        answer_subscribe(link, frame, now);
    }
}

/* What is never answered: not when there is no connection, not when it makes no sense. */
static void obey(struct lb_link *link, const struct lb_frame *frame, uint64_t now)
{
    if (!link->is_connected || frame->content.count > LB_MAX_VALUE) {
        return;
    }
    if (frame->type == LB_FRAMES_FRAME_TYPE_WRITE_CMD) {
        if (!is_kept(&link->commanded, frame)) {
            keep(&link->commanded, frame);
            lb_gatt_write(link->gatt, frame->handle, frame->content, false, now);
            lb_gatt_release(link->gatt, now);
        }
    } else if (link->is_indicating && link->indicated_seq == frame->seq && link->indicated_handle == frame->handle) {
        link->is_indicating = false;
        lb_gatt_confirm(link->gatt, frame->handle, now);
    }
}

static void take(struct lb_link *link, const struct lb_frame *frame, uint64_t now)
{
    switch (frame->type) {
    case LB_FRAMES_FRAME_TYPE_HELLO:
        hello(link, frame, now);
        break;
    case LB_FRAMES_FRAME_TYPE_WRITE_CMD:
    case LB_FRAMES_FRAME_TYPE_CONFIRM:
        obey(link, frame, now);
        break;
    case LB_FRAMES_FRAME_TYPE_TABLE:
    case LB_FRAMES_FRAME_TYPE_READ:
    case LB_FRAMES_FRAME_TYPE_WRITE:
    case LB_FRAMES_FRAME_TYPE_SUBSCRIBE:
        ask(link, frame, now);
        break;
    default:
        if (!lb_frames_frame_type_is(frame->type)) {
            complain(link, frame, LB_FRAMES_LINK_ERROR_UNKNOWN_TYPE);
        } /* else only a device sends it: this one hears itself on an echoing line, and says nothing */
        break;
    }
}

void lb_link_receive(struct lb_link *link, const uint8_t *octets, size_t count, uint64_t now)
{
    for (size_t index = 0; index < count; index++) {
        struct lb_frame frame;
        if (lb_frame_push(&link->reader, octets[index], &frame)) {
            take(link, &frame, now);
        }
    }
}

void lb_link_closed(struct lb_link *link, uint64_t now)
{
    lb_frame_reader_reset(&link->reader);
    disconnect(link, now);
}
