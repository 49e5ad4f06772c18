"""Which message a fault has struck first: the 254th message says nothing to a reader, the serial number at 2:02:02 does."""

from collections.abc import Iterator, Sequence
from functools import cache

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.core.quantities import Instant, clock
from isletbench.emulator.faults.exchanges import SUBSCRIBE
from isletbench.emulator.gatt import LinkAnswer, LinkRequest
from isletbench.emulator.journal.entries import Entry, FaultEntry, FaultState, Header, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.exchanges import meaning_of
from isletbench.protocols.catalogue import COMPANION_TYPES


class Strike(Part):
    """The first message that a fault has acted on."""

    fault: int
    """Which fault of the run, counted from 0: the events of the scenario come first."""
    at: Instant
    """When, ms since the bench began."""
    on: str
    """What it was: a type (``ids.Status``), an operation of a byte stream or of the link."""

    @property
    def words(self) -> str:
        """It, for people."""
        return f"{self.on} at {clock(self.at)}"


def strikes_of(entries: Sequence[Entry]) -> tuple[Strike, ...]:
    """The first message that each fault of a run has acted on, in the order in which the faults were injected."""
    kinds = next((entry.devices for entry in entries if isinstance(entry, Header)), {})
    injected = [entry.fault for entry in entries if isinstance(entry, FaultEntry) and entry.what is FaultState.INJECTED]
    first: dict[str, tuple[Instant, str]] = {}
    for entry in entries:
        if isinstance(entry, RequestEntry | OutgoingEntry) and entry.faults:
            for name in entry.faults:
                if name not in first and (on := _meaning(kinds.get(entry.device, ""), entry)):
                    first[name] = entry.at, on
    return tuple(_strikes(injected, first))


def _strikes(injected: Sequence[str], first: dict[str, tuple[Instant, str]]) -> Iterator[Strike]:
    for number, name in enumerate(injected):
        if name in first:
            at, on = first[name]
            yield Strike(fault=number, at=at, on=on)


def _meaning(kind: str, entry: RequestEntry | OutgoingEntry) -> str | None:
    """The word that selects such messages; None where there is none."""
    message = entry.request if isinstance(entry, RequestEntry) else entry.outgoing
    if isinstance(message, Command | Answer | LinkRequest | LinkAnswer):
        return message.operation
    if entry.place is None:
        return None
    type_, _ = meaning_of(kind, entry.place, b"")
    found = type_ or _companions().get(entry.place.characteristic)
    return f"{found}.{SUBSCRIBE}" if found and entry.place.is_descriptor else found


@cache
def _companions() -> dict[int, str]:
    return {known.uuid: name for name, known in COMPANION_TYPES.items()}
