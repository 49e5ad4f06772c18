#include "virtual_time.h"

#include <string.h>

#define TIME_BITS 48U
#define GLUCOSE_BITS 15U
#define OCCLUDED_BIT 63U

void ib_virtual_time_init(struct ib_virtual_time *time)
{
    memset(time, 0, sizeof *time);
    time->is_open = true;
    time->is_applied = true;
}

size_t ib_virtual_time_take(struct ib_virtual_time *time, const uint8_t *octets, size_t count)
{
    size_t taken = 0;

    while (!time->is_open && taken < count) {
        time->partial[time->count++] = octets[taken++];
        if (time->count == IB_CLOCK_OCTETS) {
            time->received = 0;
            for (size_t i = IB_CLOCK_OCTETS; i-- > 0;) {
                time->received = time->received << 8 | time->partial[i];
            }
            time->count = 0;
            time->is_open = true;
            time->is_applied = false;
        }
    }
    return taken;
}

enum ib_virtual_step ib_virtual_time_step(struct ib_virtual_time *time, uint64_t until_ms, uint8_t reply[IB_CLOCK_OCTETS])
{
    const uint64_t goal_ms = time->received & ((UINT64_C(1) << TIME_BITS) - 1);

    if (!time->is_applied) {
        time->is_applied = true;
        return IB_TIME_PASSED;
    }
    if (time->now_ms < goal_ms) {
        const uint64_t next_ms = until_ms < goal_ms ? until_ms : goal_ms;
        /* A deadline that is not in the future is due at once, and time must advance. */
        time->now_ms = next_ms > time->now_ms ? next_ms : time->now_ms + 1;
        return IB_TIME_PASSED;
    }
    if (!time->is_open) {
        return IB_TIME_WAITS;
    }
    time->is_open = false;
    for (size_t i = 0; i < IB_CLOCK_OCTETS; i++) {
        reply[i] = (uint8_t)(time->received >> (8U * i));
    }
    return IB_TIME_REACHED;
}

uint16_t ib_virtual_time_glucose_mg_dl(const struct ib_virtual_time *time)
{
    return (uint16_t)(time->received >> TIME_BITS & ((UINT64_C(1) << GLUCOSE_BITS) - 1));
}

bool ib_virtual_time_is_occluded(const struct ib_virtual_time *time)
{
    return (time->received >> OCCLUDED_BIT) != 0;
}
