"""What differs between makes of pump, as data: what it can do, its mechanics, its limits, its memory, its habits."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from isletbench.emulator.core.quantities import Insulin, Rate, Span, days, hours, minutes, units
from isletbench.emulator.core.ranges import Within, amounts, rates, spans
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.amounts import Ladder
from isletbench.emulator.pump.battery_use import BATTERIES, TIMED, BatteryUse
from isletbench.emulator.pump.fluid_path import PATHS, FluidProfile
from isletbench.emulator.pump.glucose_limits import SUSPEND_RULES, GlucoseLimits, SuspendRules
from isletbench.emulator.pump.history import HistoryPolicy
from isletbench.emulator.pump.strokes import EXACT, STROKES, StrokeProfile
from isletbench.emulator.pump.template import BolusTemplate, TbrTemplate, Template, TemplateRange
from isletbench.emulator.pump.totals import InsulinAction
from isletbench.protocols.ids import BolusType, CounterType, Feature, TbrType, TemplateType


@dataclass(frozen=True, slots=True)
class Limits:
    """What it lets a client ask for. Insulin in uU, rates in uU/h, times in ms."""

    bolus: Annotated[Insulin, amounts("0", "1000")] = units(25)
    """The largest bolus, both parts together, that Set Max Bolus Amount may allow."""
    bolus_steps: Ladder = ((0, units("0.05")),)
    bolus_per_hour: Annotated[Insulin, amounts("0", "1000")] | None = None
    """Bolus insulin in any hour; what would exceed it is refused."""
    per_day: Annotated[Insulin, amounts("0", "1000")] | None = None
    """All insulin in any 24 hours; a bolus that would exceed it is refused."""
    rate: Annotated[Rate, rates("0", "1000")] = units(30)
    rate_steps: Ladder = ((0, units("0.05")),)
    tbr_factor: Annotated[float, Within(0, 100)] = 2.5
    """The largest relative TBR."""
    tbr_step: Annotated[Span, spans("1m", "1d")] = minutes(1)
    tbr_duration: Annotated[Span, spans("1m", "45d")] = hours(24)
    extended_step: Annotated[Span, spans("1m", "1d")] = minutes(1)
    extended_duration: Annotated[Span, spans("1m", "45d")] = hours(8)
    delay: Annotated[Span, spans("0ms", "45d")] = hours(8)
    prime: Annotated[Insulin, amounts("0", "1000")] = units(30)
    """The most that one priming may push."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the specification leaves to the pump, one switch each. The defaults are this project's choice."""

    interleaves: bool = True
    """Basal pulses take turns with bolus pulses; otherwise they wait for the end of the bolus and are made up for."""
    makes_up_pause: bool = True
    """Basal missed in a pause is delivered afterwards (IDS 1.0.2, section 3.3.1.1)."""
    pause_drops_boluses: bool = False
    """A pause cancels boluses; otherwise they go on after it."""
    bolus_resumes: bool = False
    """A bolus command sets a stopped or paused pump running; otherwise it is refused."""
    second_bolus_faults: bool = False
    """A second bolus of a kind that runs already is a system issue that stops the pump; otherwise it is refused."""
    queues_boluses: Annotated[int, Within(0, 100)] = 0
    """So many boluses of a kind that runs already wait for its end, in the order in which they were asked for."""
    bolus_ends_with_link: bool = False
    """Boluses that clients have asked for end when the last client is gone."""
    progress_percent: Annotated[int, Within(0, 10_000)] = 100
    """The progress of a bolus that it reports, in percent of what it has delivered."""
    rounds_down: bool = False
    """An amount between two steps becomes the lower one; otherwise it is refused."""
    wraps_tbr: bool = False
    """The percentage of a relative TBR is stored in seven bits: what is set to 150 % runs at 22 % (DLV-26)."""
    restarts_phase: bool = False
    """A new basal rate discards what was owed towards the next pulse."""
    announces_stop: bool = False
    """Boluses and a TBR that end with a commanded stop raise annunciations; those that the pump ends by itself always do."""
    announces_tbr_over: bool = True
    sounds: bool = True
    """Annunciations sound or vibrate."""
    sends_annunciations: bool = True
    """Clients are notified of annunciations; otherwise they have to read them."""
    lets_set_clock: Literal["always", "stopped", "never"] = "always"
    """When clients may set its date and time: always, while therapy is stopped, or never."""
    awaits_infusion_set: bool = False
    """After priming it waits until the annunciation *infusion set incomplete* is confirmed."""
    runs_after_reset: bool = True
    """After a loss of power therapy goes on as it was; otherwise the pump stays stopped and waits."""
    indicates_cleared_status: bool = False
    """Reset Status is followed by an indication of Status Changed (IDS 1.0.2, section 3.6.2.1)."""
    tells_utc: bool = False
    """Reference times are in UTC; otherwise in local time (IDS 1.0.2 does not say)."""
    ignores_prohibited: bool = False
    """An op code that is no code word is written without an error and never answered (IDS 1.0.2, section 1.3.3)."""
    strict_counters: bool = False
    """After a refused write only the very next E2E-counter is accepted; otherwise a client may have counted it or not."""


