#include "core.h"

#include "registers.h"

void systick_handler(void);

static volatile uint64_t now_ms;

void core_clock_start(uint32_t core_hz)
{
    CORTEX_M_SYSTICK->rvr = core_hz / 1000U - 1U;
    CORTEX_M_SYSTICK->cvr = 0;
    CORTEX_M_SYSTICK->csr = SYSTICK_ENABLE | SYSTICK_TICKINT | SYSTICK_CORE_CLOCK;
}

void systick_handler(void)
{
    now_ms = now_ms + 1U;
}

uint64_t core_now_ms(void)
{
    uint64_t once, again = now_ms;

    do { /* two words: a tick may fall between them */
        once = again;
        again = now_ms;
    } while (once != again);
    return again;
}
