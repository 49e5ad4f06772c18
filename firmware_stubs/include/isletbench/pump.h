/* The pump stub: the pump "generic" of the default rig on a serial link.
 *
 * Fast boluses in pulses, with a delay; basal rate profiles; temporary basal rates; annunciations; a history; all characteristics
 * of the Insulin Delivery Service. No extended boluses, no templates but for basal rates, no priming, no insulin on board: its
 * Features say so, and a missing procedure is refused with "op code not supported". */
#ifndef ISLETBENCH_PUMP_H
#define ISLETBENCH_PUMP_H

#include "isletbench/companions.h"
#include "isletbench/device.h"
#include "isletbench/hal.h"
#include "isletbench/pump/machine.h"
#include "isletbench/pump/service.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PUMP_SERVICES 6U

struct ib_pump {
    const struct ib_hal *hal;
    struct ib_device device;
    struct ib_pump_machine machine;
    struct ib_pump_service service;
    struct ib_companions companions;
    struct ib_gatt_service services[IB_PUMP_SERVICES];
};

/* Power-up: ``hal`` outlives the pump, and its time begins at 0. */
void ib_pump_init(struct ib_pump *pump, const struct ib_hal *hal);
/* Do everything that is due by now, each at its own instant, and process what has been received. Returns the next deadline, ms. */
uint64_t ib_pump_poll(struct ib_pump *pump);
/* The line has been disconnected, where a port can detect that. */
void ib_pump_closed(struct ib_pump *pump);

#ifdef __cplusplus
}
#endif

#endif
