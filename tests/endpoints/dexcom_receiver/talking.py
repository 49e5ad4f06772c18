"""A receiver without a bench: a sensor, its face, and time that passes when a test says so."""

from datetime import datetime
from typing import Any

from isletbench.emulator.cgm.profile import PROFILES
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.octets import Answer, Command, Opened
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.endpoints.dexcom_receiver.face import Receiver
from isletbench.emulator.endpoints.dexcom_receiver.settings import ReceiverSettings
from isletbench.emulator.endpoints.speaking import SpeakingDevice
from isletbench.emulator.patient.sources import constant
from isletbench.protocols.dexcom import packets
from isletbench.protocols.dexcom.packets import Packet, PageRange, Status, operation_of
from isletbench.protocols.dexcom.pages import EMPTY, PageHeader, parse_page
from isletbench.protocols.packet import decode, encode, size_of

BEGAN = datetime(2026, 11, 28, 8)  # noqa: DTZ001
LINK = "cgm.serial#1"


class Talking:
    """A client of a receiver."""

    def __init__(self, *, profile: str = "generic", source: Source | None = None, seed: int = 1, **settings: Any) -> None:
        self.sensor = Sensor(PROFILES[profile], source or constant(120), epoch=BEGAN, seed=seed)
        face = Receiver("cgm", self.sensor, ReceiverSettings.model_validate(settings))
        self.device = SpeakingDevice(cgm_endpoint("cgm", self.sensor, "IB-CGM"), face, "dexcom_receiver")
        self.now = 0
        self.effects: list[Any] = list(self.device.receive(Opened(LINK), 0))

    def wait(self, span: int) -> None:
        """Let time pass, with every deadline at its own instant."""
        end = self.now + span
        while (due := self.device.next_deadline) is not None and due <= end:
            self.now = max(due, self.now)
            self.device.advance(self.now)
        self.now = end
        self.device.advance(end)

    def send(self, octets: bytes, operation: str | None = None) -> list[Packet]:
        """The packets that answer these octets."""
        command = Command(LINK, octets, operation or operation_of(octets))
        self.effects = list(self.device.receive(command, self.now))
        return [packets.parse(effect.value) for effect in self.effects if isinstance(effect, Answer)]

    def ask(self, command: packets.Command, payload: bytes = b"") -> Packet:
        """The answer to a command."""
        (answer,) = self.send(packets.build(command, payload))
        return answer

    def value(self, command: packets.Command, layout: type[Any]) -> int:
        """The number that a command reads."""
        answer = self.ask(command)
        assert answer.code == Status.ACK
        return int(decode(layout, answer.payload).value)

    def pages(self, partition: int, size: int) -> list[tuple[PageHeader, list[bytes]]]:
        """All the pages of a partition, read one by one."""
        answer = self.ask(packets.Command.READ_DATABASE_PAGE_RANGE, bytes([partition]))
        pages = decode(PageRange, answer.payload)
        if pages.first == EMPTY:
            return []
        found = []
        for number in range(pages.first, pages.last + 1):
            request = encode(packets.PageRequest(partition, number, 1))
            found.append(parse_page(self.ask(packets.Command.READ_DATABASE_PAGES, request).payload, size))
        return found

    def records(self, partition: int, layout: type[Any], *, size: int | None = None) -> list[Any]:
        """All the records of a partition; of those of ``size`` octets, what the layout has at their begin."""
        length = (size_of(layout) or 0) + 2 if size is None else size
        found = [record for _, records in self.pages(partition, length) for record in records]
        return [decode(layout, record, trailing=True) for record in found]
