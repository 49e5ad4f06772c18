# QEMU's netduinoplus2: qemu-system-arm -M netduinoplus2 -nographic -kernel isletbench-cgm.elf
include ports/stm32f4/stm32f4.mk
PORT_SOURCES += ports/virtual_time.c
