#include "loopbench/cgm.h"
#include "program.h"

int main(int argc, char *argv[])
{
    static struct lb_cgm cgm;
    const struct lb_hal *hal = program_start(argc, argv);

    lb_cgm_init(&cgm, hal);
    program_ready();
    while (program_runs()) {
        if (program_line_has_closed()) {
            lb_cgm_closed(&cgm);
        }
        hal->wait(hal->context, lb_cgm_poll(&cgm));
    }
    program_end();
    return 0;
}
