"""A recording: what was read, in order, in mg/dL, with what was left out and why."""

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median, median_low

from isletbench.emulator.core.quantities import Instant, Span, minutes, seconds
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.traces.basal import BasalChange, BasalRate, changes_of
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.numbers import MG_DL, MG_DL_PER_MMOL_L, MMOL_L, Word
from isletbench.emulator.patient.traces.observations import Found, Observation

REPEAT = seconds(60)
"""Rows closer together than this with the same glucose are one reading that is repeated."""
LOWEST, HIGHEST = 10.0, 1_000.0
"""No glucose of somebody alive is below the one or above the other, mg/dL."""
WORDS = {Word.LOW: 39.0, Word.HIGH: 401.0}
"""What is measured where a recording says Low or High, mg/dL: just outside the range of sensors, so that they say so too."""
LEAST_MMOL_L, CERTAIN_MMOL_L, CERTAIN_MG_DL = 1.5, 25.0, 35.0
"""Medians between the first two, and above the last, leave no doubt about the unit; none is below the first."""
LONGEST_WAIT = timedelta(days=1)
"""So long before its first reading a recording may be begun with."""
_HOUR, _SLACK = timedelta(hours=1), timedelta(minutes=10)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading."""

    at: Instant
    """Time since the first reading of the recording, ms."""
    local: datetime
    """As recorded, without a zone."""
    mg_dl: float
    word: Word | None = None
    """What the sensor said in place of a number."""


@dataclass(frozen=True, slots=True)
class Dose:
    """Insulin or carbohydrate: U or g."""

    at: Instant
    amount: float


@dataclass(slots=True, kw_only=True)
class Recording:
    """One person's glucose over a span of time, and what else the file has."""

    origin: str
    format: str
    readings: list[Reading]
    unit: str
    """The unit that the file has; readings are in mg/dL."""
    unit_from: str
    zone: str
    """``UTC+01:00``, or that the file does not say."""
    boluses: list[Dose] = field(default_factory=list)
    """U"""
    basal: list[BasalChange] = field(default_factory=list)
    """Every other rate from then on; before the first, and where a rate has ended, it is unknown."""
    carbohydrates: list[Dose] = field(default_factory=list)
    """g"""
    left_out: dict[str, int] = field(default_factory=dict)
    """How many rows were not taken, by the reason and the place of the first."""
    notes: list[str] = field(default_factory=list)

    @property
    def cadence(self) -> Span:
        """The usual time from one reading to the next."""
        between = [after.at - before.at for before, after in pairwise(self.readings)]
        return median_low(between) if between else minutes(5)

    @property
    def tolerance(self) -> Span:
        """How far from an instant a reading may be to be the reading of then."""
        return max(minutes(5), self.cadence) // 2

    def instant_of(self, start: datetime) -> Instant:
        """When it is this local time, as recorded. Raises ``TraceError`` for a time after the last reading, or a day before the
        first."""
        first = self.readings[0].local
        if start < first - LONGEST_WAIT:
            raise TraceError(f"no reading within a day of {start}: the first is of {first}")
        for reading in self.readings:
            if reading.local >= start:
                return reading.at - _span(reading.local - start)
        raise TraceError(f"no reading at or after {start}")

    @property
    def gaps(self) -> list[tuple[Reading, Reading]]:
        """The readings before and after every gap: more than one and a half times the usual."""
        longest = self.cadence * 3 // 2
        return [(before, after) for before, after in pairwise(self.readings) if after.at - before.at > longest]


