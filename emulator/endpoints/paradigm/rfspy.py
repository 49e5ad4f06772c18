"""A radio stick with the subg_rfspy firmware in front of a Paradigm pump.

The stick knows nothing of pumps: it sends what it is given, on the frequency in its registers, and passes on what it receives.
The signal is strongest where the pump listens, becomes weaker beside it and with the distance, and ends 0.1 MHz away.
"""

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.endpoints.paradigm.face import AdapterFace, RequestFramer
from isletbench.emulator.endpoints.paradigm.operations import (
    ANNOUNCE,
    OPERATIONS,
    PROFILE_WRITES,
    UNKNOWN,
    parameters_of,
    word_of,
)
from isletbench.emulator.endpoints.paradigm.settings import RadioSettings
from isletbench.emulator.endpoints.personality import Personality
from isletbench.emulator.pump.machine import Pump
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import line_code, radio, subg_rfspy
from isletbench.protocols.medtronic.opcodes import Generation
from isletbench.protocols.medtronic.radio import LONG, RadioPacket
from isletbench.protocols.medtronic.subg_rfspy import SendAndListen, SendPacket

BITS_PER_MS = 16.384
"""The data rate on the air."""
PREAMBLE: Span = 1
"""What precedes a packet, ms."""
NEAR = -49.0
"""dBm at half a metre on the pump's own frequency."""
WEAKEST = -76.0
"""dBm; what is weaker is not received."""
WIDTH = 0.1
"""MHz beside the pump's frequency beyond which nothing is received."""
WORDS = {
    subg_rfspy.Interrupt: "Interrupt",
    subg_rfspy.GetState: "GetState",
    subg_rfspy.GetVersion: "GetVersion",
    subg_rfspy.GetPacket: "GetPacket",
    subg_rfspy.WriteRegister: "WriteRegister",
    subg_rfspy.ReadRegister: "ReadRegister",
    subg_rfspy.Reset: "Reset",
}
"""The commands of the stick itself."""


def packet_word(octets: bytes, generation: Generation) -> str:
    """The operation of a radio packet."""
    try:
        packet = radio.decode(octets)
    except WireError:
        return UNKNOWN
    if len(packet.payload) == LONG:
        payload = radio.opened(packet.payload)
        return word_of(packet.opcode, payload.data[: payload.lead], generation)
    takes_more = packet.opcode in PROFILE_WRITES or parameters_of(packet.opcode, generation) is not None
    return ANNOUNCE if takes_more else word_of(packet.opcode, b"", generation)


def word(command: subg_rfspy.Command, settings: RadioSettings) -> str:
    """The operation of a command: that of the radio packet in it, or the stick's own."""
    if isinstance(command, SendPacket | SendAndListen):
        return packet_word(line_code.decoded(command.data), settings.generation)
    return WORDS[type(command)]


class Air:
    """What a stick's radio is set to, and how well it hears the pump."""

    def __init__(self, settings: RadioSettings) -> None:
        self._settings = settings
        self.registers: dict[int, int] = {}
        self._counter = 0
        self.reset()

    def reset(self) -> None:
        """Set the registers to what they are after power-up: the frequency of pumps of this region."""
        centre = 916.6 if self._settings.frequency > 900 else 868.3
        steps = round(centre / subg_rfspy.MHZ_PER_STEP)
        self.registers = dict(zip(subg_rfspy.FREQUENCY, steps.to_bytes(3, "big"), strict=True))

    @property
    def frequency(self) -> float:
        """MHz."""
        steps = int.from_bytes(bytes(self.registers.get(register, 0) for register in subg_rfspy.FREQUENCY), "big")
        return steps * subg_rfspy.MHZ_PER_STEP

    @property
    def strength(self) -> float | None:
        """dBm; None where nothing is received."""
        beside = abs(self.frequency - self._settings.frequency)
        dbm = NEAR - 20 * math.log10(self._settings.distance / 0.5) - 24 * (beside / WIDTH) ** 2
        return None if beside > WIDTH or dbm < WEAKEST else dbm

    def received(self, packet: RadioPacket) -> bytes:
        """A packet of the pump as the stick hands it on."""
        self._counter = self._counter % 0xFF + 1
        coded = line_code.coded(radio.encode(packet))
        return subg_rfspy.received(subg_rfspy.rssi_of(self.strength or WEAKEST), self._counter, coded)


def on_air(data: bytes, head: Any) -> Span:
    """How long a packet is on the air, its repetitions included, ms."""
    once = PREAMBLE + math.ceil(8 * len(data) / BITS_PER_MS)
    return int(once * (head.repeats + 1) + head.delay * head.repeats)


