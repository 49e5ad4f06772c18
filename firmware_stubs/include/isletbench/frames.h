/* The frames of the serial link: COBS, CRC and header. As protocols/frames.py; docs/serial-link.md specifies them. */
#ifndef ISLETBENCH_FRAMES_H
#define ISLETBENCH_FRAMES_H

#include <stdbool.h>

#include "isletbench/service.h"
#include "isletbench/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MAX_CONTENT (1U + IB_MAX_VALUE)
#define IB_MAX_FRAME (4U + IB_MAX_CONTENT + 2U)  /* with its CRC */
#define IB_MAX_WIRE (IB_MAX_FRAME + 3U + 1U)     /* with the most that COBS adds, and 00 */

struct ib_frame {
    uint8_t type; /* raw: it may be an unknown one */
    uint8_t seq;
    uint16_t handle;
    struct ib_octets content;
};

/* Collects octets until a frame is complete. */
struct ib_frame_reader {
    uint8_t octets[IB_MAX_WIRE];
    size_t count;
    bool is_overlong;
    uint32_t damaged; /* frames discarded because they were not intact */
};

void ib_frame_reader_reset(struct ib_frame_reader *reader);
/* Take one octet. True when it ended an intact frame, which is valid until the next octet. */
bool ib_frame_push(struct ib_frame_reader *reader, uint8_t octet, struct ib_frame *frame);
/* Write the octets of a frame on the wire, its 00 included, into ``wire`` of IB_MAX_WIRE octets. Returns how many they are. */
size_t ib_frame_write(const struct ib_frame *frame, uint8_t *wire);

#ifdef __cplusplus
}
#endif

#endif
