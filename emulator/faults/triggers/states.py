"""Conditions on what is so now, and on time: levels, idle conversations, instants."""

from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Duration
from isletbench.emulator.core.quantities import Instant, shown
from isletbench.emulator.faults.compared import Comparison
from isletbench.emulator.faults.triggers.condition import Condition
from isletbench.emulator.faults.triggers.watch import Looking, Scope, Until, Watch


class OnLevel(Condition, Comparison):
    """Something that the status of the device shows is so, now: its battery, its reservoir, its glucose.

    It is looked at with every message and event of the device, and once a minute.
    """

    key: ClassVar = "level"
    level: str = Field(pattern=r"^[a-z][a-z0-9_.]{0,60}$", examples=["battery", "reservoir", "glucose"])
    """As `isletbench status --json` calls it; its unit may be left out: ``battery`` is ``battery_percent``."""

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Look at the level."""
        return Looking(partial(self._look, self.about(scope), scope))

    def _look(self, device: str, scope: Scope, now: Instant) -> str | None:
        found = scope.view.level(device, self.level)
        return f"{self.level} {found}" if self.holds(found) else None


class OnIdle(Condition):
    """No message has passed between the device and its client for so long, though they are connected."""

    key: ClassVar = "idle"
    idle: Annotated[Duration, Field(gt=0)]

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Look when the last message passed."""
        since = partial(self._since, self.about(scope), scope, now)
        return Looking(partial(self._look, since), partial(self._next, since))

    @staticmethod
    def _since(device: str, scope: Scope, begun: Instant) -> Instant | None:
        last = scope.view.idle_since(device)
        return None if last is None else max(last, begun)

    def _look(self, since: Any, now: Instant) -> str | None:
        last = since()
        return f"idle for {shown(self.idle)}" if last is not None and now - last >= self.idle else None

    def _next(self, since: Any, now: Instant) -> Instant | None:
        last = since()
        return None if last is None or last + self.idle <= now else last + self.idle


class AtTime(Condition):
    """The bench has run for so long."""

    key: ClassVar = "at"
    at: Duration

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Wait for that instant."""
        return Until(self.at)


class AfterTime(Condition):
    """So much time has passed since it is waited for."""

    key: ClassVar = "after"
    after: Duration

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Wait for so long."""
        return Until(now + self.after)
