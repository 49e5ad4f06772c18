"""What differs between makes of sensor, as data. The source of a number is beside it, where it has one."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, TypeAlias

from isletbench.emulator.cgm.alerts import AlertLevels
from isletbench.emulator.cgm.calibration import CalibrationPolicy
from isletbench.emulator.cgm.error_models import MODELS, Artefacts
from isletbench.emulator.cgm.losses import PERFECT, PRESETS, Losses
from isletbench.emulator.core.quantities import Span, days, hours, minutes, seconds
from isletbench.emulator.core.ranges import ASCENDING, MG_DL, PERCENT, PROBABILITY, Celsius, Within, spans
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.cgms import Feature, SampleLocation, SampleType
from isletbench.protocols.e2e import Crc
from isletbench.protocols.fields import Special

EVERYTHING = Feature((1 << 17) - 1)
A_MINUTE, THREE_MONTHS = minutes(1), days(90)
NO_ARTEFACTS = Artefacts()
LONGEST_LIFE = days(45)
"""A time offset has 16 bits of minutes; a session ends before it wraps."""


Delay: TypeAlias = Annotated[Span, spans("0ms", "1d")]
Between: TypeAlias = Annotated[tuple[Delay, Delay], ASCENDING]
"""The shortest and the longest of a delay."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How a make puts its results and answers, where the specification leaves a choice."""

    too_low: Annotated[float, MG_DL] | Special | None = None
    """What is sent for a result below the range: the limit itself when None, or a sentinel, NaN, minus infinity."""
    too_high: Annotated[float, MG_DL] | Special | None = None
    unresolved: Special = Special.NAN
    """What is sent while the signal is attenuated; every other invalid result is NaN (CGMS 1.0.1, section 3.10)."""
    session_operations: bool = True
    """Whether a client may start and stop a session; required with multiple sessions."""
    fixed_levels: frozenset[str] = frozenset()
    """Alert levels a client can read but not set (CGMS 1.0.1, section 3.7.2.4 and after: their Set is optional)."""
    keeps_first_time: bool = False
    """Whether a second Session Start Time in a session is acknowledged and ignored; otherwise it counts."""
    just_works: bool = False
    """Whether a link that was paired without a passkey will do: CGMP 1.0.1, section 6.1 allows levels 2 and 3."""
    fastest_interval: Annotated[Span, spans("1m", "254m")] = A_MINUTE
    """The shortest communication interval a client may ask for: a minute is the finest the wire can say."""
    crc: Crc = Crc.SPECIFIED
    """Which CRC protects its values, where they are."""
    transfer_spacing: Annotated[Span, spans("1ms", "10s")] = 8
    """Between two notifications of stored records, ms: about a connection interval, and room for an Abort."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How soon and how surely a make sends its results."""

    delay: Between = (0, 0)
    """From measuring to sending, drawn evenly for each result: delay and jitter in one."""
    late: Annotated[float, PROBABILITY] = 0.0
    """How likely a result is late."""
    late_by: Between = (seconds(5), seconds(240))
    losses: Losses = PERFECT
    """Results that are measured and stored but never sent: a client fetches them as stored records."""


