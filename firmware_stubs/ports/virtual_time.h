/*
 * The clock channel: how a test lets time pass for a stub, on whatever the stub runs.
 *
 * Eight octets, little endian, say what time it is; when everything due by then has been done and sent, the same eight octets
 * are sent back. Bits 0..47 are the time since power-up in ms, which never goes back; bits 48..62 the glucose that the sensor
 * sees in mg/dL, 0 for the built-in curve; bit 63 is the occlusion pin. Power-up counts as the number 0: the stub sends it when
 * it is ready.
 *
 * Time passes from deadline to deadline, as it does for the Python devices in jump pace: what was due in between happens at
 * its own instant. Pin and glucose hold from the instant at which they are received, before time passes: to occlude at T, send T,
 * then T again with bit 63. Octets and numbers come over two wires, so a test that needs an order waits for an answer in
 * between.
 */
#ifndef ISLETBENCH_VIRTUAL_TIME_H
#define ISLETBENCH_VIRTUAL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IB_CLOCK_OCTETS 8U

struct ib_virtual_time {
    uint64_t now_ms;                  /* the time of the device; starts at 0 */
    uint64_t received;                /* the last number */
    bool is_open;                     /* the number has not been sent back yet */
    bool is_applied;                  /* the device has used the pin and the glucose of that number */
    uint8_t partial[IB_CLOCK_OCTETS]; /* of the next number */
    size_t count;                     /* octets of it that are there */
};

enum ib_virtual_step {
    IB_TIME_PASSED,  /* now_ms or the inputs are new: let the device do what is due */
    IB_TIME_REACHED, /* all is done: send the octets in reply */
    IB_TIME_WAITS    /* nothing to do until octets come, on either wire */
};

void ib_virtual_time_init(struct ib_virtual_time *time);

/* Take octets of the clock channel; how many were taken: none beyond a number that has not been sent back yet. */
size_t ib_virtual_time_take(struct ib_virtual_time *time, const uint8_t *octets, size_t count);

/* What comes next for a device whose next deadline is until_ms. */
enum ib_virtual_step ib_virtual_time_step(struct ib_virtual_time *time, uint64_t until_ms, uint8_t reply[IB_CLOCK_OCTETS]);

uint16_t ib_virtual_time_glucose_mg_dl(const struct ib_virtual_time *time);
bool ib_virtual_time_is_occluded(const struct ib_virtual_time *time);

#endif
