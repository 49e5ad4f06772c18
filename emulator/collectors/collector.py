"""A collector: the client's end of a GATT device, whatever carries it. For tests, and for programs that want one face.

Characteristics are named by the UUIDs of service and characteristic. Refusals are ``AttError``, a lost connection is
``ConnectionError``, silence is ``TimeoutError``.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from isletbench.emulator.core.values import dataclass
from isletbench.protocols.att import Property


@dataclass(frozen=True, slots=True)
class Key:
    """Which characteristic: ``service`` and ``uuid`` are 16-bit UUIDs."""

    service: int
    uuid: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """A characteristic as it was discovered, in the order of the device's table."""

    key: Key
    properties: Property
    has_cccd: bool


class NoCharacteristic(LookupError):
    """The device does not offer this characteristic: it is of another kind, or its discovery was damaged."""


OnValue: TypeAlias = Callable[[bytes], None]
"""Called with every notified or indicated value, in order. An indication is confirmed before or after, by the collector."""


class Collector(Protocol):
    """The client's end of one device."""

    @property
    def characteristics(self) -> Mapping[Key, Property]:
        """What the device offers; known once connected."""

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands."""

    async def connect(self) -> None:
        """Connect, make the link as safe as the device asks, and discover. May be called again after ``disconnect``."""

    async def disconnect(self) -> None:
        """End the connection. Idempotent."""

    async def read(self, key: Key) -> bytes:
        """The value of a characteristic."""

    async def write(self, key: Key, value: bytes, *, response: bool = True) -> None:
        """Write a value; with ``response``, returns once the device has taken it."""

    async def subscribe(self, key: Key, on_value: OnValue) -> None:
        """Be told of every value: by notification, or by indication where there is none."""

    async def unsubscribe(self, key: Key) -> None:
        """Be told no more."""
