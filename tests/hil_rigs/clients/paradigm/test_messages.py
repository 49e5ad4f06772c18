"""The careful client does not take a late response of its stick for the answer to its next question."""

import asyncio
from collections.abc import Callable

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.paradigm.messages import LISTENS_MS, Messages
from isletbench.hil_rigs.clients.paradigm.port import GIVES_UP_S
from isletbench.hil_rigs.clients.paradigm.pump import NoAnswer
from isletbench.hil_rigs.clients.paradigm.rfspy import Rfspy, Stick
from isletbench.protocols.medtronic import answers, line_code, radio, subg_rfspy
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.subg_rfspy import GetVersion, SendAndListen
from isletbench.protocols.packet import encode

SERIAL = "208850"
BATTERY, RESERVOIR = answers.Battery(0, 150), answers.ReservoirFortieths(4_000)
WAITS_S = GIVES_UP_S + LISTENS_MS / 1_000
ANSWERS = {Opcode.BATTERY: encode(BATTERY), Opcode.RESERVOIR: encode(RESERVOIR)}


class SlowPort:
    """A port of a stick whose first response is late: all come in order, each after the one before it."""

    def __init__(self, late_s: float) -> None:
        self._late_s = late_s
        self._commands = subg_rfspy.commands()
        self.exchanges = 0
        self._next = 0.0

    def open(self, received: Callable[[bytes], None], closed: object) -> "SlowPort":
        self._received = received
        return self

    def write(self, octets: bytes) -> None:
        loop = asyncio.get_running_loop()
        for command in self._commands.feed(octets):
            self.exchanges += isinstance(command, SendAndListen)
            self._next, self._late_s = max(self._next, loop.time() + self._late_s), 0.0
            loop.call_at(self._next, self._received, subg_rfspy.response(_answer(command)))

    def close(self) -> None:
        """Nothing is open."""


def _answer(command: object) -> bytes:
    if isinstance(command, GetVersion):
        return subg_rfspy.VERSION.encode("ascii")
    assert isinstance(command, SendAndListen)
    asked = radio.decode(line_code.decoded(command.data))
    packet = RadioPacket(SERIAL, asked.opcode, radio.counted(ANSWERS[Opcode(asked.opcode)]))
    return subg_rfspy.received(0x20, 1, line_code.coded(radio.encode(packet)))


@pytest.mark.parametrize("late_s", [0.0, 2.6, 3.0, 6.0])
def test_a_late_response_is_not_taken_for_the_next_one(late_s: float) -> None:
    async def talk() -> None:
        port = SlowPort(late_s)
        pump = Messages(Rfspy(Stick(port.open)), SERIAL, Generation.X23)
        assert await pump.read(Opcode.BATTERY, answers.Battery) == BATTERY
        assert port.exchanges == (1 if late_s < WAITS_S else 2)
        port.exchanges = 0
        assert await pump.read(Opcode.RESERVOIR, answers.ReservoirFortieths) == RESERVOIR
        assert port.exchanges == 1

    run(talk(), Pace(None))


def test_a_stick_that_stays_silent_is_given_up() -> None:
    async def talk() -> None:
        pump = Messages(Rfspy(Stick(SlowPort(1e6).open)), SERIAL, Generation.X23)
        with pytest.raises(NoAnswer):
            await pump.read(Opcode.BATTERY, answers.Battery)

    run(talk(), Pace(None))
