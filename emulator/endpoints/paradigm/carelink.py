"""The CareLink USB stick in front of a Paradigm pump: it does the exchange with the pump, and is asked for the result."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.endpoints.paradigm import messages
from isletbench.emulator.endpoints.paradigm.face import AdapterFace, RequestFramer
from isletbench.emulator.endpoints.paradigm.messages import Ack, Data, Nak, Reply
from isletbench.emulator.endpoints.paradigm.operations import OPERATIONS, word_of
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.emulator.endpoints.personality import Personality
from isletbench.emulator.pump.machine import Pump
from isletbench.protocols.medtronic import carelink, radio
from isletbench.protocols.medtronic.carelink import InterfaceCounters, LinkFlag, ProductInfo
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.packet import encode

WORDS: dict[type[Any], str] = {
    carelink.Product: "ReadProduct",
    carelink.Counters: "ReadCounters",
    carelink.Strength: "ReadSignalStrength",
    carelink.LinkStatus: "ReadLinkStatus",
    carelink.ReadRadio: "ReadRadio",
    carelink.Malformed: "Malformed",
}
"""The commands of the stick itself."""
PRODUCT = ProductInfo(b"\x48\x02\x16", b"\x01\x05", 0, carelink.NAME.decode("ascii"), b"\x01\x10", bytes([2, 0, 1, 1, 3]))
"""What the stick says that it is."""
BUSY = carelink.Link(0, 0, LinkFlag.RECEIVING, 0)
"""The radio works."""
MOST_CHUNKS = 64
"""Chunks that the stick holds; what is not read before the next message to the pump gives way."""


def word(command: carelink.Command, generation: Generation) -> str:
    """The operation of a command: that of the message in it, or the stick's own."""
    if isinstance(command, carelink.Send):
        return word_of(command.opcode, command.parameters, generation)
    return WORDS[type(command)]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer that can be read from an instant on."""

    ready: Instant
    data: bytes
    last: bool


class Stick(AdapterFace):
    """The stick on USB."""

    def __init__(self, name: str, pump: Pump, settings: ParadigmSettings) -> None:
        super().__init__(name, pump, settings)
        self._chunks: deque[Chunk] = deque(maxlen=MOST_CHUNKS)
        self._busy_until: Instant = 0
        self._sent = self._received = self._timeouts = self._naks = 0

    def receive(self, command: Command, now: Instant) -> Iterator[Any]:
        """Take one command."""
        for asked in carelink.commands().feed(command.value):
            if isinstance(asked, carelink.Send):
                yield from self._exchange(asked, now)
            yield Answer(command.link, self._answer(asked, now), command.operation)

    def _answer(self, asked: carelink.Command, now: Instant) -> bytes:
        match asked:
            case carelink.Product():
                return carelink.acknowledged(encode(PRODUCT))
            case carelink.Counters(interface):
                return carelink.acknowledged(encode(self._counters(interface)))
            case carelink.Strength():
                return carelink.acknowledged(bytes([carelink.STRENGTH]))
            case carelink.LinkStatus():
                return carelink.status(self._link(now))
            case carelink.ReadRadio():
                return self._read(now)
            case carelink.Send():
                return carelink.acknowledged()
            case carelink.Malformed():
                return carelink.refused()

    def _counters(self, interface: int) -> InterfaceCounters:
        if interface:
            return InterfaceCounters(0, 0, 0, 0, self._sent, self._received)
        return InterfaceCounters(0, 0, self._naks & 0xFF, self._timeouts & 0xFF, self._received, self._sent)

    def _link(self, now: Instant) -> carelink.Link:
        if self._chunks and self._chunks[0].ready <= now:
            return carelink.ready(len(self._chunks[0].data))
        return BUSY if now < self._busy_until else carelink.NOTHING

    def _read(self, now: Instant) -> bytes:
        if not self._chunks or self._chunks[0].ready > now:
            return carelink.refused()
        chunk = self._chunks.popleft()
        return carelink.chunk(self.settings.serial_number, chunk.data, last=chunk.last)

    def closed(self, link: str, now: Instant) -> None:
        """The client has closed the port: what it has not read is gone."""
        self._chunks.clear()

    # The exchange with the pump

    def _exchange(self, asked: carelink.Send, now: Instant) -> Iterator[Any]:
        self._sent += 1
        self._chunks.clear()  # a client that expects no answer does not read the acknowledgement (openaps, clock)
        wakes = asked.opcode == Opcode.WAKE_UP
        # a wake-up is sent until even a sleeping radio has listened
        on_air = self.settings.answers_after + (self.settings.listens_every if wakes else 0)
        packet = radio.RadioPacket(asked.serial, asked.opcode)
        if not self.radio.hears(packet, now, now + on_air):
            self._timeouts += 1
            return
        self._received += 1
        self.radio.stay_awake(now + on_air + self.settings.awake)
        if wakes:
            self.radio.stay_awake(now + minutes(asked.parameters[1] if len(asked.parameters) > 1 else 0))
            self._hold((b"",), now + on_air)
            return
        reply = yield from messages.ask(self.state, asked.opcode, asked.parameters, now)
        self._naks += isinstance(reply, Nak)
        self._hold(_chunks(reply), now + on_air)

    def _hold(self, chunks: tuple[bytes, ...], begins: Instant) -> None:
        """Hold what the pump has answered, each piece from the instant on at which it has come."""
        every = self.settings.answers_after
        for number, data in enumerate(chunks, start=1):
            self._chunks.append(Chunk(begins + number * every, data, last=number == len(chunks)))
        self._busy_until = begins + len(chunks) * every


def _chunks(reply: Reply) -> tuple[bytes, ...]:
    match reply:
        case Data(payloads):
            return tuple(radio.opened(payload).data for payload in payloads)
        case Nak(code):
            return (bytes([code]),)
        case Ack():
            return (b"\x00",)


CARELINK = Personality(
    name="paradigm_carelink",
    about="a Medtronic Paradigm pump behind a CareLink USB stick",
    kind="pump",
    profile="paradigm_x23",
    settings=ParadigmSettings,
    operations=sorted({*OPERATIONS, *WORDS.values()}),
    framer=lambda settings: RequestFramer(carelink.commands(), lambda command: word(command, settings.generation)),
    face=Stick,
    usb_id="0a21:8001",
)
"""The stick as a rig names it."""
