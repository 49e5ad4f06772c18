/* The wire of a stub on this computer: a pseudo-terminal, a serial port, or a Unix socket. */
#ifndef ISLETBENCH_POSIX_LINE_H
#define ISLETBENCH_POSIX_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_PATH 256U

struct line {
    int fd;
    bool is_pty;
    bool is_hung_up;         /* a pseudo-terminal that no client has open */
    char path[LINE_PATH];    /* of the device or socket */
    char link[LINE_PATH];    /* the symbolic link we made to it, or "" */
    uint8_t outgoing[65536]; /* octets that the other side has not taken yet */
    size_t count;
};

/* Each opens the line. False, with a sentence on stderr, when it cannot be opened. */
bool line_open_pty(struct line *line, const char *link); /* ``link`` may be NULL: no symbolic link */
bool line_open_tty(struct line *line, const char *path); /* raw, 115200 baud, 8N1 */
bool line_open_socket(struct line *line, const char *path);
void line_close(struct line *line);

/* Read what has been received: 0 octets when there is nothing, or no client. Sets ``is_hung_up``. */
size_t line_receive(struct line *line, uint8_t *octets, size_t capacity);
/* Send, or store until there is room; what does not fit is discarded as a whole frame. It never blocks. */
void line_send(struct line *line, const uint8_t *octets, size_t count);
/* Send what was stored, as far as there is room. */
void line_flush(struct line *line);
/* Whether a client has closed the line; true once for each. */
bool line_has_closed(struct line *line);

/* A connected Unix stream socket, not blocking; -1 with a sentence on stderr. */
int connect_socket(const char *path);

#endif
