/* A stub as a program: on a pseudo-terminal of its own, on a serial port, or connected to a Unix socket.
 *
 *     isletbench-cgm [--link PATH | --tty PATH | --unix PATH] [--clock PATH]
 *
 * With --clock, the time comes from that Unix socket (../virtual_time.h); without it, from this computer. SIGINT and
 * SIGTERM end it cleanly, and so does the end of a socket. SIGUSR1 occludes a pump's infusion set, SIGUSR2 clears it. */
#include "program.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../virtual_time.h"
#include "line.h"

#define USAGE "usage: %s [--link PATH | --tty PATH | --unix PATH] [--clock PATH]\n"
#define WRONG_CALL 2
#define NEXT_LOOK_MS 20 /* no event reports that a client opens a pseudo-terminal */

static struct program {
    struct line line;
    int clock; /* the socket of the clock channel, or -1 */
    struct ib_virtual_time time;
    uint64_t started_ms;
    int signals[2];   /* a pipe: the signal handler writes, the loop reads */
    bool is_pin_high; /* occluded by SIGUSR1 */
    bool is_over;
} program = {.line = {.fd = -1}, .clock = -1};

/* Signals */

static void pass_on(int signal_number)
{
    const uint8_t octet = (uint8_t)signal_number;
    if (write(program.signals[1], &octet, 1) < 0) {
        _exit(1);
    }
}

static void listen_to_signals(void)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = pass_on};
    if (pipe(program.signals) != 0) {
        (void)fputs("isletbench: no pipe to be had\n", stderr);
        exit(WRONG_CALL);
    }
    for (size_t index = 0; index < sizeof SIGNALS / sizeof SIGNALS[0]; index++) {
        (void)sigaction(SIGNALS[index], &action, NULL);
    }
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static void take_signal(void)
{
    uint8_t octet = 0;
    (void)!read(program.signals[0], &octet, 1);
    if (octet == SIGUSR1 || octet == SIGUSR2) {
        program.is_pin_high = octet == SIGUSR1;
    } else {
        program.is_over = true;
    }
}

/* Ending */

bool program_runs(void)
{
    return !program.is_over;
}

void program_end(void)
{
    line_close(&program.line);
}

/* Time */

static uint64_t machine_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

static uint64_t now_ms(void *context)
{
    (void)context;
    return program.clock >= 0 ? program.time.now_ms : machine_ms() - program.started_ms;
}

static bool is_occluded(void *context)
{
    (void)context;
    return program.is_pin_high || ib_virtual_time_is_occluded(&program.time);
}

static uint16_t glucose_mg_dl(void *context)
{
    (void)context;
    return ib_virtual_time_glucose_mg_dl(&program.time);
}

/* Octets */

static size_t receive(void *context, uint8_t *octets, size_t capacity)
{
    (void)context;
    return line_receive(&program.line, octets, capacity);
}

static void send(void *context, const uint8_t *octets, size_t count)
{
    (void)context;
    line_send(&program.line, octets, count);
}

bool program_line_has_closed(void)
{
    bool has_closed = line_has_closed(&program.line);
    program.is_over = program.is_over || (has_closed && !program.line.is_pty);
    return has_closed;
}

/* Waiting */

static void take_clock(void)
{
    uint8_t octets[IB_CLOCK_OCTETS];
    ssize_t count = read(program.clock, octets, sizeof octets - program.time.count);
    if (count == 0) {
        program.is_over = true;
    } else if (count > 0) {
        (void)ib_virtual_time_take(&program.time, octets, (size_t)count);
    }
}

/* Until something arrives or ``timeout_ms`` have passed; -1 is for ever. Octets come before time: what was sent first is done
 * at the time at which it was sent. */
static void wait_for_octets(int timeout_ms)
{
    short wanted = (short)(POLLIN | (program.line.count > 0 ? POLLOUT : 0));
    bool is_deaf = program.line.is_hung_up;
    struct pollfd watched[] = {
        {program.signals[0], POLLIN, 0},
        {is_deaf ? -1 : program.line.fd, wanted, 0},
        {program.clock, POLLIN, 0},
    };
    bool looks_again = is_deaf && (timeout_ms < 0 || timeout_ms > NEXT_LOOK_MS);
    if (poll(watched, sizeof watched / sizeof watched[0], looks_again ? NEXT_LOOK_MS : timeout_ms) <= 0) {
        return;
    }
    if (watched[0].revents != 0) {
        take_signal();
    }
    if (watched[1].revents & POLLOUT) {
        line_flush(&program.line);
    }
    if (watched[2].revents && !(watched[1].revents & POLLIN)) {
        take_clock();
    }
}

static void wait_on_clock(uint64_t until_ms)
{
    uint8_t reply[IB_CLOCK_OCTETS];
    switch (ib_virtual_time_step(&program.time, until_ms, reply)) {
    case IB_TIME_PASSED:
        break;
    case IB_TIME_REACHED:
        program.is_over = program.is_over || write(program.clock, reply, sizeof reply) != (ssize_t)sizeof reply;
        break;
    case IB_TIME_WAITS:
        wait_for_octets(-1);
        break;
    }
}

static void wait(void *context, uint64_t until_ms)
{
    if (program.clock >= 0) {
        wait_on_clock(until_ms);
        return;
    }
    uint64_t now = now_ms(context), left = until_ms > now ? until_ms - now : 0;
    wait_for_octets(until_ms == IB_NEVER ? -1 : left > INT_MAX ? INT_MAX : (int)left);
}

/* Beginning */

static bool is_opened(const char *way, const char *path)
{
    if (strcmp(way, "--clock") == 0) {
        program.clock = connect_socket(path);
        return program.clock >= 0;
    }
    if (program.line.fd >= 0) {
        (void)fputs("isletbench: expected one of --link, --tty and --unix, got two\n", stderr);
        return false;
    }
    if (strcmp(way, "--link") == 0) {
        return line_open_pty(&program.line, path);
    }
    return strcmp(way, "--tty") == 0 ? line_open_tty(&program.line, path) : line_open_socket(&program.line, path);
}

static bool is_option(const char *word)
{
    return strcmp(word, "--link") == 0 || strcmp(word, "--tty") == 0 || strcmp(word, "--unix") == 0 ||
           strcmp(word, "--clock") == 0;
}

const struct ib_hal *program_start(int argc, char *argv[])
{
    static const struct ib_hal hal = {NULL, receive, send, now_ms, is_occluded, glucose_mg_dl, wait};
    bool is_well = true;
    for (int index = 1; is_well && index < argc; index += 2) {
        if (!is_option(argv[index]) || index + 1 == argc) {
            (void)fprintf(stderr, "isletbench: %s: expected an option with its path\n" USAGE, argv[index], argv[0]);
            exit(WRONG_CALL);
        }
        is_well = is_opened(argv[index], argv[index + 1]);
    }
    if (!is_well || (program.line.fd < 0 && !line_open_pty(&program.line, NULL))) {
        line_close(&program.line);
        exit(WRONG_CALL);
    }
    listen_to_signals();
    ib_virtual_time_init(&program.time);
    program.started_ms = machine_ms();
    return &hal;
}

/* As a JSON string. */
static void print_quoted(const char *text)
{
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(*text);
    }
    (void)putchar('"');
}

void program_ready(void)
{
    const struct line *line = &program.line;
    (void)fputs("{\"ready\": true, \"serial\": ", stdout);
    print_quoted(line->link[0] != '\0' ? line->link : line->path);
    (void)puts("}");
    (void)fflush(stdout);
}
