"""What the bench shows to whoever waits: a message, an event of a machine, a connection, a fault that has struck."""

from dataclasses import dataclass
from typing import TypeAlias

from isletbench.emulator.core.events import Event
from isletbench.emulator.faults.exchanges import Exchanged


@dataclass(frozen=True, slots=True)
class MessagePassed:
    """A message is on its way between a client and a device; no fault has altered it yet."""

    device: str
    exchanged: Exchanged


@dataclass(frozen=True, slots=True)
class EventHappened:
    """Something has happened in a device's machine."""

    device: str
    event: Event


@dataclass(frozen=True, slots=True)
class ConnectionBegan:
    """A client has connected to a device."""

    device: str


@dataclass(frozen=True, slots=True)
class FaultStruck:
    """A fault has changed something."""

    fault: str


Seen: TypeAlias = MessagePassed | EventHappened | ConnectionBegan | FaultStruck
"""Anything of these."""
