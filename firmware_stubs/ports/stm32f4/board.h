/* What a board with an STM32F4 gives to the programs here. */
#ifndef LOOPBENCH_STM32F4_BOARD_H
#define LOOPBENCH_STM32F4_BOARD_H

#include "loopbench/hal.h"

#define LINK_BAUD 115200U

/* Clocks, pins and wires are up; what the device reaches them by. */
const struct lb_hal *board_start(void);

#endif
