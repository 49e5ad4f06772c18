"""A pump's history as Medtronic records: the entries of the pump's one history, in the order in which they were written.

What a Paradigm pump records and the pump's history does not hold (a battery that was changed, settings that only this make has)
is written when it happens. Nothing is written that clients do not agree about.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from isletbench.emulator.core.quantities import Insulin, Rate, minutes
from isletbench.emulator.pump import records
from isletbench.emulator.pump.adjustment import WHOLE
from isletbench.emulator.pump.history import Entry
from isletbench.emulator.pump.records import Record
from isletbench.emulator.pump.template import ProfileTemplate
from isletbench.emulator.pump.totals import InsulinAction
from isletbench.protocols.ids import (
    AnnunciationStatus,
    AnnunciationType,
    BolusType,
    RecordingReason,
    TbrEndReason,
    TbrType,
    TemplateType,
    TherapyControlState,
)
from isletbench.protocols.medtronic.dates import FIRST_YEAR, LAST_YEAR
from isletbench.protocols.medtronic.opcodes import Generation
from isletbench.protocols.medtronic.records import days, events, insulin, meals
from isletbench.protocols.medtronic.records.events import AlarmCode
from isletbench.protocols.medtronic.schedules import SLOTS

UU = 1_000_000
HALF_HOUR = minutes(30)
MOST_ACTING = 20
"""So many earlier boluses are in the record of those that still act (choice; its length would allow 84)."""
BY_USER, BY_ITSELF = 1, 2
"""What has suspended delivery: a person or a client, or the pump for its CGM."""
ALARMS: Mapping[AnnunciationType, AlarmCode] = {
    AnnunciationType.OCCLUSION_DETECTED: AlarmCode.NO_DELIVERY,
    AnnunciationType.RESERVOIR_EMPTY: AlarmCode.EMPTY_RESERVOIR,
    AnnunciationType.BATTERY_EMPTY: AlarmCode.BATTERY_DEPLETED,
    AnnunciationType.POWER_SOURCE_INSUFFICIENT: AlarmCode.BATTERY_OUT_LIMIT,
    AnnunciationType.SYSTEM_ISSUE: AlarmCode.DEVICE_RESET,
    AnnunciationType.MECHANICAL_ISSUE: AlarmCode.DEVICE_RESET,
}
"""The annunciations that are alarms of a Paradigm pump."""


@dataclass(slots=True)
class Known:
    """What earlier records have told, and later ones need."""

    reference: datetime | None = None
    """What the clock showed at the reference time that was recorded last."""
    first: bool = True
    """Whether no reference time has been recorded yet: the pump was switched on."""
    programmed: dict[int, records.BolusProgrammed] = field(default_factory=dict)
    """Boluses on their way, by id."""
    delivered: list[tuple[datetime, Insulin]] = field(default_factory=list)
    """Boluses of the last hours, for the insulin that is not absorbed yet."""
    profiles: dict[int, ProfileTemplate] = field(default_factory=dict)
    """Basal profiles, by template number."""
    followed: int = 0
    """The number of the basal profile that is followed."""
    shown: Insulin | None = None
    """What the reservoir showed when it was recorded last."""


def storable(at: datetime) -> datetime:
    """A date and time as the stamp of a record can hold it: whole seconds, and a year of seven bits, which begins anew."""
    whole, year = at.replace(microsecond=0), FIRST_YEAR + (at.year - FIRST_YEAR) % (LAST_YEAR - FIRST_YEAR + 1)
    if year == at.year:
        return whole
    return whole.replace(year=year, day=28) if (at.month, at.day) == (2, 29) else whole.replace(year=year)


def strokes_of(amount: Insulin, strokes: int) -> int:
    """An amount in whole strokes."""
    return amount * strokes // UU


def fortieths_of(rate: Rate) -> int:
    """A basal rate in fortieths of a unit an hour."""
    return strokes_of(rate, 40)


@dataclass(slots=True)
class Renderer:
    """Makes records of entries, in order. ``first_profile`` is the template number of the standard basal profile."""

    generation: Generation
    action: InsulinAction
    first_profile: int
    known: Known = field(default_factory=Known)

    def rendered(self, entry: Entry) -> list[Any]:
        """The records of an entry; the later entries of a record that takes several have none."""
        if entry.part:
            return []
        render = RENDERED.get(type(entry.record))
        if render is None:
            return []
        at = self.at(entry)
        return [] if at is None else list(render(self, entry, entry.record, at))

    def at(self, entry: Entry) -> datetime | None:
        """What the pump's clock showed then; None before it was ever recorded."""
        if isinstance(entry.record, records.ReferenceTime) and self.known.reference is None:
            return storable(entry.record.shown)
        if self.known.reference is None:
            return None
        return storable(self.known.reference + timedelta(milliseconds=entry.offset))

    def strokes(self, amount: Insulin) -> int:
        """An amount in strokes of this generation."""
        return strokes_of(amount, self.generation.strokes)


