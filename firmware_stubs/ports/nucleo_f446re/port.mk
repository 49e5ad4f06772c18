# NUCLEO-F446RE. LINK=usart2 (default): over the USB cable; LINK=usart1: D8 and D2.
include ports/stm32f4/stm32f4.mk
LINK ?= usart2
PORT_CFLAGS += $(if $(filter usart1,$(LINK)),-DLINK_USART1)
