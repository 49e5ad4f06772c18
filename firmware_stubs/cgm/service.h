/* What the files of the service ask of one another. */
#ifndef ISLETBENCH_CGM_SERVICE_H
#define ISLETBENCH_CGM_SERVICE_H

#include "isletbench/cgm.h"

struct ib_gatt_service ib_cgm_gatt_service(struct ib_cgm_service *service);

/* record_access.c: the Record Access Control Point, and records on their way. */
enum ib_att_code ib_cgm_access_records(struct ib_cgm_service *service, struct ib_octets value, uint64_t now);
void ib_cgm_transfer_step(struct ib_cgm_service *service, uint64_t now);

/* specific_ops.c: the CGM Specific Ops Control Point; ``value`` is out of its envelope, and not empty. */
void ib_cgm_operate(struct ib_cgm_service *service, struct ib_octets value, uint64_t now);

/* Send a value of this service. */
void ib_cgm_tell(struct ib_cgm_service *service, uint16_t uuid, struct ib_octets value, uint64_t now);
bool ib_cgm_subscribed(const struct ib_cgm_service *service, uint16_t uuid);

#endif
