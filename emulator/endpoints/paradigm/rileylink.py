"""The stick on Bluetooth LE: the service of a RileyLink in front of a Paradigm pump. It needs no pairing."""

from collections.abc import Iterable, Sequence
from typing import Any

from isletbench.emulator.core.notes import Refused
from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.paradigm.rfspy import RFSPY, Stick, word
from isletbench.emulator.endpoints.paradigm.settings import RadioSettings
from isletbench.emulator.endpoints.personality import Personality
from isletbench.emulator.gatt import (
    Advertisement,
    CharacteristicSpec,
    GattDevice,
    Peer,
    Security,
    Send,
    ServiceAction,
    ServiceSpec,
)
from isletbench.emulator.pump.machine import Pump
from isletbench.protocols.att import AttCode, AttError, Property
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import rileylink, subg_rfspy

UNKNOWN_APPEARANCE = 0
"""Assigned Numbers, section 2.6."""
READ_WRITE, READ_NOTIFY = Property.READ | Property.WRITE, Property.READ | Property.NOTIFY
SPEC = ServiceSpec(
    rileylink.SERVICE,
    tuple(
        CharacteristicSpec(uuid, properties, Security.OPEN)
        for uuid, properties in (
            (rileylink.DATA, READ_WRITE),
            (rileylink.RESPONSE_COUNT, READ_NOTIFY),
            (rileylink.TIMER_TICK, READ_NOTIFY),
            (rileylink.CUSTOM_NAME, READ_WRITE),
            (rileylink.VERSION, Property.READ),
            (rileylink.LED_MODE, READ_WRITE),
        )
    ),
)
"""The service's part of the attribute table."""


class RileyLinkService:
    """The service: one stick, whoever is connected."""

    spec = SPEC

    def __init__(self, stick: Stick, pump: Pump, advertised: str) -> None:
        self._stick, self._pump = stick, pump
        self._seen = 0
        self._values = {
            rileylink.DATA: b"",
            rileylink.RESPONSE_COUNT: b"\x00",
            rileylink.TIMER_TICK: b"\x00",
            rileylink.CUSTOM_NAME: advertised.encode()[: rileylink.MOST_NAME],
            rileylink.VERSION: rileylink.BLE_VERSION,
            rileylink.LED_MODE: b"\x00",
        }

    @property
    def next_deadline(self) -> Instant | None:
        """When the next response is there."""
        return self._stick.next_deadline

    def connected(self, peer: Peer, now: Instant) -> None:
        """A client has connected."""

    def disconnected(self, peer: Peer, now: Instant) -> None:
        """A client has disconnected: nobody waits for a response any more."""
        self._stick.cancel()

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        """The value of a characteristic."""
        return self._values[uuid]

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        """Take a command, or a setting. Raises ``AttError`` for a name that is too long."""
        if uuid == rileylink.DATA:
            return self._command(value, peer, now)
        if uuid == rileylink.CUSTOM_NAME and not 0 < len(value) <= rileylink.MOST_NAME:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, f"expected 1 to {rileylink.MOST_NAME} octets")
        self._values[uuid] = value
        return ()

    def _command(self, value: bytes, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        self._follow()
        try:
            asked = rileylink.command_of(value)
        except WireError as error:
            yield Refused(now, str(error))
            return
        command = Command(peer.link, subg_rfspy.request(asked), word(asked, self._stick.settings))
        for effect in self._stick.receive(command, now):
            yield from self._out(effect, [peer])

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[ServiceAction]:
        """Send the responses that are there."""
        self._follow()
        for effect in self._stick.advance(now):
            yield from self._out(effect, peers)

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        """Nothing is indicated, and so nothing is confirmed."""
        return ()

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """Nothing is indicated."""

    def _follow(self) -> None:
        """Let the pump's memory take note of what has happened in the machine."""
        entries = self._pump.ledger.entries
        for occurrence in entries[self._seen :]:
            self._stick.occurred(occurrence)
        self._seen = len(entries)

    def _out(self, effect: Any, peers: Sequence[Peer]) -> Iterable[ServiceAction]:
        if not isinstance(effect, Answer):
            yield effect
            return
        self._values[rileylink.DATA] = effect.value.removesuffix(subg_rfspy.END)
        count = bytes([(self._values[rileylink.RESPONSE_COUNT][0] + 1) & 0xFF])
        self._values[rileylink.RESPONSE_COUNT] = count
        for peer in peers:
            if peer.link == effect.link:
                yield Send(peer, rileylink.RESPONSE_COUNT, count)


def rileylink_device(name: str, pump: Pump, settings: RadioSettings, advertised: str) -> GattDevice:
    """A RileyLink with a pump in the range of its radio; ``advertised`` is its local name on the air."""
    service = RileyLinkService(Stick(name, pump, settings), pump, advertised)
    return GattDevice(name, pump, [service], Advertisement(advertised, (rileylink.SERVICE,), UNKNOWN_APPEARANCE))


RILEYLINK = Personality(
    name="paradigm_rileylink",
    about="a Medtronic Paradigm pump behind a RileyLink, over Bluetooth LE",
    kind="pump",
    settings=RadioSettings,
    operations=RFSPY.operations,
    framer=RFSPY.framer,
    face=Stick,
    services=rileylink_device,
)
"""The link as a rig names it."""
