#include "isletbench/cgm.h"
#include "program.h"

int main(int argc, char *argv[])
{
    static struct ib_cgm cgm;
    const struct ib_hal *hal = program_start(argc, argv);

    ib_cgm_init(&cgm, hal);
    program_ready();
    while (program_runs()) {
        if (program_line_has_closed()) {
            ib_cgm_closed(&cgm);
        }
        hal->wait(hal->context, ib_cgm_poll(&cgm));
    }
    program_end();
    return 0;
}
