"""Suspension of basal insulin by the pump itself, before glucose becomes low or when it is. Therapy runs on meanwhile, and so
does a bolus. The rules are data of the profile (``glucose_limits``), the states a table (``states``)."""

from collections.abc import Sequence
from dataclasses import field

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events, records
from isletbench.emulator.pump.glucose_limits import SuspendRules
from isletbench.emulator.pump.happenings import Announce, BasalSuspensionAltered, Happens
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.states import LOW_SUSPEND, LowSuspendEvent, LowSuspendState, Reason, Refused, after
from isletbench.protocols.ids import AnnunciationType, LowSuspendEndReason, LowSuspendReason

_S, _E = LowSuspendState, LowSuspendEvent
SUSPENDED = frozenset({_S.HELD, _S.SUSPENDED})
REASONS = {_E.PREDICTED_LOW: LowSuspendReason.BEFORE_LOW, _E.LOW: LowSuspendReason.ON_LOW}
END_REASONS = {
    _E.RECOVERED: LowSuspendEndReason.GLUCOSE_RECOVERED,
    _E.LONGEST_OVER: LowSuspendEndReason.LONGEST_TIME_OVER,
    _E.RESUME: LowSuspendEndReason.RESUMED_BY_USER,
    _E.NO_READINGS: LowSuspendEndReason.NO_READINGS,
    _E.THERAPY_STOPS: LowSuspendEndReason.THERAPY_STOPPED,
    _E.POWER_LOST: LowSuspendEndReason.POWER_LOST,
    _E.SWITCH_OFF: LowSuspendEndReason.SWITCHED_OFF,
}
"""What the history calls the events that end a suspension."""


