"""A pump with a CGM that measures every 5 minutes, for the tests of what a pump does about glucose."""

from dataclasses import replace
from datetime import datetime

from isletbench.emulator.core.quantities import Instant, Span, minutes, units
from isletbench.emulator.core.readings import CgmLink, GlucoseReading
from isletbench.emulator.pump import records
from isletbench.emulator.pump.events import BasalResumed, BasalSuspended, Pulse
from isletbench.emulator.pump.glucose_limits import SUSPEND_RULES, GlucoseLimits, SuspendRules
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES
from isletbench.emulator.pump.states import LowSuspendState
from isletbench.protocols.ids import AnnunciationStatus, AnnunciationType

STEP = minutes(5)
BEFORE_LOW, PREDICTIVE = SUSPEND_RULES["before_low"], SUSPEND_RULES["predictive"]
QUIET = GlucoseLimits(low=None, high=None, falling=None, rising=None, signal_loss=None)


class Worn:
    """A pump with a CGM that measures every 5 minutes."""

    def __init__(self, rules: SuspendRules | None, limits: GlucoseLimits = QUIET, rate: str = "1.2") -> None:
        profile = replace(PROFILES["generic"], low_suspend=rules, glucose=limits)
        epoch = datetime(2026, 1, 1, 8)  # noqa: DTZ001  # local
        self.pump = Pump(profile, epoch=epoch, basal=[(0, units(rate))], reservoir=units(200), seed=1)
        self.pump.set_cgm_link(CgmLink.CONNECTED, 0)
        self.now: Instant = 0

    def reads(self, *levels: float) -> "Worn":
        """A reading every 5 minutes, the first one now."""
        for level in levels:
            self.pump.advance(self.now)
            self.pump.receive_glucose([GlucoseReading(self.now, float(level))], self.now)
            self.passes(STEP)
        return self

    def passes(self, span: Span) -> None:
        """Time passes without a reading."""
        self.now += span
        self.pump.advance(self.now)

    @property
    def state(self) -> LowSuspendState:
        return self.pump.parts.low_suspend.state

    @property
    def suspends(self) -> bool:
        return self.pump.parts.low_suspend.suspends

    def happened(self) -> list[tuple[float, str]]:
        """What began and ended suspensions, each at its minute."""
        kinds = (BasalSuspended, BasalResumed)
        return [(o.at / minutes(1), o.event.reason) for o in self.pump.ledger.entries if isinstance(o.event, kinds)]

    def basal_between(self, start: Instant, end: Instant) -> int:
        found = [o.event for o in self.pump.ledger.entries if start < o.at <= end and isinstance(o.event, Pulse)]
        return sum(pulse.uu for pulse in found if pulse.cause == "basal")

    def announced(self) -> list[AnnunciationType]:
        """What was raised, in order."""
        found = [entry.record for entry in self.pump.history.entries if entry.part == 0]
        changed = [record for record in found if isinstance(record, records.AnnunciationChanged)]
        return [record.type for record in changed if record.status is AnnunciationStatus.PENDING]