def recording_of(found: Found, origin: str, unit: str | None = None) -> Recording:
    """Put in order what was found. ``unit`` is what a user says that it is. Raises ``TraceError``, one sentence."""
    observations, zone = _in_order(found)
    readings = [o for o in observations if _is_glucose(o, found)]
    if not readings:
        why = "".join(f": {found.places[reason]}: {reason}" for reason in list(found.left_out)[:1])
        raise TraceError(f"trace {origin}: holds no reading{why}")
    unit, unit_from = _unit(found, readings, origin, unit)
    _must_be_plausible(readings, origin, unit, unit_from)
    factors = {MG_DL: 1.0, MMOL_L: MG_DL_PER_MMOL_L}
    first = readings[0].at
    taken: list[Reading] = []
    for o in readings:
        level = WORDS[o.glucose] if isinstance(o.glucose, Word) else (o.glucose or 0.0) * factors[o.unit or unit]
        if not LOWEST <= level <= HIGHEST:
            found.leave_out(f"less than {LOWEST:.0f} mg/dL" if level < LOWEST else f"more than {HIGHEST:.0f} mg/dL", o.where)
            continue
        word = o.glucose if isinstance(o.glucose, Word) else None
        reading = Reading(_span(o.at - first), _local(o.at, first), round(level, 1), word)
        if reason := _repeats(taken[-1] if taken else None, reading):
            found.leave_out(reason, o.where)
        else:
            taken.append(reading)
    if not taken:
        raise TraceError(f"trace {origin}: holds no reading: all of them are outside {LOWEST:.0f} to {HIGHEST:.0f} mg/dL")
    return Recording(
        origin=origin,
        format=found.format,
        readings=taken,
        unit=unit,
        unit_from=unit_from,
        zone=zone,
        boluses=[Dose(_span(o.at - first), o.bolus) for o in observations if o.bolus is not None],
        basal=changes_of([_rate(o, first) for o in observations if o.basal is not None]),
        carbohydrates=[Dose(_span(o.at - first), o.carbs) for o in observations if o.carbs is not None],
        left_out={f"{reason} (first: {found.places[reason]})": count for reason, count in found.left_out.items()},
        notes=found.notes,
    )


def _rate(o: Observation, first: datetime) -> BasalRate:
    lasts = None if o.basal_lasts is None else _span(o.basal_lasts)
    return BasalRate(_span(o.at - first), o.basal or 0.0, lasts)


def _span(difference: timedelta) -> Instant:
    return round(difference / _MILLISECOND)


def _local(at: datetime, first: datetime) -> datetime:
    """The time as recorded: in the zone of the first reading."""
    return at if at.tzinfo is None else at.astimezone(first.tzinfo).replace(tzinfo=None)


def _is_glucose(o: Observation, found: Found) -> bool:
    if isinstance(o.glucose, float):
        if 0 < o.glucose < float("inf"):
            return True
        found.leave_out(f"{o.glucose:g} is no glucose value", o.where)
        return False
    return o.glucose is not None


def _repeats(before: Reading | None, reading: Reading) -> str:
    """Why a reading is not another one than that before it; empty when it is."""
    if before is None or reading.at - before.at >= REPEAT:
        return ""
    if reading.mg_dl == before.mg_dl:
        return "a reading that is repeated"
    return "a second value for the same time" if reading.at == before.at else ""


# Order and zone


def _in_order(found: Found) -> tuple[list[Observation], str]:
    """The observations by time, and the zone. Raises ``TraceError`` for some with and some without a zone."""
    observations = found.observations
    zoned = [o.at.tzinfo is not None for o in observations]
    if any(zoned) and not all(zoned):
        other = next(o for o, has in zip(observations, zoned, strict=True) if has != zoned[0])
        raise TraceError(f"{other.where}: some times have a zone and some have none: expected all or none")
    if any(zoned):
        offsets = {o.at.utcoffset() or timedelta() for o in observations}
        names = sorted(_offset(offset) for offset in offsets)
        if len(names) > 1:
            found.notes.append(f"several zones, {', '.join(names)}: shown in that of the first reading")
        return sorted(observations, key=lambda o: o.at.astimezone(UTC)), names[0] if len(names) == 1 else ", ".join(names)
    return _without_zone(found), "not said: local time as recorded"


