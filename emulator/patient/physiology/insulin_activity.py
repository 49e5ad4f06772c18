"""The light model: each unit lowers glucose by so much, spread over time by the exponential activity curve of Loop and oref0.

The curve is that of LoopKit's ``ExponentialInsulinModel`` and of oref0's insulin on board, with the presets of both. Glucose
falls by the sensitivity factor for each unit that has acted, rises by sensitivity over carbohydrate ratio for each gram that
has been absorbed (evenly over a while, after a delay, as Loop assumes), and by what the basal need would have to hold down.
Nothing else happens: this person moves plausibly and is cheap, and is no physiology.
"""

import math
from functools import cached_property
from typing import NamedTuple

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.physiology.model import Drive, State, Stepper

UU_PER_UNIT = 1_000_000
MG_PER_G = 1_000
FLOOR = 10.8
"""mg/dL: glucose is not let fall below this (choice)."""
USUAL = 120.0
"""mg/dL: where a changed sensitivity changes what insulin does by just as much (choice)."""


@dataclass(frozen=True)
class ActivityCurve:
    """How a dose acts over time. Raises ``ValueError`` for a peak that is not before the middle."""

    duration: float
    """How long a dose acts, min."""
    peak: float
    """When it acts most, min."""
    delay: float = 0.0
    """How long nothing happens first, min."""

    def __post_init__(self) -> None:
        if not 0 < self.peak < self.duration / 2:
            raise ValueError(f"peak {self.peak:g} min: expected one before the middle of {self.duration:g} min")

    @cached_property
    def tau(self) -> float:
        """The time constant of its decay, min."""
        return self.peak * (1 - self.peak / self.duration) / (1 - 2 * self.peak / self.duration)

    @cached_property
    def rise(self) -> float:
        """Twice the time constant as a share of the duration."""
        return 2 * self.tau / self.duration

    @cached_property
    def scale(self) -> float:
        """What makes the activity of a dose add up to the dose."""
        return 1 / (1 - self.rise + (1 + self.rise) * math.exp(-self.duration / self.tau))

    def activity(self, minutes: float) -> float:
        """The share of a dose that acts in a minute, so long after it was given."""
        since = minutes - self.delay
        if not 0 <= since <= self.duration:
            return 0.0
        return self.scale / self.tau**2 * since * (1 - since / self.duration) * math.exp(-since / self.tau)

    def on_board(self, minutes: float) -> float:
        """The share of a dose that has not acted yet, so long after it was given."""
        since = minutes - self.delay
        if since <= 0:
            return 1.0
        if since >= self.duration:
            return 0.0
        tau, rise = self.tau, self.rise
        acted = (since**2 / (tau * self.duration * (1 - rise)) - since / tau - 1) * math.exp(-since / tau) + 1
        return 1 - self.scale * (1 - rise) * acted


CURVES = {
    "rapid_adult": ActivityCurve(360, 75, 10),
    "rapid_child": ActivityCurve(360, 65, 10),
    "ultra_rapid": ActivityCurve(360, 55, 10),
    "oref0_rapid": ActivityCurve(300, 75),
    "oref0_ultra_rapid": ActivityCurve(300, 55),
}
"""The presets of Loop, which waits 10 min, and of oref0 with its shortest duration."""


