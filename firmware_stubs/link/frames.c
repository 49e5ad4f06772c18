#include "isletbench/frames.h"

#include <string.h>

#include "isletbench/e2e.h"

#define HEADER_SIZE 4U
#define CRC_SIZE 2U
#define LONGEST_RUN 0xFFU

void ib_frame_reader_reset(struct ib_frame_reader *reader)
{
    reader->count = 0;
    reader->is_overlong = false;
}

/* Decode COBS in place; ``left`` is how many octets remain. False when the octets are not valid COBS. */
static bool unstuff(uint8_t *octets, size_t count, size_t *left)
{
    size_t from = 0, to = 0;
    while (from < count) {
        size_t run = octets[from++];
        if (run - 1 > count - from) {
            return false;
        }
        memmove(octets + to, octets + from, run - 1);
        to += run - 1;
        from += run - 1;
        if (run < LONGEST_RUN && from < count) {
            octets[to++] = 0;
        }
    }
    *left = to;
    return true;
}

static bool decode(uint8_t *octets, size_t count, struct ib_frame *frame)
{
    size_t plain = 0;
    if (!unstuff(octets, count, &plain) || plain < HEADER_SIZE + CRC_SIZE || plain > IB_MAX_FRAME ||
        ib_crc16(IB_CRC_PRESET, octets, plain) != 0) {
        return false;
    }
    *frame = (struct ib_frame){
        .type = octets[0],
        .seq = octets[1],
        .handle = (uint16_t)(octets[2] | octets[3] << 8),
        .content = {octets + HEADER_SIZE, plain - HEADER_SIZE - CRC_SIZE},
    };
    return true;
}

bool ib_frame_push(struct ib_frame_reader *reader, uint8_t octet, struct ib_frame *frame)
{
    if (octet != 0) {
        if (reader->count < sizeof reader->octets) {
            reader->octets[reader->count++] = octet;
        } else {
            reader->is_overlong = true; /* a stream without any 00 must not fill the memory */
        }
        return false;
    }
    size_t count = reader->count;
    bool is_intact = !reader->is_overlong && count > 0 && decode(reader->octets, count, frame);
    reader->damaged += count > 0 && !is_intact;
    ib_frame_reader_reset(reader);
    return is_intact;
}

/* COBS, octet by octet: the length of a run is filled in when the run has ended. */
struct stuffer {
    uint8_t *wire;
    size_t count;
    size_t run_at;
};

static void end_run(struct stuffer *stuffer)
{
    stuffer->wire[stuffer->run_at] = (uint8_t)(stuffer->count - stuffer->run_at);
    stuffer->run_at = stuffer->count++;
}

static void stuff(struct stuffer *stuffer, const uint8_t *octets, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (stuffer->count - stuffer->run_at == LONGEST_RUN) { /* a full run, and something follows */
            end_run(stuffer);
        }
        if (octets[index] == 0) {
            end_run(stuffer);
        } else {
            stuffer->wire[stuffer->count++] = octets[index];
        }
    }
}

size_t ib_frame_write(const struct ib_frame *frame, uint8_t *wire)
{
    const uint8_t header[HEADER_SIZE] = {frame->type, frame->seq, (uint8_t)frame->handle, (uint8_t)(frame->handle >> 8)};
    uint16_t crc = ib_crc16(IB_CRC_PRESET, header, sizeof header);
    crc = ib_crc16(crc, frame->content.at, frame->content.count);
    const uint8_t trailer[CRC_SIZE] = {(uint8_t)crc, (uint8_t)(crc >> 8)};
    struct stuffer stuffer = {wire, 1, 0};
    stuff(&stuffer, header, sizeof header);
    stuff(&stuffer, frame->content.at, frame->content.count);
    stuff(&stuffer, trailer, sizeof trailer);
    wire[stuffer.run_at] = (uint8_t)(stuffer.count - stuffer.run_at);
    wire[stuffer.count++] = 0;
    return stuffer.count;
}
