"""The Glucose Service (GLS 1.0.1): what a finger-stick meter says on the wire.

Concentrations are kg/L or mol/L, never mg/dL or mmol/L. There is no E2E-protection. Source: GLS 1.0.1, section 3; GATT
Specification Supplement, sections 3.113 to 3.115 (Glucose Feature, Measurement, Measurement Context).
"""

from dataclasses import replace
from enum import IntEnum, IntFlag
from typing import Any, ClassVar

from construct import Int8ul, Int16sl, Int16ul
from construct_typed import Adapter

from isletbench.protocols import racp
from isletbench.protocols.att import ApplicationErrorCode, Property
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import BARE
from isletbench.protocols.fields import SFLOAT, Enumerated, Flagged, Number, TwoCodes
from isletbench.protocols.packet import Flags, bit, flags, packet, struct_of, wire

SERVICE = 0x1808


class GlsErrorCode(ApplicationErrorCode):
    """ATT application errors of the Glucose Service, which is older than the common codes FE and FD. GLS 1.0.1, section 1.6."""

    GLUCOSE_PROCEDURE_IN_PROGRESS = 0x80
    """A procedure runs, or its response is not confirmed yet."""
    GLUCOSE_CCCD_IMPROPERLY_CONFIGURED = 0x81
    """Record access indications, or for a report measurement notifications, are off."""


class SampleType(IntEnum):
    """What was measured. GLS 1.0.1, section 3.1.1.7."""

    CAPILLARY_WHOLE_BLOOD = 1
    CAPILLARY_PLASMA = 2
    VENOUS_WHOLE_BLOOD = 3
    VENOUS_PLASMA = 4
    ARTERIAL_WHOLE_BLOOD = 5
    ARTERIAL_PLASMA = 6
    UNDETERMINED_WHOLE_BLOOD = 7
    UNDETERMINED_PLASMA = 8
    INTERSTITIAL_FLUID = 9
    CONTROL_SOLUTION = 10


class SampleLocation(IntEnum):
    """Where the sample comes from."""

    FINGER = 1
    ALTERNATE_SITE = 2
    EARLOBE = 3
    CONTROL_SOLUTION = 4
    NOT_AVAILABLE = 15


class Annunciation(IntFlag):
    """Sensor Status Annunciation: what was wrong at the time of the test. GLS 1.0.1, section 3.1.1.8."""

    BATTERY_LOW = 0x0001
    SENSOR_MALFUNCTION = 0x0002
    SAMPLE_TOO_SMALL = 0x0004
    STRIP_INSERTION_ERROR = 0x0008
    STRIP_TYPE_INCORRECT = 0x0010
    RESULT_TOO_HIGH = 0x0020
    RESULT_TOO_LOW = 0x0040
    TEMPERATURE_TOO_HIGH = 0x0080
    TEMPERATURE_TOO_LOW = 0x0100
    STRIP_PULLED_TOO_SOON = 0x0200
    GENERAL_FAULT = 0x0400
    TIME_FAULT = 0x0800


class Feature(IntFlag):
    """What a meter can detect. GLS 1.0.1, section 3.3."""

    LOW_BATTERY = 0x0001
    SENSOR_MALFUNCTION = 0x0002
    SAMPLE_SIZE = 0x0004
    STRIP_INSERTION = 0x0008
    STRIP_TYPE = 0x0010
    RESULT_HIGH_LOW = 0x0020
    TEMPERATURE_HIGH_LOW = 0x0040
    READ_INTERRUPT = 0x0080
    GENERAL_FAULT = 0x0100
    TIME_FAULT = 0x0200
    MULTIPLE_BONDS = 0x0400
    """More than one bond is kept at a time; the others are detections."""


class CarbohydrateId(IntEnum):
    """Which meal the carbohydrate is of. GLS 1.0.1, section 3.2.1.4."""

    BREAKFAST = 1
    LUNCH = 2
    DINNER = 3
    SNACK = 4
    DRINK = 5
    SUPPER = 6
    BRUNCH = 7


class Meal(IntEnum):
    """When the test was made, relative to a meal."""

    BEFORE_MEAL = 1
    AFTER_MEAL = 2
    FASTING = 3
    CASUAL = 4
    BEDTIME = 5


class Tester(IntEnum):
    """Who has made the test."""

    SELF = 1
    HEALTH_CARE_PROFESSIONAL = 2
    LAB_TEST = 3
    NOT_AVAILABLE = 15


class Health(IntEnum):
    """How the person was."""

    MINOR_ISSUES = 1
    MAJOR_ISSUES = 2
    DURING_MENSES = 3
    UNDER_STRESS = 4
    NO_ISSUES = 5
    NOT_AVAILABLE = 15


class MedicationId(IntEnum):
    """Which medication was taken."""

    RAPID_ACTING_INSULIN = 1
    SHORT_ACTING_INSULIN = 2
    INTERMEDIATE_ACTING_INSULIN = 3
    LONG_ACTING_INSULIN = 4
    PRE_MIXED_INSULIN = 5


