/* The collector as a program: talks to a device of the bench, or to a stub, over a serial port.
 *
 *     isletbench-collector [--timeout MS] [--patience MS] PORT read
 *     isletbench-collector ... PORT listen SECONDS
 *     isletbench-collector ... PORT bolus UNITS
 *
 * It prints one JSON object per line. Exit codes: 0 all well, 1 the device refused or did not respond, 2 the call or the
 * port is wrong. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>

#include "line.h"
#include "isletbench/pump_client.h"

#define USAGE "usage: %s [--timeout MS] [--patience MS] PORT read | listen SECONDS | bolus UNITS\n"
#define DONE 0
#define NOT_DONE 1
#define WRONG_CALL 2
#define MOST_MS 3600000u

static struct line line = {.fd = -1};

/* The HAL */

static size_t receive(void *context, uint8_t *octets, size_t capacity)
{
    (void)context;
    return line_receive(&line, octets, capacity);
}

static void send(void *context, const uint8_t *octets, size_t count)
{
    (void)context;
    line_send(&line, octets, count);
}

static uint64_t now_ms(void *context)
{
    struct timespec now;
    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void wait(void *context, uint64_t until_ms)
{
    uint64_t now = now_ms(context), left = until_ms > now ? until_ms - now : 0;
    struct pollfd watched = {line.fd, (short)(POLLIN | (line.count > 0 ? POLLOUT : 0)), 0};
    int timeout = left < MOST_MS ? (int)left : (int)MOST_MS;
    if (poll(&watched, 1, timeout) > 0 && !(watched.revents & (POLLIN | POLLOUT))) {
        (void)poll(NULL, 0, timeout); /* no client has the line open: only time can pass */
    }
    if (watched.revents & POLLOUT) {
        line_flush(&line);
    }
}

/* Words */

static void print_hex(struct ib_octets octets)
{
    for (size_t index = 0; index < octets.count; index++) {
        (void)printf(index ? " %02x" : "%02x", octets.at[index]);
    }
}

static void print_value(const char *word, const struct ib_frames_table_entry *entry, struct ib_octets value)
{
    (void)printf("{\"%s\": {\"service\": \"%04X\", \"uuid\": \"%04X\", \"value\": \"", word, entry->service, entry->uuid);
    print_hex(value);
    (void)printf("\"}}\n");
    (void)fflush(stdout);
}

static void print_notification(void *context, const struct ib_frames_table_entry *entry, struct ib_octets value)
{
    (void)context;
    print_value("notification", entry, value);
}

static const char *outcome_word(enum ib_outcome outcome)
{
    switch (outcome) {
    case IB_DONE:
        return "done";
    case IB_REFUSED:
        return "refused";
    case IB_LINK_ERROR:
        return "the device sent an ERROR frame";
    case IB_NO_RESPONSE:
        return "no answer";
    case IB_INVALID_RESPONSE:
        return "an invalid response";
    case IB_NOT_FOUND:
        return "no such characteristic";
    }
    return "";
}

static int failed(const char *what, enum ib_outcome outcome)
{
    (void)fprintf(stderr, "isletbench-collector: %s: %s: %s\n", line.path, what, outcome_word(outcome));
    return NOT_DONE;
}

static void print_device(const struct ib_collector *collector)
{
    (void)printf("{\"device\": {\"characteristics\": %zu, \"name\": \"", collector->count);
    for (const char *at = collector->name; *at != '\0'; at++) {
        (void)printf((unsigned char)*at < ' ' || *at == '"' || *at == '\\' ? "\\u%04x" : "%c", (unsigned char)*at);
    }
    (void)printf("\"}}\n");
}

/* Commands */

static int read_all(const struct ib_hal *hal)
{
    static struct ib_collector collector;
    ib_collector_init(&collector, hal, print_notification, NULL);
    enum ib_outcome outcome = ib_collector_connect(&collector);
    if (outcome != IB_DONE) {
        return failed("connecting", outcome);
    }
    print_device(&collector);
    for (size_t index = 0; index < collector.count; index++) {
        const struct ib_frames_table_entry *entry = &collector.table[index];
        struct ib_octets value;
        if (!(entry->properties & IB_ATT_PROPERTY_READ)) {
            continue;
        }
        outcome = ib_collector_read(&collector, entry, &value);
        if (outcome != IB_DONE) {
            return failed("reading", outcome);
        }
        print_value("read", entry, value);
    }
    return DONE;
}

static int listen_for(const struct ib_hal *hal, uint32_t span_ms)
{
    static struct ib_collector collector;
    ib_collector_init(&collector, hal, print_notification, NULL);
    enum ib_outcome outcome = ib_collector_connect(&collector);
    if (outcome != IB_DONE) {
        return failed("connecting", outcome);
    }
    print_device(&collector);
    for (size_t index = 0; index < collector.count; index++) {
        if (collector.table[index].cccd != 0 && ib_collector_subscribe(&collector, &collector.table[index]) != IB_DONE) {
            return failed("subscribing", IB_REFUSED);
        }
    }
    uint64_t until_ms = now_ms(NULL) + span_ms;
    while (now_ms(NULL) < until_ms) {
        ib_collector_listen(&collector, until_ms);
    }
    (void)printf("{\"lost\": %lu}\n", (unsigned long)collector.lost);
    return DONE;
}

static int give_bolus(const struct ib_hal *hal, ib_sfloat amount, uint32_t timeout_ms, uint32_t patience_ms)
{
    static const char *const FATES[] = {"begun", "refused", "not begun", "unclear"};
    static struct ib_pump_client client;
    ib_pump_client_init(&client, hal, print_notification, NULL);
    client.link.timeout_ms = timeout_ms;
    client.patience_ms = patience_ms;
    enum ib_outcome outcome = ib_pump_client_open(&client);
    if (outcome != IB_DONE) {
        return failed("opening the pump", outcome);
    }
    struct ib_dose dose = ib_pump_client_bolus(&client, amount);
    (void)printf("{\"bolus\": {\"fate\": \"%s\", \"id\": %u, \"asked_for\": %s, \"response\": %u}}\n", FATES[dose.fate],
                 (unsigned)dose.id, dose.was_asked_for ? "true" : "false", (unsigned)dose.response);
    return dose.fate == IB_DOSE_BEGUN ? DONE : NOT_DONE;
}

/* The call */

/* A decimal number above 0, such as 1.25, as a medical float. */
static bool is_amount(const char *text, ib_sfloat *amount)
{
    int64_t number = 0;
    int exponent = 0;
    bool is_fraction = false;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '.' && !is_fraction) {
            is_fraction = true;
        } else if (*at >= '0' && *at <= '9' && number < INT64_MAX / 100) {
            number = 10 * number + (*at - '0');
            exponent -= is_fraction ? 1 : 0;
        } else {
            return false;
        }
    }
    ib_sfloat code;
    if (number <= 0 || !ib_sfloat_of(number, exponent, &code) || ib_sfloat_compare(code, number, exponent) != 0) {
        return false;
    }
    *amount = code;
    return true;
}

