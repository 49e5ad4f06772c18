#include "isletbench/gatt.h"

#include <string.h>

#include "isletbench/hal.h"

/* An entry of the queue: handle, length, whether it is a notification; then the value. */
#define ENTRY_HEAD 5U

void ib_gatt_init(struct ib_gatt *gatt, const struct ib_gatt_service *services, size_t service_count,
                  struct ib_machine machine)
{
    memset(gatt, 0, sizeof *gatt);
    gatt->services = services;
    gatt->service_count = service_count;
    gatt->machine = machine;
    gatt->deadline = IB_NEVER;
}

/* The table. Numbered from 1 as a GATT server does: service, then declaration, value, CCCD of each characteristic. */

static bool has_cccd(const struct ib_characteristic *spec)
{
    return (spec->properties & (IB_ATT_PROPERTY_NOTIFY | IB_ATT_PROPERTY_INDICATE)) != 0;
}

bool ib_gatt_next(const struct ib_gatt *gatt, struct ib_attribute *attribute)
{
    const struct ib_gatt_service *service = attribute->service;
    const struct ib_characteristic *spec = attribute->spec;
    uint16_t last = attribute->cccd ? attribute->cccd : attribute->handle;
    size_t index = service ? attribute->index + 1 : 0;
    if (service == NULL || spec + 1 == service->spec->characteristics + service->spec->count) {
        service = service ? service + 1 : gatt->services;
        if (service == gatt->services + gatt->service_count) {
            return false;
        }
        spec = service->spec->characteristics;
        last++;
    } else {
        spec++;
    }
    uint16_t handle = (uint16_t)(last + 2);
    *attribute = (struct ib_attribute){service, spec, handle, has_cccd(spec) ? (uint16_t)(handle + 1) : 0, index};
    return true;
}

bool ib_gatt_by_handle(const struct ib_gatt *gatt, uint16_t handle, struct ib_attribute *attribute)
{
    *attribute = (struct ib_attribute){0};
    while (ib_gatt_next(gatt, attribute)) {
        if (attribute->handle == handle) {
            return true;
        }
    }
    return false;
}

static bool by_cccd(const struct ib_gatt *gatt, uint16_t handle, struct ib_attribute *attribute)
{
    *attribute = (struct ib_attribute){0};
    while (ib_gatt_next(gatt, attribute)) {
        if (attribute->cccd != 0 && attribute->cccd == handle) {
            return true;
        }
    }
    return false;
}

struct ib_attribute ib_gatt_find(const struct ib_gatt *gatt, uint16_t service_uuid, uint16_t uuid)
{
    struct ib_attribute attribute = {0};
    while (ib_gatt_next(gatt, &attribute)) {
        if (attribute.service->spec->uuid == service_uuid && attribute.spec->uuid == uuid) {
            break;
        }
    }
    return attribute;
}

/* Requests */

void ib_gatt_connect(struct ib_gatt *gatt, uint64_t now)
{
    ib_gatt_advance(gatt, now);
    memset(gatt->cccds, 0, sizeof gatt->cccds);
    gatt->queued = 0;
    gatt->is_indicating = false;
    gatt->deadline = IB_NEVER;
    gatt->is_connected = true;
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct ib_gatt_service *service = &gatt->services[index];
        if (service->connected) {
            service->connected(service->context, now);
        }
    }
}

void ib_gatt_disconnect(struct ib_gatt *gatt, uint64_t now)
{
    ib_gatt_advance(gatt, now);
    if (!gatt->is_connected) {
        return;
    }
    gatt->is_connected = false;
    gatt->is_indicating = false;
    gatt->deadline = IB_NEVER;
    gatt->queued = 0;
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct ib_gatt_service *service = &gatt->services[index];
        if (service->disconnected) {
            service->disconnected(service->context, now);
        }
    }
}

