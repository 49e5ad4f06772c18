"""What the host runs: an endpoint, which shows a machine on a wire, and the messages that it takes and sends.

A message goes in with the instant at which it arrived; what the endpoint does about it comes out as effects, in order: messages
to send and things to write down. Nothing is awaited, so an endpoint and its client run in one test.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Protocol, TypeAlias

from isletbench.emulator.core.machine import Machine
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass

Link: TypeAlias = str
"""One connection of one client, for example ``"cgm.ble#3"``: the carrier's name and a running number."""


class Request:
    """Base class of what a client sends, or its connection does. Subclasses are frozen dataclasses with a ``link``."""

    __slots__ = ()
    link: Link
    opens_link: ClassVar[bool] = False
    """Whether the link exists from this message on."""
    closes_link: ClassVar[bool] = False
    """Whether this message ends the link."""
    of_link: ClassVar[bool] = False
    """Whether the carrier answers it, not the endpoint."""

    @property
    def expects_response(self) -> bool:
        """Whether the client waits for a response to it."""
        return False


class Outgoing:
    """Base class of what an endpoint sends to a client. Subclasses are frozen dataclasses with a ``link``."""

    __slots__ = ()
    link: Link
    is_response: ClassVar[bool] = False
    """Whether it responds to a request."""
    of_link: ClassVar[bool] = False
    """Whether it is the answer of a carrier, not of the endpoint."""

    def confirmation(self) -> Request | None:
        """The request by which a client confirms it; None where no confirmation is due."""
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an endpoint's attributes a message belongs."""

    characteristic: int
    """The UUID of the characteristic."""
    is_descriptor: bool = False
    """Whether the attribute is the characteristic's CCCD."""


class Endpoint(Protocol):
    """How a machine is seen on a wire. It owns no task, no port and no clock."""

    @property
    def name(self) -> str:
        """The device's name in the rig."""

    @property
    def machine(self) -> Machine:
        """The machine that it shows."""

    @property
    def links(self) -> Collection[Link]:
        """The links that exist now."""

    @property
    def next_deadline(self) -> Instant | None:
        """When it asks to be advanced, if at all. Never earlier than the ``now`` it was last called with."""

    def receive(self, request: Any, now: Instant) -> Iterable[Any]:
        """Take one ``Request`` that arrived at ``now``; what follows from it, in order."""

    def advance(self, now: Instant) -> Iterable[Any]:
        """Do what is due by ``now``. May be called early or late; late calls catch up in order."""

    def place_of(self, message: Any) -> Place | None:
        """Where one of its messages belongs; None for a message that has no place among attributes."""

    def snapshot(self) -> Mapping[str, Any]:
        """What it remembers beside its machine, as plain JSON-able data: of each bonded client, by identity, and of a
        personality, by its name."""

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what another endpoint of the same kind remembered."""

    def forget_bonds(self) -> Collection[str]:
        """Forget every bonded client; their identities."""
