#include "loopbench/gatt.h"

#include <string.h>

#include "loopbench/hal.h"

/* An entry of the queue: handle, length, whether it is a notification; then the value. */
#define ENTRY_HEAD 5U

void lb_gatt_init(struct lb_gatt *gatt, const struct lb_gatt_service *services, size_t service_count,
                  struct lb_machine machine)
{
    memset(gatt, 0, sizeof *gatt);
    gatt->services = services;
    gatt->service_count = service_count;
    gatt->machine = machine;
    gatt->deadline = LB_NEVER;
}

/* The table. Numbered from 1 as a GATT server does: service, then declaration, value, CCCD of each characteristic. */

static bool has_cccd(const struct lb_characteristic *spec)
{
    return (spec->properties & (LB_ATT_PROPERTY_NOTIFY | LB_ATT_PROPERTY_INDICATE)) != 0;
}

bool lb_gatt_next(const struct lb_gatt *gatt, struct lb_attribute *attribute)
{
    const struct lb_gatt_service *service = attribute->service;
    const struct lb_characteristic *spec = attribute->spec;
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
    *attribute = (struct lb_attribute){service, spec, handle, has_cccd(spec) ? (uint16_t)(handle + 1) : 0, index};
    return true;
}

bool lb_gatt_by_handle(const struct lb_gatt *gatt, uint16_t handle, struct lb_attribute *attribute)
{
    *attribute = (struct lb_attribute){0};
    while (lb_gatt_next(gatt, attribute)) {
        if (attribute->handle == handle) {
            return true;
        }
    }
    return false;
}

static bool by_cccd(const struct lb_gatt *gatt, uint16_t handle, struct lb_attribute *attribute)
{
    *attribute = (struct lb_attribute){0};
    while (lb_gatt_next(gatt, attribute)) {
        if (attribute->cccd != 0 && attribute->cccd == handle) {
            return true;
        }
    }
    return false;
}

struct lb_attribute lb_gatt_find(const struct lb_gatt *gatt, uint16_t service_uuid, uint16_t uuid)
{
    struct lb_attribute attribute = {0};
    while (lb_gatt_next(gatt, &attribute)) {
        if (attribute.service->spec->uuid == service_uuid && attribute.spec->uuid == uuid) {
            break;
        }
    }
    return attribute;
}

/* Requests */

void lb_gatt_connect(struct lb_gatt *gatt, uint64_t now)
{
    lb_gatt_advance(gatt, now);
    memset(gatt->cccds, 0, sizeof gatt->cccds);
    gatt->queued = 0;
    gatt->is_indicating = false;
    gatt->deadline = LB_NEVER;
    gatt->is_connected = true;
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct lb_gatt_service *service = &gatt->services[index];
        if (service->connected) {
            service->connected(service->context, now);
        }
    }
}

void lb_gatt_disconnect(struct lb_gatt *gatt, uint64_t now)
{
    lb_gatt_advance(gatt, now);
    if (!gatt->is_connected) {
        return;
    }
    gatt->is_connected = false;
    gatt->is_indicating = false;
    gatt->deadline = LB_NEVER;
    gatt->queued = 0;
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct lb_gatt_service *service = &gatt->services[index];
        if (service->disconnected) {
            service->disconnected(service->context, now);
        }
    }
}

enum lb_att_code lb_gatt_read(struct lb_gatt *gatt, uint16_t handle, uint64_t now, struct lb_writer *value)
{
    lb_gatt_advance(gatt, now);
    struct lb_attribute attribute;
    if (by_cccd(gatt, handle, &attribute)) {
        lb_write_uint(value, gatt->cccds[attribute.index], 2);
        return LB_ATT_CODE_SUCCESS;
    }
    if (!lb_gatt_by_handle(gatt, handle, &attribute)) {
        return LB_ATT_CODE_INVALID_HANDLE;
    }
    if (!(attribute.spec->properties & LB_ATT_PROPERTY_READ)) {
        return LB_ATT_CODE_READ_NOT_PERMITTED;
    }
    return attribute.service->read(attribute.service->context, attribute.spec->uuid, now, value);
}

