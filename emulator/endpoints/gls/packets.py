"""From the records of a meter to the packets of the Glucose Service."""

from isletbench.emulator.meter.profile import MeterProfile
from isletbench.emulator.meter.records import Mark, MeterRecord
from isletbench.emulator.meter.strips import MMOL_L
from isletbench.protocols import gls
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.fields import Number, Scaled, Special

MG_DL, TENTHS_OF_MMOL_L = -5, -4
"""The exponents with which meters send whole mg/dL as kg/L, and tenths of mmol/L as mol/L: there are clients that read only the
mantissa."""
PER_LITRE = 100_000
"""Units of U-100 insulin in 1 L."""


def measurement(record: MeterRecord, profile: MeterProfile, *, context_follows: bool) -> gls.Measurement:
    """A record as it is notified: the same octets each time (but for the flag of a context that does not follow)."""
    return gls.Measurement(
        sequence=record.sequence,
        base_time=DateTime.of(record.base_time),
        time_offset=record.offset if record.offset or profile.habits.sends_offset else None,
        result=_result(record, profile),
        molar=profile.unit == "mmol/L" and record.mg_dl is not None,
        annunciation=record.annunciation or None,
        context_follows=context_follows,
    )


def _result(record: MeterRecord, profile: MeterProfile) -> gls.Result | None:
    if record.mg_dl is None:
        return None
    return gls.Result(_concentration(record, profile), record.origin)


def _concentration(record: MeterRecord, profile: MeterProfile) -> Number:
    assert record.mg_dl is not None
    if record.beyond is not None and not profile.habits.shows_limit:
        return Special.POSITIVE_INFINITY if record.beyond == "HI" else Special.NEGATIVE_INFINITY
    if profile.unit == "mmol/L":
        return Scaled(round(10 * record.mg_dl / MMOL_L), TENTHS_OF_MMOL_L)
    return Scaled(round(record.mg_dl), MG_DL)


def _carbohydrate(mark: Mark) -> gls.Carbohydrate | None:
    if mark.carbohydrate is None:
        return None
    meal, grams = mark.carbohydrate
    return gls.Carbohydrate(meal, grams / 1_000)


def context(record: MeterRecord) -> gls.Context | None:
    """What the user has told of a record; None for nothing."""
    mark = record.mark
    if mark is None:
        return None
    return gls.Context(
        sequence=record.sequence,
        carbohydrate=_carbohydrate(mark),
        meal=mark.meal,
        tester_health=mark.health,
        exercise=None if mark.exercise is None else gls.Exercise(*mark.exercise),
        medication=None if mark.medication is None else gls.Medication(mark.medication[0], mark.medication[1] / PER_LITRE),
        litres=mark.medication is not None,
    )
