#include "board.h"
#include "isletbench/cgm.h"

int main(void)
{
    static struct ib_cgm cgm;
    const struct ib_hal *hal = board_start();

    ib_cgm_init(&cgm, hal);
    for (;;) {
        hal->wait(hal->context, ib_cgm_poll(&cgm));
    }
}
