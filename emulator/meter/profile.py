"""Makes of meters as data: error, range, memory and habits.

Numbers of the error: BMJ Open Diabetes Research & Care, a study of 18 systems with 200 samples each (bias, and the deviation
that holds 95 % of results), and an SD fitted to both under a normal error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from isletbench.emulator.core.quantities import Span, days, seconds
from isletbench.emulator.core.ranges import ASCENDING, MG_DL, PERCENT, PROBABILITY, Celsius, Within, spans
from isletbench.protocols.gls import Feature, SampleType

DETECTIONS = (
    Feature.LOW_BATTERY
    | Feature.SENSOR_MALFUNCTION
    | Feature.SAMPLE_SIZE
    | Feature.STRIP_INSERTION
    | Feature.STRIP_TYPE
    | Feature.RESULT_HIGH_LOW
    | Feature.TEMPERATURE_HIGH_LOW
    | Feature.READ_INTERRUPT
    | Feature.GENERAL_FAULT
    | Feature.TIME_FAULT
)
"""All that a meter can detect."""
A_YEAR = days(365)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterError:
    """How far results are off: mg/dL below 100 mg/dL and % from there on, as ISO 15197:2013 counts."""

    bias: Annotated[float, Within(-100, 100)] = 0.0
    """Of all strips."""
    lot_sd: Annotated[float, Within(0, 100)] = 0.0
    """From one vial to another."""
    sd: Annotated[float, Within(0, 100)] = 0.0
    """From one test to another."""
    outliers: Annotated[float, PROBABILITY] = 0.0
    """Share of tests with sugar on the finger, +20 to +80 %, or an under-dosed strip, -20 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What differs between makes beside numbers; each was seen on a real meter."""

    shows_limit: bool = True
    """Whether a result beyond the range is sent as the limit of the range, not as an infinity."""
    sends_offset: bool = True
    """Whether a time offset of 0 is sent as well; some clients need the longer record."""
    has_context: bool = True
    """Whether it has the Glucose Measurement Context."""
    filters_time: bool = True
    """Whether records can be selected by user-facing time."""
    deletes: bool = True
    """Whether a client may delete records."""
    restarts_numbers: bool = False
    """Whether sequence numbers begin anew with a new battery: they are then there twice."""
    loses_clock: bool = False
    """Whether it forgets the time without a battery, and begins at its factory date."""
    transfer_spacing: Annotated[Span, spans("1ms", "10s")] = 20
    """From one notified record to the next, ms."""
    just_works: bool = False
    """Whether pairing without a passkey is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterProfile:
    """A make of meter. Raises ``ValueError`` for one that cannot be."""

    error: MeterError = MeterError()
    unit: Literal["mg/dL", "mmol/L"] = "mg/dL"
    """In which it measures, shows and stores."""
    low: Annotated[float, MG_DL] = 20.0
    """The measuring range, mg/dL."""
    high: Annotated[float, MG_DL] = 600.0
    countdown: Annotated[Span, spans("0ms", "10m")] = 5_000
    """From blood to result."""
    capacity: Annotated[int, Within(1, 100_000)] = 800
    """Records it keeps; the oldest goes when there is one more."""
    strips: Annotated[int, Within(1, 10_000)] = 50
    """In a vial."""
    temperatures: Annotated[tuple[Celsius, Celsius], ASCENDING] = (5.0, 45.0)
    """Between which it gives results, degrees Celsius."""
    sample_type: SampleType = SampleType.CAPILLARY_WHOLE_BLOOD
    features: Feature = DETECTIONS
    battery_life: Annotated[Span, spans("1m", "3650d")] = A_YEAR
    battery_low: Annotated[int, PERCENT] = 10
    """%"""
    clock_drift: Annotated[int, Within(0, 100_000)] = 0
    """The most that its clock is off, ppm."""
    habits: Habits = Habits()

    def __post_init__(self) -> None:
        for holds, problem in (
            (0 < self.low < self.high <= 1_000, "low: expected a range above 0 and up to 1000 mg/dL"),
            (self.capacity > 0, "capacity: expected at least 1"),
            (self.strips > 0, "strips: expected at least 1"),
            (self.error.sd >= 0 and self.error.lot_sd >= 0, "error.sd: expected 0 or more"),
            (0 <= self.error.outliers <= 1, "error.outliers: expected 0 to 1"),
        ):
            if not holds:
                raise ValueError(problem)


CONTROL: Mapping[int, tuple[float, float]] = {1: (30.0, 60.0), 2: (95.0, 145.0), 3: (270.0, 400.0)}
"""The ranges that are usual on vials of the three levels of control solution, mg/dL."""

PROFILES: Mapping[str, MeterProfile] = {
    # No error: what it shows is what the blood holds, rounded.
    "generic": MeterProfile(),
    # Like Accu-Chek Guide: bias -1.6 %, 95 % within 8.4; 10 to 600 mg/dL, 720 records, 4 s.
    "accurate": MeterProfile(
        error=MeterError(bias=-1.6, lot_sd=1.5, sd=3.7, outliers=0.001),
        low=10.0,
        countdown=seconds(4),
        capacity=720,
        temperatures=(4.0, 45.0),
        clock_drift=50,
    ),
    # The same where people count in mmol/L.
    "accurate_mmol": MeterProfile(
        error=MeterError(bias=-1.6, lot_sd=1.5, sd=3.7, outliers=0.001),
        unit="mmol/L",
        low=10.0,
        countdown=seconds(4),
        capacity=720,
        temperatures=(4.0, 45.0),
        clock_drift=50,
    ),
    # Like OneTouch Verio Flex: bias +4.2 %, 95 % within 11.9; 500 records.
    "reads_high": MeterProfile(
        error=MeterError(bias=4.2, lot_sd=1.5, sd=4.5, outliers=0.002), capacity=500, temperatures=(6.0, 44.0), clock_drift=50
    ),
    # Like FreeStyle Freedom Lite: bias -6.6 %, 95 % within 11.1; 20 to 500 mg/dL, 400 records. No context.
    "reads_low": MeterProfile(
        error=MeterError(bias=-6.6, lot_sd=1.0, sd=2.5, outliers=0.002),
        high=500.0,
        capacity=400,
        temperatures=(4.0, 40.0),
        clock_drift=50,
        habits=Habits(has_context=False),
    ),
    # Like CareSens Dual: bias +0.8 %, 95 % within 13.8; 1000 records. Numbers begin anew with a battery, and the clock is lost.
    "scattered": MeterProfile(
        error=MeterError(bias=0.8, lot_sd=1.5, sd=6.8, outliers=0.005),
        capacity=1_000,
        clock_drift=50,
        habits=Habits(restarts_numbers=True, loses_clock=True, just_works=True),
    ),
}
"""By name."""
