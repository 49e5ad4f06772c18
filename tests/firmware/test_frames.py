"""The link in C: its frames are those of Python, whatever comes, and it holds the manual's conversation octet for octet."""

import ctypes
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols import frames
from isletbench.protocols.frames import Frame, FrameReader, encode_frame
from tests.firmware.compiled import compile_c, library, needs_compiler
from tests.transports.serial.manual import VECTORS

pytestmark = needs_compiler


class Octets(ctypes.Structure):
    """``struct ib_octets``."""

    _fields_ = [("at", ctypes.c_void_p), ("count", ctypes.c_size_t)]


class CFrame(ctypes.Structure):
    """``struct ib_frame``."""

    _fields_ = [("type", ctypes.c_uint8), ("seq", ctypes.c_uint8), ("handle", ctypes.c_uint16), ("content", Octets)]


class CReader(ctypes.Structure):
    """``struct ib_frame_reader``."""

    _fields_ = [
        ("octets", ctypes.c_uint8 * frames.MAX_WIRE),
        ("count", ctypes.c_size_t),
        ("is_overlong", ctypes.c_bool),
        ("damaged", ctypes.c_uint32),
    ]


def written(frame: Frame) -> bytes:
    """A frame as C puts it on the wire."""
    content = ctypes.create_string_buffer(frame.content, max(1, len(frame.content)))
    told = CFrame(frame.type, frame.seq, frame.handle, Octets(ctypes.addressof(content), len(frame.content)))
    wire = ctypes.create_string_buffer(frames.MAX_WIRE + 1)
    wire[frames.MAX_WIRE] = b"!"
    write = library().ib_frame_write
    write.restype = ctypes.c_size_t
    count = write(ctypes.byref(told), wire)
    assert wire[frames.MAX_WIRE] == b"!"
    return wire.raw[:count]


def read(octets: bytes) -> tuple[list[Frame], int]:
    """The frames that C finds in octets, and how many it has dropped."""
    reader, frame, found = CReader(), CFrame(), []
    push = library().ib_frame_push
    push.restype = ctypes.c_bool
    for octet in octets:
        if push(ctypes.byref(reader), octet, ctypes.byref(frame)):
            content = ctypes.string_at(frame.content.at, frame.content.count)
            found.append(Frame(frame.type, frame.seq, frame.handle, content))
    return found, reader.damaged


def read_in_python(octets: bytes) -> tuple[list[Frame], int]:
    """The same, of Python."""
    reader = FrameReader()
    return [frame for frame, _ in reader.feed(octets)], reader.damaged


some_frames = st.builds(
    Frame,
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 0xFFFF),
    st.binary(max_size=20)
    | st.integers(0, frames.MAX_CONTENT).map(bytes)
    | st.integers(0, frames.MAX_CONTENT).map(lambda count: b"\x2a" * count),
)


@pytest.mark.parametrize(
    "vector", VECTORS["frame"] + VECTORS["conversation"] + VECTORS["long"], ids=lambda vector: str(vector["name"])
)
def test_golden_frames_are_written_and_read_by_c(vector: dict[str, Any]) -> None:
    frame = Frame(vector["type"], vector["seq"], vector["handle"], bytes.fromhex(vector["content"]))
    wire = bytes.fromhex(vector["wire"])
    assert written(frame) == wire
    assert read(wire) == ([frame], 0)


@pytest.mark.parametrize("vector", VECTORS["damaged"], ids=lambda vector: str(vector["name"]))
def test_golden_damage_is_dropped_and_counted_by_c(vector: dict[str, Any]) -> None:
    assert read(bytes.fromhex(vector["wire"])) == ([], 1)


@given(some_frames)
def test_any_frame_is_written_as_python_writes_it(frame: Frame) -> None:
    assert written(frame) == encode_frame(frame)


damage = st.tuples(st.integers(0, 1200), st.binary(max_size=3), st.integers(0, 3))
"""Where, what is put there, and how much of what was there is lost."""


@given(st.lists(some_frames | st.binary(max_size=12) | st.just(b"\x01" * 600), max_size=4), st.lists(damage, max_size=3))
def test_any_octets_are_read_as_python_reads_them(parts: list[Frame | bytes], damages: list[tuple[int, bytes, int]]) -> None:
    octets = b"".join(part + b"\0" if isinstance(part, bytes) else encode_frame(part) for part in parts)
    for at, put, lost in damages:
        octets = octets[:at] + put + octets[at + lost :]
    assert read(octets) == read_in_python(octets)


# The manual's conversation

DEVICE = r"""
#include <stdio.h>
#include <string.h>

#include "isletbench/device.h"

/* The device of the manual, section 6: a measurement and a record access control point that has seven records. */

static const struct ib_characteristic CHARACTERISTICS[] = {{0x2AA7, 0x10, IB_BARE}, {0x2A52, 0x28, IB_BARE}};
static const struct ib_service SERVICE = {0x181F, CHARACTERISTICS, 2};

static struct ib_device device;

static enum ib_att_code count_records(void *context, uint16_t uuid, struct ib_octets value, uint64_t now)
{
    static const uint8_t answer[] = {0x05, 0x00, 0x07, 0x00};
    (void)context;
    if (value.count != 2 || value.at[0] != 0x04 || value.at[1] != 0x01) {
        return IB_ATT_CODE_OUT_OF_RANGE;
    }
    ib_gatt_send(&device.gatt, SERVICE.uuid, uuid, (struct ib_octets){answer, sizeof answer}, now);
    return IB_ATT_CODE_SUCCESS;
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

static size_t receive(void *context, uint8_t *octets, size_t capacity)
{
    (void)context;
    return fread(octets, 1, capacity < 1 ? capacity : 1, stdin); /* one at a time: any chunking will do */
}

static void send(void *context, const uint8_t *octets, size_t count)
{
    (void)context;
    fwrite(octets, 1, count, stdout);
}

static uint64_t now_ms(void *context)
{
    (void)context;
    return 0;
}

int main(void)
{
    static const struct ib_hal hal = {.receive = receive, .send = send, .now_ms = now_ms};
    static const struct ib_gatt_service service = {.spec = &SERVICE, .write = count_records};
    ib_device_init(&device, &hal, "CGM", &service, 1, (struct ib_machine){NULL, advance, next_deadline});
    return ib_device_poll(&device) == IB_ATT_TRANSACTION_TIMEOUT_MS ? 1 : 0; /* the indication has been confirmed */
}
"""


def test_c_holds_the_conversation_of_the_manual(tmp_path: Path) -> None:
    program = compile_c(DEVICE, tmp_path)
    said = {
        who: b"".join(bytes.fromhex(frame["wire"]) for frame in VECTORS["conversation"] if frame["from"] == who)
        for who in ("client", "device")
    }
    ran = subprocess.run([program], input=said["client"], capture_output=True, check=False)
    assert (ran.stdout, ran.returncode) == (said["device"], 0)