enum ib_att_code ib_gatt_read(struct ib_gatt *gatt, uint16_t handle, uint64_t now, struct ib_writer *value)
{
    ib_gatt_advance(gatt, now);
    struct ib_attribute attribute;
    if (by_cccd(gatt, handle, &attribute)) {
        ib_write_uint(value, gatt->cccds[attribute.index], 2);
        return IB_ATT_CODE_SUCCESS;
    }
    if (!ib_gatt_by_handle(gatt, handle, &attribute)) {
        return IB_ATT_CODE_INVALID_HANDLE;
    }
    if (!(attribute.spec->properties & IB_ATT_PROPERTY_READ)) {
        return IB_ATT_CODE_READ_NOT_PERMITTED;
    }
    return attribute.service->read(attribute.service->context, attribute.spec->uuid, now, value);
}

static enum ib_att_code subscribe(struct ib_gatt *gatt, const struct ib_attribute *attribute, struct ib_octets value)
{
    if (value.count != 2) {
        return IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    unsigned wanted = (unsigned)value.at[0] | (unsigned)value.at[1] << 8;
    unsigned offered = 0;
    offered |= attribute->spec->properties & IB_ATT_PROPERTY_NOTIFY ? IB_ATT_CCCD_NOTIFY : 0U;
    offered |= attribute->spec->properties & IB_ATT_PROPERTY_INDICATE ? IB_ATT_CCCD_INDICATE : 0U;
    if (wanted & ~offered) {
        return IB_ATT_CODE_VALUE_NOT_ALLOWED;
    }
    gatt->cccds[attribute->index] = (uint8_t)wanted;
    return IB_ATT_CODE_SUCCESS;
}

enum ib_att_code ib_gatt_write(struct ib_gatt *gatt, uint16_t handle, struct ib_octets value, bool with_response,
                               uint64_t now)
{
    ib_gatt_advance(gatt, now);
    gatt->is_holding = true;
    struct ib_attribute attribute;
    if (by_cccd(gatt, handle, &attribute)) {
        return subscribe(gatt, &attribute, value);
    }
    if (!ib_gatt_by_handle(gatt, handle, &attribute)) {
        return IB_ATT_CODE_INVALID_HANDLE;
    }
    unsigned allowed = with_response ? IB_ATT_PROPERTY_WRITE : IB_ATT_PROPERTY_WRITE_WITHOUT_RESPONSE;
    if (!(attribute.spec->properties & allowed)) {
        return IB_ATT_CODE_WRITE_NOT_PERMITTED;
    }
    return attribute.service->write(attribute.service->context, attribute.spec->uuid, value, now);
}

/* The queue. It holds notifications only while a write holds everything back. */

static uint16_t u16_at(const uint8_t *octets)
{
    return (uint16_t)(octets[0] | octets[1] << 8);
}

static struct ib_octets entry_value(const uint8_t *entry)
{
    return (struct ib_octets){entry + ENTRY_HEAD, u16_at(entry + 2)};
}

static void put(struct ib_gatt *gatt, uint16_t handle, bool is_notification, struct ib_octets value)
{
    struct ib_writer to = ib_writer_of(gatt->queue + gatt->queued, sizeof gatt->queue - gatt->queued);
    ib_write_uint(&to, handle, 2);
    ib_write_uint(&to, (uint32_t)value.count, 2);
    ib_write_uint(&to, is_notification, 1);
    ib_write_octets(&to, value);
    if (to.error != IB_WIRE_OK) {
        gatt->dropped++;
        return;
    }
    gatt->queued += to.count;
}

static void take_out(struct ib_gatt *gatt, size_t at)
{
    size_t size = ENTRY_HEAD + entry_value(gatt->queue + at).count;
    gatt->queued -= size;
    memmove(gatt->queue + at, gatt->queue + at + size, gatt->queued - at);
}

static void indicate_first(struct ib_gatt *gatt, uint64_t now)
{
    gatt->is_indicating = gatt->queued > 0;
    gatt->deadline = IB_NEVER;
    if (gatt->is_indicating) {
        gatt->deadline = now + IB_ATT_TRANSACTION_TIMEOUT_MS;
        gatt->sink.indicate(gatt->sink.context, u16_at(gatt->queue), entry_value(gatt->queue));
    }
}

void ib_gatt_release(struct ib_gatt *gatt, uint64_t now)
{
    gatt->is_holding = false;
    size_t at = 0;
    while (at < gatt->queued) {
        const uint8_t *entry = gatt->queue + at;
        if (entry[4]) {
            gatt->sink.notify(gatt->sink.context, u16_at(entry), entry_value(entry));
            take_out(gatt, at);
            continue;
        }
        if (!gatt->is_indicating) {
            indicate_first(gatt, now);
        }
        at += ENTRY_HEAD + entry_value(entry).count;
    }
}

bool ib_gatt_subscribed(const struct ib_gatt *gatt, uint16_t service_uuid, uint16_t uuid)
{
    return gatt->is_connected && gatt->cccds[ib_gatt_find(gatt, service_uuid, uuid).index] != 0;
}

void ib_gatt_send(struct ib_gatt *gatt, uint16_t service_uuid, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    struct ib_attribute attribute = ib_gatt_find(gatt, service_uuid, uuid);
    uint8_t cccd = gatt->cccds[attribute.index];
    if (!gatt->is_connected || cccd == 0) {
        return;
    }
    bool is_notification = (cccd & IB_ATT_CCCD_NOTIFY) != 0;
    if (is_notification && !gatt->is_holding) {
        gatt->sink.notify(gatt->sink.context, attribute.handle, value);
        return;
    }
    put(gatt, attribute.handle, is_notification, value);
    if (!gatt->is_holding && !gatt->is_indicating) {
        indicate_first(gatt, now);
    }
}

void ib_gatt_confirm(struct ib_gatt *gatt, uint16_t handle, uint64_t now)
{
    ib_gatt_advance(gatt, now);
    struct ib_attribute attribute;
    if (!gatt->is_indicating || u16_at(gatt->queue) != handle || !ib_gatt_by_handle(gatt, handle, &attribute)) {
        return; /* an unexpected confirmation is ignored: Core Vol 3, Part F, 3.3.2 */
    }
    take_out(gatt, 0);
    indicate_first(gatt, now);
    if (attribute.service->confirmed) {
        attribute.service->confirmed(attribute.service->context, attribute.spec->uuid, now);
    }
}

/* Time */

/* No confirmation for 30 s: the queue is discarded, and the procedures of its indications have failed. */
static void give_up(struct ib_gatt *gatt, uint64_t now)
{
    size_t at = 0, queued = gatt->queued;
    gatt->is_indicating = false;
    gatt->deadline = IB_NEVER;
    gatt->queued = 0;
    while (at < queued) {
        const uint8_t *entry = gatt->queue + at;
        struct ib_attribute attribute;
        if (ib_gatt_by_handle(gatt, u16_at(entry), &attribute) && attribute.service->unconfirmed) {
            attribute.service->unconfirmed(attribute.service->context, attribute.spec->uuid, now);
        }
        at += ENTRY_HEAD + entry_value(entry).count;
    }
}

void ib_gatt_advance(struct ib_gatt *gatt, uint64_t now)
{
    gatt->machine.advance(gatt->machine.context, now);
    if (gatt->deadline <= now) {
        give_up(gatt, now);
    }
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct ib_gatt_service *service = &gatt->services[index];
        if (service->advance) {
            service->advance(service->context, now);
        }
    }
}

uint64_t ib_gatt_next_deadline(const struct ib_gatt *gatt)
{
    uint64_t soonest = gatt->machine.next_deadline(gatt->machine.context);
    soonest = gatt->deadline < soonest ? gatt->deadline : soonest;
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct ib_gatt_service *service = &gatt->services[index];
        uint64_t due = service->next_deadline ? service->next_deadline(service->context) : IB_NEVER;
        soonest = due < soonest ? due : soonest;
    }
    return soonest;
}