static enum lb_att_code subscribe(struct lb_gatt *gatt, const struct lb_attribute *attribute, struct lb_octets value)
{
    if (value.count != 2) {
        return LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    unsigned wanted = (unsigned)value.at[0] | (unsigned)value.at[1] << 8;
    unsigned offered = 0;
    offered |= attribute->spec->properties & LB_ATT_PROPERTY_NOTIFY ? LB_ATT_CCCD_NOTIFY : 0U;
    offered |= attribute->spec->properties & LB_ATT_PROPERTY_INDICATE ? LB_ATT_CCCD_INDICATE : 0U;
    if (wanted & ~offered) {
        return LB_ATT_CODE_VALUE_NOT_ALLOWED;
    }
    gatt->cccds[attribute->index] = (uint8_t)wanted;
    return LB_ATT_CODE_SUCCESS;
}

enum lb_att_code lb_gatt_write(struct lb_gatt *gatt, uint16_t handle, struct lb_octets value, bool with_response,
                               uint64_t now)
{
    lb_gatt_advance(gatt, now);
    gatt->is_holding = true;
    struct lb_attribute attribute;
    if (by_cccd(gatt, handle, &attribute)) {
        return subscribe(gatt, &attribute, value);
    }
    if (!lb_gatt_by_handle(gatt, handle, &attribute)) {
        return LB_ATT_CODE_INVALID_HANDLE;
    }
    unsigned allowed = with_response ? LB_ATT_PROPERTY_WRITE : LB_ATT_PROPERTY_WRITE_WITHOUT_RESPONSE;
    if (!(attribute.spec->properties & allowed)) {
        return LB_ATT_CODE_WRITE_NOT_PERMITTED;
    }
    return attribute.service->write(attribute.service->context, attribute.spec->uuid, value, now);
}

/* The queue. What is a notification is in it only while a write holds everything back. */

static uint16_t u16_at(const uint8_t *octets)
{
    return (uint16_t)(octets[0] | octets[1] << 8);
}

static struct lb_octets entry_value(const uint8_t *entry)
{
    return (struct lb_octets){entry + ENTRY_HEAD, u16_at(entry + 2)};
}

static void put(struct lb_gatt *gatt, uint16_t handle, bool is_notification, struct lb_octets value)
{
    struct lb_writer to = lb_writer_of(gatt->queue + gatt->queued, sizeof gatt->queue - gatt->queued);
    lb_write_uint(&to, handle, 2);
    lb_write_uint(&to, (uint32_t)value.count, 2);
    lb_write_uint(&to, is_notification, 1);
    lb_write_octets(&to, value);
    if (to.error != LB_WIRE_OK) {
        gatt->dropped++;
        return;
    }
    gatt->queued += to.count;
}

static void take_out(struct lb_gatt *gatt, size_t at)
{
    size_t size = ENTRY_HEAD + entry_value(gatt->queue + at).count;
    gatt->queued -= size;
    memmove(gatt->queue + at, gatt->queue + at + size, gatt->queued - at);
}

static void indicate_first(struct lb_gatt *gatt, uint64_t now)
{
    gatt->is_indicating = gatt->queued > 0;
    gatt->deadline = LB_NEVER;
    if (gatt->is_indicating) {
        gatt->deadline = now + LB_ATT_TRANSACTION_TIMEOUT_MS;
        gatt->sink.indicate(gatt->sink.context, u16_at(gatt->queue), entry_value(gatt->queue));
    }
}

void lb_gatt_release(struct lb_gatt *gatt, uint64_t now)
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

bool lb_gatt_subscribed(const struct lb_gatt *gatt, uint16_t service_uuid, uint16_t uuid)
{
    return gatt->is_connected && gatt->cccds[lb_gatt_find(gatt, service_uuid, uuid).index] != 0;
}

void lb_gatt_tell(struct lb_gatt *gatt, uint16_t service_uuid, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    struct lb_attribute attribute = lb_gatt_find(gatt, service_uuid, uuid);
    uint8_t cccd = gatt->cccds[attribute.index];
    if (!gatt->is_connected || cccd == 0) {
        return;
    }
    bool is_notification = (cccd & LB_ATT_CCCD_NOTIFY) != 0;
    if (is_notification && !gatt->is_holding) {
        gatt->sink.notify(gatt->sink.context, attribute.handle, value);
        return;
    }
    put(gatt, attribute.handle, is_notification, value);
    if (!gatt->is_holding && !gatt->is_indicating) {
        indicate_first(gatt, now);
    }
}

void lb_gatt_confirm(struct lb_gatt *gatt, uint16_t handle, uint64_t now)
{
    lb_gatt_advance(gatt, now);
    struct lb_attribute attribute;
    if (!gatt->is_indicating || u16_at(gatt->queue) != handle || !lb_gatt_by_handle(gatt, handle, &attribute)) {
        return; /* a confirmation nobody waits for means nothing: Core Vol 3, Part F, 3.3.2 */
    }
    take_out(gatt, 0);
    indicate_first(gatt, now);
    if (attribute.service->confirmed) {
        attribute.service->confirmed(attribute.service->context, attribute.spec->uuid, now);
    }
}

/* Time */

/* No confirmation for 30 s: what was queued is dropped, and the procedures that it belonged to have failed. */
static void give_up(struct lb_gatt *gatt, uint64_t now)
{
    size_t at = 0, queued = gatt->queued;
    gatt->is_indicating = false;
    gatt->deadline = LB_NEVER;
    gatt->queued = 0;
    while (at < queued) {
        const uint8_t *entry = gatt->queue + at;
        struct lb_attribute attribute;
        if (lb_gatt_by_handle(gatt, u16_at(entry), &attribute) && attribute.service->unconfirmed) {
            attribute.service->unconfirmed(attribute.service->context, attribute.spec->uuid, now);
        }
        at += ENTRY_HEAD + entry_value(entry).count;
    }
}

void lb_gatt_advance(struct lb_gatt *gatt, uint64_t now)
{
    gatt->machine.advance(gatt->machine.context, now);
    if (gatt->deadline <= now) {
        give_up(gatt, now);
    }
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct lb_gatt_service *service = &gatt->services[index];
        if (service->advance) {
            service->advance(service->context, now);
        }
    }
}

uint64_t lb_gatt_next_deadline(const struct lb_gatt *gatt)
{
    uint64_t soonest = gatt->machine.next_deadline(gatt->machine.context);
    soonest = gatt->deadline < soonest ? gatt->deadline : soonest;
    for (size_t index = 0; index < gatt->service_count; index++) {
        const struct lb_gatt_service *service = &gatt->services[index];
        uint64_t due = service->next_deadline ? service->next_deadline(service->context) : LB_NEVER;
        soonest = due < soonest ? due : soonest;
    }
    return soonest;
}
