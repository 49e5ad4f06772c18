/* The core's millisecond clock and its sleep. */
#ifndef ISLETBENCH_STM32F4_CORE_H
#define ISLETBENCH_STM32F4_CORE_H

#include <stdint.h>

/* Count milliseconds from here on; core_hz is the core's clock. */
void core_clock_start(uint32_t core_hz);

/* ms since then; monotonic. 0 for ever if the clock has not been started. */
uint64_t core_now_ms(void);

/* No interrupt is served from core_hold on, so that what has just been looked at stays true until core_sleep; that one returns
   when an interrupt is waiting, and core_release lets it be served. */
static inline void core_hold(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void core_release(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

static inline void core_sleep(void)
{
    __asm__ volatile("dsb\n\twfi" ::: "memory");
}

#endif
