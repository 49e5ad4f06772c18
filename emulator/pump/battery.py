"""The battery: time, clients, messages and vibrations drain it, and it warns. Source: IDS 1.0.2, table 4.9.

What is gone is counted exactly, in millionths of what the pump takes by itself in a millisecond: a full battery holds
``battery_life`` times a million of them.
"""

from dataclasses import field

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.battery_use import MILLION
from isletbench.emulator.pump.happenings import Announce, FaultFound, Happens
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.protocols.ids import AnnunciationType


@decides_deadline("drained", "rate", "warned")
@dataclass(slots=True)
class Battery(Timed):
    """The battery of a pump: ``drained`` was gone at ``since``, and ``rate`` goes in every millisecond from there on."""

    profile: PumpProfile
    since: Instant = 0
    drained: int = 0
    warned: int = 100
    """The lowest level, in percent, that the pump has warned of."""
    clients: int = field(default=0, init=False)
    """How many clients are connected."""
    rings: bool = field(default=False, init=False)
    """Whether the pump rings because a client looks for it."""
    rate: int = field(default=MILLION, init=False)

    @property
    def _full(self) -> int:
        life: int = self.profile.battery_life
        return life * MILLION

    def level(self, now: Instant) -> int:
        """Percent that is left."""
        return max(0, 100 - 100 * self._drained(now) // self._full)

    def _drained(self, now: Instant) -> int:
        return self.drained + self.rate * (now - self.since)

    @property
    def next_deadline(self) -> Instant | None:
        """When the next warning is due, if nothing changes until then."""
        reached = (level for level, _ in self.profile.battery.warnings if level < self.warned)
        return next((self._when(level) for level in reached), None)

    def _when(self, level: int) -> Instant:
        missing = -(-self._full * (100 - level) // 100) - self.drained
        return self.since + max(0, -(-missing // self.rate))

    def warn(self) -> Happens[None]:
        """Raise the warning that is due."""
        self.warned, type_ = next(warning for warning in self.profile.battery.warnings if warning[0] < self.warned)
        if type_ is AnnunciationType.BATTERY_EMPTY:
            yield FaultFound(type_)
        else:
            yield Announce(type_)

    # What drains it

    def serve(self, now: Instant, *, clients: int, messages: int) -> None:
        """Its radio has carried so many messages, and from now on so many clients are connected."""
        use = self.profile.battery
        self.take(messages * use.message + max(0, clients - self.clients) * use.connection)
        if clients != self.clients:
            self.clients = clients
            self._change_rate(now)

    def ring(self, now: Instant, *, rings: bool) -> None:
        """It rings from now on, or is quiet."""
        self.rings = rings
        self._change_rate(now)

    def take(self, millionths: int) -> None:
        """So many millionths of a full battery are gone at once."""
        if millionths:
            self.drained += millionths * self.profile.battery_life

    def _change_rate(self, now: Instant) -> None:
        use = self.profile.battery
        self.drained, self.since = self._drained(now), now
        self.rate = MILLION + round(MILLION * (self.clients * use.connected + self.rings * use.ringing))

    # Another one

    def renew(self, now: Instant, *, level: int = 100) -> None:
        """Be a battery with so many percent of its life left."""
        self.drained, self.since = self._full * (100 - level) // 100, now
        self.warned = level

    def replace(self, now: Instant, *, level: int = 100) -> Happens[None]:
        """Put in a battery with so many percent of its life left, and warn of a low one. Raises ``Refused``."""
        warnings = self.profile.battery.warnings
        empty, _ = warnings[-1]
        if not empty < level <= 100:
            raise out_of_range(f"a battery at {level} % is no battery to put in")
        self.renew(now, level=level)
        yield events.BatteryReplaced(percent=level)
        for reached, type_ in reversed(warnings):
            if level <= reached:
                yield Announce(type_)
                return