# What is recorded of each kind of record


def _reference(on: Renderer, entry: Entry, record: records.ReferenceTime, at: datetime) -> Iterator[Any]:
    known = on.known
    if not known.first and record.reason is not RecordingReason.PERIODIC:
        yield events.ClockChanged(0, at)
        yield events.NewClock(0, storable(record.shown))
    known.reference, known.first = record.shown, False


def _bolus_programmed(on: Renderer, entry: Entry, record: records.BolusProgrammed, at: datetime) -> Iterator[Any]:
    on.known.programmed[record.bolus_id] = record
    yield from ()


def _bolus_delivered(on: Renderer, entry: Entry, record: records.BolusDelivered, at: datetime) -> Iterator[Any]:
    programmed = on.known.programmed.pop(record.bolus_id, None)
    lasts = 0 if programmed is None else programmed.duration // HALF_HOUR
    parts = []
    if record.type in {BolusType.FAST, BolusType.MULTIWAVE}:
        parts.append((programmed.fast if programmed else record.fast, record.fast, 0))
    if record.type in {BolusType.EXTENDED, BolusType.MULTIWAVE}:
        parts.append((programmed.extended if programmed else record.extended, record.extended, max(lasts, 1)))
    for wanted, delivered, half_hours in parts:
        strokes = on.strokes(wanted), on.strokes(delivered)
        if on.generation is Generation.X23:
            unabsorbed = min(strokes_of(_unabsorbed(on, at), 40), 0xFFFF)
            yield insulin.BolusFortieths(*strokes, unabsorbed, half_hours, at)
        else:
            yield insulin.BolusTenths(*strokes, half_hours, at)
    on.known.delivered.append((at, record.fast + record.extended))


