/* The pump stub: the pump "generic" of the default rig on a serial link, as far as it goes.
 *
 * Fast boluses in pulses, with a delay; basal rate profiles; temporary basal rates; annunciations; a history; all characteristics
 * of the Insulin Delivery Service. No extended boluses, no templates but for basal rates, no priming, no insulin on board: its
 * Features say so, and what it lacks answers "op code not supported". */
#ifndef LOOPBENCH_PUMP_H
#define LOOPBENCH_PUMP_H

#include "loopbench/companions.h"
#include "loopbench/device.h"
#include "loopbench/hal.h"
#include "loopbench/pump/machine.h"
#include "loopbench/pump/service.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_PUMP_SERVICES 6U

struct lb_pump {
    const struct lb_hal *hal;
    struct lb_device device;
    struct lb_pump_machine machine;
    struct lb_pump_service service;
    struct lb_companions companions;
    struct lb_gatt_service services[LB_PUMP_SERVICES];
};

/* Power-up: ``hal`` outlives it, and its time begins at 0. */
void lb_pump_init(struct lb_pump *pump, const struct lb_hal *hal);
/* Do everything that is due by now, each thing at its own instant, and take what has arrived. The next deadline, ms. */
uint64_t lb_pump_poll(struct lb_pump *pump);
/* The line has gone dead, where a port can see that. */
void lb_pump_closed(struct lb_pump *pump);

#ifdef __cplusplus
}
#endif

#endif
