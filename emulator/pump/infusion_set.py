"""How infusion sets fail by themselves, as they do in life: when, and in which way, drawn for each set when it is put in.

Some fail at insertion, the others with age (Weibull). 22 741 sets worn by 263 people (Kanapka et al. 2022, DTT,
10.1089/dia.2021.0548): 1.0, 1.8 and 3.3 % removed for prolonged high glucose within 24, 48 and 72 h; worn until they failed,
64 % by the seventh day (Patel et al. 2014, DTT 16:15). Which way they fail is our choice.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, field
from random import Random

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.quantities import Instant, Insulin, Span, days
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.fluid_path import NORMAL, Condition
from isletbench.emulator.pump.happenings import Happens, PathConditionChanged, PathPurged
from isletbench.emulator.pump.profile import PumpProfile


@dataclass(frozen=True, slots=True)
class Wear:
    """``at_insertion`` of all sets never work; the others last as a Weibull law of this ``shape`` and ``scale`` has it."""

    at_insertion: float
    scale: Span
    shape: float = 2.0


WEAR: Mapping[str, Wear | None] = {
    "reliable": None,
    "typical": Wear(0.008, days(20)),
    "demanding": Wear(0.008, days(12)),
    "worn_to_failure": Wear(0.15, days(7.55)),
}
"""By name: none fails; as Kanapka et al. found; by their looser rule (7 % within 72 h); as Patel et al. found, and with the
kinks at insertion of Teflon that they saw."""
LEAK, PARTIAL, FULL = Condition(leak=1.0), Condition(block=4_000.0), Condition(block=math.inf)
KINDS = ((0.40, LEAK), (0.35, PARTIAL), (0.25, FULL))
"""How a failed set lets insulin go: lost beside the way, late, or not at all."""


def failure(wear: Wear, chance: Random) -> tuple[Span, Condition]:
    """How long a set will work, and what it does then."""
    at_once, even, kind = chance.random(), chance.random(), chance.random()
    lasting = 0 if at_once < wear.at_insertion else round(wear.scale * (-math.log(1 - even)) ** (1 / wear.shape))
    for share, condition in KINDS:
        if kind < share:
            return lasting, condition
        kind -= share
    return lasting, FULL


@decides_deadline("wear", "chance", "since", "used", "failed")
@dataclass(slots=True)
class InfusionSet(Timed):
    """The infusion set that is worn. ``wear`` is how sets fail by themselves; ``chance`` names the stream each draws from."""

    wear: Wear | None = field(init=False, default=None)
    chance: tuple[int | str, ...] = field(init=False, default=())
    since: Instant = 0
    """When it was put in."""
    used: int = 0
    """How many have been used up before it."""
    failed: bool = False
    unprimed: bool = False
    """It is new and has not been filled."""
    is_worn: bool = True
    """It is in the body: therapy has run with it."""
    air: Insulin = 0
    """What of its volume is still to be filled, uU: when therapy runs it goes into the fluid path as air."""

    @property
    def next_deadline(self) -> Instant | None:
        """When it fails by itself."""
        if self.wear is None or self.failed:
            return None
        return self.since + self._failure(self.wear)[0]

    def _failure(self, wear: Wear) -> tuple[Span, Condition]:
        seed, *purpose = self.chance
        return failure(wear, stream(seed, *purpose, self.used))

    def fail(self) -> Happens[None]:
        """Fail by itself."""
        assert self.wear is not None
        self.failed = True
        _, condition = self._failure(self.wear)
        yield events.InfusionSetFailed(condition=asdict(condition))
        yield PathConditionChanged(condition)

    def replace(self, profile: PumpProfile, now: Instant) -> Happens[None]:
        """Put in a new one, empty: what was held back in the old one drips away."""
        yield PathPurged()
        yield PathConditionChanged(NORMAL)
        self.air = profile.tubing + profile.cannula
        self.unprimed, self.is_worn = profile.primes, False
        self.since, self.failed, self.used = now, False, self.used + 1
