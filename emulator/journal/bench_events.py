"""What the bench does and what happens on its links, as frozen typed values: the lines of the journal that no device writes."""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.core.values import dataclass


class BenchEvent(Event, kind="bench"):
    """Something the bench did, or that happened on a link of it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Stopped(BenchEvent):
    """The bench has ended; the last line."""


@dataclass(frozen=True, slots=True)
class PaceChanged(BenchEvent, name="pace"):
    """Time passes at another pace: ``real``, ``60x``, ``jump``."""

    pace: str


@dataclass(frozen=True, slots=True)
class MachineLate(BenchEvent):
    """The computer could not keep up: the bench or the client got its turn late, by so much of the bench's time."""

    who: str
    """``bench`` or ``client``."""
    by_ms: Span


@dataclass(frozen=True, slots=True)
class MachineSlept(BenchEvent):
    """The computer or the bench was stopped for so much of the world's time; afterwards so much bench time passed at once."""

    for_ms: Span
    at_once_ms: Span


@dataclass(frozen=True, slots=True)
class ActionDone(BenchEvent, name="done"):
    """A manual action was performed on a device."""

    device: str
    action: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClockSet(BenchEvent):
    """A device's clock was set from outside; ISO 8601 without a zone."""

    device: str
    to: str


@dataclass(frozen=True, slots=True)
class BondsDeleted(BenchEvent, name="bonds_forgotten"):
    """A device has lost the keys of all its clients."""

    device: str


@dataclass(frozen=True, slots=True)
class PairingRefused(BenchEvent, name="refuses_pairing"):
    """A device refuses to pair from now on."""

    device: str


@dataclass(frozen=True, slots=True)
class PairingAllowed(BenchEvent, name="pairs"):
    """A device pairs again from now on."""

    device: str


@dataclass(frozen=True, slots=True)
class PasskeyAwaited(BenchEvent):
    """A client displays a passkey, and somebody has to type it in on the device: the action ``enter_passkey``."""

    device: str


@dataclass(frozen=True, slots=True)
class AdvertisingChanged(BenchEvent, name="advertises"):
    """A device advertises less, or rarer, from now on."""

    device: str
    hides_name: bool
    hides_services: bool
    interval_ms: Span | None
    """From one advertisement to the next; the device's own when None."""


@dataclass(frozen=True, slots=True)
class RadioChanged(BenchEvent, name="radio"):
    """The conditions of a device's radio have changed: those that are named (``docs/ble.md``)."""

    device: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutOfRange(BenchEvent):
    """A device and the radio of its adapter do not hear each other from now on."""

    device: str


@dataclass(frozen=True, slots=True)
class InRange(BenchEvent):
    """A device and the radio of its adapter hear each other again."""

    device: str


@dataclass(frozen=True, slots=True)
class LineChanged(BenchEvent, name="line"):
    """The conditions of a device's serial line have changed: those that are named (``docs/serial.md``)."""

    device: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ConnectionDropped(BenchEvent):
    """The Bluetooth connection of a device was broken on request, as the next ``storm`` ones will be."""

    device: str
    storm: int


@dataclass(frozen=True, slots=True)
class StormEnded(BenchEvent):
    """A storm was ended on request: the next Bluetooth connections of a device live."""

    device: str


@dataclass(frozen=True, slots=True)
class ConnectionBroke(BenchEvent):
    """The Bluetooth connection of a device broke by chance."""

    device: str


@dataclass(frozen=True, slots=True)
class CarrierGone(BenchEvent, name="gone"):
    """A device cannot be reached any more over a carrier."""

    carrier: str


@dataclass(frozen=True, slots=True)
class CarrierThere(BenchEvent, name="there"):
    """A device can be reached again over a carrier."""

    carrier: str


@dataclass(frozen=True, slots=True)
class CarrierCannotReturn(BenchEvent, name="cannot_return"):
    """A carrier could not be opened again: it is tried again until it can, and ``there`` follows."""

    carrier: str
    why: str


@dataclass(frozen=True, slots=True)
class CannotWrite(BenchEvent):
    """``state`` or ``journal`` cannot be written from now on, as on a full disk; devices go on."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class WritesAgain(BenchEvent):
    """``state`` or ``journal`` is written again. What was missing is written, but for ``lost_lines`` of the journal."""

    what: str
    lost_lines: int


@dataclass(frozen=True, slots=True)
class BeliefRefused(BenchEvent):
    """A client has sent a line that is no belief."""

    why: str


@dataclass(frozen=True, slots=True)
class Proxied(BenchEvent):
    """The device of this bench is a real one, behind a virtual port (``docs/proxy.md``)."""

    device: str
    speaks: str | None
    """The protocol of an existing device that it speaks; None for the serial link."""


@dataclass(frozen=True, slots=True)
class RealDeviceGone(BenchEvent):
    """The port of a real device is gone: it was unplugged, or its program has ended."""

    device: str


@dataclass(frozen=True, slots=True)
class RealDeviceThere(BenchEvent):
    """The port of a real device is there again."""

    device: str
