/* The procedures of the IDD Command Control Point for basal rate profile templates. Source: IDS 1.0.2, sections 3.7.2.1,
 * 3.7.2.15 to 3.7.2.20 and 3.8. */
#ifndef ISLETBENCH_PUMP_COMMAND_TEMPLATES_H
#define ISLETBENCH_PUMP_COMMAND_TEMPLATES_H

#include "procedures.h"

enum ib_ids_response ib_read_template(struct ib_call *call);
enum ib_ids_response ib_write_template(struct ib_call *call);
enum ib_ids_response ib_get_template_status(struct ib_call *call);
enum ib_ids_response ib_reset_templates(struct ib_call *call);
enum ib_ids_response ib_activate_templates(struct ib_call *call);
enum ib_ids_response ib_get_activated_templates(struct ib_call *call);
/* Discard the transaction on a template: another procedure, or the end of the connection, ends it. */
void ib_discard_transaction(struct ib_pump_service *service);

#endif
