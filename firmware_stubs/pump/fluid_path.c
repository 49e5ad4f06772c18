#include "isletbench/pump/fluid_path.h"

bool ib_fluid_path_set(struct ib_fluid_path *path, bool is_occluded)
{
    const bool rises = is_occluded && !path->is_occluded;

    path->is_occluded = is_occluded;
    return rises;
}
