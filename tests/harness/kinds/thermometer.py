"""A kind of device as somebody else would add it: a thermometer that answers ``?`` with its reading, octets in, octets out."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from isletbench.emulator.core.actions import Action, Actions
from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.octets import Closed, Octets, Opened, Received
from isletbench.emulator.core.persistence import Mark, Snapshot, Stored
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.kind import Kind, Setup


@dataclass(frozen=True, slots=True)
class ThermometerProfile:
    """One make of thermometer."""

    cadence: Span = minutes(1)
    decimals: int = 1


class ThermometerEvent(Event, kind="thermometer"):
    """Something that happened in a thermometer."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Measured(ThermometerEvent):
    """It has measured a temperature."""

    celsius: float


class Thermometer:
    """Measures at its profile's cadence."""

    def __init__(self, profile: ThermometerProfile, celsius: float) -> None:
        self.profile = profile
        self.celsius = celsius
        self.ledger = Ledger()
        self.shown: float | None = None
        self.next_deadline: Instant = 0

    def advance(self, now: Instant) -> None:
        while self.next_deadline <= now:
            self.shown = self.celsius
            self.ledger.write(self.next_deadline, Measured(self.celsius))
            self.next_deadline += self.profile.cadence

    def status(self, now: Instant) -> Mapping[str, Any]:
        return {"celsius": self.shown}


class ThermometerEndpoint:
    """Answers every ``?`` with a line of text."""

    def __init__(self, name: str, machine: Thermometer, advertised: str) -> None:
        self.name, self.machine = name, machine
        self.links: set[Link] = set()

    @property
    def next_deadline(self) -> Instant:
        return self.machine.next_deadline

    def advance(self, now: Instant) -> list[Any]:
        self.machine.advance(now)
        return list(self.machine.ledger.drain())

    def receive(self, request: Opened | Received | Closed, now: Instant) -> list[Any]:
        effects = self.advance(now)
        match request:
            case Opened(link=link):
                self.links.add(link)
            case Closed(link=link):
                self.links.discard(link)
            case Received(link=link, value=value):
                reading = f"{self.machine.shown:.{self.machine.profile.decimals}f}\n".encode()
                effects += [Octets(link, reading)] * value.count(b"?")
        return effects

    def place_of(self, message: object) -> None:
        """Nothing: a byte stream has no attributes."""

    def snapshot(self) -> Mapping[str, Any]:
        return {}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Nothing: it has no bonds."""

    def forget_bonds(self) -> Collection[str]:
        return ()


class Warm(Action[Thermometer]):
    """Hold it into something of another temperature."""

    celsius: float = Field(ge=-40, le=60)

    def do(self, machine: Thermometer, now: Instant) -> None:
        machine.celsius = self.celsius


class ThermometerPersistence:
    """Stores what it measures and shows."""

    def snapshot(self, machine: Thermometer, since: Mark, /) -> Snapshot:
        memory = json.dumps([machine.celsius, machine.shown, machine.next_deadline]).encode()
        return Snapshot(memory=memory, records=(), oldest=0, complete=False, mark=since)

    def restore(self, machine: Thermometer, stored: Stored, now: Instant, /) -> Mark:
        machine.celsius, machine.shown, machine.next_deadline = json.loads(stored.memory)
        machine.ledger.restore(stored.ledger)
        return Mark()


class ThermometerTable(DeviceTable):
    """A thermometer."""

    kind: Literal["thermometer"]
    celsius: float = 20.0


def _machine(table: ThermometerTable, profile: ThermometerProfile, setup: Setup) -> Thermometer:
    return Thermometer(profile, table.celsius)


THERMOMETER = Kind(
    name="thermometer",
    about="a thermometer",
    table=ThermometerTable,
    profiles={"generic": ThermometerProfile(), "fast": ThermometerProfile(cadence=1_000)},
    machine=_machine,
    endpoint=ThermometerEndpoint,
    actions=Actions("thermometer", (Warm,)),
    events=ThermometerEvent,
    persistence=ThermometerPersistence(),
    status_line=lambda status: f"{status['celsius']} °C",
)
NOT_A_KIND = "thermometer"