def _unabsorbed(on: Renderer, at: datetime) -> Insulin:
    lasts = timedelta(milliseconds=on.action.duration)
    on.known.delivered = [(then, amount) for then, amount in on.known.delivered if timedelta() <= at - then < lasts]
    spans = (((at - then) // timedelta(milliseconds=1), amount) for then, amount in on.known.delivered)
    return round(sum(amount * on.action.remaining(span) for span, amount in spans))


def _acting(age: timedelta, amount: Insulin) -> meals.UnabsorbedDose:
    """An earlier bolus that still acts, as the record before that of the bolus wizard has it."""
    minutes_ago = min(age // timedelta(minutes=1), 0x3FF)
    return meals.UnabsorbedDose(min(strokes_of(amount, 40), 0xFF), minutes_ago & 0xFF, minutes_ago >> 8 << 4)


def _bolus_calculated(on: Renderer, entry: Entry, record: records.BolusCalculated, at: datetime) -> Iterator[Any]:
    meal_fast, correction_fast, meal_extended, correction_extended = record.recommended
    food, correction = on.strokes(meal_fast + meal_extended), on.strokes(correction_fast + correction_extended)
    unabsorbed = _unabsorbed(on, at)
    if acting := [(at - then, amount) for then, amount in on.known.delivered]:
        yield meals.UnabsorbedInsulin(tuple(_acting(age, amount) for age, amount in acting[-MOST_ACTING:]))
    if on.generation is Generation.X23:
        yield meals.WizardFortieths(
            0,
            at,
            0,
            correction_low=correction & 0xFF,
            correction_high=correction >> 8 << 3,
            food=food,
            unabsorbed=strokes_of(unabsorbed, 40),
            estimate=food + correction,
        )
    else:
        yield meals.WizardTenths(
            0, at, 0, correction_low=correction, food=food, unabsorbed=on.strokes(unabsorbed), estimate=food + correction
        )


def _basal_rate(on: Renderer, entry: Entry, record: records.BasalRateChanged, at: datetime) -> Iterator[Any]:
    """The profile's own rate flows from now on: another block of it has begun, or what kept it from flowing is over."""
    profile = on.known.profiles.get(on.known.followed)
    if entry.first != entry.number or profile is None or record.new == 0:
        return
    found = list(slots_of(profile))
    now = (at.hour * 60 + at.minute) // 30
    index = max(place for place, (slot, _) in enumerate(found) if slot <= now)
    slot, rate = found[index]
    if rate == fortieths_of(record.new):
        yield insulin.BasalProfileStart(index, at, insulin.ProfileEntry(slot, rate))


def slots_of(profile: ProfileTemplate) -> Iterator[tuple[int, int]]:
    """The blocks of a basal profile as slot and fortieths of a unit an hour; a block within a slot belongs to the slot."""
    begins = 0
    for block in profile.blocks:
        yield begins // 30, round(block.values[0] * 40)
        begins += block.minutes


def _tbr(on: Renderer, entry: Entry, record: records.TbrStarted | records.TbrChanged, at: datetime) -> Iterator[Any]:
    percent = record.type is TbrType.RELATIVE
    value = record.value * 100 // WHOLE if percent else fortieths_of(record.value)
    yield insulin.TempBasalRate.of(at, value, percent=percent)
    yield insulin.TempBasalDuration(record.duration // HALF_HOUR, at)


def _tbr_ended(on: Renderer, entry: Entry, record: records.TbrEnded, at: datetime) -> Iterator[Any]:
    if record.reason is not TbrEndReason.DURATION_OVER:
        yield insulin.TempBasalRate.of(at, 0, percent=record.type is TbrType.RELATIVE)
        yield insulin.TempBasalDuration(0, at)


def _activated(on: Renderer, entry: Entry, record: records.ProfileTemplateActivated, at: datetime) -> Iterator[Any]:
    if record.type is TemplateType.BASAL_RATE_PROFILE:
        on.known.followed = record.new
        if record.old:
            yield insulin.PatternChanged(record.new - on.first_profile, at)


def _stored(on: Renderer, entry: Entry, record: records.TemplateStored, at: datetime) -> Iterator[Any]:
    if not isinstance(record.template, ProfileTemplate) or record.type is not TemplateType.BASAL_RATE_PROFILE:
        return
    before = on.known.profiles.get(record.number)
    on.known.profiles[record.number] = record.template
    if before is not None:
        pattern = record.number - on.first_profile
        yield insulin.ProfileBefore(pattern, at, _entries(before))
        yield insulin.ProfileAfter(pattern, at, _entries(record.template))


def _entries(profile: ProfileTemplate) -> tuple[insulin.ProfileEntry, ...]:
    entries = [insulin.ProfileEntry(slot, rate) for slot, rate in slots_of(profile)][:SLOTS]
    return (*entries, *[insulin.ProfileEntry(0, 0)] * (SLOTS - len(entries)))


def _daily_total(on: Renderer, entry: Entry, record: records.DailyTotal, at: datetime) -> Iterator[Any]:
    total = days.DailyTotal23 if on.generation is Generation.X23 else days.DailyTotal15
    yield total(min(strokes_of(record.bolus + record.basal, 40), 0xFFFF), storable(datetime.combine(record.day, time())).date())


def _therapy(on: Renderer, entry: Entry, record: records.TherapyChanged, at: datetime) -> Iterator[Any]:
    if record.new is TherapyControlState.RUN:
        yield insulin.Resumed(0, at)
    elif record.old is TherapyControlState.RUN:
        yield insulin.Suspended(BY_USER, at)


def _low_suspend_started(on: Renderer, entry: Entry, record: Record, at: datetime) -> Iterator[Any]:
    yield insulin.Suspended(BY_ITSELF, at)


def _low_suspend_ended(on: Renderer, entry: Entry, record: Record, at: datetime) -> Iterator[Any]:
    yield insulin.Resumed(0, at)


def _reservoir(on: Renderer, entry: Entry, record: records.ReservoirLevel, at: datetime) -> Iterator[Any]:
    if record.shown is None:
        yield events.Rewound(0, at)
    else:
        on.known.shown = record.shown


def _annunciation(on: Renderer, entry: Entry, record: records.AnnunciationChanged, at: datetime) -> Iterator[Any]:
    code = ALARMS.get(record.type)
    if record.status is AnnunciationStatus.CONFIRMED and code is not None:
        yield events.AlarmCleared(code, at)
    if record.status is not AnnunciationStatus.PENDING:
        return
    if code is not None:
        yield events.Alarm(code, at)
    elif record.type is AnnunciationType.RESERVOIR_LOW:
        yield events.LowReservoir(min(strokes_of(on.known.shown or 0, 10), 0xFF), at)
    elif record.type is AnnunciationType.BATTERY_LOW:
        yield events.LowBattery(0, at)


def _primed(on: Renderer, entry: Entry, record: records.PrimingDone, at: datetime) -> Iterator[Any]:
    yield insulin.Prime(0, min(strokes_of(record.pushed, 10), 0xFF), at)


RENDERED: Mapping[type[Record], Callable[[Renderer, Entry, Any, datetime], Iterator[Any]]] = {
    records.ReferenceTime: _reference,
    records.BolusProgrammed: _bolus_programmed,
    records.BolusDelivered: _bolus_delivered,
    records.BolusCalculated: _bolus_calculated,
    records.BasalRateChanged: _basal_rate,
    records.TbrStarted: _tbr,
    records.TbrChanged: _tbr,
    records.TbrEnded: _tbr_ended,
    records.ProfileTemplateActivated: _activated,
    records.TemplateStored: _stored,
    records.DailyTotal: _daily_total,
    records.TherapyChanged: _therapy,
    records.LowSuspendStarted: _low_suspend_started,
    records.LowSuspendEnded: _low_suspend_ended,
    records.ReservoirLevel: _reservoir,
    records.AnnunciationChanged: _annunciation,
    records.PrimingDone: _primed,
}
"""How each kind of record is rendered; a limit of boluses that is another one has no record that clients agree about."""