def _offset(offset: timedelta) -> str:
    total = round(offset / timedelta(minutes=1))
    return f"UTC{'-' if total < 0 else '+'}{abs(total) // 60:02}:{abs(total) % 60:02}" if total else "UTC"


def _without_zone(found: Found) -> list[Observation]:
    """In order of time; an hour that comes twice, in the order of the file, is the end of daylight saving time."""
    observations = found.observations
    forward = sum(b.at > a.at for a, b in pairwise(observations))
    backward = sum(b.at < a.at for a, b in pairwise(observations))
    if backward > forward:
        observations = observations[::-1]
        found.notes.append("newest first: put in order")
    steps = [index for index, (a, b) in enumerate(pairwise(observations), start=1) if b.at < a.at]
    if not steps:
        return observations
    if all(_is_repeated_hour(observations, index) for index in steps):
        for index in steps:
            found.notes.append(
                f"the clock goes back an hour at {observations[index - 1].at}: taken for the end of daylight saving time"
            )
            observations = [*observations[:index], *(_later(o) for o in observations[index:])]
        return observations
    found.notes.append(f"not in order of time at {len(steps)} {'place' if len(steps) == 1 else 'places'}: put in order")
    return sorted(observations, key=lambda o: o.at)


def _is_repeated_hour(observations: Sequence[Observation], index: int) -> bool:
    """Whether the clock goes back by an hour here, at night, and the recording goes on as before."""
    before, after = observations[index - 1].at, observations[index].at
    back = before - after
    return _HOUR - _SLACK <= back <= _HOUR and before.hour in {1, 2, 3} and after.hour in {0, 1, 2}


def _later(o: Observation) -> Observation:
    return replace(o, at=o.at + _HOUR)


# Unit


def _unit(found: Found, readings: Sequence[Observation], origin: str, said: str | None) -> tuple[str, str]:
    """The unit, and where it is known from. Raises ``TraceError`` where it cannot be told."""
    if all(o.unit for o in readings):
        units = sorted({o.unit for o in readings if o.unit})
        return units[0], "each value" if len(units) == 1 else f"each value ({' and '.join(units)})"
    if found.unit:
        if said and said != found.unit:
            raise TraceError(
                f"trace {origin}: unit: {found.unit} by {found.unit_from}, {said} by the rig: expected one of them"
            )
        return found.unit, found.unit_from
    if said:
        return said, "the rig"
    values = [o.glucose for o in readings if isinstance(o.glucose, float)]
    middle = median(values) if values else 0.0
    if middle > CERTAIN_MG_DL:
        return MG_DL, f"plausibility: half of the readings are above {middle:g}"
    if LEAST_MMOL_L < middle < CERTAIN_MMOL_L:
        found.notes.append(
            f"taken for mmol/L, as half of the readings are below {middle:g}: a unit in the header or the rig is better"
        )
        return MMOL_L, f"plausibility: half of the readings are below {middle:g}"
    if 0 < middle <= LEAST_MMOL_L:
        raise TraceError(f"trace {origin}: half of its values are at most {middle:g}: expected glucose in mg/dL or mmol/L")
    raise TraceError(f"trace {origin}: its values could be of both units: expected mg/dL or mmol/L in the header or the rig")


def _must_be_plausible(readings: Sequence[Observation], origin: str, unit: str, unit_from: str) -> None:
    """Raises ``TraceError`` for values that cannot be of the unit that is said."""
    for said in {o.unit or unit for o in readings}:
        values = [o.glucose for o in readings if isinstance(o.glucose, float) and (o.unit or unit) == said]
        middle = median(values) if values else 0.0
        if said == MG_DL and 0 < middle < CERTAIN_MMOL_L:
            raise TraceError(f"trace {origin}: unit: mg/dL by {unit_from}, and half of its values are below {middle:g}")
        if said == MMOL_L and middle > CERTAIN_MG_DL:
            raise TraceError(f"trace {origin}: unit: mmol/L by {unit_from}, and half of its values are above {middle:g}")
