"""Generic Access (1800) and Generic Attribute (1801): the services that the Bluetooth stack of every peripheral has.

They say who the device is and that its services have changed. The device does not know of them; the serial link has none.
Source: Core Vol 3, Part C, 12 (GAP) and Part G, 7 (GATT).
"""

from typing import TypeAlias

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import Advertisement, Handle, LinkIndication
from isletbench.emulator.transports.ble.att_rows import STACK_HANDLES, Row, database_hash, service_rows
from isletbench.emulator.transports.ble.radio import PreferredParameters
from isletbench.protocols.att import AttCode, AttError, Cccd, Property

GENERIC_ACCESS, DEVICE_NAME, APPEARANCE, PREFERRED_PARAMETERS = 0x1800, 0x2A00, 0x2A01, 0x2A04
GENERIC_ATTRIBUTE, SERVICE_CHANGED, DATABASE_HASH = 0x1801, 0x2A05, 0x2B2A
HandleRange: TypeAlias = tuple[Handle, Handle]
EVERY_HANDLE: HandleRange = (0x0001, 0xFFFF)
INTERVAL_UNIT_MS, TIMEOUT_UNIT_MS = 1.25, 10
"""Core Vol 3, Part C, 12.3."""


@dataclass(slots=True)
class BondedClient:
    """What is remembered of a bonded client for Service Changed; it outlives connections and restarts."""

    seen: str
    """The hash of the attributes that it has seen last, hexadecimal."""
    cccd: int = 0
    changed: HandleRange | None = None
    """Attributes that have changed since, which it has not been told of."""


class StackServices:
    """The two services of one peripheral, and which clients are to be told when the device's services change.

    ``rows`` are those of the device; with ``has_hash`` clients can read the hash of all. Clients that were bonded before and
    have seen other attributes are told when they are recognised (Core Vol 3, Part G, 2.5.2).
    """

    def __init__(
        self,
        rows: list[Row],
        advertisement: Advertisement,
        prefers: PreferredParameters | None,
        bonded: dict[str, BondedClient],
        *,
        has_hash: bool,
    ) -> None:
        access = [
            (DEVICE_NAME, Property.READ, advertisement.name.encode()),
            (APPEARANCE, Property.READ, advertisement.appearance.to_bytes(2, "little")),
        ]
        if prefers is not None:
            access.append((PREFERRED_PARAMETERS, Property.READ, _octets_of(prefers)))
        own = service_rows(STACK_HANDLES, GENERIC_ACCESS, access)
        hash_row = [(DATABASE_HASH, Property.READ, None)] if has_hash else []
        own += service_rows(own[-1].handle + 1, GENERIC_ATTRIBUTE, [(SERVICE_CHANGED, Property.INDICATE, None), *hash_row])
        self._own = own
        self.rows = (*rows, *own)
        self.moved = 0
        """How many handles further the device's attributes are than in its table."""
        self.changed: Handle = next(row.handle for row in own if row.type == SERVICE_CHANGED.to_bytes(2, "little"))
        """The handle of Service Changed; that of its CCCD is the next."""
        self._hash = database_hash(self.rows)
        self._bonded = bonded
        for client in bonded.values():
            if client.seen != self._hash.hex():
                client.seen, client.changed = self._hash.hex(), EVERY_HANDLE
        self._identities: dict[Link, str] = {}
        self._cccds: dict[Link, int] = {}

    # Clients

    def connected(self, link: Link) -> None:
        """A client has connected; nothing is known of it yet."""
        self._cccds[link] = Cccd.OFF

    def bonded(self, link: Link, identity: str) -> LinkIndication | None:
        """A client is recognised: it has the subscription that it left, or leaves the one that it has.

        Returns the indication for a client that has not been told of changed attributes.
        """
        self._identities[link] = identity
        client = self._bonded.setdefault(identity, BondedClient(self._hash.hex(), self._cccds.get(link, Cccd.OFF)))
        self._cccds[link] = client.cccd
        changed, client.changed = client.changed, None
        return None if changed is None else self._indication(link, changed)

    def disconnected(self, link: Link) -> None:
        """A client has disconnected."""
        self._cccds.pop(link, None)
        self._identities.pop(link, None)

    def move(self, rows: list[Row], moved: int) -> list[LinkIndication]:
        """The device's attributes are these from now on, so many handles further. Returns what ``services_changed`` returns."""
        self.rows, self.moved = (*rows, *self._own), moved
        self._hash = database_hash(self.rows)
        for client in self._bonded.values():
            client.seen = self._hash.hex()
        return self.services_changed(1, STACK_HANDLES - 1)

    def services_changed(self, first: Handle, last: Handle) -> list[LinkIndication]:
        """Attributes from handle ``first`` to ``last`` have changed: the indications for connected clients that subscribed.

        Bonded clients that are not connected are told when they are recognised.
        """
        for identity, client in self._bonded.items():
            if identity not in self._identities.values():
                earlier = client.changed or (first, last)
                client.changed = min(first, earlier[0]), max(last, earlier[1])
        made = (self._indication(link, (first, last)) for link in tuple(self._cccds))
        return [indication for indication in made if indication is not None]

    def _indication(self, link: Link, changed: HandleRange) -> LinkIndication | None:
        if not self._cccds.get(link, Cccd.OFF) & Cccd.INDICATE:
            return None
        return LinkIndication(link, "SERVICE_CHANGED", b"".join(handle.to_bytes(2, "little") for handle in changed))

    # Requests

    def owns(self, handle: Handle) -> bool:
        """Whether this is an attribute of these services, not of the device."""
        return handle >= STACK_HANDLES

    def read(self, link: Link, handle: Handle) -> bytes:
        """Read a value that has no fixed octets. Raises ``AttError``."""
        if handle == self.changed:
            raise AttError(AttCode.READ_NOT_PERMITTED)
        if handle == self.changed + 1:
            return self._cccds[link].to_bytes(2, "little")
        return self._hash

    def check_write(self, handle: Handle) -> None:
        """Only the CCCD of Service Changed is written. Raises ``AttError``."""
        if handle != self.changed + 1:
            raise AttError(AttCode.WRITE_NOT_PERMITTED)

    def write(self, link: Link, handle: Handle, value: bytes) -> None:
        """Write the CCCD of Service Changed. Raises ``AttError``."""
        self.check_write(handle)
        if len(value) != 2:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH)
        wanted = int.from_bytes(value, "little")
        if wanted & ~int(Cccd.INDICATE):
            raise AttError(AttCode.VALUE_NOT_ALLOWED)
        self._cccds[link] = wanted
        if identity := self._identities.get(link):
            self._bonded[identity].cccd = wanted


def _octets_of(prefers: PreferredParameters) -> bytes:
    """The value of Peripheral Preferred Connection Parameters: shortest and longest interval, latency, timeout."""
    interval = int(prefers.interval_ms / INTERVAL_UNIT_MS)
    fields = (interval, interval, prefers.latency, prefers.supervision_timeout_ms // TIMEOUT_UNIT_MS)
    return b"".join(field.to_bytes(2, "little") for field in fields)
