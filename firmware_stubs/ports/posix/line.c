#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static bool fail(const char *what, const char *path)
{
    (void)fprintf(stderr, "isletbench: %s %s: %s\n", what, path, strerror(errno));
    return false;
}

static bool is_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* 8 data bits, no parity, no flow control, nothing translated. */
static bool is_raw(int fd)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0) {
        return false;
    }
    settings.c_iflag = 0;
    settings.c_oflag = 0;
    settings.c_lflag = 0;
    settings.c_cflag = CS8 | CREAD | CLOCAL;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    return cfsetispeed(&settings, B115200) == 0 && cfsetospeed(&settings, B115200) == 0 &&
           tcsetattr(fd, TCSANOW, &settings) == 0;
}

static void keep_path(char *kept, const char *path)
{
    (void)snprintf(kept, LINE_PATH, "%s", path);
}

/* Whether a symbolic link leads to this place; to any device for "/dev/". */
static bool leads_to(const char *link, const char *place)
{
    char target[LINE_PATH] = "";
    return readlink(link, target, sizeof target - 1) > 0 && strncmp(target, place, strlen(place)) == 0;
}

/* A link that is there already is taken over: its stub was killed, or is about to lose it. Made beside its place and moved
   there in one step, so that of two stubs that begin at once both succeed. */
static bool is_linked(struct line *line, const char *link)
{
    char beside[LINE_PATH + 32U];
    struct stat there;
    if (lstat(link, &there) == 0 && !leads_to(link, "/dev/")) {
        errno = EEXIST;
        return fail("cannot make the link", link);
    }
    (void)snprintf(beside, sizeof beside, "%.*s.%ld", (int)LINE_PATH, link, (long)getpid());
    (void)unlink(beside);
    if (symlink(line->path, beside) != 0) {
        return fail("cannot make the link", link);
    }
    if (rename(beside, link) != 0) {
        int why = errno;
        (void)unlink(beside);
        errno = why;
        return fail("cannot make the link", link);
    }
    keep_path(line->link, link);
    return true;
}

bool line_open_pty(struct line *line, const char *link)
{
    line->is_pty = true;
    line->fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (line->fd < 0 || grantpt(line->fd) != 0 || unlockpt(line->fd) != 0 || !is_nonblocking(line->fd)) {
        return fail("cannot open", "a pseudo-terminal");
    }
    keep_path(line->path, ptsname(line->fd));
    /* Until the client's end has been opened once, it does not count as closed: open it, so that it does. */
    int client_end = open(line->path, O_RDWR | O_NOCTTY);
    if (client_end < 0 || !is_raw(client_end)) {
        return fail("cannot set up", line->path);
    }
    (void)close(client_end);
    line->is_hung_up = true;
    return link == NULL || is_linked(line, link);
}

bool line_open_tty(struct line *line, const char *path)
{
    line->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (line->fd < 0 || !is_raw(line->fd)) {
        return fail("cannot open the serial port", path);
    }
    keep_path(line->path, path);
    return true;
}

int connect_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        (void)fprintf(stderr, "isletbench: %s: a socket's path has at most %zu octets\n", path, sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 || !is_nonblocking(fd)) {
        (void)fail("cannot connect to the socket", path);
        return -1;
    }
    return fd;
}

bool line_open_socket(struct line *line, const char *path)
{
    keep_path(line->path, path);
    line->fd = connect_socket(path);
    return line->fd >= 0;
}

void line_close(struct line *line)
{
    if (line->link[0] != '\0' && leads_to(line->link, line->path)) { /* else it is another's by now */
        (void)unlink(line->link);
    }
    if (line->fd >= 0) {
        (void)close(line->fd);
    }
}

static bool is_anybody_there(const struct line *line)
{
    struct pollfd there = {line->fd, POLLIN, 0};
    return poll(&there, 1, 0) >= 0 && !(there.revents & POLLHUP);
}

size_t line_receive(struct line *line, uint8_t *octets, size_t capacity)
{
    ssize_t count = read(line->fd, octets, capacity);
    if (count > 0) {
        line->is_hung_up = false;
        return (size_t)count;
    }
    return 0;
}

void line_flush(struct line *line)
{
    size_t sent = 0;
    while (sent < line->count) {
        ssize_t count = write(line->fd, line->outgoing + sent, line->count - sent);
        if (count <= 0) {
            break;
        }
        sent += (size_t)count;
    }
    line->count -= sent;
    memmove(line->outgoing, line->outgoing + sent, line->count);
}

void line_send(struct line *line, const uint8_t *octets, size_t count)
{
    if (count > sizeof line->outgoing - line->count) {
        return;
    }
    memcpy(line->outgoing + line->count, octets, count);
    line->count += count;
    line_flush(line);
}

bool line_has_closed(struct line *line)
{
    bool was_there = !line->is_hung_up;
    line->is_hung_up = !is_anybody_there(line);
    if (!was_there || !line->is_hung_up) {
        return false;
    }
    line->count = 0;
    if (line->is_pty) { /* the next client starts clean, whatever the last one had set and left unread */
        (void)is_raw(line->fd);
        (void)tcflush(line->fd, TCIOFLUSH);
    }
    return true;
}
