"""What happened besides glucose and insulin: faults, alarms, connections, actions by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.beliefs import Alert
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import FaultEntry, FaultState
from isletbench.emulator.pump.events import AnnunciationRaised

CLIENT = "client"
"""What is named as the source of alerts that the software under test gave to its user."""


@dataclass(slots=True)
class FaultTrack:
    """A fault: what it is, when it was there, and when it changed something."""

    name: str
    kind: str
    device: str
    settings: Mapping[str, Any]
    """As a scenario file has them, besides kind and device."""
    began: Instant | None = None
    """When it was armed; None where its trigger never came true."""
    ended: Instant | None = None
    strikes: list[Instant] = field(default_factory=list)
    failed: str | None = None
    """Why it could not do what it is declared to do."""

    @property
    def words(self) -> str:
        """What it is, for people: ``occlude``, ``lose reply on SetBolus``."""
        kind = str(self.settings.get("action", self.kind)) if self.kind == "do" else self.kind
        on = self.settings.get("on")
        return kind.replace("_", " ") + (f" on {on}" if on else "")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person was told, or would have been: by a device, or by the software under test."""

    at: Instant
    source: str
    """The device, or ``client``."""
    words: str
    ended: Instant | None = None
    """When it was taken back, for alerts of the client."""


@dataclass(frozen=True, slots=True)
class LinkSpan:
    """A time in which a device had a connection, or could not be reached."""

    device: str
    carrier: str
    """``ble``, ``serial``, or empty where it is not known."""
    began: Instant
    ended: Instant


def fault_tracks(entries: Iterable[FaultEntry]) -> list[FaultTrack]:
    """Every fault that was injected, in that order."""
    found: dict[str, FaultTrack] = {}
    for entry in entries:
        if entry.what is FaultState.INJECTED:
            settings = dict(entry.declared or {})
            kind, device = str(settings.pop("fault", entry.fault)), str(settings.pop("device", ""))
            found[entry.fault] = FaultTrack(entry.fault, kind, device, settings)
        elif track := found.get(entry.fault):
            _changed(track, entry)
    return list(found.values())


def _changed(track: FaultTrack, entry: FaultEntry) -> None:
    match entry.what:
        case FaultState.ARMED:
            track.began = entry.at
        case FaultState.STRUCK:
            track.strikes.append(entry.at)
        case FaultState.OVER | FaultState.CLEARED:
            track.ended = entry.at
        case FaultState.FAILED:
            track.ended, track.failed = entry.at, entry.why
        case FaultState.INJECTED:
            pass


def alarms(conversation: Conversation) -> list[Alarm]:
    """What devices have raised, and what the client has told its user, in the order of time."""
    found = [
        Alarm(entry.at, entry.device, entry.event.type.lower().replace("_", " "))
        for entry in conversation.events(AnnunciationRaised)
    ]
    running: dict[str, Instant] = {}
    for belief in conversation.reported(Alert):
        about = belief.belief.about.replace("_", " ")
        if belief.belief.active:
            running.setdefault(about, belief.at)
        elif about in running:
            found.append(Alarm(running.pop(about), CLIENT, about, belief.at))
    found += [Alarm(at, CLIENT, about) for about, at in running.items()]
    return sorted(found, key=lambda alarm: (alarm.at, alarm.source, alarm.words))


def connected(conversation: Conversation) -> list[LinkSpan]:
    """When each device had a connection."""
    return [
        LinkSpan(one.device, _carrier(one.link), one.began, conversation.ended if one.ended is None else one.ended)
        for one in conversation.connections
    ]


def unreachable(conversation: Conversation) -> list[LinkSpan]:
    """When each device could not be reached over a carrier."""
    found = []
    for name, spans in conversation.absences.items():
        device, _, carrier = name.partition(".")
        found += [LinkSpan(device, carrier, began, conversation.ended if ended is None else ended) for began, ended in spans]
    return sorted(found, key=lambda span: (span.began, span.device, span.carrier))


def _carrier(link: str) -> str:
    """The carrier that a connection runs over, by its name."""
    return next((carrier for carrier in ("ble", "serial") if carrier in link), "")
