/* What a board with an STM32F4 gives to the programs here. */
#ifndef ISLETBENCH_STM32F4_BOARD_H
#define ISLETBENCH_STM32F4_BOARD_H

#include "isletbench/hal.h"

#define LINK_BAUD 115200U

/* Start clocks, pins and UARTs. Returns the HAL over them. */
const struct ib_hal *board_start(void);

#endif