static bool is_number(const char *text, uint32_t most, uint32_t *number)
{
    char *end;
    errno = 0;
    unsigned long parsed = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || parsed > most) {
        return false;
    }
    *number = (uint32_t)parsed;
    return true;
}

static int wrong_call(const char *program, const char *why, const char *word)
{
    (void)fprintf(stderr, "isletbench-collector: %s: %s\n" USAGE, word, why, program);
    return WRONG_CALL;
}

int main(int argc, char *argv[])
{
    static const struct ib_hal hal = {.receive = receive, .send = send, .now_ms = now_ms, .wait = wait};
    uint32_t timeout_ms = IB_COLLECTOR_TIMEOUT_MS, patience_ms = IB_PUMP_CLIENT_PATIENCE_MS, span_s = 0;
    ib_sfloat amount = 0;
    int at = 1;
    while (at + 1 < argc && strncmp(argv[at], "--", 2) == 0) {
        bool is_timeout = strcmp(argv[at], "--timeout") == 0;
        if (!is_timeout && strcmp(argv[at], "--patience") != 0) {
            return wrong_call(argv[0], "no such option", argv[at]);
        }
        if (!is_number(argv[at + 1], MOST_MS, is_timeout ? &timeout_ms : &patience_ms)) {
            return wrong_call(argv[0], "expected milliseconds, 0 to 3600000", argv[at + 1]);
        }
        at += 2;
    }
    if (at + 2 > argc) {
        return wrong_call(argv[0], "expected a port and what to do", argc > 1 ? argv[argc - 1] : "nothing given");
    }
    const char *port = argv[at], *command = argv[at + 1], *operand = at + 2 < argc ? argv[at + 2] : "";
    bool is_read = strcmp(command, "read") == 0, is_listen = strcmp(command, "listen") == 0;
    if (!is_read && !is_listen && strcmp(command, "bolus") != 0) {
        return wrong_call(argv[0], "expected read, listen or bolus", command);
    }
    if (is_listen && !is_number(operand, MOST_MS / 1000u, &span_s)) {
        return wrong_call(argv[0], "expected seconds, 0 to 3600", operand);
    }
    if (!is_read && !is_listen && !is_amount(operand, &amount)) {
        return wrong_call(argv[0], "expected units above 0 that an SFLOAT can say, such as 1.25", operand);
    }
    if (!line_open_tty(&line, port)) {
        return WRONG_CALL;
    }
    (void)tcflush(line.fd, TCIFLUSH); /* discard what an earlier client has left unread */
    int code = is_read     ? read_all(&hal)
               : is_listen ? listen_for(&hal, span_s * 1000u)
                           : give_bolus(&hal, amount, timeout_ms, patience_ms);
    line_close(&line);
    return code;
}