@dataclass(frozen=True, slots=True)
class PumpProfile:
    """One make of pump. Insulin in uU, rates in uU/h, times in ms."""

    name: str
    """What it calls itself."""
    features: Feature
    """What it can do; what is missing answers as the specification says."""
    pulse: Annotated[Insulin, amounts("0.001", "10")]
    """The grain in which it delivers: a whole number of these, never less."""
    pulse_spacing: Annotated[Span, spans("10ms", "1h")]
    """Between two pulses of a bolus, and the least between any two."""
    reservoir: Annotated[Insulin, amounts("1", "1000")]
    """How much its reservoir holds."""
    path: FluidProfile
    """Infusion set or cannula: how pressure builds up when nothing gets through."""
    strokes: StrokeProfile = EXACT
    """How far what a stroke of the plunger moves is from the grain."""
    history: HistoryPolicy = HistoryPolicy(capacity=5_000)
    limits: Limits = Limits()
    habits: Habits = Habits()
    patch: bool = False
    """Worn on the skin, without tubing."""
    basal_cadence: Annotated[Span, spans("1s", "1d")] | None = None
    """How often it delivers basal pulses that are owed; None: each as it falls due."""
    bolus_lead: Annotated[Span, spans("0ms", "1h")] | None = None
    """From the command to the first pulse; None: one spacing."""
    prime_spacing: Annotated[Span, spans("10ms", "1h")] = 1_000
    """Between two pulses of priming."""
    tubing: Annotated[Insulin, amounts("0", "1000")] = 0
    """What a new infusion set takes before insulin reaches the skin; what priming leaves out of it is air."""
    cannula: Annotated[Insulin, amounts("0", "1000")] = 0
    """What the cannula takes on top of it."""
    low_reservoir: Annotated[Insulin, amounts("0", "1000")] = units(20)
    """It warns when this much is left."""
    shows_at_most: Annotated[Insulin, amounts("0", "1000")] | None = None
    """It shows at most this, though there be more."""
    hidden_margin: Annotated[Insulin, amounts("0", "1000")] = 0
    """Its display is at 0 when this much is really left."""
    measures_fill: bool = True
    """It measures what is in a new reservoir; otherwise the fill level has to be set."""
    templates: tuple[TemplateRange, ...] = ()
    factory: Mapping[int, Template] = field(default_factory=dict)
    """Templates it comes with; nobody can change them."""
    primes: bool = True
    """Whether it offers priming, fill level and the reservoir's operation time."""
    sets_max_bolus: bool = True
    counters: Mapping[CounterType, Span] = field(default_factory=dict)
    """The counters it has, and what they count down from."""
    reservoir_advisory: Annotated[Span, spans("1m", "3650d")] | None = None
    """The operation time of a reservoir after which the pump announces it; None: never."""
    stops_after: Annotated[Span, spans("1m", "3650d")] | None = None
    """This long after its reservoir was put in it stops for good."""
    battery_life: Annotated[Span, spans("1m", "3650d")] = days(21)
    """From full to empty, of a pump that nobody talks to."""
    battery: BatteryUse = TIMED
    """What drains it besides, and at which levels it warns."""
    max_pause: Annotated[Span, spans("1m", "1d")] = minutes(15)
    """A longer pause becomes a stop."""
    action: InsulinAction = InsulinAction()
    glucose: GlucoseLimits = GlucoseLimits()
    """When it alerts its user to the glucose of its CGM, where it has one."""
    low_suspend: SuspendRules | None = SUSPEND_RULES["predictive"]
    """When it suspends its basal insulin by itself, where it has a CGM; None: never."""
    concentration: Annotated[int, Within(1, 1_000)] = 100
    """IU per mL of the insulin it is made for."""
    snooze: Annotated[Span, spans("1s", "1d")] = minutes(10)
    """How long a snoozed annunciation is quiet."""
    transfer_spacing: Annotated[Span, spans("1ms", "10s")] = 8
    """Between two notifications of history, ms: about a connection interval, and room for an Abort."""
    authorization: bytes = b""
    """What Bond Management asks for, if it asks."""

    def __post_init__(self) -> None:
        numbers = [number for owner in self.templates for number in owner.numbers]
        if len(set(numbers)) < len(numbers):
            raise ValueError("templates: expected each number once")
        if all(owner.type is not TemplateType.BASAL_RATE_PROFILE for owner in self.templates):
            raise ValueError("templates: expected some for basal rates")

    @property
    def protected(self) -> bool:
        """Whether values carry E2E-protection."""
        return Feature.E2E_PROTECTION in self.features

    @property
    def basal_templates(self) -> TemplateRange:
        """The numbers of its basal rate profile templates; every pump has some."""
        return next(owner for owner in self.templates if owner.type is TemplateType.BASAL_RATE_PROFILE)


_EVERYTHING = Feature((1 << 16) - 1)
_BASAL, _TBR, _BOLUS = TemplateType.BASAL_RATE_PROFILE, TemplateType.TBR, TemplateType.BOLUS
_ISF, _I2CHO = TemplateType.ISF_PROFILE, TemplateType.I2CHO_RATIO_PROFILE
_TARGET = TemplateType.TARGET_GLUCOSE_RANGE_PROFILE

