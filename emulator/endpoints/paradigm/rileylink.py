"""The stick on Bluetooth LE: the service of a RileyLink in front of a Paradigm pump. It needs no pairing."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.paradigm.rfspy import RFSPY, Stick, word
from isletbench.emulator.endpoints.paradigm.settings import RadioSettings
from isletbench.emulator.endpoints.personality import Personality
from isletbench.emulator.gatt import CharacteristicSpec, Peer, Security, Send, ServiceAction, ServiceSpec
from isletbench.emulator.gatt.commands import Carried
from isletbench.protocols.att import AttCode, AttError, Property
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import rileylink, subg_rfspy
from isletbench.protocols.streams import Framed

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
    """The service: one stick, whoever is connected. It passes commands on, and announces their responses."""

    spec = SPEC
    next_deadline = None

    def __init__(self, settings: RadioSettings, advertised: str) -> None:
        self._settings = settings
        self._commands: list[Carried] = []
        self._announced: list[Link] = []
        self._values = {
            rileylink.DATA: b"",
            rileylink.RESPONSE_COUNT: b"\x00",
            rileylink.TIMER_TICK: b"\x00",
            rileylink.CUSTOM_NAME: advertised.encode()[: rileylink.MOST_NAME],
            rileylink.VERSION: rileylink.BLE_VERSION,
            rileylink.LED_MODE: b"\x00",
        }

    def connected(self, peer: Peer, now: Instant) -> None:
        """A client has connected."""

    def disconnected(self, peer: Peer, now: Instant) -> None:
        """A client has disconnected."""

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        """The value of a characteristic."""
        return self._values[uuid]

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        """Take a command, or a setting. Raises ``AttError`` for a name that is too long. What is no command is left out."""
        if uuid == rileylink.DATA:
            self._command(value, peer)
        elif uuid == rileylink.CUSTOM_NAME and not 0 < len(value) <= rileylink.MOST_NAME:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, f"expected 1 to {rileylink.MOST_NAME} octets")
        else:
            self._values[uuid] = value
        return ()

    def _command(self, value: bytes, peer: Peer) -> None:
        with suppress(WireError):
            asked = rileylink.command_of(value)
            framed = Framed(word(asked, self._settings), subg_rfspy.request(asked))
            self._commands.append(Carried(peer.link, framed))

    def take(self) -> Sequence[Carried]:
        """The commands that clients have written since it was asked last."""
        taken, self._commands = self._commands, []
        return taken

    def answer(self, link: Link, octets: bytes) -> None:
        """Have a response ready to be read, and count it."""
        self._values[rileylink.DATA] = octets.removesuffix(subg_rfspy.END)
        self._values[rileylink.RESPONSE_COUNT] = bytes([(self._values[rileylink.RESPONSE_COUNT][0] + 1) & 0xFF])
        self._announced.append(link)

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[ServiceAction]:
        """Notify the count to the client whose response is there."""
        announced, self._announced = self._announced, []
        count = self._values[rileylink.RESPONSE_COUNT]
        return [Send(peer, rileylink.RESPONSE_COUNT, count) for peer in peers if peer.link in announced]

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        """Nothing is indicated, and so nothing is confirmed."""
        return ()

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """Nothing is indicated."""


RILEYLINK = Personality(
    name="paradigm_rileylink",
    about="a Medtronic Paradigm pump behind a RileyLink, over Bluetooth LE",
    kind="pump",
    profile="paradigm_x23",
    settings=RadioSettings,
    operations=RFSPY.operations,
    framer=RFSPY.framer,
    face=Stick,
    service=RileyLinkService,
)
"""The link as a rig names it."""
