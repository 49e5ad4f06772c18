/* What the files of the service ask of one another. */
#ifndef LOOPBENCH_CGM_SERVICE_H
#define LOOPBENCH_CGM_SERVICE_H

#include "loopbench/cgm.h"

struct lb_gatt_service lb_cgm_gatt_service(struct lb_cgm_service *service);

/* record_access.c: the Record Access Control Point, and records on their way. */
enum lb_att_code lb_cgm_access_records(struct lb_cgm_service *service, struct lb_octets value, uint64_t now);
void lb_cgm_transfer_step(struct lb_cgm_service *service, uint64_t now);

/* specific_ops.c: the CGM Specific Ops Control Point; ``value`` is out of its envelope, and not empty. */
void lb_cgm_operate(struct lb_cgm_service *service, struct lb_octets value, uint64_t now);

/* Send a value of this service. */
void lb_cgm_tell(struct lb_cgm_service *service, uint16_t uuid, struct lb_octets value, uint64_t now);
bool lb_cgm_subscribed(const struct lb_cgm_service *service, uint16_t uuid);

#endif
