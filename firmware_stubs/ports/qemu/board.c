/*
 * QEMU's netduinoplus2: an STM32F405 whose first UART is the link and whose second one is the clock channel.
 *
 * QEMU has USARTs, interrupts, flash, RAM and SysTick of that chip; it has no clocks, pins and buttons, and needs none. A word
 * that QEMU's loader puts into RAM before the start selects the clock channel instead of the machine's clock:
 *
 *     -device loader,addr=0x20000000,data=0x4B434C43,data-len=4
 */
#include "board.h"

#include "../virtual_time.h"
#include "core.h"
#include "uart.h"

#define CORE_HZ 168000000U
#define BUS_HZ 16000000U /* whatever it is, QEMU's wires have no speed */
#define CLOCK_IS_VIRTUAL 0x4B434C43U

static volatile uint32_t clock_strap __attribute__((section(".noinit")));
static struct ib_virtual_time virtual_time;

static size_t receive(void *context, uint8_t *octets, size_t capacity)
{
    (void)context;
    return uart_receive(&uart1, octets, capacity);
}

static void send(void *context, const uint8_t *octets, size_t count)
{
    (void)context;
    uart_send(&uart1, octets, count);
}

static uint64_t ticking_now_ms(void *context)
{
    (void)context;
    return core_now_ms();
}

static void ticking_wait(void *context, uint64_t until_ms)
{
    (void)context;
    core_hold();
    if (!uart_has_received(&uart1) && core_now_ms() < until_ms) {
        core_sleep();
    }
    core_release();
}

static uint64_t virtual_now_ms(void *context)
{
    (void)context;
    return virtual_time.now_ms;
}

static void take_number(void)
{
    uint8_t octet;

    while (!virtual_time.is_open && uart_receive(&uart2, &octet, 1) == 1) {
        (void)ib_virtual_time_take(&virtual_time, &octet, 1);
    }
}

static void virtual_wait(void *context, uint64_t until_ms)
{
    uint8_t reply[IB_CLOCK_OCTETS];

    (void)context;
    while (!uart_has_received(&uart1)) {
        take_number();
        switch (ib_virtual_time_step(&virtual_time, until_ms, reply)) {
        case IB_TIME_PASSED:
            return;
        case IB_TIME_REACHED:
            uart_send(&uart2, reply, sizeof reply);
            break;
        case IB_TIME_WAITS:
            core_hold();
            if (!uart_has_received(&uart1) && !uart_has_received(&uart2)) {
                core_sleep();
            }
            core_release();
            break;
        }
    }
}

static bool is_occluded(void *context)
{
    (void)context;
    return ib_virtual_time_is_occluded(&virtual_time);
}

static uint16_t glucose_mg_dl(void *context)
{
    (void)context;
    return ib_virtual_time_glucose_mg_dl(&virtual_time);
}

static const struct ib_hal ticking = {.receive = receive, .send = send, .now_ms = ticking_now_ms, .wait = ticking_wait};
static const struct ib_hal virtual = {
    .receive = receive,
    .send = send,
    .now_ms = virtual_now_ms,
    .is_occluded = is_occluded,
    .glucose_mg_dl = glucose_mg_dl,
    .wait = virtual_wait,
};

const struct ib_hal *board_start(void)
{
    uart_start(&uart1, BUS_HZ, LINK_BAUD);
    uart_start(&uart2, BUS_HZ, LINK_BAUD);
    if (clock_strap == CLOCK_IS_VIRTUAL) {
        ib_virtual_time_init(&virtual_time);
        return &virtual;
    }
    core_clock_start(CORE_HZ);
    return &ticking;
}
