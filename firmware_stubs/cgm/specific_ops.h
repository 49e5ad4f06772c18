/* The CGM Specific Ops Control Point. CGMS 1.0.1, section 3.7; as emulator/endpoints/cgms/specific_ops.py. */
#ifndef ISLETBENCH_CGM_SPECIFIC_OPS_H
#define ISLETBENCH_CGM_SPECIFIC_OPS_H

#include "isletbench/cgm/service_state.h"

/* Carry out an operation: its value without the envelope, at least one octet. */
void ib_cgm_operate(struct ib_cgm_service *service, struct ib_octets value, uint64_t now);

#endif