@dataclass(frozen=True, slots=True)
class Coming:
    """A packet of the pump that will have come at an instant: it is received by whoever listens then."""

    at: Instant
    packet: RadioPacket


class Stick(AdapterFace):
    """The stick on a UART."""

    settings: RadioSettings

    def __init__(self, name: str, pump: Pump, settings: RadioSettings) -> None:
        super().__init__(name, pump, settings)
        self.settings = settings
        self.air = Air(settings)
        self._coming: Coming | None = None

    def status(self, now: Instant) -> Mapping[str, Any]:
        """As of every adapter, and what the stick is tuned to: how it would receive the pump, dBm, None for not at all."""
        dbm = self.air.strength
        tuned = {"frequency_mhz": round(self.air.frequency, 3), "signal_dbm": None if dbm is None else round(dbm, 1)}
        return {**super().status(now), **tuned}

    def receive(self, command: Command, now: Instant) -> Iterator[Any]:
        """Take one command; one that comes while the stick listens ends that."""
        if self.cancel():
            yield Answer(command.link, subg_rfspy.response(subg_rfspy.INTERRUPTED), command.operation)
        for asked in subg_rfspy.commands().feed(command.value):
            yield from self._obey(asked, command, now)

    def _obey(self, asked: subg_rfspy.Command, command: Command, now: Instant) -> Iterator[Any]:
        match asked:
            case subg_rfspy.GetState():
                yield self._said(command, subg_rfspy.STATE)
            case subg_rfspy.GetVersion():
                yield self._said(command, subg_rfspy.VERSION.encode("ascii"))
            case subg_rfspy.WriteRegister(address, value):
                known = address <= subg_rfspy.MOST_REGISTER
                if known:
                    self.air.registers[address] = value
                yield self._said(command, subg_rfspy.DONE if known else subg_rfspy.BAD_REGISTER)
            case subg_rfspy.ReadRegister(address):
                value = self.air.registers.get(address, 0)
                yield Answer(command.link, bytes([value]) + subg_rfspy.END, command.operation)
            case subg_rfspy.Reset():
                self.air.reset()
            case subg_rfspy.GetPacket(timeout=timeout):
                self._listen(now, timeout, command)
            case SendPacket(head, data):
                ended = now + on_air(data, head)
                self._coming = yield from self._sent(data, now, ended)
                self._later(ended, command, b"")
            case SendAndListen():
                yield from self._send_and_listen(asked, command, now)

    def _send_and_listen(self, asked: SendAndListen, command: Command, now: Instant) -> Iterator[Any]:
        head = asked.head
        began = now
        for _ in range(head.retries + 1):
            ended = began + on_air(asked.data, head)
            self._coming = yield from self._sent(asked.data, began, ended)
            if self._coming is not None or not head.timeout:
                break
            began = ended + head.timeout
        self._listen(ended, head.timeout, command)

    def _listen(self, begins: Instant, timeout: Span, command: Command) -> None:
        """Hand on what comes within a time, or say that nothing has come; without a time-out listen for ever."""
        coming, self._coming = self._coming, None
        if coming is not None and begins <= coming.at and (coming.at - begins <= timeout or not timeout):
            self._later(coming.at, command, self.air.received(coming.packet))
        elif timeout:
            self._later(begins + timeout, command, subg_rfspy.TIMEOUT)

    def _sent(self, data: bytes, began: Instant, ended: Instant) -> Generator[Any, None, Coming | None]:
        """Put a packet on the air; what the pump answers, if it hears it."""
        try:
            packet = radio.decode(line_code.decoded(data))
        except WireError:
            return None
        if self.air.strength is None or not self.radio.hears(packet, began, ended):
            return None
        self.radio.stay_awake(ended + self.settings.awake)
        answer = yield from self.radio.receive(packet, began)
        return None if answer is None else Coming(ended + self.radio.delay(packet), answer)

    @staticmethod
    def _said(command: Command, octets: bytes) -> Answer:
        return Answer(command.link, subg_rfspy.response(octets), command.operation)

    def _later(self, at: Instant, command: Command, octets: bytes) -> None:
        self.later(at, self._said(command, octets))


RFSPY = Personality(
    name="paradigm_rfspy",
    about="a Medtronic Paradigm pump behind a radio stick with the subg_rfspy firmware (RileyLink on a serial port)",
    kind="pump",
    profile="paradigm_x23",
    settings=RadioSettings,
    operations=sorted({*OPERATIONS, *WORDS.values()}),
    framer=lambda settings: RequestFramer(subg_rfspy.commands(), lambda command: word(command, settings)),
    face=Stick,
)
"""The stick as a rig names it."""
