"""A service whose values carry the requests of an existing protocol, as octets on a serial port do."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt.server import GattDevice
from isletbench.emulator.gatt.service import Service
from isletbench.emulator.gatt.table import Advertisement
from isletbench.protocols.streams import Framed


class Carried(NamedTuple):
    """A request of an existing protocol that a client has written."""

    link: Link
    framed: Framed


class CommandService(Service, Protocol):
    """A service that passes requests on and announces their answers; what they mean, it does not know."""

    def take(self) -> Sequence[Carried]:
        """The requests that clients have written since it was asked last, in order."""

    def answer(self, link: Link, octets: bytes) -> None:
        """Have the answer to a request ready for its client; ``advance`` announces it."""


class NoMachine:
    """The machine behind attributes that are those of an adapter: nothing ever happens in it."""

    next_deadline = None

    def __init__(self) -> None:
        self.ledger = Ledger()

    def advance(self, now: Instant) -> None:
        """Do nothing."""

    def status(self, now: Instant) -> dict[str, Any]:
        """Return nothing."""
        return {}


def adapter(name: str, service: CommandService, advertisement: Advertisement) -> GattDevice:
    """The GATT device that an adapter with this service is."""
    return GattDevice(name, NoMachine(), [service], advertisement)
