"""What the user of a Paradigm pump enters on it, and what other devices send it: records that no client can cause."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Duration, Part
from isletbench.protocols.medtronic.opcodes import Generation
from isletbench.protocols.medtronic.records import events, meals

EntryWord: TypeAlias = Literal[
    "meter_glucose",
    "glucose",
    "carbohydrate",
    "exercise",
    "other",
    "auto_off",
    "wizard",
    "wizard_setup",
    "temp_basal_type",
    "time_format",
    "alarm_type",
    "reminder",
    "reservoir_warning",
    "reservoir_warning_type",
    "capture",
    "remote",
    "device_linked",
    "device_added",
    "device_removed",
]
MARKERS = frozenset({"carbohydrate", "exercise", "other"})
"""What only the larger generation has."""
MOST = {"meter_glucose": 2_047, "glucose": 1_023, "carbohydrate": 0xFFFF}
"""The largest value of those whose value is not one octet."""
METER = "c0ffee"
"""The id of the linked meter."""


class PumpEntry(Part):
    """Something that is entered on the pump, or sent to it."""

    at: Duration
    """When, from when the bench begins."""
    entry: EntryWord
    value: int = Field(default=0, ge=0)
    """mg/dL, g, h, or the choice of a menu (0 or 1); left out for what has none."""

    @model_validator(mode="after")
    def _fits(self) -> "PumpEntry":
        most = MOST.get(self.entry, 0xFF)
        if self.value > most:
            raise ValueError(f"value: expected 0 to {most} for {self.entry}, got {self.value}")
        return self


Made: TypeAlias = Callable[[datetime, int], Any]


def _wizard_setup(generation: Generation, at: datetime) -> Any:
    large = generation is Generation.X23
    return meals.WizardSetupFortieths(0, at) if large else meals.WizardSetupTenths(0, at)


MARKED: Mapping[str, type[events.Marked]] = {
    "auto_off": events.AutoOffSet,
    "wizard": events.WizardSwitched,
    "temp_basal_type": events.TempBasalTypeSet,
    "time_format": events.TimeFormatSet,
    "alarm_type": events.AlarmTypeSet,
    "reminder": events.ReminderSet,
    "reservoir_warning": events.ReservoirWarningSet,
    "reservoir_warning_type": events.ReservoirWarningTypeSet,
    "capture": events.CaptureSwitched,
}
"""Records that are only the value and a stamp."""
MADE: Mapping[str, Made] = {
    "meter_glucose": lambda at, value: meals.MeterGlucose.of(at, value, METER),
    "glucose": meals.GlucoseCaptured.of,
    "carbohydrate": lambda at, value: meals.MealMarker(value >> 8, at, value & 0xFF),
    "exercise": lambda at, value: meals.ExerciseMarker(value, at),
    "other": lambda at, value: meals.OtherMarker(value, at),
    "remote": lambda at, value: events.RemoteEnabled(value, at),
    "device_linked": lambda at, value: events.OtherDevice(value, at),
    "device_added": lambda at, value: events.DeviceAdded(value, at),
    "device_removed": lambda at, value: events.DeviceRemoved(value, at),
}
"""How the others are made."""


def record_of(entry: PumpEntry, at: datetime, generation: Generation) -> Any:
    """The record of an entry. ``at`` is what the pump's clock shows."""
    if entry.entry == "wizard_setup":
        return _wizard_setup(generation, at)
    if (kind := MARKED.get(entry.entry)) is not None:
        return kind(entry.value, at)
    return MADE[entry.entry](at, entry.value)
