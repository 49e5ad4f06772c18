#include "uart.h"

void usart1_handler(void);
void usart2_handler(void);

struct uart uart1, uart2;

void uart_start(struct uart *uart, uint32_t bus_hz, uint32_t baud)
{
    const uint32_t irq = uart == &uart1 ? USART1_IRQ : USART2_IRQ;

    uart->usart = uart == &uart1 ? STM32F4_USART1 : STM32F4_USART2;
    uart->usart->brr = (bus_hz + baud / 2U) / baud; /* sixteenths, oversampling by 16 */
    uart->usart->cr1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
    CORTEX_M_NVIC_ISER[irq / 32U] = 1U << (irq % 32U);
}

/* Damaged octets (noise, framing) are passed on as they are: the link's CRC finds them. Reading SR and then DR clears every flag;
   an overrun can be pending alone, between those two reads, and would hold the interrupt for ever. */
static void received(struct uart *uart)
{
    uint32_t status;

    while (((status = uart->usart->sr) & (USART_SR_RXNE | USART_SR_ORE)) != 0) {
        const uint8_t octet = (uint8_t)uart->usart->dr;

        if ((status & USART_SR_RXNE) == 0) {
            continue;
        }
        if (uart->head - uart->tail < UART_RING_OCTETS) {
            uart->ring[uart->head % UART_RING_OCTETS] = octet;
            uart->head = uart->head + 1U;
        } else {
            uart->lost = uart->lost + 1U;
        }
    }
}

void usart1_handler(void)
{
    received(&uart1);
}

void usart2_handler(void)
{
    received(&uart2);
}

bool uart_has_received(const struct uart *uart)
{
    return uart->head != uart->tail;
}

size_t uart_receive(struct uart *uart, uint8_t *octets, size_t capacity)
{
    size_t count = 0;

    while (count < capacity && uart_has_received(uart)) {
        octets[count++] = uart->ring[uart->tail % UART_RING_OCTETS];
        uart->tail = uart->tail + 1U;
    }
    return count;
}

void uart_send(struct uart *uart, const uint8_t *octets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while ((uart->usart->sr & USART_SR_TXE) == 0) {
        }
        uart->usart->dr = octets[i];
    }
}
