"""The careful client and a stick with the MMCommander firmware: which of the packets that come are answers."""

import asyncio
from collections.abc import Callable

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.paradigm.messages import WAKES_TIMES, Messages
from isletbench.hil_rigs.clients.paradigm.mmcommander import MMCommander
from isletbench.hil_rigs.clients.paradigm.pump import NoAnswer, NotSent
from isletbench.protocols.medtronic import answers, mmcommander, parameters, radio
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.packet import encode

SERIAL = "208850"
BATTERY = answers.Battery(0, 150)
ACK = RadioPacket(SERIAL, Opcode.ACK)
ANSWER = RadioPacket(SERIAL, Opcode.BATTERY, radio.counted(encode(BATTERY)))
OTHER = RadioPacket(SERIAL, Opcode.BATTERY, radio.counted(encode(answers.Battery(1, 110))))
"""An answer that is none to what is asked."""
BOLUS = parameters.BolusFortieths(40)


class FakeStick:
    """A stick that has an answer to each packet: what comes before its confirmation, and what comes after it."""

    def __init__(self, *said: tuple[bytes, bytes], sends: int = 1_000) -> None:
        self._said = list(said)
        self._sends = sends
        """After so many packets it only receives."""
        self._commands = mmcommander.commands()
        self.sent: list[mmcommander.Send] = []

    def open(self, received: Callable[[bytes], None], closed: object) -> "FakeStick":
        self._received = received
        return self

    def write(self, octets: bytes) -> None:
        loop = asyncio.get_running_loop()
        for command in self._commands.feed(octets):
            assert isinstance(command, mmcommander.Send)
            self.sent.append(command)
            before, after = self._said.pop(0) if self._said else (b"", b"")
            confirmation = mmcommander.confirmed(command) if len(self.sent) <= self._sends else b"\x01\x00\x00"
            loop.call_later(0.01, self._received, before + confirmation)
            loop.call_later(0.05, self._received, after)

    def close(self) -> None:
        """Nothing is open."""

    @property
    def pump(self) -> Messages:
        return Messages(MMCommander(self.open), SERIAL, Generation.X23)


def heard(packet: RadioPacket, *, intact: bool = True) -> bytes:
    return mmcommander.received(radio.encode(packet), intact=intact)


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        heard(ACK),
        heard(OTHER, intact=False),
        heard(RadioPacket("123456", Opcode.BATTERY, OTHER.payload)),
        mmcommander.received(b"\xa7"),
        mmcommander.received(radio.encode(ACK)[:-1] + b"\xff"),
    ],
    ids=["nothing", "an ACK", "a wrong CRC", "another pump", "too short", "a packet that is none"],
)
def test_the_answer_is_found_among_what_is_received(noise: bytes) -> None:
    stick = FakeStick((b"", noise + heard(ANSWER)))
    assert run(stick.pump.read(Opcode.BATTERY, answers.Battery), Pace(None)) == BATTERY
    assert len(stick.sent) == 1


def test_what_comes_before_the_confirmation_is_no_answer() -> None:
    stick = FakeStick((heard(OTHER), heard(ANSWER)))
    assert run(stick.pump.read(Opcode.BATTERY, answers.Battery), Pace(None)) == BATTERY
    assert len(stick.sent) == 1


def test_parameters_follow_an_acknowledgement_and_silence_after_them_leaves_the_question_open() -> None:
    stick = FakeStick((b"", heard(ACK)), (b"", b""))
    with pytest.raises(NoAnswer) as silence:
        run(stick.pump.command(Opcode.BOLUS, BOLUS), Pace(None))
    assert not isinstance(silence.value, NotSent)
    assert [len(radio.decode(one.data).payload) for one in stick.sent] == [1, radio.LONG]


def test_what_was_not_acknowledged_was_not_sent() -> None:
    stick = FakeStick()
    with pytest.raises(NotSent):
        run(stick.pump.command(Opcode.BOLUS, BOLUS), Pace(None))
    assert all(len(radio.decode(one.data).payload) == 1 for one in stick.sent)


@pytest.mark.parametrize("sends", [0, 1])
def test_a_stick_that_only_receives_has_sent_nothing(sends: int) -> None:
    stick = FakeStick((b"", heard(ACK)), sends=sends)
    with pytest.raises(NotSent):
        run(stick.pump.command(Opcode.BOLUS, BOLUS), Pace(None))


def test_a_wake_up_is_sent_again_and_again() -> None:
    stick = FakeStick((b"", b""), (b"", b""), (b"", b""), (b"", heard(ACK)))
    run(stick.pump.wake(), Pace(None))
    assert [one.times for one in stick.sent] == [1, 100, 100, WAKES_TIMES - 200]
