/* Written by `loopbench firmware headers` from protocols/. Change it there. */
#include "packets/frames.h"

bool lb_frames_frame_type_is(uint32_t code)
{
    switch (code) {
    case LB_FRAMES_FRAME_TYPE_HELLO:
    case LB_FRAMES_FRAME_TYPE_HELLO_RSP:
    case LB_FRAMES_FRAME_TYPE_TABLE:
    case LB_FRAMES_FRAME_TYPE_TABLE_RSP:
    case LB_FRAMES_FRAME_TYPE_READ:
    case LB_FRAMES_FRAME_TYPE_READ_RSP:
    case LB_FRAMES_FRAME_TYPE_WRITE:
    case LB_FRAMES_FRAME_TYPE_WRITE_RSP:
    case LB_FRAMES_FRAME_TYPE_WRITE_CMD:
    case LB_FRAMES_FRAME_TYPE_SUBSCRIBE:
    case LB_FRAMES_FRAME_TYPE_SUBSCRIBE_RSP:
    case LB_FRAMES_FRAME_TYPE_NOTIFY:
    case LB_FRAMES_FRAME_TYPE_INDICATE:
    case LB_FRAMES_FRAME_TYPE_CONFIRM:
    case LB_FRAMES_FRAME_TYPE_ERROR:
        return true;
    default:
        return false;
    }
}

bool lb_frames_link_error_is(uint32_t code)
{
    switch (code) {
    case LB_FRAMES_LINK_ERROR_UNKNOWN_TYPE:
    case LB_FRAMES_LINK_ERROR_NO_CONNECTION:
    case LB_FRAMES_LINK_ERROR_MALFORMED:
    case LB_FRAMES_LINK_ERROR_BUSY:
        return true;
    default:
        return false;
    }
}

void lb_frames_hello_read(struct lb_reader *from, struct lb_frames_hello *value)
{
    *value = (struct lb_frames_hello){0};
    value->version = (uint8_t)lb_read_uint(from, 1);
}

void lb_frames_hello_write(struct lb_writer *to, const struct lb_frames_hello *value)
{
    lb_write_uint(to, (uint32_t)value->version, 1);
}

void lb_frames_hello_response_read(struct lb_reader *from, struct lb_frames_hello_response *value)
{
    *value = (struct lb_frames_hello_response){0};
    value->version = (uint8_t)lb_read_uint(from, 1);
    value->max_value = (uint16_t)lb_read_uint(from, 2);
    value->table_hash = (uint16_t)lb_read_uint(from, 2);
    value->name = lb_read_octets(from, from->left);
}

void lb_frames_hello_response_write(struct lb_writer *to, const struct lb_frames_hello_response *value)
{
    lb_write_uint(to, (uint32_t)value->version, 1);
    lb_write_uint(to, (uint32_t)value->max_value, 2);
    lb_write_uint(to, (uint32_t)value->table_hash, 2);
    lb_write_octets(to, value->name);
}

void lb_frames_table_entry_read(struct lb_reader *from, struct lb_frames_table_entry *value)
{
    *value = (struct lb_frames_table_entry){0};
    value->service = (uint16_t)lb_read_uint(from, 2);
    value->uuid = (uint16_t)lb_read_uint(from, 2);
    value->properties = (uint8_t)(lb_read_uint(from, 1) & LB_ATT_PROPERTY_ALL);
    value->handle = (uint16_t)lb_read_uint(from, 2);
    value->cccd = (uint16_t)lb_read_uint(from, 2);
}

void lb_frames_table_entry_write(struct lb_writer *to, const struct lb_frames_table_entry *value)
{
    lb_write_uint(to, (uint32_t)value->service, 2);
    lb_write_uint(to, (uint32_t)value->uuid, 2);
    lb_write_bits(to, value->properties, 1, LB_ATT_PROPERTY_ALL);
    lb_write_uint(to, (uint32_t)value->handle, 2);
    lb_write_uint(to, (uint32_t)value->cccd, 2);
}

void lb_frames_table_response_read(struct lb_reader *from, struct lb_frames_table_response *value)
{
    *value = (struct lb_frames_table_response){0};
    value->entries = lb_read_octets(from, from->left - from->left % 9U);
}

void lb_frames_table_response_write(struct lb_writer *to, const struct lb_frames_table_response *value)
{
    lb_write_octets(to, value->entries);
}

void lb_frames_read_response_read(struct lb_reader *from, struct lb_frames_read_response *value)
{
    *value = (struct lb_frames_read_response){0};
    value->status = (enum lb_att_code)lb_read_code(from, 1, lb_att_code_is);
    value->value = lb_read_octets(from, from->left);
}

void lb_frames_read_response_write(struct lb_writer *to, const struct lb_frames_read_response *value)
{
    lb_write_code(to, (uint32_t)value->status, 1, lb_att_code_is);
    lb_write_octets(to, value->value);
}

void lb_frames_status_response_read(struct lb_reader *from, struct lb_frames_status_response *value)
{
    *value = (struct lb_frames_status_response){0};
    value->status = (enum lb_att_code)lb_read_code(from, 1, lb_att_code_is);
}

void lb_frames_status_response_write(struct lb_writer *to, const struct lb_frames_status_response *value)
{
    lb_write_code(to, (uint32_t)value->status, 1, lb_att_code_is);
}

void lb_frames_subscribe_read(struct lb_reader *from, struct lb_frames_subscribe *value)
{
    *value = (struct lb_frames_subscribe){0};
    value->cccd = (uint16_t)lb_read_uint(from, 2);
}

void lb_frames_subscribe_write(struct lb_writer *to, const struct lb_frames_subscribe *value)
{
    lb_write_uint(to, (uint32_t)value->cccd, 2);
}

void lb_frames_error_read(struct lb_reader *from, struct lb_frames_error *value)
{
    *value = (struct lb_frames_error){0};
    value->code = (enum lb_frames_link_error)lb_read_code(from, 1, lb_frames_link_error_is);
    value->offending = (uint8_t)lb_read_uint(from, 1);
}

void lb_frames_error_write(struct lb_writer *to, const struct lb_frames_error *value)
{
    lb_write_code(to, (uint32_t)value->code, 1, lb_frames_link_error_is);
    lb_write_uint(to, (uint32_t)value->offending, 1);
}
