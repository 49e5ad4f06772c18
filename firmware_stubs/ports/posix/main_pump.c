#include "loopbench/pump.h"
#include "program.h"

int main(int argc, char *argv[])
{
    static struct lb_pump pump;
    const struct lb_hal *hal = program_start(argc, argv);

    lb_pump_init(&pump, hal);
    program_ready();
    while (program_runs()) {
        if (program_line_has_closed()) {
            lb_pump_closed(&pump);
        }
        hal->wait(hal->context, lb_pump_poll(&pump));
    }
    program_end();
    return 0;
}
