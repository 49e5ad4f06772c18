#include "board.h"
#include "isletbench/pump.h"

int main(void)
{
    static struct ib_pump pump;
    const struct ib_hal *hal = board_start();

    ib_pump_init(&pump, hal);
    for (;;) {
        hal->wait(hal->context, ib_pump_poll(&pump));
    }
}
