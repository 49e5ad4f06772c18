#include "virtual_time.h"

#include <string.h>

#define TIME_BITS 48U
#define GLUCOSE_BITS 15U
#define OCCLUDED_BIT 63U

void ib_virtual_time_init(struct ib_virtual_time *time)
{
    memset(time, 0, sizeof *time);
    time->owes = true;
    time->looked = true;
}

size_t ib_virtual_time_take(struct ib_virtual_time *time, const uint8_t *octets, size_t count)
{
    size_t taken = 0;

    while (!time->owes && taken < count) {
        time->partial[time->count++] = octets[taken++];
        if (time->count == IB_CLOCK_OCTETS) {
            time->told = 0;
            for (size_t i = IB_CLOCK_OCTETS; i-- > 0;) {
                time->told = time->told << 8 | time->partial[i];
            }
            time->count = 0;
            time->owes = true;
            time->looked = false;
        }
    }
    return taken;
}

enum ib_virtual_step ib_virtual_time_step(struct ib_virtual_time *time, uint64_t until_ms, uint8_t reply[IB_CLOCK_OCTETS])
{
    const uint64_t goal_ms = time->told & ((UINT64_C(1) << TIME_BITS) - 1);

    if (!time->looked) {
        time->looked = true;
        return IB_TIME_PASSED;
    }
    if (time->now_ms < goal_ms) {
        const uint64_t next_ms = until_ms < goal_ms ? until_ms : goal_ms;
        /* A deadline that is not in the future is due at once, and time cannot stand still for ever. */
        time->now_ms = next_ms > time->now_ms ? next_ms : time->now_ms + 1;
        return IB_TIME_PASSED;
    }
    if (!time->owes) {
        return IB_TIME_STANDS;
    }
    time->owes = false;
    for (size_t i = 0; i < IB_CLOCK_OCTETS; i++) {
        reply[i] = (uint8_t)(time->told >> (8U * i));
    }
    return IB_TIME_REACHED;
}

uint16_t ib_virtual_time_glucose_mg_dl(const struct ib_virtual_time *time)
{
    return (uint16_t)(time->told >> TIME_BITS & ((UINT64_C(1) << GLUCOSE_BITS) - 1));
}

bool ib_virtual_time_is_occluded(const struct ib_virtual_time *time)
{
    return (time->told >> OCCLUDED_BIT) != 0;
}
