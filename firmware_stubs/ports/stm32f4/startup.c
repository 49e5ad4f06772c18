/* From reset to main, and the vector table. The memory map is stm32f4.ld's. */
#include <stddef.h>
#include <stdint.h>

#include "registers.h"

extern uint32_t ib_stack_top, ib_data_load, ib_data_start, ib_data_end, ib_bss_start, ib_bss_end;

int main(void);
void reset_handler(void);
void systick_handler(void);
void usart1_handler(void);
void usart2_handler(void);

static void stopped(void);

union vector {
    void *stack;
    void (*handler)(void);
};

#define CORE_VECTORS 16U

/* Every interrupt up to the last one in use; what never comes may be absent, and a fault stops where a debugger finds it. */
static const union vector vectors[CORE_VECTORS + USART2_IRQ + 1U] __attribute__((section(".vectors"), used)) = {
    [0] = {.stack = &ib_stack_top},
    [1] = {.handler = reset_handler},
    [2] = {.handler = stopped}, /* NMI */
    [3] = {.handler = stopped}, /* HardFault, to which the other faults escalate */
    [15] = {.handler = systick_handler},
    [CORE_VECTORS + USART1_IRQ] = {.handler = usart1_handler},
    [CORE_VECTORS + USART2_IRQ] = {.handler = usart2_handler},
};

static void stopped(void)
{
    for (;;) {
    }
}

void reset_handler(void)
{
    const uint32_t *from = &ib_data_load;

    *CORTEX_M_SCB_VTOR = (uint32_t)(uintptr_t)vectors;
    for (uint32_t *to = &ib_data_start; to < &ib_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &ib_bss_start; to < &ib_bss_end; to++) {
        *to = 0;
    }
    (void)main();
    stopped();
}
