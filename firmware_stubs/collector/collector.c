#include "isletbench/collector.h"

#include <string.h>

#define VERSION 1u
#define CHUNK 64u
#define FIRST_HANDLE 1u

void ib_collector_init(struct ib_collector *collector, const struct ib_hal *hal, ib_notified *notified, void *context)
{
    memset(collector, 0, sizeof *collector);
    collector->hal = hal;
    collector->notified = notified;
    collector->context = context;
    collector->timeout_ms = IB_COLLECTOR_TIMEOUT_MS;
}

/* Frames from the device */

static const struct ib_frames_table_entry *by_handle(const struct ib_collector *collector, uint16_t handle)
{
    for (size_t index = 0; index < collector->count; index++) {
        if (collector->table[index].handle == handle) {
            return &collector->table[index];
        }
    }
    return NULL;
}

static void send(const struct ib_collector *collector, const struct ib_frame *frame)
{
    uint8_t wire[IB_MAX_WIRE];
    collector->hal->send(collector->hal->context, wire, ib_frame_write(frame, wire));
}

/* Values before HELLO_RSP belong to an earlier connection. */
static void take_value(struct ib_collector *collector, const struct ib_frame *frame)
{
    const struct ib_frames_table_entry *entry = by_handle(collector, frame->handle);
    if (!collector->is_connected) {
        return;
    }
    collector->lost += (uint8_t)(frame->seq - collector->last_seq - 1);
    collector->last_seq = frame->seq;
    if (frame->type == IB_FRAMES_FRAME_TYPE_INDICATE) {
        send(collector, &(struct ib_frame){IB_FRAMES_FRAME_TYPE_CONFIRM, frame->seq, frame->handle, {NULL, 0}});
    }
    if (entry != NULL && collector->notified != NULL) {
        collector->notified(collector->context, entry, frame->content);
    }
}

static void take_response(struct ib_collector *collector, const struct ib_frame *frame)
{
    bool is_response = frame->type == collector->request_type + 1U || frame->type == IB_FRAMES_FRAME_TYPE_ERROR;
    if (!collector->is_waiting || frame->seq != collector->seq || !is_response) {
        return;
    }
    collector->is_waiting = false;
    collector->response_type = frame->type;
    collector->content_count = frame->content.count;
    memcpy(collector->content, frame->content.at, frame->content.count);
    if (frame->type == IB_FRAMES_FRAME_TYPE_HELLO_RSP) {
        collector->is_connected = true;
        collector->last_seq = 0;
    }
}

static void take(struct ib_collector *collector)
{
    uint8_t octets[CHUNK];
    size_t count = collector->hal->receive(collector->hal->context, octets, sizeof octets);
    while (count > 0) {
        for (size_t index = 0; index < count; index++) {
            struct ib_frame frame;
            if (!ib_frame_push(&collector->reader, octets[index], &frame)) {
                continue;
            }
            if (frame.type == IB_FRAMES_FRAME_TYPE_NOTIFY || frame.type == IB_FRAMES_FRAME_TYPE_INDICATE) {
                take_value(collector, &frame);
            } else {
                take_response(collector, &frame);
            }
        }
        count = collector->hal->receive(collector->hal->context, octets, sizeof octets);
    }
}

void ib_collector_listen(struct ib_collector *collector, uint64_t until_ms)
{
    const struct ib_hal *hal = collector->hal;
    take(collector);
    if (hal->now_ms(hal->context) < until_ms) {
        hal->wait(hal->context, until_ms);
        take(collector);
    }
}

/* Requests */

static bool is_responded(struct ib_collector *collector, uint64_t until_ms)
{
    const struct ib_hal *hal = collector->hal;
    take(collector);
    while (collector->is_waiting && hal->now_ms(hal->context) < until_ms) {
        hal->wait(hal->context, until_ms);
        take(collector);
    }
    return !collector->is_waiting;
}

/* The same frame is sent again when no response comes: a device does not execute it twice. */
static enum ib_outcome request(struct ib_collector *collector, uint8_t type, uint16_t handle, struct ib_octets content)
{
    const struct ib_hal *hal = collector->hal;
    struct ib_frame frame = {type, ++collector->seq, handle, content};
    collector->request_type = type;
    collector->is_waiting = true;
    for (unsigned tries = 0; tries < IB_COLLECTOR_TRIES; tries++) {
        send(collector, &frame);
        if (is_responded(collector, hal->now_ms(hal->context) + collector->timeout_ms)) {
            if (collector->response_type != IB_FRAMES_FRAME_TYPE_ERROR) {
                return IB_DONE;
            }
            collector->status = collector->content_count > 0 ? collector->content[0] : 0;
            return IB_LINK_ERROR;
        }
    }
    collector->is_waiting = false;
    return IB_NO_RESPONSE;
}

