/* A stub as a program; see program.c. */
#ifndef ISLETBENCH_POSIX_PROGRAM_H
#define ISLETBENCH_POSIX_PROGRAM_H

#include "isletbench/hal.h"

/* Read the command line and open everything; ends the program with exit code 2 and one sentence when something is wrong. */
const struct ib_hal *program_start(int argc, char *argv[]);
/* Say on stdout where the device is. */
void program_ready(void);
/* Whether nobody has asked it to end. */
bool program_runs(void);
/* Whether a client that was there has closed the line; told once. */
bool program_line_has_closed(void);
void program_end(void);

#endif
