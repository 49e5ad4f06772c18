/* Written by `isletbench firmware headers` from protocols/. Change it there. */
#include "packets/frames.h"

bool ib_frames_frame_type_is(uint32_t code)
{
    switch (code) {
    case IB_FRAMES_FRAME_TYPE_HELLO:
    case IB_FRAMES_FRAME_TYPE_HELLO_RSP:
    case IB_FRAMES_FRAME_TYPE_TABLE:
    case IB_FRAMES_FRAME_TYPE_TABLE_RSP:
    case IB_FRAMES_FRAME_TYPE_READ:
    case IB_FRAMES_FRAME_TYPE_READ_RSP:
    case IB_FRAMES_FRAME_TYPE_WRITE:
    case IB_FRAMES_FRAME_TYPE_WRITE_RSP:
    case IB_FRAMES_FRAME_TYPE_WRITE_CMD:
    case IB_FRAMES_FRAME_TYPE_SUBSCRIBE:
    case IB_FRAMES_FRAME_TYPE_SUBSCRIBE_RSP:
    case IB_FRAMES_FRAME_TYPE_NOTIFY:
    case IB_FRAMES_FRAME_TYPE_INDICATE:
    case IB_FRAMES_FRAME_TYPE_CONFIRM:
    case IB_FRAMES_FRAME_TYPE_ERROR:
        return true;
    default:
        return false;
    }
}

bool ib_frames_link_error_is(uint32_t code)
{
    switch (code) {
    case IB_FRAMES_LINK_ERROR_UNKNOWN_TYPE:
    case IB_FRAMES_LINK_ERROR_NO_CONNECTION:
    case IB_FRAMES_LINK_ERROR_MALFORMED:
    case IB_FRAMES_LINK_ERROR_BUSY:
        return true;
    default:
        return false;
    }
}

void ib_frames_hello_read(struct ib_reader *from, struct ib_frames_hello *value)
{
    *value = (struct ib_frames_hello){0};
    value->version = (uint8_t)ib_read_uint(from, 1);
}

void ib_frames_hello_write(struct ib_writer *to, const struct ib_frames_hello *value)
{
    ib_write_uint(to, (uint32_t)value->version, 1);
}

void ib_frames_hello_response_read(struct ib_reader *from, struct ib_frames_hello_response *value)
{
    *value = (struct ib_frames_hello_response){0};
    value->version = (uint8_t)ib_read_uint(from, 1);
    value->max_value = (uint16_t)ib_read_uint(from, 2);
    value->table_hash = (uint16_t)ib_read_uint(from, 2);
    value->name = ib_read_octets(from, from->left);
}

void ib_frames_hello_response_write(struct ib_writer *to, const struct ib_frames_hello_response *value)
{
    ib_write_uint(to, (uint32_t)value->version, 1);
    ib_write_uint(to, (uint32_t)value->max_value, 2);
    ib_write_uint(to, (uint32_t)value->table_hash, 2);
    ib_write_octets(to, value->name);
}

void ib_frames_table_entry_read(struct ib_reader *from, struct ib_frames_table_entry *value)
{
    *value = (struct ib_frames_table_entry){0};
    value->service = (uint16_t)ib_read_uint(from, 2);
    value->uuid = (uint16_t)ib_read_uint(from, 2);
    value->properties = (uint8_t)(ib_read_uint(from, 1) & IB_ATT_PROPERTY_ALL);
    value->handle = (uint16_t)ib_read_uint(from, 2);
    value->cccd = (uint16_t)ib_read_uint(from, 2);
}

void ib_frames_table_entry_write(struct ib_writer *to, const struct ib_frames_table_entry *value)
{
    ib_write_uint(to, (uint32_t)value->service, 2);
    ib_write_uint(to, (uint32_t)value->uuid, 2);
    ib_write_bits(to, value->properties, 1, IB_ATT_PROPERTY_ALL);
    ib_write_uint(to, (uint32_t)value->handle, 2);
    ib_write_uint(to, (uint32_t)value->cccd, 2);
}

void ib_frames_table_response_read(struct ib_reader *from, struct ib_frames_table_response *value)
{
    *value = (struct ib_frames_table_response){0};
    value->entries = ib_read_octets(from, from->left - from->left % 9U);
}

void ib_frames_table_response_write(struct ib_writer *to, const struct ib_frames_table_response *value)
{
    ib_write_octets(to, value->entries);
}

void ib_frames_read_response_read(struct ib_reader *from, struct ib_frames_read_response *value)
{
    *value = (struct ib_frames_read_response){0};
    value->status = (enum ib_att_code)ib_read_code(from, 1, ib_att_code_is);
    value->value = ib_read_octets(from, from->left);
}

void ib_frames_read_response_write(struct ib_writer *to, const struct ib_frames_read_response *value)
{
    ib_write_code(to, (uint32_t)value->status, 1, ib_att_code_is);
    ib_write_octets(to, value->value);
}

void ib_frames_status_response_read(struct ib_reader *from, struct ib_frames_status_response *value)
{
    *value = (struct ib_frames_status_response){0};
    value->status = (enum ib_att_code)ib_read_code(from, 1, ib_att_code_is);
}

void ib_frames_status_response_write(struct ib_writer *to, const struct ib_frames_status_response *value)
{
    ib_write_code(to, (uint32_t)value->status, 1, ib_att_code_is);
}

void ib_frames_subscribe_read(struct ib_reader *from, struct ib_frames_subscribe *value)
{
    *value = (struct ib_frames_subscribe){0};
    value->cccd = (uint16_t)ib_read_uint(from, 2);
}

void ib_frames_subscribe_write(struct ib_writer *to, const struct ib_frames_subscribe *value)
{
    ib_write_uint(to, (uint32_t)value->cccd, 2);
}

void ib_frames_error_read(struct ib_reader *from, struct ib_frames_error *value)
{
    *value = (struct ib_frames_error){0};
    value->code = (enum ib_frames_link_error)ib_read_code(from, 1, ib_frames_link_error_is);
    value->offending = (uint8_t)ib_read_uint(from, 1);
}

void ib_frames_error_write(struct ib_writer *to, const struct ib_frames_error *value)
{
    ib_write_code(to, (uint32_t)value->code, 1, ib_frames_link_error_is);
    ib_write_uint(to, (uint32_t)value->offending, 1);
}
