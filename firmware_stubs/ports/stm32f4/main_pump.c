#include "board.h"
#include "loopbench/pump.h"

int main(void)
{
    static struct lb_pump pump;
    const struct lb_hal *hal = board_start();

    lb_pump_init(&pump, hal);
    for (;;) {
        hal->wait(hal->context, lb_pump_poll(&pump));
    }
}
