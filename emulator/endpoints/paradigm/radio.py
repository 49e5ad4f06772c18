"""The radio of a Paradigm pump: it sleeps until it is woken, and takes a message of several packets one by one.

A packet that it does not hear, or that is not for it, has no answer at all. Parameters follow an op code that the pump has
acknowledged; frames of an answer follow an acknowledgement of the client. A packet with parameters that comes again is not
carried out again.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeAlias

from isletbench.emulator.core.notes import Note, Refused
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.endpoints.paradigm import messages
from isletbench.emulator.endpoints.paradigm.messages import Ack, Data, Nak, Reply
from isletbench.emulator.endpoints.paradigm.operations import PROFILE_WRITES, parameters_of
from isletbench.emulator.endpoints.paradigm.state import State
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import radio
from isletbench.protocols.medtronic.opcodes import NakCode, Opcode
from isletbench.protocols.medtronic.radio import LongPayload, RadioPacket

Heard: TypeAlias = Generator[Note, None, RadioPacket | None]
"""Notes, then the packet that answers, if any."""


@dataclass(slots=True)
class _Parameters:
    """Parameters on their way in."""

    opcode: int
    frames: list[bytes] = field(default_factory=list)


class PumpRadio:
    """The radio of one pump."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.in_range = True
        """Whether the pump and whoever talks to it can hear each other."""
        self._awake_until: Instant = 0
        self._announced: _Parameters | None = None
        self._carried_out: tuple[RadioPacket, Reply] | None = None
        self._frames: tuple[RadioPacket, ...] = ()
        self._sent = 0  # which of the frames was sent last

    @property
    def is_in_range(self) -> bool:
        """Whether the pump hears anything at all: it is in range, and its radio is not switched off."""
        return self.in_range and not self._state.pump.parts.status.flight_mode

    # Sleep

    def is_awake(self, now: Instant) -> bool:
        """Whether it hears everything."""
        return self._state.settings.always_awake or now < self._awake_until

    def hears(self, packet: RadioPacket, began: Instant, ended: Instant) -> bool:
        """Whether it hears a packet that is on the air, again and again, from one instant to another.

        A sleeping radio listens for a moment at whole multiples of ``listens_every``, and only for a wake-up.
        """
        if not self.is_in_range:
            return False
        if packet.serial != self._state.settings.serial_number:
            return False
        if self.is_awake(began):
            return True
        every = self._state.settings.listens_every
        return packet.opcode == Opcode.WAKE_UP and ended // every > began // every

    def delay(self, packet: RadioPacket) -> Span:
        """From the end of a packet to the end of the pump's answer."""
        wakes = packet.opcode == Opcode.WAKE_UP and len(packet.payload) == 1
        return self._state.settings.wakes_after if wakes else self._state.settings.answers_after

    def stay_awake(self, until: Instant) -> None:
        """Keep it awake until an instant at least."""
        self._awake_until = max(self._awake_until, until)

    # Packets

    def receive(self, packet: RadioPacket, now: Instant) -> Heard:
        """Take a packet that it hears."""
        self.stay_awake(now + self._state.settings.awake)
        if len(packet.payload) == 1:
            return (yield from self._short(packet, now))
        return (yield from self._long(packet, radio.opened(packet.payload), now))

    def _short(self, packet: RadioPacket, now: Instant) -> Heard:
        opcode = packet.opcode
        if opcode in {Opcode.ACK, Opcode.NAK}:
            return self._frame(self._sent + (opcode == Opcode.ACK))
        self._announced, self._frames, self._carried_out = None, (), None
        if opcode == Opcode.WAKE_UP or opcode in PROFILE_WRITES or parameters_of(opcode, self._state.generation) is not None:
            self._announced = _Parameters(opcode)
            return self._packet(Opcode.ACK)
        return self._answer((yield from messages.ask(self._state, opcode, b"", now)), opcode)

    def _frame(self, number: int) -> RadioPacket | None:
        if number >= len(self._frames):
            return None
        self._sent = number
        return self._frames[number]

    def _long(self, packet: RadioPacket, payload: LongPayload, now: Instant) -> Heard:
        if self._carried_out is not None and self._carried_out[0] == packet:
            return self._repeated(packet, self._carried_out[1])
        announced = self._announced
        if announced is None or announced.opcode != packet.opcode:
            yield Refused(now, "parameters of an op code that was not announced")
            return None
        if packet.opcode in PROFILE_WRITES and not payload.is_last:
            return self._collected(announced, payload)
        try:
            given = b"".join(announced.frames) if packet.opcode in PROFILE_WRITES else payload.meant
        except WireError as error:
            yield Refused(now, str(error))
            return self._packet(Opcode.NAK, NakCode.OUT_OF_RANGE)
        if packet.opcode == Opcode.WAKE_UP:
            self.stay_awake(now + minutes(given[1] if len(given) > 1 else 0))
            return self._packet(Opcode.ACK)
        self._announced = None
        reply = yield from messages.ask(self._state, packet.opcode, given, now)
        self._carried_out = packet, reply
        return self._answer(reply, packet.opcode)

    def _collected(self, announced: _Parameters, payload: LongPayload) -> RadioPacket:
        if payload.frame == len(announced.frames) + 1:
            announced.frames.append(payload.data)
        elif payload.frame != len(announced.frames):
            return self._packet(Opcode.NAK, NakCode.REFUSED)
        return self._packet(Opcode.ACK)

    def _repeated(self, packet: RadioPacket, reply: Reply) -> RadioPacket | None:
        """A packet with parameters has come again, as from a client that has not received the answer."""
        if packet.opcode == Opcode.BOLUS and isinstance(reply, Ack):
            return self._packet(Opcode.NAK, NakCode.BOLUS_IN_PROGRESS)
        return self._answer(reply, packet.opcode)

    def _answer(self, reply: Reply, opcode: int) -> RadioPacket | None:
        match reply:
            case Ack():
                return self._packet(Opcode.ACK)
            case Nak(code):
                return self._packet(Opcode.NAK, code)
            case Data(payloads):
                serial = self._state.settings.serial_number
                self._frames = tuple(RadioPacket(serial, opcode, payload) for payload in payloads)
                return self._frame(0)

    def _packet(self, opcode: int, code: int = 0) -> RadioPacket:
        return RadioPacket(self._state.settings.serial_number, opcode, bytes([code]))