@dataclass(frozen=True, slots=True)
class InsulinActivity:
    """One person of this model."""

    basal: float = 1.0
    """The basal need, U/h."""
    sensitivity: float = 50.0
    """How far a unit lowers glucose, mg/dL."""
    ratio: float = 10.0
    """Carbohydrate that a unit covers, g."""
    curve: ActivityCurve = CURVES["rapid_adult"]
    """How insulin acts over time."""
    meal: float = 180.0
    """How long a meal is absorbed, min."""
    drink: float = 30.0
    """How long a drink is absorbed, min."""
    absorption_delay: float = 10.0
    """How long nothing of it appears first, min."""
    volume: float = 1.6
    """Distribution volume of glucose, dL/kg: for what acts as production of so many mg/kg."""
    lag: float = 7.0
    """How far interstitial glucose lags behind, min."""

    @property
    def floor(self) -> float:
        """The least plasma glucose that it computes, mg/dL."""
        return FLOOR

    def at_rest(self, glucose: float) -> tuple[State, float]:
        """The state in which glucose stays at this level (mg/dL), and the basal rate that keeps it there, uU/h."""
        return (0.0, glucose, glucose, self.basal / 60, Acting(), ()), self.basal * UU_PER_UNIT

    def stepper(self) -> Stepper:
        """A function that makes one step of this person.

        A state is: minutes since the beginning, plasma and interstitial glucose, the basal rate of before the beginning
        (U/min), the insulin that acts, and what is being absorbed, each (from, until, g/min).
        """
        curve, per_gram, need = self.curve, self.sensitivity / self.ratio, self.sensitivity * self.basal / 60

        def step(state: State, minutes: float, drive: Drive) -> State:
            now, glucose, interstitial, before, insulin, food = state
            later = now + minutes
            acting = Acting(*insulin)
            if drive.insulin:
                acting = acting.with_dose(now + minutes / 2, drive.insulin * minutes / UU_PER_UNIT)
            if drive.solid or drive.liquid:
                food = self._with_food(now, minutes, drive, food)
            acting_later = acting.after(now, minutes, curve)
            acted = acting.on_board(curve) - acting_later.on_board(curve)
            # what flowed before the beginning acts as long as a dose does, ever less of it
            acted += before * (curve.on_board(now) + curve.on_board(later)) / 2 * minutes
            absorbed = sum(rate * max(0.0, min(later, until) - max(now, since)) for since, until, rate in food)
            # what is more or less than usual acts in proportion to glucose, as insulin does in the other models
            more = (drive.sensitivity * drive.uptake - 1) * glucose / USUAL
            change = per_gram * absorbed - self.sensitivity * (1 + more) * acted
            change += (need + drive.production / self.volume - drive.clearance * glucose) * minutes
            reached = max(FLOOR, glucose + change)
            follows = 1 - math.exp(-minutes / self.lag)
            interstitial += follows * ((glucose + reached) / 2 - interstitial)
            if food and food[0][1] <= later:
                food = tuple(part for part in food if part[1] > later)
            return (later, reached, interstitial, before, acting_later, food)

        return step

    def _with_food(self, now: float, minutes: float, drive: Drive, food: State) -> State:
        """What is being absorbed with what this step brings."""
        begins = now + minutes / 2 + self.absorption_delay
        for rate, lasts in ((drive.solid, self.meal), (drive.liquid, self.drink)):
            if rate:
                food = (*food, (begins, begins + lasts, rate * minutes / MG_PER_G / lasts))
        return food

    def inject(self, state: State, uu: float) -> State:
        """The state with so much more insulin, uU."""
        return (*state[:4], Acting(*state[4]).with_dose(state[0], uu / UU_PER_UNIT), state[5])

    def plasma(self, state: State) -> float:
        """Plasma glucose, mg/dL."""
        glucose: float = state[1]
        return glucose

    def interstitial(self, state: State) -> float:
        """Glucose of the interstitial fluid, mg/dL."""
        glucose: float = state[2]
        return glucose

    def stomach(self, state: State) -> float:
        """Carbohydrate that has not been absorbed, mg."""
        now = state[0]
        left: float = sum(rate * (until - max(now, since)) for since, until, rate in state[5])
        return left * MG_PER_G


class Acting(NamedTuple):
    """Insulin that acts, at one instant: sums over the doses, so that a step costs the same however many there are.

    With s the minutes since a dose of u units began to act, the curve needs the sums of u, u exp(-s/tau), u s exp(-s/tau) and
    u s^2 exp(-s/tau). All of them go through a span of time in a few multiplications; a dose joins them when its delay is
    over, and leaves them when it has acted to the end.
    """

    waiting: tuple[tuple[float, float], ...] = ()
    """Doses within their delay, each (given at, U)."""
    doses: tuple[tuple[float, float], ...] = ()
    """Doses that act, each (given at, U)."""
    units: float = 0.0
    m0: float = 0.0
    m1: float = 0.0
    m2: float = 0.0

    def with_dose(self, now: float, units: float) -> "Acting":
        """With one dose more."""
        return self._replace(waiting=(*self.waiting, (now, units)))

    def after(self, now: float, minutes: float, curve: ActivityCurve) -> "Acting":
        """So many minutes later."""
        tau, later = curve.tau, now + minutes
        fades = math.exp(-minutes / tau)
        units, waiting, doses = self.units, self.waiting, self.doses
        m0 = fades * self.m0
        m1 = fades * (self.m1 + minutes * self.m0)
        m2 = fades * (self.m2 + 2 * minutes * self.m1 + minutes * minutes * self.m0)
        while waiting and later - waiting[0][0] > curve.delay:
            (given, amount), waiting = waiting[0], waiting[1:]
            since = later - given - curve.delay
            weight = amount * math.exp(-since / tau)
            units, m0, m1, m2 = units + amount, m0 + weight, m1 + since * weight, m2 + since * since * weight
            doses = (*doses, (given, amount))
        while doses and later - doses[0][0] >= curve.delay + curve.duration:
            (given, amount), doses = doses[0], doses[1:]
            since = later - given - curve.delay
            weight = amount * math.exp(-since / tau)
            units, m0, m1, m2 = units - amount, m0 - weight, m1 - since * weight, m2 - since * since * weight
        return Acting(waiting, doses, units, m0, m1, m2)

    def on_board(self, curve: ActivityCurve) -> float:
        """Insulin that has not acted, U."""
        tau, left = curve.tau, 1 - curve.rise
        acted = self.m2 / (tau * curve.duration * left) - self.m1 / tau - self.m0 + self.units
        return sum(units for _, units in self.waiting) + self.units - curve.scale * left * acted
