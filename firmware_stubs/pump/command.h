/* The IDD Command Control Point. Source: IDS 1.0.2, section 3.7. */
#ifndef ISLETBENCH_PUMP_COMMAND_H
#define ISLETBENCH_PUMP_COMMAND_H

#include "procedures.h"

extern const struct ib_procedures ib_command_procedures;
/* Whether the answer to a procedure includes notifications of Command Data (IDS 1.0.2, section 3.7.2.33). */
bool ib_command_needs_data(uint16_t opcode);

#endif
