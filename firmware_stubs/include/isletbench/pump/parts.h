/* The whole pump as its parts. Each part owns its fields and calls no other part; couplings.c knows what an event in one of
 * them means for the others. */
#ifndef ISLETBENCH_PUMP_PARTS_H
#define ISLETBENCH_PUMP_PARTS_H

#include "isletbench/pump/annunciations.h"
#include "isletbench/pump/basal.h"
#include "isletbench/pump/battery.h"
#include "isletbench/pump/boluses.h"
#include "isletbench/pump/delivery.h"
#include "isletbench/pump/fluid_path.h"
#include "isletbench/pump/history.h"
#include "isletbench/pump/operation.h"
#include "isletbench/pump/reservoir.h"
#include "isletbench/pump/status.h"
#include "isletbench/pump/tbr.h"
#include "isletbench/pump/templates.h"
#include "isletbench/pump/therapy.h"
#include "isletbench/pump/totals.h"
#include "isletbench/pump/wall_clock.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_pump_machine {
    ib_instant now;
    struct ib_therapy therapy;
    struct ib_operation operation;
    struct ib_boluses boluses;
    struct ib_tbr tbr;
    struct ib_basal basal;
    struct ib_delivery delivery;
    struct ib_templates templates;
    struct ib_reservoir reservoir;
    struct ib_fluid_path fluid_path;
    struct ib_battery battery;
    struct ib_pump_wall_clock clock;
    struct ib_annunciations annunciations;
    struct ib_totals totals;
    struct ib_history history;
    struct ib_status status;
};

#ifdef __cplusplus
}
#endif

#endif