@decides_deadline("state", "since", "past", "until", "read_at")
@dataclass(slots=True)
class LowSuspend(Timed):
    """Whether basal insulin is suspended by the pump itself, and since when."""

    profile: PumpProfile
    state: LowSuspendState = LowSuspendState.OFF
    since: Instant | None = None
    """When the suspension began, while there is one."""
    until: Instant | None = None
    """When suspensions are possible again, while they are not."""
    read_at: Instant | None = None
    """When the last usable reading came."""
    announced: int | None = None
    """The annunciation of the suspension, where it was announced."""
    past: list[tuple[Instant, Instant]] = field(default_factory=list)
    """Earlier suspensions that count for the rolling window."""

    def __post_init__(self) -> None:
        if self.profile.low_suspend is not None:
            self.state = LowSuspendState.WATCHING

    @property
    def suspends(self) -> bool:
        """Whether no basal insulin may flow."""
        return self.state in SUSPENDED

    @property
    def rules(self) -> SuspendRules:
        """The rules of the profile. Raises ``Refused`` for a pump without any."""
        if self.profile.low_suspend is None:
            raise Refused(Reason.UNKNOWN, "this pump does not suspend by itself")
        return self.profile.low_suspend

    # Time

    @property
    def next_deadline(self) -> Instant | None:
        """When the state changes although no reading comes."""
        match self.state:
            case LowSuspendState.HELD:
                assert self.since is not None
                return self.since + self.rules.shortest
            case LowSuspendState.SUSPENDED:
                return min(found for found in (self.ends_at, self._silent_at) if found is not None)
            case LowSuspendState.UNAVAILABLE:
                return self.until
            case _:
                return None

    @property
    def ends_at(self) -> Instant:
        """When a suspension will have lasted as long as it may."""
        assert self.since is not None
        return longest_over(self.since, self.past, self.rules)

    @property
    def _silent_at(self) -> Instant | None:
        silent_after: Span | None = self.rules.silent_after
        return None if silent_after is None or self.read_at is None else self.read_at + silent_after

    def due(self, at: Instant, *, answered: bool) -> Happens[None]:
        """What follows when a deadline has come; ``answered`` says whether the user has confirmed the annunciation."""
        match self.state:
            case LowSuspendState.HELD:
                self.state = after(LOW_SUSPEND, self.state, _E.SHORTEST_OVER)
            case LowSuspendState.UNAVAILABLE:
                self.state, self.until = after(LOW_SUSPEND, self.state, _E.AVAILABLE_AGAIN), None
            case _ if self.ends_at <= at:
                yield from self._end(_E.LONGEST_OVER, at, self._available_at(at, answered=answered))
            case _:
                yield from self._end(_E.NO_READINGS, at)

    def _available_at(self, at: Instant, *, answered: bool) -> Instant:
        """When suspensions are possible again after the longest time."""
        if self.rules.within is None:
            return at + (self.rules.unavailable if answered else self.rules.unavailable_unanswered)
        assert self.since is not None
        starts = [start for start, end in self.past if end > at - self.rules.within]
        return max(at, min([*starts, self.since]) + self.rules.within)

    # What happens

    def judge(self, mg_dl: float, predicted: float | None, at: Instant, *, rises: bool) -> Happens[None]:
        """A new reading has come: suspend, resume, or leave it as it is."""
        rules, self.read_at = self.rules, at
        if self.state is LowSuspendState.SUSPENDED and rules.has_recovered(mg_dl, predicted, rises=rises):
            yield from self._end(_E.RECOVERED, at)
        elif self.state is LowSuspendState.WATCHING and not (rules.resumes_on_rise and rises):
            if rules.is_low(mg_dl):
                yield from self._begin(_E.LOW, mg_dl, predicted, at)
            elif rules.is_predicted_low(mg_dl, predicted):
                yield from self._begin(_E.PREDICTED_LOW, mg_dl, predicted, at)

    def _begin(self, event: LowSuspendEvent, mg_dl: float, predicted: float | None, at: Instant) -> Happens[None]:
        self.state, self.since, self.announced = after(LOW_SUSPEND, self.state, event), at, None
        reason = REASONS[event]
        yield events.BasalSuspended(reason=reason.name, mg_dl=mg_dl, predicted_mg_dl=predicted)
        yield BasalSuspensionAltered(records.LowSuspendStarted(reason, mg_dl, predicted))
        if event is _E.LOW:
            self.announced = yield Announce(AnnunciationType.SUSPENDED_ON_LOW, records.GlucoseAtAlert(mg_dl, None))
        elif self.rules.announces_before_low:
            self.announced = yield Announce(AnnunciationType.SUSPENDED_BEFORE_LOW, records.GlucoseAtAlert(mg_dl, None))

    def resume(self, at: Instant) -> Happens[None]:
        """The user lets basal insulin flow again. Raises ``Refused``."""
        until = at + self.rules.unavailable
        after(LOW_SUSPEND, self.state, _E.RESUME)
        yield from self._end(_E.RESUME, at, until)

    def switch(self, at: Instant, *, on: bool) -> Happens[None]:
        """The user switches the function on or off. Raises ``Refused``."""
        _ = self.rules  # there is nothing to switch without any
        event = _E.SWITCH_ON if on else _E.SWITCH_OFF
        if self.suspends and not on:
            yield from self._end(event, at)
        else:
            self.state, self.until = after(LOW_SUSPEND, self.state, event), None

    def interrupt(self, event: LowSuspendEvent, at: Instant) -> Happens[None]:
        """Something other than glucose ends the suspension, if there is one."""
        if self.suspends:
            yield from self._end(event, at)

    def clear(self) -> None:
        """Be the part of another pump."""
        self.since = self.until = self.read_at = self.announced = None
        self.past.clear()
        self.__post_init__()

    def _end(self, event: LowSuspendEvent, at: Instant, until: Instant | None = None) -> Happens[None]:
        assert self.since is not None
        self.state, since = after(LOW_SUSPEND, self.state, event), self.since
        self.since, self.until, self.announced = None, until, None
        within = self.rules.within
        self.past = [] if within is None else [*(each for each in self.past if each[1] > at - within), (since, at)]
        reason = END_REASONS[event]
        yield events.BasalResumed(reason=reason.name, lasted_ms=at - since)
        yield BasalSuspensionAltered(records.LowSuspendEnded(reason, at - since))
        if self.rules.announces_resume and event in ANNOUNCED_ENDS:
            yield Announce(AnnunciationType.BASAL_RESUMED)


ANNOUNCED_ENDS = frozenset({_E.RECOVERED, _E.LONGEST_OVER, _E.NO_READINGS})
"""The ends that nobody asked for and that nothing else announces."""


def longest_over(since: Instant, past: Sequence[tuple[Instant, Instant]], rules: SuspendRules) -> Instant:
    """When a suspension that began at ``since`` has lasted as long as it may, given those before it.

    In a rolling window older suspended time leaves as new time comes; what is suspended grows only where none leaves.
    """
    if rules.within is None:
        return since + rules.longest
    at = since
    used = sum(end - max(start, at - rules.within) for start, end in past if end > at - rules.within)
    for edge in sorted(edge + rules.within for each in past for edge in each if edge + rules.within > since):
        grows = not any(start <= at - rules.within < end for start, end in past)
        if grows and used + (edge - at) > rules.longest:
            break
        used, at = used + (edge - at if grows else 0), edge
    return at + rules.longest - used
