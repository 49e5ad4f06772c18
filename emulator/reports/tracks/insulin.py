"""What each pump delivered: basal, temp basals, boluses, and what it did not deliver though it was asked to. Insulin in uU."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Instant, Insulin, Rate
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.pump.adjustment import WHOLE
from isletbench.emulator.pump.events import (
    BasalRate,
    BolusEnded,
    BolusProgrammed,
    FluidPathChanged,
    InfusionSetFailed,
    Pulse,
    StalledPulse,
    TbrEnded,
    TbrStarted,
    TherapyChanged,
)
from isletbench.emulator.pump.fluid_path import Condition


@dataclass(slots=True)
class BolusTrack:
    """A bolus: what was asked for, what was delivered, and when."""

    bolus_id: int
    began: Instant
    ended: Instant | None
    """None while it runs at the end of the journal."""
    kind: str
    """``FAST``, ``EXTENDED``, ``MULTIWAVE``."""
    requested: Insulin
    delivered: Insulin = 0
    reason: str | None = None
    by: str | None = None

    @property
    def missing(self) -> Insulin:
        """What was asked for and not delivered when it was over."""
        return 0 if self.ended is None else max(0, self.requested - self.delivered)


@dataclass(slots=True)
class TempBasal:
    """A temp basal."""

    began: Instant
    ended: Instant
    words: str
    """What was asked for: ``1.2 U/h``, ``150 %``."""


@dataclass(slots=True)
class PathTrouble:
    """A time in which the fluid path was not as it should be."""

    began: Instant
    ended: Instant
    words: str
    lets_nothing_through: bool


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Insulin that was asked for, or that the pump counted, and that did not reach the tissue at that time."""

    at: Instant
    uu: Insulin
    why: str
    pushed: bool = False
    """Whether it has left the reservoir: it may still arrive, when what holds it back is gone."""


@dataclass(slots=True)
class PumpTrack:
    """One pump."""

    device: str
    basal: list[tuple[Instant, Rate]] = field(default_factory=list)
    """The rate that flows from each instant on, temp basals included, uU/h."""
    temp_basals: list[TempBasal] = field(default_factory=list)
    boluses: list[BolusTrack] = field(default_factory=list)
    undelivered: list[Undelivered] = field(default_factory=list)
    troubles: list[PathTrouble] = field(default_factory=list)
    suspended: list[tuple[Instant, Instant]] = field(default_factory=list)
    """When therapy did not run."""
    pulses: list[tuple[Instant, str, Insulin]] = field(default_factory=list)
    """All that has left the reservoir: when, the cause (``basal``, ``bolus``, ``priming``), how much."""

    def pushed(self, cause: str, since: Instant = 0, until: Instant | None = None) -> Insulin:
        """How much has left the reservoir for a cause between two instants."""
        return sum(uu for at, why, uu in self.pulses if why == cause and since <= at and (until is None or at < until))


def pump_tracks(conversation: Conversation, pumps: Iterable[str]) -> list[PumpTrack]:
    """The track of every pump, in the order of its name in the rig."""
    tracks = []
    for name in pumps:
        builder = _Builder(name, conversation.ended)
        for entry in conversation.ledger:
            if entry.device == name:
                builder.take(entry.at, entry.event)
        tracks.append(builder.finished())
    return tracks