PROFILES: Mapping[str, PumpProfile] = {
    # A pump with everything the Insulin Delivery Service has. Grain and speed are those of a patch pump with round numbers.
    "generic": PumpProfile(
        name="generic",
        features=_EVERYTHING,
        pulse=units("0.05"),
        pulse_spacing=2_000,
        reservoir=units(300),
        path=PATHS["tethered_medtronic"],
        battery=BATTERIES["radio"],
        limits=Limits(bolus=units(30), rate_steps=((0, units("0.01")),)),
        templates=(
            TemplateRange(_BASAL, 1, 4, 24),
            TemplateRange(_TBR, 5, 4),
            TemplateRange(_BOLUS, 9, 4),
            TemplateRange(_ISF, 13, 2, 12),
            TemplateRange(_I2CHO, 15, 2, 12),
            TemplateRange(_TARGET, 17, 2, 12),
        ),
        factory={8: TbrTemplate(TbrType.RELATIVE, 0.0, 30), 12: BolusTemplate(BolusType.FAST, 1.0, 0.0, 0, meal=True)},
        counters={
            CounterType.LIFETIME: days(4 * 365),
            CounterType.WARRANTY: days(2 * 365),
            CounterType.LOANER: days(180),
            CounterType.RESERVOIR_INSULIN_OPERATION_TIME: days(3),
        },
    ),
    # Numbers of the Omnipod family: OmniKit and OmniBLE pod constants; user guides (time-to-occlusion table).
    "patch": PumpProfile(
        name="patch",
        features=Feature.E2E_PROTECTION
        | Feature.BASAL_RATE
        | Feature.TBR_ABSOLUTE
        | Feature.FAST_BOLUS
        | Feature.EXTENDED_BOLUS
        | Feature.MULTIWAVE_BOLUS
        | Feature.BOLUS_ACTIVATION_TYPE,
        patch=True,
        pulse=units("0.05"),
        pulse_spacing=2_000,
        reservoir=units(200),
        path=PATHS["omnipod"],
        strokes=STROKES["ratchet"],
        limits=Limits(
            bolus=units(30),
            rate=units(30),
            tbr_step=minutes(30),
            tbr_duration=hours(12),
            extended_step=minutes(30),
            prime=units(5),
        ),
        habits=Habits(interleaves=True, restarts_phase=True, runs_after_reset=False),
        low_suspend=None,
        tubing=units("2.6"),
        cannula=units("0.5"),
        shows_at_most=units(50),
        low_reservoir=units(10),
        measures_fill=False,
        templates=(TemplateRange(_BASAL, 1, 1, 24),),
        sets_max_bolus=False,
        counters={
            CounterType.LIFETIME: hours(80),
            CounterType.RESERVOIR_INSULIN_OPERATION_TIME: hours(72),
        },
        reservoir_advisory=hours(72),
        stops_after=hours(80),
        battery_life=hours(90),
        battery=BATTERIES["radio"],
    ),
    # Numbers of the Medtronic 5xx/7xx family (x23 and later): MinimedKit's supported increments, AndroidAPS's pump table,
    # the makers' manuals; basal once every 3 minutes and 315 U as Accu-Chek Spirit and Combo have it.
    "tubed": PumpProfile(
        name="tubed",
        features=_EVERYTHING
        & ~(Feature.BOLUS_DELAY_TIME | Feature.MULTIPLE_BOND | Feature.BOLUS_TEMPLATE | Feature.TBR_TEMPLATE),
        pulse=units("0.025"),
        pulse_spacing=1_000,
        basal_cadence=minutes(3),
        reservoir=units(315),
        path=PATHS["tethered_medtronic"],
        strokes=STROKES["syringe"],
        history=HistoryPolicy(capacity=3_000, lag=minutes(2), grain=minutes(1), amends=True),
        limits=Limits(
            bolus=units(25),
            bolus_steps=((0, units("0.025")), (units(1), units("0.05")), (units(10), units("0.1"))),
            bolus_per_hour=units(50),
            per_day=units(200),
            rate=units(35),
            rate_steps=((0, units("0.025")), (units(1), units("0.05")), (units(10), units("0.1"))),
            tbr_factor=2.0,
            tbr_step=minutes(30),
            extended_step=minutes(30),
        ),
        habits=Habits(interleaves=False, awaits_infusion_set=True, rounds_down=True),
        low_suspend=SUSPEND_RULES["before_low"],
        tubing=units(10),
        cannula=units("0.3"),
        hidden_margin=units(3),
        templates=(
            TemplateRange(_BASAL, 1, 3, 48),
            TemplateRange(_ISF, 4, 1, 8),
            TemplateRange(_I2CHO, 5, 1, 8),
            TemplateRange(_TARGET, 6, 1, 8),
        ),
        counters={CounterType.WARRANTY: days(4 * 365), CounterType.RESERVOIR_INSULIN_OPERATION_TIME: days(3)},
        reservoir_advisory=days(3),
        battery_life=days(14),
        battery=BATTERIES["radio"],
    ),
}
"""By name."""
