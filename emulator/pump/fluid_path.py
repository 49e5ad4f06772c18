"""From the plunger to the tissue: what a pump has pushed waits, flows, leaks, or is held back by an obstruction.

One compliant volume lies between plunger and obstruction. What is pushed in raises its pressure by ``1/C`` and flows out
through a resistance; a pump that feels too much pressure while it pushes raises the alarm. Insulin is moved between whole-
number accounts only, so ``pushed == in_line + to_tissue + leaked`` holds at every instant, exactly. The module knows no
clock, no pump and no chance of its own. Equations, kinds of failure and sources: docs/fluid-path.md.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, TypeAlias

from isletbench.emulator.core.agenda import Timed
from isletbench.emulator.core.quantities import Instant, Insulin, Span, minutes, units
from isletbench.emulator.core.ranges import ASCENDING, Within, amounts, spans
from isletbench.emulator.core.values import dataclass

ATMOSPHERE_KPA = 101.3
"""A bubble of volume v yields by v/P for each kPa (Boyle); insulin of U100 and air are both counted in uU: 10 uL are 1 U."""
LITTLE: float = 1.0
"""Less than this, uU, is no longer held back."""


Withheld: TypeAlias = Annotated[Insulin, amounts("0.001", "100")]


@dataclass(frozen=True, slots=True)
class FluidProfile:
    """How the infusion set of a make yields, and when its pump notices. Insulin in uU, times in ms."""

    withheld: Annotated[tuple[Withheld, Withheld, Withheld], ASCENDING]
    """What a full block holds back until the alarm, pushed slowly: least, most often, most. Drawn for each occlusion."""
    threshold_kpa: Annotated[float, Within(1, 1_000)] = 100.0
    latency: Annotated[Span, spans("0ms", "7d")] = 0
    """From the pulse that met the threshold to the alarm."""
    after_bolus: bool = False
    """Whether that time begins only when a running bolus has ended."""
    resistance: Annotated[float, Within(0, 1_000_000)] = 0.0
    """Of the path while the pump pushes: kPa for each U/min."""
    confirm: Annotated[int, Within(1, 1_000)] = 1
    """So many pulses in a row must meet the threshold."""
    opening: Annotated[Span, spans("1s", "1d")] = minutes(1)
    """The time constant with which an opened obstruction releases what it held back."""


def _between(least: str, mode: str, most: str, **more: Any) -> FluidProfile:
    return FluidProfile((units(least), units(mode), units(most)), **more)


PATHS: Mapping[str, FluidProfile] = {
    "tethered_medtronic": _between("0.5", "1.25", "3.0", resistance=33.0),
    "omnipod": _between("2.5", "2.53", "5.0", latency=minutes(29.5), after_bolus=True),
    "omnipod_go": _between("3.0", "3.28", "5.1", latency=minutes(29.5)),
    "micro_pump": _between("2.4", "2.5", "2.67"),
    "spirit_plastic": _between("1.5", "2.5", "3.5"),
    "d_tron_plus": _between("2.0", "3.5", "5.0"),
    "solo": _between("2.7", "3.2", "3.9"),
    "touchcare_a6": _between("6.8", "7.4", "8.0"),
    "verified_stroke": _between("0.03", "0.03", "0.03"),
    "tslim": _between("1.9", "2.1", "4.0", threshold_kpa=207.0),
}
"""By name. The makers' labels and the literature behind each number are listed in docs/fluid-path.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is wrong with the path. Resistances in kPa for each U/min."""

    block: float | None = None
    """Resistance of an obstruction; ``math.inf`` lets nothing through, None is an open path."""
    leak: float | None = None
    """Resistance of a way out that does not lead to the tissue; None is a tight path."""
    opens_every: Span | None = None
    """A kink that opens by itself: the obstruction is gone for ``opens_for`` at the end of each of these spans."""
    opens_for: Span = 0
    air: Insulin = 0
    """A bubble that has come into the path: it passes instead of insulin, and yields to pressure."""
    head_kpa: float = 0.0
    """Pressure of the height of the pump above the site: 9.8 kPa a metre."""
    cannula_out: bool = False
    """The cannula is out of the tissue: the pump feels nothing, and nothing reaches anybody."""

    def __post_init__(self) -> None:
        for name, value in (("block", self.block), ("leak", self.leak)):
            if value is not None and not value > 0:
                raise ValueError(f"{name} {value}: expected a resistance above 0")
        if self.opens_every is not None and not 0 <= self.opens_for <= self.opens_every:
            raise ValueError(f"opens_for {self.opens_for}: expected 0 to opens_every, {self.opens_every}")
        if self.air < 0:
            raise ValueError(f"air {self.air}: expected 0 or more")


