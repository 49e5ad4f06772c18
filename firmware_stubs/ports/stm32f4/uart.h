/* USART1 and USART2 as wires of octets: 8N1, received by interrupt into a ring, sent at once. */
#ifndef ISLETBENCH_STM32F4_UART_H
#define ISLETBENCH_STM32F4_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registers.h"

#define UART_RING_OCTETS 1024U /* a power of two; the longest frame of the link has 523 octets */

struct uart {
    struct stm32f4_usart *usart;
    volatile uint32_t head, tail; /* octets ever put in and taken out; both wrap */
    volatile uint32_t lost;       /* octets that came while the ring was full */
    uint8_t ring[UART_RING_OCTETS];
};

extern struct uart uart1, uart2;

/* The peripheral's clock runs and its pins are chosen: listen at baud, when its bus runs at bus_hz. */
void uart_start(struct uart *uart, uint32_t bus_hz, uint32_t baud);

/* What has arrived; never blocks. */
size_t uart_receive(struct uart *uart, uint8_t *octets, size_t capacity);

bool uart_has_received(const struct uart *uart);

/* All of it; waits for the line. */
void uart_send(struct uart *uart, const uint8_t *octets, size_t count);

#endif
