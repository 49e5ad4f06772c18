/* The Record Access Control Point. CGMS 1.0.1, section 3.6; as emulator/gatt/record_access.py. */
#ifndef ISLETBENCH_CGM_RECORD_ACCESS_H
#define ISLETBENCH_CGM_RECORD_ACCESS_H

#include "isletbench/cgm/service_state.h"

/* Take a request. */
enum ib_att_code ib_cgm_access_records(struct ib_cgm_service *service, struct ib_octets value, uint64_t now);
/* Continue the report, which is due: send stored records, or the response after the last one. */
void ib_cgm_transfer_step(struct ib_cgm_service *service, uint64_t now);

#endif
