# What boards with an STM32F4 have in common; a port's port.mk says its name and includes this.
CC := arm-none-eabi-gcc
SIZE := arm-none-eabi-size
SUFFIX := .elf
PORT_CFLAGS := -mcpu=cortex-m4 -mthumb -mfloat-abi=soft -Iports/stm32f4
PORT_LDFLAGS := -mcpu=cortex-m4 -mthumb -mfloat-abi=soft -nostartfiles --specs=nano.specs \
	-Lports/$(PORT) -Tports/stm32f4/stm32f4.ld -Wl,--fatal-warnings
PORT_SOURCES := $(addprefix ports/stm32f4/,startup.c core.c uart.c) ports/$(PORT)/board.c
PORT_MAINS := ports/stm32f4
