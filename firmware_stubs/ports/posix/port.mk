# This computer: a program on a pseudo-terminal or a serial port. Linux; written for POSIX, and tried nowhere else.
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
SIZE := size
SUFFIX :=
PORT_CFLAGS := -D_XOPEN_SOURCE=600 -D_DEFAULT_SOURCE -D_DARWIN_C_SOURCE
PORT_LDFLAGS :=
PORT_SOURCES := ports/posix/line.c ports/posix/program.c ports/virtual_time.c
PORT_MAINS := ports/posix
PORT_TOOLS := $(if $(wildcard collector/*.c),collector)
PORT_TOOL_SOURCES := ports/posix/line.c
