"""The C controller against a pump that says anything: it comes to an end, in its own memory, whatever it is told.

A true conversation is recorded, then bent at random and played back, to the controller as a program with every sanitizer.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from isletbench.protocols.e2e import with_crc
from isletbench.protocols.frames import Frame, FrameReader, encode_frame
from tests.firmware.compiled import STUBS, compile_c, needs_compiler
from tests.firmware.controllers import BEGUN, NOT_BEGUN, UNCLEAR, Controller

SCRIPTS = 400
SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
BEFORE_THE_LIBRARY = "-Wl,--allow-multiple-definition"
"""The controller is compiled anew, with the sanitizers, and stands in the library without."""
PROGRAM = """
#include <stdio.h>
#include <string.h>

#include "isletbench/pump_client.h"

static uint8_t heard[65536];
static size_t left, at;
static unsigned pieces;
static uint64_t now;

static unsigned number(void)
{
    int low = getchar(), high = getchar();
    return (unsigned)low | (unsigned)high << 8;
}

/* How long it took to come, ms, and its octets. */
static void next_piece(void)
{
    pieces--;
    now += number();
    left = number();
    at = 0;
    left = fread(heard, 1, left, stdin);
}

static size_t receive(void *context, uint8_t *octets, size_t capacity)
{
    size_t count = left < capacity ? left : capacity;
    (void)context;
    memcpy(octets, heard + at, count);
    at += count;
    left -= count;
    return count;
}

static void send(void *context, const uint8_t *octets, size_t count)
{
    (void)context;
    (void)octets;
    (void)count;
}

static uint64_t now_ms(void *context)
{
    (void)context;
    return now;
}

/* Every wait brings the next piece; when there are no more, time passes. */
static void wait(void *context, uint64_t until_ms)
{
    (void)context;
    if (pieces > 0) {
        next_piece();
    } else if (until_ms > now) {
        now = until_ms;
    }
}

int main(void)
{
    static const struct ib_hal hal = {.receive = receive, .send = send, .now_ms = now_ms, .wait = wait};
    for (unsigned scripts = number(); scripts > 0; scripts--) {
        struct ib_pump_client client;
        pieces = number();
        ib_pump_client_init(&client, &hal, NULL, NULL);
        enum ib_outcome outcome = ib_pump_client_open(&client);
        struct ib_dose dose = ib_pump_client_bolus(&client, 0xF00Au);
        (void)printf("%d %d\\n", (int)outcome, (int)dose.fate);
        while (pieces > 0) {
            next_piece();
        }
        left = 0;
    }
    return 0;
}
"""


Piece = tuple[int, bytes]
"""What came while the controller waited, and after how many milliseconds."""


class Recording(Controller):
    """Keeps what the pump said, piece by piece, as the controller waited for it."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        super().__init__()

    async def _pass(self, until_ms: int) -> None:
        began = self.bench.clock.now()
        await super()._pass(until_ms)
        self.pieces.append((self.bench.clock.now() - began, bytes(self._heard)))


def recorded(fault: str | None) -> list[Piece]:
    """What a pump says while a bolus of 1 U is given, or its answer is lost."""
    controller = Recording()
    try:
        assert controller.open() == 0
        if fault is not None:
            controller.inject(fault=fault, on="SetBolus")
        assert controller.bolus(1.0).fate == BEGUN
        return controller.pieces
    finally:
        controller.close()


def bent(frame: Frame, rng: Random) -> Frame:
    """A frame that is not quite what it was; mostly protected as if it were right."""
    content = bytearray(frame.content)
    match rng.randrange(6):
        case 0:
            return Frame(
                rng.choice([0x02, 0x11, 0x21, 0x23, 0x27, 0x30, 0x31, 0x7F, rng.randrange(256)]), frame.seq, frame.handle
            )
        case 1:
            return Frame(frame.type, (frame.seq + rng.choice([-1, 1, 7])) % 256, frame.handle, frame.content)
        case 2:
            return Frame(frame.type, frame.seq, rng.randrange(70), frame.content)
        case 3 if content:
            del content[rng.randrange(len(content)) :]
        case 4:
            content += rng.randbytes(rng.choice([1, 3, 60, 200]))
        case _ if content:
            content[rng.randrange(len(content))] = rng.randrange(256)
        case _:
            pass
    if len(content) > 3 and rng.random() < 0.7:
        content = bytearray(with_crc(bytes(content[:-2])))
    return Frame(frame.type, frame.seq, frame.handle, bytes(content[:512]))


def script(conversation: Sequence[Piece], rng: Random) -> list[Piece]:
    """A conversation in which a few things are not as they were."""
    pieces = list(conversation)
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(pieces))
        took, octets = pieces[place]
        frames = [frame for frame, _ in FrameReader().feed(octets)]
        match rng.randrange(8):
            case 0:
                pieces[place] = took, rng.randbytes(rng.randrange(40))
            case 1:
                pieces[place] = took, octets * 2
            case 2:
                del pieces[place:]
                break
            case _ if frames:
                which = rng.randrange(len(frames))
                frames[which] = bent(frames[which], rng)
                pieces[place] = took, b"".join(map(encode_frame, frames))
            case _:
                pass
    return pieces


def given(scripts: Sequence[Sequence[Piece]]) -> bytes:
    """Scripts as the program reads them."""
    told = [_u16(len(pieces)) + b"".join(_u16(took) + _u16(len(p)) + p for took, p in pieces) for pieces in scripts]
    return _u16(len(told)) + b"".join(told)


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "little")


@needs_compiler
def test_whatever_it_is_told_it_comes_to_an_end_in_its_own_memory(tmp_path: Path) -> None:
    sources = sorted(map(str, (STUBS / "collector").glob("*.c")))
    try:
        program = compile_c(PROGRAM, tmp_path, *SANITIZERS, BEFORE_THE_LIBRARY, *sources)
    except subprocess.CalledProcessError:
        pytest.skip("the compiler has no sanitizers")
    rng = Random(1)
    conversations = [recorded(None), recorded("lose_reply")]
    scripts = [*conversations, *(script(rng.choice(conversations), rng) for _ in range(SCRIPTS))]
    ran = subprocess.run([program], input=given(scripts), capture_output=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr.decode()) == (0, "")
    results = [tuple(map(int, line.split())) for line in ran.stdout.splitlines()]
    assert len(results) == len(scripts)
    assert results[: len(conversations)] == [(0, BEGUN)] * len(conversations)
    assert {fate for _, fate in results} >= {BEGUN, NOT_BEGUN, UNCLEAR}
