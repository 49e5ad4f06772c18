/* The Continuous Glucose Monitoring Service over a sensor. */
#ifndef ISLETBENCH_CGM_SERVICE_H
#define ISLETBENCH_CGM_SERVICE_H

#include "isletbench/cgm/service_state.h"

/* The service for the server's table. */
struct ib_gatt_service ib_cgm_gatt_service(struct ib_cgm_service *service);

#endif