@packet
class Result:
    """The concentration with the origin of the sample: they come and go together."""

    concentration: Number = wire(SFLOAT, "kg/L or mol/L")
    origin: tuple[SampleType, SampleLocation] = wire(TwoCodes(SampleType, SampleLocation), "type and location")


@packet
class Measurement:
    """One stored test. GLS 1.0.1, section 3.1."""

    flags: ClassVar[Flags] = flags(Int8ul)
    sequence: int = wire(Int16ul, "unique among the records of the meter")
    base_time: DateTime = wire(struct_of(DateTime), "the meter's internal clock at the test")
    time_offset: int | None = wire(Int16sl, "min, base time + offset is what the display showed", flag=0, default=None)
    result: Result | None = wire(struct_of(Result), "", flag=1, default=None)
    molar: bool = bit(2, "the concentration is mol/L, not kg/L", default=False)
    annunciation: Annunciation | None = wire(Flagged(Int16ul, Annunciation), "", flag=3, default=None)
    context_follows: bool = bit(4, "a context of this number follows", default=False)


@packet
class Carbohydrate:
    """Carbohydrate eaten."""

    meal: CarbohydrateId = wire(Enumerated(Int8ul, CarbohydrateId), "")
    mass: Number = wire(SFLOAT, "kg")


@packet
class Exercise:
    """Exercise done."""

    duration: int = wire(Int16ul, "s, 65535 is an overrun")
    intensity: int = wire(Int8ul, "%", within=(0, 100))


@packet
class Medication:
    """Medication taken."""

    kind: MedicationId = wire(Enumerated(Int8ul, MedicationId), "")
    amount: Number = wire(SFLOAT, "kg or L")


@packet
class Context:
    """What the user has told the meter of a test. GLS 1.0.1, section 3.2."""

    flags: ClassVar[Flags] = flags(Int8ul)
    sequence: int = wire(Int16ul, "of the measurement that it belongs to")
    extended: int | None = wire(Int8ul, "extended flags, all reserved", flag=7, default=None)
    carbohydrate: Carbohydrate | None = wire(struct_of(Carbohydrate), "", flag=0, default=None)
    meal: Meal | None = wire(Enumerated(Int8ul, Meal), "", flag=1, default=None)
    tester_health: tuple[Tester, Health] | None = wire(TwoCodes(Tester, Health), "", flag=2, default=None)
    exercise: Exercise | None = wire(struct_of(Exercise), "", flag=3, default=None)
    medication: Medication | None = wire(struct_of(Medication), "", flag=4, default=None)
    litres: bool = bit(5, "the medication is in litres, not kilograms", default=False)
    hba1c: Number | None = wire(SFLOAT, "%", flag=6, default=None)


@packet
class FeatureValue:
    """What the meter can detect."""

    features: Feature = wire(Flagged(Int16ul, Feature), "")


class Filter(IntEnum):
    """Filter types of the record access control point. GLS 1.0.1, section 3.4.2."""

    SEQUENCE_NUMBER = 0x01
    USER_FACING_TIME = 0x02


class TimeNumber(Adapter[Any, Any, int, int]):
    """A date and time as a number whose order is that of time: 20260301071530."""

    def _decode(self, obj: Any, context: Any, path: str) -> int:
        return int(f"{obj.to_datetime():%Y%m%d%H%M%S}")

    def _encode(self, obj: int, context: Any, path: str) -> DateTime:
        text = f"{obj:014d}"
        parts = (int(text[:4]), *(int(text[begin : begin + 2]) for begin in range(4, 14, 2)))
        return DateTime(*parts)


RECORD_ACCESS_DIALECT = replace(
    racp.GENERIC,
    name="Glucose RACP",
    filters=Filter,
    default_filter=Filter.SEQUENCE_NUMBER,
    wider={Filter.USER_FACING_TIME: TimeNumber(struct_of(DateTime))},
)
"""Record Access Control Point, 2A52, as GLS uses it: sequence numbers, or date and time as ``TimeNumber`` has them."""

NOTIFY, READ, WRITE, INDICATE = Property.NOTIFY, Property.READ, Property.WRITE, Property.INDICATE
MEASUREMENT = Characteristic("Glucose Measurement", 0x2A18, NOTIFY, Measurement, BARE)
CONTEXT = Characteristic("Glucose Measurement Context", 0x2A34, NOTIFY, Context, BARE)
FEATURE = Characteristic("Glucose Feature", 0x2A51, READ, FeatureValue, BARE)
RECORD_ACCESS = Characteristic("Record Access Control Point", 0x2A52, WRITE | INDICATE, RECORD_ACCESS_DIALECT, BARE)
CHARACTERISTICS = (MEASUREMENT, CONTEXT, FEATURE, RECORD_ACCESS)