class _Builder:
    """Takes one event of a pump's ledger after another."""

    def __init__(self, device: str, ended: Instant) -> None:
        self.track, self._ended = PumpTrack(device), ended
        self._boluses: dict[int, BolusTrack] = {}
        self._temp: TempBasal | None = None
        self._trouble: PathTrouble | None = None
        self._stopped: Instant | None = None

    def take(self, at: Instant, event: Event) -> None:
        """One more event."""
        match event:
            case Pulse():
                self._pulse(at, event)
            case StalledPulse(uu=uu):
                self.track.undelivered.append(Undelivered(at, uu, "the motor moved nothing"))
            case BasalRate(uu_per_h=rate):
                self.track.basal.append((at, rate))
            case BolusProgrammed() | BolusEnded():
                self._bolus(at, event)
            case TbrStarted() | TbrEnded():
                self._temp_basal(at, event)
            case FluidPathChanged(condition=condition) | InfusionSetFailed(condition=condition):
                self._path(at, condition_of(condition))
            case TherapyChanged(state=state):
                self._therapy(at, runs=state == "RUN")
            case _:
                pass

    def _pulse(self, at: Instant, pulse: Pulse) -> None:
        self.track.pulses.append((at, pulse.cause, pulse.moved))
        if pulse.bolus_id is not None and pulse.bolus_id in self._boluses:
            self._boluses[pulse.bolus_id].delivered += pulse.uu
        if self._trouble is not None and self._trouble.lets_nothing_through and pulse.cause != "priming":
            self.track.undelivered.append(Undelivered(at, pulse.uu, self._trouble.words, pushed=True))

    def _bolus(self, at: Instant, event: BolusProgrammed | BolusEnded) -> None:
        if isinstance(event, BolusProgrammed):
            started = BolusTrack(event.bolus_id, at, None, event.type, event.fast_uu + event.extended_uu, by=event.by)
            self._boluses[event.bolus_id] = started
            self.track.boluses.append(started)
        elif bolus := self._boluses.pop(event.bolus_id, None):
            bolus.ended, bolus.reason = at, event.reason
            if bolus.missing:
                words = f"bolus ended early: {event.reason.lower().replace('_', ' ')}"
                self.track.undelivered.append(Undelivered(at, bolus.missing, words))

    def _temp_basal(self, at: Instant, event: TbrStarted | TbrEnded) -> None:
        if self._temp is not None:
            self._temp.ended = at
            self._temp = None
        if isinstance(event, TbrStarted):
            words = temp_basal_words(event.type, event.value)
            self._temp = TempBasal(at, min(at + event.duration_ms, self._ended), words)
            self.track.temp_basals.append(self._temp)

    def _path(self, at: Instant, condition: Condition) -> None:
        if self._trouble is not None:
            self._trouble.ended = at
            self._trouble = None
        if words := path_words(condition):
            self._trouble = PathTrouble(at, self._ended, words, lets_nothing_through(condition))
            self.track.troubles.append(self._trouble)

    def _therapy(self, at: Instant, *, runs: bool) -> None:
        if not runs and self._stopped is None:
            self._stopped = at
        elif runs and self._stopped is not None:
            self.track.suspended.append((self._stopped, at))
            self._stopped = None

    def finished(self) -> PumpTrack:
        """The track, with what was still going on at the end."""
        if self._stopped is not None:
            self.track.suspended.append((self._stopped, self._ended))
        return self.track


def temp_basal_words(kind: str, value: int) -> str:
    """What a temp basal was asked to be, of its type and value in the ledger: ``1.2 U/h``, ``150 %``."""
    return f"{value / 1_000_000:g} U/h" if kind.upper() == "ABSOLUTE" else f"{100 * value / WHOLE:g} %"


def condition_of(given: Any) -> Condition:
    """A condition of the fluid path as the ledger has it: its fields by name."""
    return given if isinstance(given, Condition) else Condition(**given)


def lets_nothing_through(condition: Condition) -> bool:
    """Whether no insulin reaches the tissue in this condition of the fluid path."""
    return (condition.block == math.inf and condition.opens_every is None) or condition.cannula_out


def path_words(given: Any) -> str:
    """What is wrong with the fluid path, for people; nothing: it is as it should be."""
    condition, found = condition_of(given), []
    if condition.cannula_out:
        found.append("cannula out of the tissue")
    if condition.block is not None:
        found.append("occlusion" if condition.block == math.inf else "partial occlusion")
    if condition.leak is not None:
        found.append("leak")
    if condition.air:
        found.append("air in the line")
    return " and ".join(found)
