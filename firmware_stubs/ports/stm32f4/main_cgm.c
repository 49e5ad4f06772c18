#include "board.h"
#include "loopbench/cgm.h"

int main(void)
{
    static struct lb_cgm cgm;
    const struct lb_hal *hal = board_start();

    lb_cgm_init(&cgm, hal);
    for (;;) {
        hal->wait(hal->context, lb_cgm_poll(&cgm));
    }
}
