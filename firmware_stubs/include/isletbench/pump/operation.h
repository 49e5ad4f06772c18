/* The operational state. Source: IDS 1.0.2, section 3.3.1.2. */
#ifndef ISLETBENCH_PUMP_OPERATION_H
#define ISLETBENCH_PUMP_OPERATION_H

#include "packets/ids.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_operation {
    enum ib_ids_operational_state state;
};

/* The pump is ready at power-up. */
void ib_operation_init(struct ib_operation *operation);
/* Enter a state; returns the one before. */
enum ib_ids_operational_state ib_operation_enter(struct ib_operation *operation, enum ib_ids_operational_state state);

#ifdef __cplusplus
}
#endif

#endif
