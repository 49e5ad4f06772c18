/* The fluid path to the infusion set: whether it is occluded. */
#ifndef ISLETBENCH_PUMP_FLUID_PATH_H
#define ISLETBENCH_PUMP_FLUID_PATH_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ib_fluid_path {
    bool is_occluded; /* as the input pin says */
};

/* Whether the path has become occluded just now. */
bool ib_fluid_path_set(struct ib_fluid_path *path, bool is_occluded);

#ifdef __cplusplus
}
#endif

#endif
