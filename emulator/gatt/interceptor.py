"""The interceptor between transport and device: how faults reach messages without the device or the transport knowing."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.gatt.messages import Outgoing, Request
from isletbench.emulator.gatt.server import GattDevice

M_co = TypeVar("M_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intercepted(Generic[M_co]):
    """What becomes of one message between the transport and the device."""

    faults: tuple[str, ...]
    """The identifiers of the faults that altered it."""
    go: tuple[tuple[Span, M_co], ...] = ()
    """What goes on in its place, each after a delay; nothing: it is lost."""
    answer: Outgoing | None = None
    """What the client is told in place of the device's own answer to a request that is lost."""
    confirms: bool = True
    """Whether the device believes that an indication which is lost has been confirmed; else it waits in vain."""
    hangs_up: bool = False
    """Whether the connection ends with it."""


class Interceptor(Protocol):
    """Stands between transport and device; may lose, delay, alter or repeat messages. ``None`` passes a message on as it is."""

    def inward(self, device: GattDevice, request: Request) -> Intercepted[Request] | None:
        """A request on its way to the device."""

    def outward(self, device: GattDevice, outgoing: Outgoing) -> Intercepted[Outgoing] | None:
        """What the device sends, on its way to the client."""

    def occurred(self, device: str, event: Event) -> None:
        """Something has happened in the device."""


class PassThrough:
    """An interceptor that passes everything on."""

    def inward(self, device: GattDevice, request: Request) -> None:
        """Nothing."""

    def outward(self, device: GattDevice, outgoing: Outgoing) -> None:
        """Nothing."""

    def occurred(self, device: str, event: Event) -> None:
        """Nothing."""
