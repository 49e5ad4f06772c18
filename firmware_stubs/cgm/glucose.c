#include "glucose.h"

#define STEP_MS UINT64_C(1800000)

uint16_t ib_cgm_built_in_glucose(uint64_t now)
{
    /* Every half hour from power-up, 08:00: three meals, a low in the afternoon, a quiet night with a rise before waking. */
    static const uint16_t DAY[] = {
        100, 118, 158, 187, 182, 160, 139, 122, 112, 120, 156, 191, 203, 188, 164, 138, /* 08:00 */
        112, 88,  71,  66,  78,  97,  131, 168, 186, 178, 161, 145, 133, 124, 118, 113, /* 16:00 */
        109, 106, 104, 102, 100, 99,  98,  98,  99,  101, 104, 108, 112, 115, 117, 118, /* 00:00 */
    };
    const uint64_t steps = sizeof DAY / sizeof DAY[0];
    uint64_t place = now / STEP_MS % steps, into = now % STEP_MS;
    uint64_t from = DAY[place], to = DAY[(place + 1) % steps];
    return (uint16_t)((from * (STEP_MS - into) + to * into) / STEP_MS);
}
