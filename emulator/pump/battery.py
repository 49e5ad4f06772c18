"""The battery: it runs down evenly, and warns. Source: IDS 1.0.2, table 4.9."""

from dataclasses import dataclass

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.pump import events
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.happenings import Announce, FaultFound, Happens
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.protocols.ids import AnnunciationType

WARNINGS = (
    (50, AnnunciationType.BATTERY_MEDIUM),
    (20, AnnunciationType.BATTERY_LOW),
    (0, AnnunciationType.BATTERY_EMPTY),
)
"""Percent left, and the annunciation that is raised then: first at half the runtime; an empty battery ends therapy."""


@decides_deadline("full_at", "warned")
@dataclass(slots=True)
class Battery(Timed):
    """The battery of a pump: it was full at ``full_at`` and runs down within the profile's battery life."""

    profile: PumpProfile
    full_at: Instant = 0
    warned: int = 100
    """The lowest level, in percent, that the pump has warned of."""

    def level(self, now: Instant) -> int:
        """Percent that is left."""
        return max(0, 100 - 100 * (now - self.full_at) // self.profile.battery_life)

    @property
    def next_deadline(self) -> Instant | None:
        """When the next warning is due."""
        reached = (level for level, _ in WARNINGS if level < self.warned)
        return next((self.full_at + -(-self.profile.battery_life * (100 - level) // 100) for level in reached), None)

    def warn(self) -> Happens[None]:
        """Raise the warning that is due."""
        self.warned, type_ = next(warning for warning in WARNINGS if warning[0] < self.warned)
        if self.warned == 0:
            yield FaultFound(type_)
        else:
            yield Announce(type_)

    def renew(self, now: Instant, *, level: int = 100) -> None:
        """Be a battery with so many percent of its life left."""
        self.full_at = now - self.profile.battery_life * (100 - level) // 100
        self.warned = level

    def replace(self, now: Instant, *, level: int = 100) -> Happens[None]:
        """Put in a battery with so many percent of its life left, and warn of a low one. Raises ``Refused``."""
        if not 0 < level <= 100:
            raise out_of_range(f"a battery at {level} % is no battery to put in")
        self.renew(now, level=level)
        yield events.BatteryReplaced(percent=level)
        for reached, type_ in reversed(WARNINGS):
            if level <= reached:
                yield Announce(type_)
                return
