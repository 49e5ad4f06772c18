"""The careful client and a CareLink stick: what it takes from the stick's answers, and what it does not."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.paradigm.carelink import CareLink
from isletbench.hil_rigs.clients.paradigm.port import GIVES_UP_S
from isletbench.hil_rigs.clients.paradigm.pump import NoAnswer, NotSent, Refusal
from isletbench.protocols.medtronic import answers, carelink, parameters
from isletbench.protocols.medtronic.carelink import Link, LinkFlag, LinkStatus, Product, ReadRadio, Send
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.packet import encode

SERIAL = "208850"
BATTERY, RESERVOIR = answers.Battery(0, 150), answers.ReservoirFortieths(4_000)
FRAMES = {Opcode.BATTERY: encode(BATTERY).ljust(64, b"\0"), Opcode.RESERVOIR: encode(RESERVOIR).ljust(64, b"\0")}
BOLUS = parameters.BolusFortieths(40)
WORKS = Link(0, 0, LinkFlag.RECEIVING, 0)


class FakeStick:
    """A stick whose radio works for a while before there is anything to read; answers come in order."""

    def __init__(self, *, late_s: float = 0.0, replies: tuple[bytes, ...] = (), serial: str = SERIAL) -> None:
        self._late_s, self._replies, self._pump = late_s, list(replies), serial
        self._commands = carelink.commands()
        self._next = 0.0
        self._polls = 0
        self._waiting: list[bytes] = []
        self.sent: list[int] = []
        self.refuses = False
        self.refuses_late_s = 0.0
        """It refuses to have the next answer read, and says so as late."""
        self.damages = 0
        """So many chunks come with a wrong octet."""
        self.is_open = False

    def open(self, received: Callable[[bytes], None], closed: object) -> "FakeStick":
        self._received, self.is_open = received, True
        return self

    def write(self, octets: bytes) -> None:
        loop = asyncio.get_running_loop()
        for command in self._commands.feed(octets):
            if isinstance(command, ReadRadio) and self.refuses_late_s:
                self._late_s, self.refuses_late_s = self.refuses_late_s, 0.0
                self._waiting = []
            self._next, self._late_s = max(self._next, loop.time() + self._late_s), 0.0
            loop.call_at(self._next, self._received, self._answer(command))

    def close(self) -> None:
        self.is_open = False

    def _answer(self, command: carelink.Command) -> bytes:
        match command:
            case Product():
                return carelink.acknowledged(bytes(6) + carelink.NAME)
            case Send(opcode=opcode):
                if self.refuses:
                    return carelink.refused(2)
                self.sent.append(opcode)
                self._polls = 0
                self._waiting = [self._replies.pop(0)] if self._replies else [FRAMES[Opcode(opcode)]]
                return carelink.acknowledged()
            case LinkStatus():
                self._polls += 1
                if not self._waiting or self._waiting == [SILENT]:
                    return carelink.status(carelink.NOTHING)
                return carelink.status(WORKS if self._polls < 15 else carelink.ready(len(self._waiting[0])))
            case ReadRadio() if not self._waiting:
                return carelink.refused()
            case ReadRadio(size):
                data = self._waiting.pop(0)
                assert size == carelink.CHUNK_OVERHEAD + len(data)
                chunk = bytearray(carelink.chunk(self._pump, data, last=not self._waiting))
                if self.damages:
                    self.damages -= 1
                    chunk[-2] ^= 1
                return bytes(chunk)
        raise AssertionError(command)


SILENT = b"silent"
"""A pump that does not answer."""


def talk(stick: FakeStick, what: Callable[[CareLink], Coroutine[Any, Any, Any]]) -> Any:
    """What comes of it; virtual time."""

    async def main() -> Any:
        pump = CareLink(stick.open, SERIAL, Generation.X23)
        try:
            return await what(pump)
        finally:
            await pump.close()
            assert not stick.is_open

    return run(main(), Pace(None))


@pytest.mark.parametrize("late_s", [0.0, 1.5, GIVES_UP_S + 0.5, 3 * GIVES_UP_S - 0.5])
def test_a_late_answer_is_not_taken_for_the_next_one(late_s: float) -> None:
    stick = FakeStick(late_s=late_s)

    async def what(pump: CareLink) -> None:
        assert await pump.read(Opcode.BATTERY, answers.Battery) == BATTERY
        stick.sent.clear()
        assert await pump.read(Opcode.RESERVOIR, answers.ReservoirFortieths) == RESERVOIR
        assert stick.sent == [Opcode.RESERVOIR]

    talk(stick, what)


def test_what_the_pump_refuses_is_a_refusal_and_what_it_takes_is_sent_once() -> None:
    stick = FakeStick(replies=(b"\x00", b"\x0c"))

    async def what(pump: CareLink) -> None:
        await pump.command(Opcode.BOLUS, BOLUS)
        with pytest.raises(Refusal, match="0C"):
            await pump.command(Opcode.BOLUS, BOLUS)

    talk(stick, what)
    assert stick.sent == [Opcode.BOLUS, Opcode.BOLUS]


def test_a_silent_pump_leaves_the_question_open_and_a_refusing_stick_does_not() -> None:
    stick = FakeStick(replies=(SILENT,))

    async def what(pump: CareLink) -> None:
        with pytest.raises(NoAnswer) as silence:
            await pump.command(Opcode.BOLUS, BOLUS)
        assert not isinstance(silence.value, NotSent)
        stick.refuses = True
        with pytest.raises(NotSent):
            await pump.command(Opcode.BOLUS, BOLUS)

    talk(stick, what)
    assert stick.sent == [Opcode.BOLUS]


def test_a_late_refusal_does_not_count_for_the_next_message() -> None:
    """A bolus that seemed not to have been sent would be sent again."""
    stick = FakeStick(replies=(b"\x00", b"\x00"))
    stick.refuses_late_s = GIVES_UP_S + 0.5

    async def what(pump: CareLink) -> None:
        with pytest.raises(NoAnswer):
            await pump.command(Opcode.SUSPEND, parameters.Suspend(0))
        await pump.command(Opcode.BOLUS, BOLUS)

    talk(stick, what)
    assert stick.sent == [Opcode.SUSPEND, Opcode.BOLUS]


def test_a_damaged_chunk_is_asked_for_anew() -> None:
    stick = FakeStick()
    stick.damages = 1

    async def what(pump: CareLink) -> None:
        assert await pump.read(Opcode.BATTERY, answers.Battery) == BATTERY

    talk(stick, what)
    assert stick.sent == [Opcode.BATTERY] * 2


def test_the_answer_of_another_pump_is_none() -> None:
    async def what(pump: CareLink) -> None:
        with pytest.raises(NoAnswer):
            await pump.read(Opcode.BATTERY, answers.Battery)

    talk(FakeStick(serial="123456"), what)
