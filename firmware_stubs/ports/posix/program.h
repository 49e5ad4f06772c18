/* A stub as a program; see program.c. */
#ifndef ISLETBENCH_POSIX_PROGRAM_H
#define ISLETBENCH_POSIX_PROGRAM_H

#include "isletbench/hal.h"

/* Read the command line and open everything; ends the program with exit code 2 and one sentence when something is wrong. */
const struct ib_hal *program_start(int argc, char *argv[]);
/* Print on stdout where the device is. */
void program_ready(void);
/* False once a signal or the end of a socket has requested the end. */
bool program_runs(void);
/* Whether a client has closed the line; true once for each. */
bool program_line_has_closed(void);
void program_end(void);

#endif