NORMAL = Condition()
"""Nothing is wrong."""


class FluidPath(Timed):
    """The path of one pump. ``draw`` gives numbers from 0 to 1, one for each occlusion."""

    def __init__(self, profile: FluidProfile, draw: Callable[[], float]) -> None:
        self.profile = profile
        self.condition = NORMAL
        self.pushed: Insulin = 0
        self.to_tissue: Insulin = 0
        self.leaked: Insulin = 0
        self.occluded = False
        """The alarm is due and has not been acknowledged."""
        self._draw = draw
        self._into: Callable[[Instant, Insulin], None] = lambda at, amount: None
        self._at: Instant = 0
        self._since: Instant = 0
        """When the condition began."""
        self._stored: Insulin = 0
        """Held back under pressure."""
        self._volume = 0.0
        """The same, exactly: so that it makes no difference in how many steps time passes."""
        self._held: Insulin = 0
        """In the place of air that has passed."""
        self._air: Insulin = 0
        """Still to pass."""
        self._leak_owed = 0.0
        self._withheld: Insulin = profile.withheld[1]
        """What this occlusion holds back at the threshold."""
        self._met = 0
        """Pulses in a row that met the threshold."""
        self._met_at: Instant | None = None
        self._bolus_runs = False

    @property
    def in_line(self) -> Insulin:
        """Pushed, and neither in the tissue nor lost."""
        return self._stored + self._held

    def deliver_into(self, tissue: Callable[[Instant, Insulin], None]) -> None:
        """Hand everything that reaches the tissue from now on to ``tissue``, with its instant.

        A pulse comes at its own instant; what drains from the line comes at the end of each whole minute, so that it makes no
        difference in how many steps time passes.
        """
        self._into = tissue

    # Time and flow

    def advance(self, now: Instant) -> None:
        """Let what flows flow, and an alarm come due, by ``now``."""
        while self._stored and self._at < now:
            until = min(now, self._changes_at(self._at) or now)
            if any(self._conductances(self._at)):
                until = min(until, _end_of_minute(self._at + 1))
            self._relax(until)
        self._at = max(self._at, now)
        due = self.next_deadline
        if due is not None and due <= now:
            self._met_at = None
            self.retimed()
            self.occluded = self._static_kpa >= self.profile.threshold_kpa or self.profile.latency == 0

    @property
    def next_deadline(self) -> Instant | None:
        """When the alarm will come due, as far as can be said."""
        if self._met_at is None or (self.profile.after_bolus and self._bolus_runs):
            return None
        return self._met_at + self.profile.latency

    def _is_open(self, at: Instant) -> bool:
        condition = self.condition
        if condition.block is None:
            return True
        if condition.opens_every is None:
            return False
        return (at - self._since) % condition.opens_every >= condition.opens_every - condition.opens_for

    def _changes_at(self, at: Instant) -> Instant | None:
        """When a kink opens or closes next."""
        every = self.condition.opens_every
        if self.condition.block is None or every is None:
            return None
        place = (at - self._since) % every
        shut = every - self.condition.opens_for
        return at + (shut - place if place < shut else every - place)

    @property
    def _compliance(self) -> float:
        """uU for each kPa."""
        return self._withheld / self.profile.threshold_kpa + self._air / ATMOSPHERE_KPA

    def _conductances(self, at: Instant) -> tuple[float, float]:
        """To the tissue and to nowhere, uU a minute for each kPa."""
        condition = self.condition
        if self._is_open(at):
            out = self._compliance * minutes(1) / self.profile.opening
        else:
            assert condition.block is not None
            out = units(1) / condition.block
        return out, 0.0 if condition.leak is None else units(1) / condition.leak

    def _relax(self, until: Instant) -> None:
        """Nothing is pushed: the pressure falls exponentially."""
        out, lost = self._conductances(self._at)
        if out + lost > 0:
            self._volume *= math.exp(-(out + lost) / self._compliance * (until - self._at) / minutes(1))
        if self._volume < LITTLE:
            self._volume = 0.0
        self._at = until
        left = min(self._stored, math.ceil(self._volume))
        flowed, self._stored = self._stored - left, left
        self._flow(flowed, lost / (out + lost) if out + lost > 0 else 0.0, _end_of_minute(until))

    def _flow(self, amount: Insulin, leaking: float, at: Instant) -> None:
        """So much leaves the volume, a share of it by the leak; what goes the right way pushes air before it."""
        self._leak_owed += amount * leaking
        lost = min(amount, int(self._leak_owed))
        self._leak_owed -= lost
        self.leaked += lost
        onward = amount - lost
        replacing = min(onward, self._air)
        self._air -= replacing
        self._held += replacing
        if self.condition.cannula_out:
            self.leaked += onward - replacing
        elif onward > replacing:
            self.to_tissue += onward - replacing
            self._into(at, onward - replacing)

    # What the pump does

    def push(self, amount: Insulin, now: Instant, rate: float) -> None:
        """A pulse. ``rate`` is how fast pulses follow one another, uU a minute: what the pump feels while it pushes."""
        self.advance(now)
        self.pushed += amount
        if self._is_open(now):  # what was held back before drains by itself, and stands in nothing's way
            out, lost = self._conductances(now)
            self._flow(amount, lost / (out + lost), now)
            self._met = 0
            return
        if not self._stored:
            self._withheld = self._drawn()
        self._stored += amount
        self._volume += amount
        self._feel(now, rate)

    def _drawn(self) -> Insulin:
        """The triangular law, from one even number."""
        least, mode, most = self.profile.withheld
        if most == least:
            return mode
        even = self._draw()
        split = (mode - least) / (most - least)
        if even < split:
            return least + round(math.sqrt(even * (most - least) * (mode - least)))
        return most - round(math.sqrt((1 - even) * (most - least) * (most - mode)))

    def _feel(self, now: Instant, rate: float) -> None:
        felt = self._static_kpa + self.profile.resistance * rate / units(1)
        self._met = self._met + 1 if felt >= self.profile.threshold_kpa else 0
        if self._met >= self.profile.confirm and self._met_at is None and not self.occluded:
            self._met_at = now
            self.retimed()
            self.advance(now)

    @property
    def _static_kpa(self) -> float:
        return self.condition.head_kpa + self._volume / self._compliance

    def pressure_kpa(self, now: Instant) -> float:
        """In the line, above the tissue's."""
        self.advance(now)
        return self._static_kpa

    def bolus_runs(self, running: bool, now: Instant) -> None:
        """Whether a bolus is being delivered: some pumps wait for its end before they raise the alarm."""
        self.advance(now)
        if self._bolus_runs and not running and self.profile.after_bolus and self._met_at is not None:
            self._met_at = now
        self._bolus_runs = running
        self.retimed()

    def acknowledge(self, now: Instant) -> None:
        """The alarm has been taken up; it comes again if the next pulses meet the threshold."""
        self.advance(now)
        self.occluded, self._met, self._met_at = False, 0, None
        self.retimed()

    # What befalls it

    def set_condition(self, condition: Condition, now: Instant) -> None:
        """From now on this is wrong with it. Air comes on top of what is in it."""
        self.advance(now)
        self.condition, self._since = condition, now
        self._air += condition.air

    def add_air(self, amount: Insulin) -> None:
        """So much of it has not been filled."""
        self._air += amount

    def purge(self, now: Instant) -> Insulin:
        """It is taken off the body: what was held back drips away. How much of it is air, uU."""
        self.advance(now)
        self.leaked += self.in_line
        self._stored = self._held = 0
        self._volume = 0.0
        air, self._air = self._air, 0
        self.acknowledge(now)
        return air

    # Persistence

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON-able data."""
        unsaved = {"profile", "condition", "_draw", "_into", "_report"}
        state = {name: value for name, value in vars(self).items() if name not in unsaved}
        condition = asdict(self.condition)
        # JSON has no infinity
        return state | {"condition": {key: "inf" if value == math.inf else value for key, value in condition.items()}}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Become what a snapshot was taken of."""
        condition: dict[str, Any] = {key: math.inf if value == "inf" else value for key, value in snapshot["condition"].items()}
        self.condition = Condition(**condition)
        for name, value in snapshot.items():
            if name != "condition":
                setattr(self, name, value)
        self.retimed()


def _end_of_minute(at: Instant) -> Instant:
    """The end of the whole minute of the bench that this instant belongs to; itself, where one ends."""
    return -(-at // minutes(1)) * minutes(1)
