/* A stub as a program; see program.c. */
#ifndef LOOPBENCH_POSIX_PROGRAM_H
#define LOOPBENCH_POSIX_PROGRAM_H

#include "loopbench/hal.h"

/* Read the command line and open everything; ends the program with exit code 2 and one sentence when something is wrong. */
const struct lb_hal *program_start(int argc, char *argv[]);
/* Say on stdout where the device is. */
void program_ready(void);
/* Whether nobody has asked it to end. */
bool program_runs(void);
/* Whether a client that was there has closed the line; told once. */
bool program_line_has_closed(void);
void program_end(void);

#endif
