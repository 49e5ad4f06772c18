"""What one Paradigm pump is: the pump machine, what a rig has set, its memory, and what only this make keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant, Rate, units
from isletbench.emulator.endpoints.paradigm.entries import MARKED, record_of
from isletbench.emulator.endpoints.paradigm.history import ALARMS, fortieths_of, storable
from isletbench.emulator.endpoints.paradigm.memory import GlucoseMemory, HistoryMemory
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.emulator.pump.events import BolusEnded
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.template import ProfileTemplate
from isletbench.protocols.ids import BolusEndReason, TemplateType
from isletbench.protocols.medtronic.opcodes import Generation

MOST_BASAL: Rate = units(35)
"""The highest basal rate that can be set, uU/h."""


@dataclass(slots=True)
class State:
    """The pump behind its messages."""

    pump: Pump
    settings: ParadigmSettings
    history: HistoryMemory
    glucose: GlucoseMemory
    max_basal: int = field(default=0)
    """The highest basal rate that a client may set, fortieths of a unit an hour."""
    bolus_ended: Instant | None = None
    """When the last bolus was over that was delivered to its end."""
    percent: bool = False
    """Whether temp basals were set as a percentage last."""
    chosen: dict[str, int] = field(default_factory=dict)
    """What was chosen in the pump's menus, by the word of the entry."""
    entered: int = 0
    """How many of the rig's entries have been made."""

    @classmethod
    def of(cls, pump: Pump, settings: ParadigmSettings) -> "State":
        """That of a pump that is switched on."""
        limit = fortieths_of(min(pump.profile.limits.rate, MOST_BASAL))
        return cls(pump, settings, HistoryMemory(pump, settings.generation), GlucoseMemory(pump), limit)

    def boluses(self, now: Instant) -> bool:
        """Whether a bolus is in progress, or was a moment ago."""
        ended = self.bolus_ended
        return bool(self.pump.parts.boluses.active) or (ended is not None and now - ended < self.settings.bolus_screen)

    def occurred(self, occurrence: Occurrence) -> None:
        """Take note of an event in the pump."""
        if isinstance(occurrence.event, BolusEnded) and occurrence.event.reason == BolusEndReason.AMOUNT_DELIVERED.name:
            self.bolus_ended = occurrence.at
        self.history.occurred(occurrence.event)
        self.glucose.occurred(occurrence.event, occurrence.at)

    @property
    def next_entry(self) -> Instant | None:
        """When the next entry of the rig is made, if there is one."""
        left = self.settings.entries[self.entered :]
        return left[0].at if left else None

    def enter(self, now: Instant) -> None:
        """Make the entries that are due."""
        while (due := self.next_entry) is not None and due <= now:
            entry = self.settings.entries[self.entered]
            self.entered += 1
            if entry.entry in MARKED:
                self.chosen[entry.entry] = entry.value
            if entry.entry == "temp_basal_type":
                self.percent = bool(entry.value)
            self.history.write(record_of(entry, storable(self.pump.shows(now)), self.generation))

    @property
    def generation(self) -> Generation:
        """How messages and records are laid out."""
        return self.settings.generation

    @property
    def configured_patterns(self) -> list[int]:
        """The basal profiles that there are: 0 standard, 1 A, 2 B."""
        owner, configured = self.pump.profile.basal_templates, self.pump.parts.templates.configured
        return [number - owner.first for number in owner.numbers if number in configured]

    @property
    def pattern(self) -> int:
        """The basal profile that is followed."""
        first = self.pump.profile.basal_templates.first
        return self.pump.parts.templates.activated.get(TemplateType.BASAL_RATE_PROFILE, first) - first

    def profile(self, pattern: int) -> ProfileTemplate | None:
        """A basal profile; None for one that is not configured."""
        found = self.pump.parts.templates.configured.get(self.pump.profile.basal_templates.first + pattern)
        return found if isinstance(found, ProfileTemplate) else None

    @property
    def alarm(self) -> int:
        """The code of the alarm that the pump shows; 0 for none."""
        shown = (ALARMS.get(annunciation.type) for annunciation in self.pump.parts.annunciations.active.values())
        return next((int(code) for code in shown if code is not None), 0)

    def snapshot(self) -> dict[str, object]:
        """What the machine does not remember, as plain data."""
        self.history.follow()
        return {
            "history": self.history.snapshot(),
            "glucose": self.glucose.snapshot(),
            "max_basal": self.max_basal,
            "percent": self.percent,
            "chosen": dict(self.chosen),
            "entered": self.entered,
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what a snapshot holds."""
        if snapshot:
            self.history.restore(snapshot["history"])
            self.glucose.restore(snapshot["glucose"])
            self.max_basal, self.percent = snapshot["max_basal"], snapshot["percent"]
            self.chosen, self.entered = dict(snapshot["chosen"]), snapshot["entered"]
