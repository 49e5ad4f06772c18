"""Records of carbohydrates and glucose: bolus wizard, markers, meters."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from construct import Bytes, Int8ub, Int16ub, Padding

from isletbench.protocols.medtronic.dates import STAMP, TIME, Stamp
from isletbench.protocols.medtronic.layouts import after
from isletbench.protocols.medtronic.records.declared import EVERY, LARGE, SMALL, record
from isletbench.protocols.packet import packet, wire


class Unit(IntEnum):
    """The unit of glucose in a record."""

    MG_DL = 1
    MMOL_L = 2


@packet
class _WizardHead:
    """How the record of a bolus wizard begins. ``flags``: bits 0-1 and 2-3 are bits 8-9 of glucose and of carbohydrates."""

    glucose_low: int = wire(Int8ub, "mg/dL or 1/10 mmol/L, low octet")
    at: datetime = wire(TIME, "pump time")
    carbs_low: int = wire(Int8ub, "g or 1/10 exchange, low octet")
    flags: int = wire(Int8ub, "bits 4-5 unit of carbohydrates, 6-7 of glucose", default=0x50)

    @property
    def glucose(self) -> int:
        """Glucose, mg/dL or tenths of mmol/L."""
        return self.glucose_low | (self.flags & 3) << 8

    @property
    def carbs(self) -> int:
        """Carbohydrates, g or tenths of an exchange."""
        return self.carbs_low | (self.flags >> 2 & 3) << 8


@record(0x5B, *SMALL)
@packet
class WizardTenths(_WizardHead):
    """What the bolus wizard was given and what it came to, in tenths of a unit."""

    ratio: int = wire(Int8ub, "g/U", default=0)
    sensitivity: int = wire(Int8ub, "mg/dL/U", default=0)
    target_low: int = wire(Int8ub, "mg/dL", default=0)
    correction_high: int = wire(Int8ub, "added to the correction: its low nibble", default=0)
    food: int = wire(Int8ub, "1/10 U", default=0)
    correction_low: int = wire(Int8ub, "1/10 U", default=0)
    unabsorbed: int = wire(after(1, Int8ub), "1/10 U", default=0)
    estimate: int = wire(after(1, Int8ub), "1/10 U", default=0)
    target_high: int = wire(Int8ub, "mg/dL", default=0)

    @property
    def correction(self) -> int:
        """1/10 U."""
        return self.correction_low + (self.correction_high & 0xF)


@record(0x5B, *LARGE)
@packet
class WizardFortieths(_WizardHead):
    """What the bolus wizard was given and what it came to, in fortieths of a unit."""

    ratio: int = wire(Int16ub, "1/10 g/U", default=0)
    sensitivity: int = wire(Int8ub, "mg/dL/U", default=0)
    target_low: int = wire(Int8ub, "mg/dL", default=0)
    correction_low: int = wire(Int8ub, "1/40 U", default=0)
    food: int = wire(Int16ub, "1/40 U", default=0)
    correction_high: int = wire(Int8ub, "bits 3-5: bits 8-10 of the correction", default=0)
    unabsorbed: int = wire(Int16ub, "1/40 U", default=0)
    estimate: int = wire(Int16ub, "1/40 U", default=0)
    target_high: int = wire(Int8ub, "mg/dL", default=0)

    @property
    def correction(self) -> int:
        """1/40 U."""
        return self.correction_low + ((self.correction_high & 0x38) << 5)


@packet
class UnabsorbedDose:
    """An earlier bolus of which a part still acts."""

    strokes: int = wire(Int8ub, "1/40 U")
    age_low: int = wire(Int8ub, "min, bits 0 to 7")
    age_high: int = wire(Int8ub, "bits 4 and 5: bits 8 and 9 of the age")

    @property
    def age(self) -> int:
        """Minutes since it was given."""
        return self.age_low | (self.age_high >> 4 & 3) << 8


@dataclass(frozen=True)
class UnabsorbedInsulin:
    """Earlier boluses that still act, before the record of a bolus wizard. It has no stamp, and its length is in it."""

    doses: tuple[UnabsorbedDose, ...] = ()
    """At most 84 of them."""


@record(0x5A, *SMALL)
@packet
class WizardSetupTenths:
    """The settings of the bolus wizard were changed: those before and after it, as they are."""

    argument: int = wire(Int8ub, "not interpreted")
    at: datetime = wire(TIME, "pump time")
    settings: bytes = wire(Bytes(117), "not interpreted", default=bytes(117))


@record(0x5A, *LARGE)
@packet
class WizardSetupFortieths:
    """The settings of the bolus wizard were changed: those before and after it, as they are."""

    argument: int = wire(Int8ub, "not interpreted")
    at: datetime = wire(TIME, "pump time")
    settings: bytes = wire(Bytes(137), "not interpreted", default=bytes(137))


@record(0x0A, *EVERY)
@packet
class GlucoseCaptured:
    """A finger-stick glucose was entered for a calibration. ``stamp`` carries the unit, and bits 8 and 9 of the value."""

    low: int = wire(Int8ub, "mg/dL or 1/10 mmol/L, bits 0 to 7")
    stamp: Stamp = wire(STAMP, "pump time; by_hour: bits 0-1 unit, bit 2 bit 9 of the value; by_year: bit 8 of it")

    @classmethod
    def of(cls, at: datetime, value: int, unit: Unit = Unit.MG_DL) -> "GlucoseCaptured":
        """A glucose of so many mg/dL, or tenths of mmol/L."""
        return cls(value & 0xFF, Stamp(at, unit | (value >> 9 & 1) << 2, value >> 8 & 1))

    @property
    def at(self) -> datetime:
        """What the pump's clock showed."""
        return self.stamp.at

    @property
    def value(self) -> int:
        """mg/dL, or tenths of mmol/L."""
        return self.low | self.stamp.by_year << 8 | self.stamp.by_hour >> 2 << 9


