"""Personalities: how an existing device speaks over a serial port, in front of the very same machine that the services serve.

A ``Personality`` is the declaration: its name in a rig file, the kind of device it is a face of, how its requests are found
in the octets, and what makes its ``Face``. A face is one device's end of the conversation: it takes whole requests and returns
answers. ``docs/personalities.md`` builds one from a data sheet; ``from isletbench import personality`` is this module, and has
all that its author needs.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.machine import Machine
from isletbench.emulator.core.models import Part
from isletbench.emulator.core.notes import Accepted, Committed, Decoded, Note, ReadingsShown, Refused
from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt.commands import CommandService
from isletbench.protocols.streams import Framed, Framer

__all__ = [
    "Accepted",
    "Answer",
    "Answered",
    "Command",
    "Committed",
    "Decoded",
    "Face",
    "Framed",
    "Framer",
    "Instant",
    "Link",
    "Note",
    "Occurrence",
    "Personality",
    "ReadingsShown",
    "Refused",
    "Settings",
]

M = TypeVar("M", bound=Machine)
S = TypeVar("S", bound="Settings")

Answered: TypeAlias = Note | Answer
"""What a face does about a request: notes how far it came, and sends answers."""


class Face:
    """One device's end of the conversation. A subclass has to implement ``receive``; the rest is there for those who need it.

    It owns no port, no task and no clock, as a machine does. The machine has been advanced to ``now`` before each call.
    """

    by_radio: ClassVar[bool] = False
    """Whether the port is that of an adapter, and the device is behind its radio: a fault can take it out of range."""

    @property
    def next_deadline(self) -> Instant | None:
        """When ``advance`` is due, if at all."""
        return None

    def opened(self, link: Link, now: Instant) -> None:
        """A client has opened the port."""

    def closed(self, link: Link, now: Instant) -> None:
        """The client has closed the port; what was not answered yet stays unanswered."""

    def receive(self, command: Command, now: Instant) -> Iterable[Answered]:
        """Take one whole request. The ledger entries of what it causes are written before the first answer."""
        raise NotImplementedError  # the one method that every face has of its own

    def advance(self, now: Instant) -> Iterable[Answered]:
        """Do what is due by ``now``: answers that take their time."""
        return ()

    def set_in_range(self, *, on: bool) -> None:
        """Bring the device into the range of the adapter's radio, or out of it; only called ``by_radio``."""

    def occurred(self, occurrence: Occurrence) -> None:
        """Take note of an event in the machine, whatever has caused it. Events come in order, and before ``receive``."""

    def status(self, now: Instant) -> Mapping[str, Any]:
        """What people want to see of it beside the machine, as plain JSON-able data: `isletbench status` shows it."""
        return {}

    def snapshot(self) -> Mapping[str, Any]:
        """What it remembers beside the machine, as plain JSON-able data: settings that only this device has."""
        return {}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what another face of the same personality remembered. The machine is restored after it."""


class Settings(Part):
    """What a rig may set of a personality. A personality that has settings derives its own, with a default for each field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality(Generic[M, S]):
    """How an existing device speaks over a serial port."""

    name: str
    """``dexcom_receiver``: the word of rig files."""
    about: str
    """What it is compatible with, in one line."""
    kind: str
    """The kind of device that it is a face of: a name of the registry of kinds."""
    settings: type[S]
    """What a rig may set of it, beside its name: a model whose fields have defaults."""
    operations: Collection[str]
    """The operations of its requests: what faults can select."""
    framer: Callable[[S], Framer]
    """Makes what finds the requests in the octets."""
    face: Callable[[str, M, S], Face]
    """Makes the face of a machine, from the device's name, the machine and the settings."""
    service: Callable[[S, str], CommandService] | None = None
    """For one that is reached over Bluetooth LE and not over a serial port: makes the service that its requests are written to,
    from the settings and the name it advertises."""
    profile: str | None = None
    """The profile of the make that it is, where its kind has one: what a scenario gives a device that is to speak like this."""
    usb_id: str | None = None
    """The USB vendor and product that programs look for, ``22a3:0047``; None for a device without USB."""
