/*
 * NUCLEO-F446RE (UM1724). The link is on USART2, the ST-Link's virtual COM port: one USB cable is all there is to plug. Built with
 * LINK=usart1 it is on PA9 (TX, D8) and PA10 (RX, D2), 3.3 V, for wires to another board. The line to the patient is occluded
 * while button B1 is held, or while PA8 (D7) is connected to ground.
 *
 * Never run on the board by us: written from the manuals, and tested as far as QEMU has the same registers.
 */
#include "board.h"

#include "core.h"
#include "uart.h"

#define CORE_HZ 16000000U
#define READY_LOOPS 100000U /* some 50 ms of HSI; the crystal needs 2 ms, the PLL 0.3 ms */

#ifdef LINK_USART1
#define LINK (&uart1)
#else
#define LINK (&uart2)
#endif

#define MODER_ALTERNATE 2U
#define PUPDR_UP 1U
#define AF_USART 7U
#define OCCLUSION_PIN 8U /* of port A */
#define BUTTON_PIN 13U   /* of port C; low while it is held */

static size_t receive(void *context, uint8_t *octets, size_t capacity)
{
    (void)context;
    return uart_receive(LINK, octets, capacity);
}

static void send(void *context, const uint8_t *octets, size_t count)
{
    (void)context;
    uart_send(LINK, octets, count);
}

static uint64_t now_ms(void *context)
{
    (void)context;
    return core_now_ms();
}

static void wait(void *context, uint64_t until_ms)
{
    (void)context;
    core_hold();
    if (!uart_has_received(LINK) && core_now_ms() < until_ms) {
        core_sleep();
    }
    core_release();
}

static bool is_low(const struct stm32f4_gpio *port, uint32_t pin)
{
    return (port->idr & 1U << pin) == 0;
}

static bool is_occluded(void *context)
{
    (void)context;
    return is_low(STM32F4_GPIOC, BUTTON_PIN) || is_low(STM32F4_GPIOA, OCCLUSION_PIN);
}

static bool becomes(const volatile uint32_t *flags, uint32_t mask, uint32_t wanted)
{
    for (uint32_t loops = 0; loops < READY_LOOPS; loops++) {
        if ((*flags & mask) == wanted) {
            return true;
        }
    }
    return false;
}

/* The internal oscillator is good for 1 %, a quarter of an hour a day; the ST-Link hands over the 8 MHz of a crystal. 8 MHz / 4 *
   64 / 8 = 16 MHz, which needs no wait states. Without the crystal the internal 16 MHz stay. */
static void clock_from_the_crystal(void)
{
    STM32F4_RCC->cr |= RCC_CR_HSEBYP;
    STM32F4_RCC->cr |= RCC_CR_HSEON;
    if (!becomes(&STM32F4_RCC->cr, RCC_CR_HSERDY, RCC_CR_HSERDY)) {
        return;
    }
    STM32F4_RCC->pllcfgr = RCC_PLLCFGR_SRC_HSE | 4U | 64U << 6 | 3U << 16 | 4U << 24 | 2U << 28; /* M, N, P = 8, Q, R */
    STM32F4_RCC->cr |= RCC_CR_PLLON;
    if (becomes(&STM32F4_RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        STM32F4_RCC->cfgr |= RCC_CFGR_SW_PLL;
        (void)becomes(&STM32F4_RCC->cfgr, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
    }
}

static void set_field(volatile uint32_t *fields, uint32_t width, uint32_t index, uint32_t value)
{
    const uint32_t shift = width * index;

    *fields = (*fields & ~(((1U << width) - 1U) << shift)) | value << shift;
}

static void start_pins(void)
{
    STM32F4_RCC->ahb1enr |= RCC_AHB1ENR_GPIOA | RCC_AHB1ENR_GPIOC;
    STM32F4_RCC->apb1enr |= RCC_APB1ENR_USART2;
    STM32F4_RCC->apb2enr |= RCC_APB2ENR_USART1;
    set_field(&STM32F4_GPIOA->pupdr, 2U, OCCLUSION_PIN, PUPDR_UP);
#ifdef LINK_USART1
    for (uint32_t pin = 9; pin <= 10U; pin++) {
        set_field(&STM32F4_GPIOA->afrh, 4U, pin - 8U, AF_USART);
        set_field(&STM32F4_GPIOA->pupdr, 2U, pin, PUPDR_UP); /* an open wire idles */
        set_field(&STM32F4_GPIOA->moder, 2U, pin, MODER_ALTERNATE);
    }
#else
    for (uint32_t pin = 2; pin <= 3U; pin++) {
        set_field(&STM32F4_GPIOA->afrl, 4U, pin, AF_USART);
        set_field(&STM32F4_GPIOA->pupdr, 2U, pin, PUPDR_UP);
        set_field(&STM32F4_GPIOA->moder, 2U, pin, MODER_ALTERNATE);
    }
#endif
}

const struct ib_hal *board_start(void)
{
    static const struct ib_hal hal = {
        .receive = receive,
        .send = send,
        .now_ms = now_ms,
        .is_occluded = is_occluded,
        .wait = wait,
    };

    clock_from_the_crystal();
    start_pins();
    uart_start(LINK, CORE_HZ, LINK_BAUD);
    core_clock_start(CORE_HZ);
    return &hal;
}