@record(0x3F, *EVERY)
@packet
class MeterGlucose:
    """A linked meter has sent a glucose. ``stamp`` carries the lowest three bits of it."""

    high: int = wire(Int8ub, "mg/dL, from bit 3 on")
    stamp: Stamp = wire(STAMP, "pump time; by_hour: bits 0 to 2 of the value")
    meter: bytes = wire(Bytes(3), "the meter's id")

    @classmethod
    def of(cls, at: datetime, mg_dl: int, meter: str) -> "MeterGlucose":
        """A glucose of a meter with this id, six decimal digits."""
        return cls(mg_dl >> 3, Stamp(at, mg_dl & 7), bytes.fromhex(meter))

    @property
    def at(self) -> datetime:
        """What the pump's clock showed."""
        return self.stamp.at

    @property
    def mg_dl(self) -> int:
        """mg/dL."""
        return self.high << 3 | self.stamp.by_hour


@record(0x40, *LARGE)
@packet
class MealMarker:
    """Carbohydrates were entered."""

    carbs_high: int = wire(Int8ub, "g or 1/10 exchange, high octet")
    at: datetime = wire(TIME, "pump time")
    carbs_low: int = wire(Int8ub, "low octet")
    unit: int = wire(Int8ub, "bits 0 and 1: 1 grams, 2 exchanges", default=1)


@record(0x41, *LARGE)
@packet
class ExerciseMarker:
    """Exercise was entered."""

    argument: int = wire(Int8ub, "not interpreted")
    at: datetime = wire(TIME, "pump time")
    unknown_7: None = wire(Padding(1), "0", default=None)


@record(0x43, *LARGE)
@packet
class OtherMarker:
    """Something else was entered."""

    argument: int = wire(Int8ub, "not interpreted")
    at: datetime = wire(TIME, "pump time")
