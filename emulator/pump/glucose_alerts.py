"""The alerts that a pump raises because of the glucose of its CGM, and because there is none."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TypeAlias

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.glucose_limits import GlucoseLimits
from isletbench.emulator.pump.happenings import Announce, GlucoseKnown, Happens
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.records import GlucoseAtAlert
from isletbench.protocols.ids import AnnunciationType

Condition: TypeAlias = Callable[[GlucoseLimits, GlucoseKnown], bool]

CONDITIONS: Mapping[AnnunciationType, Condition] = {
    AnnunciationType.GLUCOSE_LOW: lambda limits, known: limits.low is not None and known.mg_dl <= limits.low,
    AnnunciationType.GLUCOSE_HIGH: lambda limits, known: limits.high is not None and known.mg_dl >= limits.high,
    AnnunciationType.GLUCOSE_FALLING: lambda limits, known: (
        limits.falling is not None and known.trend is not None and known.trend <= -limits.falling
    ),
    AnnunciationType.GLUCOSE_RISING: lambda limits, known: (
        limits.rising is not None and known.trend is not None and known.trend >= limits.rising
    ),
}
"""When each alert is raised."""


@decides_deadline("waits_since", "signal_lost")
@dataclass(slots=True)
class GlucoseAlerts(Timed):
    """Which conditions last, and since when the pump waits for a reading."""

    profile: PumpProfile
    raised: dict[AnnunciationType, Instant] = field(default_factory=dict)
    """When each condition that lasts was announced last."""
    waits_since: Instant | None = None
    """When the last usable reading came, or the pump began to look for its CGM; None: it does not wait for one."""
    signal_lost: bool = False

    @property
    def next_deadline(self) -> Instant | None:
        """When the signal of the CGM counts as lost."""
        longest = self.profile.glucose.signal_loss
        if longest is None or self.waits_since is None or self.signal_lost:
            return None
        return self.waits_since + longest

    def expect(self, at: Instant) -> None:
        """The pump looks for its CGM."""
        if self.waits_since is None:
            self.waits_since = at

    def restart(self, at: Instant) -> None:
        """The pump begins to wait for a reading anew."""
        self.raised.clear()
        self.signal_lost = False
        self.waits_since = None if self.waits_since is None else at

    def lose_signal(self) -> Happens[None]:
        """No reading has come for too long."""
        self.signal_lost = True
        yield Announce(AnnunciationType.CGM_SIGNAL_LOST)

    def judge(self, known: GlucoseKnown, at: Instant) -> Iterator[Announce]:
        """What is to be announced because of a new reading: a condition that begins, or that lasts for long."""
        self.waits_since, self.signal_lost = at, False
        detail = GlucoseAtAlert(known.mg_dl, known.trend)
        for type_, holds in CONDITIONS.items():
            if not holds(self.profile.glucose, known):
                self.raised.pop(type_, None)
            elif type_ not in self.raised or at - self.raised[type_] >= self.profile.glucose.repeat:
                self.raised[type_] = at
                yield Announce(type_, detail)