@dataclass(frozen=True, slots=True)
class SensorProfile:
    """One make of sensor. Raises ``ValueError`` for one that could not be built."""

    features: Feature
    """What it can do; what is missing answers as the specification says."""
    cadence: Annotated[Span, spans("1m", "1d")]
    """Between two measurements; whole minutes, since a record's number is its minute."""
    warm_up: Annotated[Span, spans("0ms", "45d")]
    """From the start of a session to its first measurement."""
    life: Annotated[Span, spans("1h", "45d")]
    """Of a session; then it stops by itself, after its time of grace. Whole hours."""
    capacity: Annotated[int, Within(1, 100_000)]
    """Records it keeps; the oldest is overwritten."""
    low: Annotated[float, MG_DL]
    """The lowest result it can process, mg/dL."""
    high: Annotated[float, MG_DL]
    """The highest."""
    quality: Annotated[float, PERCENT] = 95.0
    """The quality it claims of a result, %."""
    sample_type: SampleType = SampleType.INTERSTITIAL_FLUID
    sample_location: SampleLocation = SampleLocation.SUBCUTANEOUS_TISSUE
    starts_by_itself: bool = True
    """Whether a session begins when the sensor is inserted."""
    grace: Annotated[Span, spans("0ms", "45d")] = 0
    """For so long after its life it goes on measuring, with the device-specific alert raised."""
    stored_every: Annotated[Span, spans("1m", "1d")] | None = None
    """Keeps only the results on this grid, where that is coarser than the cadence."""
    reminder: Annotated[Span, spans("0ms", "45d")] | None = None
    """This much before the end of its life it raises the device-specific alert."""
    levels: AlertLevels = field(default_factory=AlertLevels)
    """The alert levels until a client sets others."""
    calibration: CalibrationPolicy | None = None
    choices: Choices = Choices()
    sending: Sending = Sending()
    clock_drift: Annotated[int, Within(0, 100_000)] = 0
    """Its clock is wrong by at most this much, parts per million; drawn per device."""
    # What it makes of glucose
    lag: Annotated[Span, spans("0ms", "2h")] = 0
    """Between blood and interstitium."""
    error_model: str = "exact"
    artefacts: Artefacts = NO_ARTEFACTS
    attenuation: Losses = PERFECT
    """When its signal is too weak for a result."""
    early_failures: Annotated[float, PROBABILITY] = 0.0
    """The share of sensors that have failed by the end of their life."""
    # What it runs on
    battery_life: Annotated[Span, spans("1m", "3650d")] = THREE_MONTHS
    battery_low: Annotated[int, PERCENT] = 10
    """Battery level in % below which it is said to be low."""
    temperatures: Annotated[tuple[Celsius, Celsius], ASCENDING] = (10.0, 42.0)
    """Of the sensor, degrees Celsius, within which a result is valid (choice)."""

    def __post_init__(self) -> None:
        for problem, holds in (
            ("cadence: expected whole minutes", self.cadence <= 0 or self.cadence % minutes(1)),
            ("low: expected less than high", self.low >= self.high),
            ("warm_up: expected whole minutes, less than its life", self.warm_up % minutes(1) or self.warm_up >= self.life),
            ("life: expected whole hours, at most 45 days", self.life % hours(1) or not 0 < self.life <= LONGEST_LIFE),
            ("grace: expected at most 45 days with its life", not 0 <= self.grace <= LONGEST_LIFE - self.life),
            ("stored_every: expected a multiple of the cadence", (self.stored_every or self.cadence) % self.cadence),
            (f"error_model: expected one of {', '.join(MODELS)}", self.error_model not in MODELS),
            (
                "calibration: expected a policy exactly with the feature",
                (self.calibration is None) != (Feature.CALIBRATION not in self.features),
            ),
            (
                "choices.session_operations: required with multiple sessions",
                Feature.MULTIPLE_SESSIONS in self.features and not self.choices.session_operations,
            ),
            ("starts_by_itself: nobody else could start it", not (self.starts_by_itself or self.choices.session_operations)),
        ):
            if holds:
                raise ValueError(problem)

    @property
    def wear(self) -> Span:
        """The longest that a sensor measures: its life and its time of grace."""
        return self.life + self.grace

    @property
    def protected(self) -> Crc | bool:
        """Whether values carry E2E-protection, and by which CRC."""
        return self.choices.crc if Feature.E2E_CRC in self.features else False


_PRODUCT = EVERYTHING & ~(Feature.MULTIPLE_SESSIONS | Feature.CALIBRATION | Feature.SENSOR_TYPE_ERROR_DETECTION)

