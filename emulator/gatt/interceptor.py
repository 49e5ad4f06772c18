"""The interceptor between transport and device: how faults reach messages without the device or the transport knowing."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt.messages import Outgoing

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
    withheld: bool = False
    """Whether an answer that does not go on is only held back: the request stays open for it."""
    hangs_up: bool = False
    """Whether the connection ends with it."""


class Interceptor(Protocol):
    """Stands between transport and endpoint; may lose, delay, alter or repeat messages. ``None`` passes one on as it is."""

    def inward(self, endpoint: Any, request: Any, /) -> Intercepted[Any] | None:
        """Intercept a request on its way to the endpoint."""

    def outward(self, endpoint: Any, outgoing: Any, /) -> Intercepted[Any] | None:
        """Intercept what the endpoint sends, on its way to the client."""

    def occurred(self, device: str, event: Event) -> None:
        """Take note of an event in the device's machine."""


class PassThrough:
    """An interceptor that passes every message on; ``listener`` takes note of events."""

    def __init__(self, listener: Callable[[str, Event], None] = lambda device, event: None) -> None:
        self._listener = listener

    def inward(self, endpoint: object, request: object, /) -> None:
        """Pass a request on."""

    def outward(self, endpoint: object, outgoing: object, /) -> None:
        """Pass on what the endpoint sends."""

    def occurred(self, device: str, event: Event) -> None:
        """Tell the listener of an event in the device's machine."""
        self._listener(device, event)
