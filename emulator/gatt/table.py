"""The attribute table: which characteristics a device has, what may be done with them, and under which handles.

Source: Bluetooth Core Specification, Vol 3, Part G (GATT).
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import TypeAlias

from isletbench.emulator.core.values import dataclass
from isletbench.protocols.att import Property

Handle: TypeAlias = int
"""An attribute handle, 1..65535."""


class Security(IntEnum):
    """How far a link is protected: the levels of LE security mode 1. Core Vol 3, Part C, 10.2.1."""

    OPEN = 1
    ENCRYPTED = 2
    """Paired without protection against a man in the middle (Just Works)."""
    AUTHENTICATED = 3
    """Paired with it (passkey, numeric comparison)."""


@dataclass(frozen=True, slots=True)
class CharacteristicSpec:
    """One row of a service's table: what may be done with the value, and on what kind of link."""

    uuid: int
    properties: Property
    security: Security = Security.AUTHENTICATED
    """Needed to read or write the value and to write its CCCD."""
    cccd_read_security: Security | None = None
    """Needed to read the CCCD; the same as for the value when None."""

    @property
    def has_cccd(self) -> bool:
        return bool(self.properties & (Property.NOTIFY | Property.INDICATE))


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A primary service: its UUID and its characteristics in table order."""

    uuid: int
    characteristics: tuple[CharacteristicSpec, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A characteristic at its place in the table."""

    service: ServiceSpec
    spec: CharacteristicSpec
    handle: Handle
    """Of the value."""
    cccd: Handle | None
    """Of the Client Characteristic Configuration descriptor, if there is one."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a device says of itself to whoever listens."""

    name: str
    service_uuids: tuple[int, ...]
    appearance: int
    """Assigned Numbers, section 2.6."""


class Table:
    """Every attribute of a device with its handle, numbered from 1 as a GATT server does: declaration, value, CCCD."""

    def __init__(self, services: Sequence[ServiceSpec]) -> None:
        self.services = tuple(services)
        self.attributes: tuple[Attribute, ...] = tuple(self._number())
        self.by_handle: dict[Handle, Attribute] = {a.handle: a for a in self.attributes}
        self.by_cccd: dict[Handle, Attribute] = {a.cccd: a for a in self.attributes if a.cccd}
        self._by_uuid = {(a.service.uuid, a.spec.uuid): a for a in self.attributes}

    def _number(self) -> Iterable[Attribute]:
        handle = 0
        for service in self.services:
            handle += 1  # the service declaration
            for spec in service.characteristics:
                handle += 2  # the characteristic declaration, then the value
                value, cccd = handle, None
                if spec.has_cccd:
                    handle += 1
                    cccd = handle
                yield Attribute(service, spec, value, cccd)

    def of(self, service_uuid: int, uuid: int) -> Attribute:
        """The characteristic ``uuid`` of service ``service_uuid`` (RACP, 2A52, may occur in several services)."""
        return self._by_uuid[service_uuid, uuid]


@lru_cache(maxsize=64)
def table_of(services: tuple[ServiceSpec, ...]) -> Table:
    """The table of these services, one for all devices that have them."""
    return Table(services)