PROFILES: Mapping[str, SensorProfile] = {
    # Everything a CGM Service can have, and no error: what it measures is what the source says.
    "generic": SensorProfile(
        features=EVERYTHING,
        cadence=minutes(5),
        warm_up=0,
        life=days(14),
        capacity=4_032,
        low=40,
        high=400,
        reminder=days(1),
        # The limits of the consensus on time in range (Battelino et al. 2019, Diabetes Care 42:1593); rates are a choice.
        levels=AlertLevels(180.0, 70.0, 54.0, 250.0, -3.0, 3.0),
        calibration=CalibrationPolicy(required=False, interval=hours(12)),
        choices=Choices(unresolved=Special.NRES),
    ),
    # Like Dexcom G6 and G7: 40 to 400 mg/dL, shown as 39 and 401 beyond; 30 min shown warm-up, 10 d and 12 h of grace, 24 h of
    # backfill (G7 user guide and support pages); 12 % shut off early (G7 user guide, sensor life); MARD 8.2 (G7, arm) to 10.0
    # (G6, overall; Wadwa et al. 2018). Losses, delay and jitter as measured on G6 (AZT1D).
    "factory_10_day": SensorProfile(
        features=_PRODUCT,
        cadence=minutes(5),
        warm_up=minutes(30),
        life=days(10),
        grace=hours(12),
        capacity=288,
        low=40,
        high=400,
        reminder=hours(24),
        levels=AlertLevels(patient_high=250.0, patient_low=80.0, hypo=55.0, rate_of_decrease=-3.0, rate_of_increase=3.0),
        choices=Choices(too_low=39.0, too_high=401.0, session_operations=False, fixed_levels=frozenset({"hypo"})),
        sending=Sending(delay=(0, seconds(3)), losses=PRESETS["typical"]),
        clock_drift=20,
        lag=minutes(6.3),
        error_model="vettoretti2019b",
        artefacts=Artefacts(compression_lows_per_night=0.25, outliers_per_day=6.0, fades_before_end=days(2)),
        attenuation=Losses(into_outage=2.5e-4, out_of_outage=0.08),
        early_failures=0.12,
    ),
    # Like Libre 3: 1 min, 60 min warm-up, 14 d, 14 d of memory on a 5-min grid (Abbott specifications); MARD 7.8 to 7.9, flat
    # over its life (Alva et al. 2023).
    "minute_14_day": SensorProfile(
        features=_PRODUCT,
        cadence=minutes(1),
        warm_up=minutes(60),
        life=days(14),
        capacity=4_032,
        low=40,
        high=400,
        stored_every=minutes(5),
        reminder=days(1),
        levels=AlertLevels(patient_high=240.0, patient_low=70.0, hypo=55.0, rate_of_decrease=-2.0, rate_of_increase=2.0),
        choices=Choices(session_operations=False, fixed_levels=frozenset({"hypo"})),
        sending=Sending(delay=(0, seconds(3)), losses=PRESETS["good"]),
        clock_drift=20,
        lag=minutes(5),
        error_model="flat",
        artefacts=Artefacts(compression_lows_per_night=0.25, outliers_per_day=1.0),
        early_failures=0.12,
    ),
    # Like Guardian Sensor 3: warm-up of up to 2 h, then a calibration, a second within 6 h, one every 12 h; 7 d; about 10 h of
    # memory (Guardian Connect quick guide); MARD 9 (arm) to 10.5 (abdomen) with two calibrations a day.
    "fingerstick_7_day": SensorProfile(
        features=_PRODUCT | Feature.CALIBRATION | Feature.MULTIPLE_SESSIONS | Feature.SENSOR_TYPE_ERROR_DETECTION,
        cadence=minutes(5),
        warm_up=hours(2),
        life=days(7),
        capacity=120,
        low=40,
        high=400,
        starts_by_itself=False,
        reminder=hours(6),
        levels=AlertLevels(patient_high=250.0, patient_low=70.0, hypo=50.0),
        calibration=CalibrationPolicy(required=True, interval=hours(12), second_after=hours(6)),
        sending=Sending(delay=(0, seconds(3)), losses=PRESETS["typical"]),
        clock_drift=20,
        lag=minutes(7),
        error_model="vettoretti2018",
        artefacts=Artefacts(compression_lows_per_night=0.25, outliers_per_day=2.0),
        attenuation=Losses(into_outage=5e-4, out_of_outage=0.08),
        early_failures=0.10,
    ),
}
"""By name."""
