"""Records of insulin: boluses, temp basals, profiles, suspension, priming."""

from datetime import datetime

from construct import Array, Int8ub, Int16ub, Int16ul, Padding

from isletbench.protocols.errors import Unencodable
from isletbench.protocols.medtronic.dates import TIME
from isletbench.protocols.medtronic.layouts import after
from isletbench.protocols.medtronic.records.declared import EVERY, LARGE, SMALL, record
from isletbench.protocols.packet import packet, struct_of, wire


@record(0x01, *SMALL)
@packet
class BolusTenths:
    """A bolus has ended."""

    programmed: int = wire(Int8ub, "1/10 U")
    delivered: int = wire(Int8ub, "1/10 U")
    half_hours: int = wire(Int8ub, "half hours, 0 for a normal bolus")
    at: datetime = wire(TIME, "pump time")


@record(0x01, *LARGE)
@packet
class BolusFortieths:
    """A bolus has ended."""

    programmed: int = wire(Int16ub, "1/40 U")
    delivered: int = wire(Int16ub, "1/40 U")
    unabsorbed: int = wire(Int16ub, "1/40 U of earlier boluses")
    half_hours: int = wire(Int8ub, "half hours, 0 for a normal bolus")
    at: datetime = wire(TIME, "pump time")


@record(0x03, *EVERY)
@packet
class Prime:
    """The infusion set was primed: a fixed amount for the cannula, or by hand through the tubing."""

    fixed: int = wire(after(1, Int8ub), "1/10 U")
    manual: int = wire(after(1, Int8ub), "1/10 U")
    at: datetime = wire(TIME, "pump time")


@record(0x16, *EVERY)
@packet
class TempBasalDuration:
    """How long the temp basal of the record before it lasts; 0 is its end before its time."""

    half_hours: int = wire(Int8ub, "half hours")
    at: datetime = wire(TIME, "pump time")


@record(0x33, *EVERY)
@packet
class TempBasalRate:
    """A temp basal was set, or ended (rate 0 and a duration of 0)."""

    low: int = wire(Int8ub, "bits 0 to 7 of the rate: 1/40 U/h, or %")
    at: datetime = wire(TIME, "pump time")
    high: int = wire(Int8ub, "bits 0 to 2: bits 8 to 10 of the rate; from bit 3 on: 0 absolute, 1 percent")

    @classmethod
    def of(cls, at: datetime, value: int, *, percent: bool) -> "TempBasalRate":
        """A temp basal of so many fortieths of a unit an hour, or percent."""
        if not 0 <= value < 1 << 11:
            raise Unencodable(f"{value} is outside 0..2047", layout="TempBasalRate", field="value")
        return cls(value & 0xFF, at, value >> 8 | percent << 3)

    @property
    def value(self) -> int:
        """1/40 U/h, or %."""
        return self.low | (self.high & 7) << 8

    @property
    def percent(self) -> bool:
        """Whether the value is a percentage."""
        return self.high >> 3 == 1


@record(0x1E, *EVERY)
@packet
class Suspended:
    """Delivery was suspended."""

    by: int = wire(Int8ub, "what suspended it")
    at: datetime = wire(TIME, "pump time")


@record(0x1F, *EVERY)
@packet
class Resumed:
    """Delivery was resumed."""

    argument: int = wire(Int8ub, "not interpreted")
    at: datetime = wire(TIME, "pump time")


@packet
class ProfileEntry:
    """From this slot on, this basal rate."""

    slot: int = wire(Int8ub, "half hours from midnight")
    rate: int = wire(Int16ul, "1/40 U/h, little endian")


@record(0x7B, *EVERY)
@packet
class BasalProfileStart:
    """Another entry of the basal profile is in force."""

    index: int = wire(Int8ub, "which entry of the profile, from 0")
    at: datetime = wire(TIME, "pump time")
    entry: ProfileEntry = wire(struct_of(ProfileEntry), "the entry")


@packet
class _ProfileChanged:
    """A basal profile before or after it was changed."""

    pattern: int = wire(Int8ub, "0 standard, 1 A, 2 B")
    at: datetime = wire(TIME, "pump time")
    entries: tuple[ProfileEntry, ...] = wire(Array(48, struct_of(ProfileEntry)), "unused ones are zero")
    unknown: None = wire(Padding(1), "0", default=None)


@record(0x08, *EVERY)
@packet
class ProfileBefore(_ProfileChanged):
    """What a basal profile was before it was changed."""


@record(0x09, *EVERY)
@packet
class ProfileAfter(_ProfileChanged):
    """What a basal profile is after it was changed."""


@record(0x14, *EVERY)
@packet
class PatternChanged:
    """Another basal profile is followed."""

    pattern: int = wire(Int8ub, "0 standard, 1 A, 2 B")
    at: datetime = wire(TIME, "pump time")


@record(0x2C, *EVERY)
@packet
class MaxBasalChanged:
    """The highest basal rate is another one."""

    fortieths: int = wire(Int8ub, "1/40 U/h, its low octet")
    at: datetime = wire(TIME, "pump time")
