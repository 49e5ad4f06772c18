#include "isletbench/pump.h"
#include "program.h"

int main(int argc, char *argv[])
{
    static struct ib_pump pump;
    const struct ib_hal *hal = program_start(argc, argv);

    ib_pump_init(&pump, hal);
    program_ready();
    while (program_runs()) {
        if (program_line_has_closed()) {
            ib_pump_closed(&pump);
        }
        hal->wait(hal->context, ib_pump_poll(&pump));
    }
    program_end();
    return 0;
}