/* Likewise a request whose response begins with an ATT error code. */
static enum ib_outcome request_status(struct ib_collector *collector, uint8_t type, uint16_t handle, struct ib_octets content)
{
    enum ib_outcome outcome = request(collector, type, handle, content);
    if (outcome != IB_DONE) {
        return outcome;
    }
    if (collector->content_count == 0) {
        return IB_INVALID_RESPONSE;
    }
    collector->status = collector->content[0];
    return collector->status == IB_ATT_CODE_SUCCESS ? IB_DONE : IB_REFUSED;
}

static enum ib_outcome send_hello(struct ib_collector *collector)
{
    const uint8_t version = VERSION;
    struct ib_frames_hello_response response;
    collector->is_connected = false;
    enum ib_outcome outcome = request(collector, IB_FRAMES_FRAME_TYPE_HELLO, 0, (struct ib_octets){&version, 1});
    if (outcome != IB_DONE) {
        return outcome;
    }
    struct ib_reader from = ib_reader_of(collector->content, collector->content_count);
    ib_frames_hello_response_read(&from, &response);
    if (!ib_reader_end(&from) || response.version != VERSION) {
        collector->is_connected = false;
        return IB_INVALID_RESPONSE;
    }
    size_t length = response.name.count < IB_COLLECTOR_NAME ? response.name.count : IB_COLLECTOR_NAME - 1;
    memcpy(collector->name, response.name.at, length);
    collector->name[length] = '\0';
    return IB_DONE;
}

/* One page of the handle table; the last one is empty. */
static enum ib_outcome read_page(struct ib_collector *collector, uint16_t from_handle)
{
    enum ib_outcome outcome = request(collector, IB_FRAMES_FRAME_TYPE_TABLE, from_handle, (struct ib_octets){NULL, 0});
    struct ib_reader from = ib_reader_of(collector->content, collector->content_count);
    while (outcome == IB_DONE && from.left > 0) {
        struct ib_frames_table_entry entry;
        ib_frames_table_entry_read(&from, &entry);
        if (from.error != IB_WIRE_OK || entry.handle < from_handle || collector->count == IB_MAX_CHARACTERISTICS) {
            return IB_INVALID_RESPONSE;
        }
        collector->table[collector->count++] = entry;
    }
    return outcome;
}

enum ib_outcome ib_collector_connect(struct ib_collector *collector)
{
    collector->count = 0;
    enum ib_outcome outcome = send_hello(collector);
    uint16_t from_handle = FIRST_HANDLE;
    while (outcome == IB_DONE) {
        size_t before = collector->count;
        outcome = read_page(collector, from_handle);
        if (collector->count == before) {
            break;
        }
        from_handle = (uint16_t)(collector->table[collector->count - 1].handle + 1);
    }
    return outcome;
}

const struct ib_frames_table_entry *ib_collector_find(const struct ib_collector *collector, uint16_t service, uint16_t uuid)
{
    for (size_t index = 0; index < collector->count; index++) {
        if (collector->table[index].service == service && collector->table[index].uuid == uuid) {
            return &collector->table[index];
        }
    }
    return NULL;
}

enum ib_outcome ib_collector_read(struct ib_collector *collector, const struct ib_frames_table_entry *entry,
                                  struct ib_octets *value)
{
    *value = (struct ib_octets){NULL, 0};
    if (entry == NULL) {
        return IB_NOT_FOUND;
    }
    enum ib_outcome outcome =
        request_status(collector, IB_FRAMES_FRAME_TYPE_READ, entry->handle, (struct ib_octets){NULL, 0});
    if (outcome == IB_DONE) {
        *value = (struct ib_octets){collector->content + 1, collector->content_count - 1};
    }
    return outcome;
}

enum ib_outcome ib_collector_write(struct ib_collector *collector, const struct ib_frames_table_entry *entry,
                                   struct ib_octets value)
{
    return entry == NULL ? IB_NOT_FOUND : request_status(collector, IB_FRAMES_FRAME_TYPE_WRITE, entry->handle, value);
}

enum ib_outcome ib_collector_subscribe(struct ib_collector *collector, const struct ib_frames_table_entry *entry)
{
    if (entry == NULL || entry->cccd == 0) {
        return IB_NOT_FOUND;
    }
    const uint8_t cccd[] = {
        entry->properties & IB_ATT_PROPERTY_NOTIFY ? IB_ATT_CCCD_NOTIFY : IB_ATT_CCCD_INDICATE,
        0,
    };
    return request_status(collector, IB_FRAMES_FRAME_TYPE_SUBSCRIBE, entry->handle, (struct ib_octets){cccd, sizeof cccd});
}
