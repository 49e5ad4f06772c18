/* The Status Changed bits: what has changed since the client reset them. Source: IDS 1.0.2, section 3.2. */
#ifndef ISLETBENCH_PUMP_STATUS_H
#define ISLETBENCH_PUMP_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ib_status {
    uint16_t changed; /* enum ib_ids_status_flag */
};

void ib_status_raise(struct ib_status *status, uint16_t bits);
void ib_status_reset(struct ib_status *status, uint16_t bits);

#ifdef __cplusplus
}
#endif

#endif
