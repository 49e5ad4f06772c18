/* The Insulin Delivery Service of a pump: what a collector sees. It decides nothing and passes requests to the machine. As
 * emulator/endpoints/ids/service.py. Source: IDS 1.0.2. */
#ifndef ISLETBENCH_PUMP_SERVICE_H
#define ISLETBENCH_PUMP_SERVICE_H

#include "isletbench/pump/service_state.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The service for the server's table; pump and gatt outlive it. */
struct ib_gatt_service ib_pump_service_init(struct ib_pump_service *service, struct ib_pump_machine *pump, struct ib_gatt *gatt);

#ifdef __cplusplus
}
#endif

#endif
