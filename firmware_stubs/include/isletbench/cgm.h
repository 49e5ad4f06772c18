/* The CGM stub: the sensor "generic" of the default rig on a serial link, with the handles and refusals of the Python device. It
 * has no manual actions, and it stores the newest 32 calibrations only. */
#ifndef ISLETBENCH_CGM_H
#define ISLETBENCH_CGM_H

#include "isletbench/cgm/sensor.h"
#include "isletbench/cgm/service_state.h"
#include "isletbench/companions.h"
#include "isletbench/device.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CGM_SERVICES 5

struct ib_cgm {
    struct ib_device device;
    struct ib_sensor sensor;
    struct ib_cgm_service service;
    struct ib_companions companions;
    struct ib_gatt_service services[IB_CGM_SERVICES];
};

/* Power-up: ``hal`` outlives the device, and its time is 0 now, or nearly. */
void ib_cgm_init(struct ib_cgm *cgm, const struct ib_hal *hal);
/* Do what is due and process what has been received. Returns the next deadline, ms. */
uint64_t ib_cgm_poll(struct ib_cgm *cgm);
/* The line has been disconnected, where a port can detect that. */
void ib_cgm_closed(struct ib_cgm *cgm);

#ifdef __cplusplus
}
#endif

#endif
