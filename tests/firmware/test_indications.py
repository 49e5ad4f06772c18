"""Indications in C, where the emulator has more memory: what waits leaves in order, what has no room is counted, and what a
write causes leaves after its response."""

import subprocess
from pathlib import Path

from tests.firmware.compiled import compile_c, needs_compiler

pytestmark = needs_compiler

PROGRAM = r"""
#include <stdio.h>
#include <string.h>

#include "loopbench/gatt.h"
#include "loopbench/hal.h"

/* One service: a control point (1, indicated), a value (2, notified). Writing to 1 tells 1, 2, 1. */

static const struct lb_characteristic CHARACTERISTICS[] = {{1, 0x28, LB_BARE}, {2, 0x10, LB_BARE}};
static const struct lb_service SERVICE = {0x1800, CHARACTERISTICS, 2};
static const uint8_t SUBSCRIBED[][2] = {{2, 0}, {1, 0}};

static struct lb_gatt gatt;
static uint64_t at; /* when something is told */

static void tell(uint16_t uuid, uint8_t what, size_t count)
{
    uint8_t value[512];
    memset(value, what, count);
    lb_gatt_tell(&gatt, SERVICE.uuid, uuid, (struct lb_octets){value, count}, at);
}

static enum lb_att_code write(void *context, uint16_t uuid, struct lb_octets value, uint64_t now)
{
    (void)context;
    (void)uuid;
    (void)value;
    (void)now;
    tell(1, 'a', 3);
    tell(2, 'b', 1);
    tell(1, 'c', 2);
    return LB_ATT_CODE_SUCCESS;
}

static void unconfirmed(void *context, uint16_t uuid, uint64_t now)
{
    (void)context;
    printf("failed %d at %d\n", uuid, (int)now);
}

static void notify(void *context, uint16_t handle, struct lb_octets value)
{
    (void)context;
    printf("notify %d: %d of %c\n", handle, (int)value.count, value.at[0]);
}

static void indicate(void *context, uint16_t handle, struct lb_octets value)
{
    (void)context;
    printf("indicate %d: %d of %c\n", handle, (int)value.count, value.at[0]);
}

static void advance(void *context, uint64_t now)
{
    (void)context;
    (void)now;
}

static uint64_t next_deadline(void *context)
{
    (void)context;
    return LB_NEVER;
}

int main(void)
{
    static const struct lb_gatt_service service = {.spec = &SERVICE, .write = write, .unconfirmed = unconfirmed};
    lb_gatt_init(&gatt, &service, 1, (struct lb_machine){NULL, advance, next_deadline});
    gatt.sink = (struct lb_gatt_sink){NULL, notify, indicate};
    lb_gatt_connect(&gatt, 0);
    tell(1, '-', 1);
    lb_gatt_write(&gatt, 4, (struct lb_octets){SUBSCRIBED[0], 2}, true, 0);
    lb_gatt_write(&gatt, 7, (struct lb_octets){SUBSCRIBED[1], 2}, true, 0);

    lb_gatt_write(&gatt, 3, (struct lb_octets){NULL, 0}, true, 0);
    printf("response\n");
    lb_gatt_release(&gatt, 0);
    lb_gatt_confirm(&gatt, 6, 0); /* of another characteristic */
    lb_gatt_confirm(&gatt, 3, 0);
    lb_gatt_confirm(&gatt, 3, 0);
    lb_gatt_confirm(&gatt, 3, 0); /* of nothing */

    for (uint8_t number = 0; number < 6; number++) {
        tell(1, (uint8_t)('p' + number), 500);
    }
    tell(2, 'n', 4); /* a notification does not wait */
    printf("dropped %d, deadline %d\n", (int)gatt.dropped, (int)lb_gatt_next_deadline(&gatt));
    lb_gatt_confirm(&gatt, 3, 10000);
    lb_gatt_advance(&gatt, 39999);
    lb_gatt_advance(&gatt, 40000);
    lb_gatt_confirm(&gatt, 3, 40000); /* too late */
    at = 40000;
    tell(1, 'z', 1);
    lb_gatt_disconnect(&gatt, 40001);
    tell(1, '-', 1);
    return lb_gatt_next_deadline(&gatt) == LB_NEVER ? 0 : 1;
}
"""


def test_what_is_told_leaves_in_order_and_what_has_no_room_is_counted(tmp_path: Path) -> None:
    ran = subprocess.run([compile_c(PROGRAM, tmp_path)], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == [
        "response",
        "indicate 3: 3 of a",
        "notify 6: 1 of b",
        "indicate 3: 2 of c",
        "indicate 3: 500 of p",
        "notify 6: 4 of n",
        "dropped 2, deadline 30000",
        "indicate 3: 500 of q",
        "failed 1 at 40000",
        "failed 1 at 40000",
        "failed 1 at 40000",
        "indicate 3: 1 of z",
    ]
    assert ran.returncode == 0
