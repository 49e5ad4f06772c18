"""Indications in C, where the emulator has more memory: what waits leaves in order, what has no room is counted, and what a
write causes leaves after its response."""

import subprocess
from pathlib import Path

from tests.firmware.compiled import compile_c, needs_compiler

pytestmark = needs_compiler

PROGRAM = r"""
#include <stdio.h>
#include <string.h>

#include "isletbench/gatt.h"
#include "isletbench/hal.h"

/* One service: a control point (1, indicated), a value (2, notified). Writing to 1 tells 1, 2, 1. */

static const struct ib_characteristic CHARACTERISTICS[] = {{1, 0x28, IB_BARE}, {2, 0x10, IB_BARE}};
static const struct ib_service SERVICE = {0x1800, CHARACTERISTICS, 2};
static const uint8_t SUBSCRIBED[][2] = {{2, 0}, {1, 0}};

static struct ib_gatt gatt;
static uint64_t at; /* when something is told */

static void tell(uint16_t uuid, uint8_t what, size_t count)
{
    uint8_t value[512];
    memset(value, what, count);
    ib_gatt_send(&gatt, SERVICE.uuid, uuid, (struct ib_octets){value, count}, at);
}

static enum ib_att_code write(void *context, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    (void)context;
    (void)uuid;
    (void)value;
    (void)now;
    tell(1, 'a', 3);
    tell(2, 'b', 1);
    tell(1, 'c', 2);
    return IB_ATT_CODE_SUCCESS;
}

static void unconfirmed(void *context, uint16_t uuid, uint64_t now)
{
    (void)context;
    printf("failed %d at %d\n", uuid, (int)now);
}

static void notify(void *context, uint16_t handle, struct ib_octets value)
{
    (void)context;
    printf("notify %d: %d of %c\n", handle, (int)value.count, value.at[0]);
}

static void indicate(void *context, uint16_t handle, struct ib_octets value)
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
    return IB_NEVER;
}

int main(void)
{
    static const struct ib_gatt_service service = {.spec = &SERVICE, .write = write, .unconfirmed = unconfirmed};
    ib_gatt_init(&gatt, &service, 1, (struct ib_machine){NULL, advance, next_deadline});
    gatt.sink = (struct ib_gatt_sink){NULL, notify, indicate};
    ib_gatt_connect(&gatt, 0);
    tell(1, '-', 1);
    ib_gatt_write(&gatt, 4, (struct ib_octets){SUBSCRIBED[0], 2}, true, 0);
    ib_gatt_write(&gatt, 7, (struct ib_octets){SUBSCRIBED[1], 2}, true, 0);

    ib_gatt_write(&gatt, 3, (struct ib_octets){NULL, 0}, true, 0);
    printf("response\n");
    ib_gatt_release(&gatt, 0);
    ib_gatt_confirm(&gatt, 6, 0); /* of another characteristic */
    ib_gatt_confirm(&gatt, 3, 0);
    ib_gatt_confirm(&gatt, 3, 0);
    ib_gatt_confirm(&gatt, 3, 0); /* of nothing */

    for (uint8_t number = 0; number < 6; number++) {
        tell(1, (uint8_t)('p' + number), 500);
    }
    tell(2, 'n', 4); /* a notification does not wait */
    printf("dropped %d, deadline %d\n", (int)gatt.dropped, (int)ib_gatt_next_deadline(&gatt));
    ib_gatt_confirm(&gatt, 3, 10000);
    ib_gatt_advance(&gatt, 39999);
    ib_gatt_advance(&gatt, 40000);
    ib_gatt_confirm(&gatt, 3, 40000); /* too late */
    at = 40000;
    tell(1, 'z', 1);
    ib_gatt_disconnect(&gatt, 40001);
    tell(1, '-', 1);
    return ib_gatt_next_deadline(&gatt) == IB_NEVER ? 0 : 1;
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
