"""What a Paradigm pump remembers: pages of its history, and of the glucose that it receives from its CGM."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.paradigm.history import Renderer, storable
from isletbench.emulator.endpoints.paradigm.pages import Pages
from isletbench.emulator.pump import events as pump_events
from isletbench.emulator.pump.machine import Pump
from isletbench.protocols.medtronic import glucose
from isletbench.protocols.medtronic.dates import Stamp
from isletbench.protocols.medtronic.opcodes import Generation
from isletbench.protocols.medtronic.records import events
from isletbench.protocols.medtronic.records.stored import octets_of

MOST_GLUCOSE_PAGES = 32
"""Pages of glucose that a pump keeps."""
FOLLOWS_AFTER = 500
"""So many entries may wait to be rendered."""


class HistoryMemory:
    """Pages of history: follows the entries of the pump's history, and takes what only this make records."""

    def __init__(self, pump: Pump, generation: Generation) -> None:
        self._pump = pump
        self._generation = generation
        self.pages = Pages()
        self._next = 0
        self._which = pump.parts.status.number
        self._renderer = self._anew()
        self._recalled = True
        self._entry_of: dict[int, int] = {}
        """The number of the first entry in each page, by the number of the page."""

    def _anew(self) -> Renderer:
        profile = self._pump.profile
        return Renderer(self._generation, profile.action, profile.basal_templates.first)

    def follow(self) -> None:
        """Render the entries that have been written since the last time."""
        history = self._pump.history
        if self._which != self._pump.parts.status.number:
            self._which, self._next = self._pump.parts.status.number, 0
            self.pages, self._renderer = Pages(), self._anew()
            self._entry_of = {}
        if not self._recalled:
            self._recall()
        if history.next_number == self._next:
            return
        for entry in tuple(history.entries):
            if entry.number >= self._next:
                self._next = entry.number + 1
                for record in self._renderer.rendered(entry):
                    self.pages.append(octets_of(record))
                self._entry_of.setdefault(self.pages.newest, entry.number)
        for number in history.corrupted:
            self._damage(number)

    def _damage(self, number: int) -> None:
        """The CRC of the page with this entry is wrong from now on."""
        holding = [page for page, first in self._entry_of.items() if first <= number]
        if holding and number < self._next:
            self.pages.damage(max(holding))

    def occurred(self, event: Event) -> None:
        """Take note of an event: entries are not to be overwritten before they are rendered."""
        if isinstance(event, pump_events.RecordCorrupted):
            self.follow()
            self._damage(event.number)
        elif isinstance(event, pump_events.BatteryReplaced):
            self.write(events.BatteryChanged(0, storable(self._pump.shows(self._pump.now))))
        elif self._pump.history.next_number - self._next > FOLLOWS_AFTER:
            self.follow()

    def write(self, record: Any) -> None:
        """Append a record of something that the pump's history does not hold."""
        self.follow()
        self.pages.append(octets_of(record))

    def snapshot(self) -> dict[str, object]:
        """All of it as plain data."""
        return {**self.pages.snapshot(), "next": self._next, "pump": self._which, "entries": sorted(self._entry_of.items())}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what a snapshot holds. The pump is restored after it."""
        self.pages.restore(snapshot["first"], snapshot["pages"], snapshot["damaged"])
        self._next, self._which, self._recalled = snapshot["next"], snapshot["pump"], False
        self._entry_of = dict(snapshot["entries"])

    def _recall(self) -> None:
        """Learn again, from the entries that are still there, what earlier records have told."""
        self._recalled = True
        for entry in tuple(self._pump.history.entries):
            if entry.number < self._next:
                self._renderer.rendered(entry)


class GlucoseMemory:
    """Pages of glucose, numbered upwards, and what the sensor went through."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self.pages = Pages(MOST_GLUCOSE_PAGES)
        self._last: datetime | None = None

    def occurred(self, event: Event, at: Instant) -> None:
        """Write down a reading that the pump has received now, or that its clock was set."""
        if isinstance(event, pump_events.GlucoseReceived) and not event.backfilled:
            self._reading(event.mg_dl, self._shown(event.measured_ms, at))
        elif isinstance(event, pump_events.ClockSet):
            self._append(glucose.SensorClockChanged(Stamp(_minute(datetime.fromisoformat(event.to)))))
            self._last = None

    def _shown(self, measured: Instant, now: Instant) -> datetime:
        return _minute(self._pump.shows(now) - timedelta(milliseconds=now - measured))

    def _reading(self, mg_dl: float | None, measured: datetime) -> None:
        record = glucose.WeakSignal() if mg_dl is None else glucose.Reading(_even(mg_dl))
        apart = None if self._last is None else measured - self._last
        follows = apart is not None and abs(apart - glucose.EVERY) <= timedelta(minutes=1)
        octets = glucose.octets_of(record)
        if not follows or self.pages.room < len(octets):
            kind = glucose.StampKind.LAST_RF if follows or self._last is None else glucose.StampKind.GAP
            if self.pages.room < 5 + len(octets):
                self.pages.turn()
            self._append(glucose.TimeStamp(Stamp(measured - glucose.EVERY, kind)))
        self.pages.append(octets)
        self._last = measured if not follows or self._last is None else self._last + glucose.EVERY

    def _append(self, record: Any) -> None:
        self.pages.append(glucose.octets_of(record))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever received."""
        return self._last is None and self.pages.newest == 0

    def snapshot(self) -> dict[str, object]:
        """All of it as plain data."""
        return {**self.pages.snapshot(), "last": self._last and self._last.isoformat()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what a snapshot holds."""
        self.pages.restore(snapshot["first"], snapshot["pages"], snapshot["damaged"])
        self._last = snapshot["last"] and datetime.fromisoformat(snapshot["last"])


def _even(mg_dl: float) -> int:
    """A glucose as an octet can hold it: 40 to 400 mg/dL in steps of 2."""
    return 2 * (round(min(max(mg_dl, 40), 400)) // 2)


def _minute(at: datetime) -> datetime:
    return storable(at).replace(second=0)
