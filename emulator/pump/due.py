"""What can fall due in a pump, in the order in which it happens at one instant.

Midnight comes after the pulses: what fell due by then belongs to the day that ends.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from isletbench.emulator.core.agenda import Agenda
from isletbench.emulator.core.quantities import Instant, Insulin
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events, sensing
from isletbench.emulator.pump.couplings import follow_schedule, look_at_path, record_reference, stop_therapy
from isletbench.emulator.pump.happenings import Happens
from isletbench.emulator.pump.parts import Parts
from isletbench.protocols.ids import RecordingReason, StatusFlag

Deadline: TypeAlias = Callable[[Parts], Instant | None]
"""When something falls due in a part, if it does."""
Act: TypeAlias = Callable[[Parts, Instant], Happens[None]]
"""What happens then."""


def _reveal(parts: Parts, at: Instant) -> Happens[None]:
    if parts.history.reveal(at):
        yield StatusFlag.HISTORY_EVENT_RECORDED


def _refer(parts: Parts, at: Instant) -> Happens[None]:
    yield from record_reference(parts, RecordingReason.PERIODIC, at)


def _next_block(parts: Parts, at: Instant) -> Happens[None]:
    yield from follow_schedule(parts, None, at)


def _look_at_path(parts: Parts, at: Instant) -> Happens[None]:
    yield from look_at_path(parts, None, at)


def _stop_after_pause(parts: Parts, at: Instant) -> Happens[None]:
    yield from stop_therapy(parts, True, at)


# Pulses


def _basal_due(parts: Parts) -> Instant | None:
    if not parts.therapy.runs or (not parts.profile.habits.interleaves and parts.boluses.fast_runs):
        return None
    return parts.delivery.spaced(parts.basal.next_pulse)


def _bolus_due(parts: Parts) -> Instant | None:
    found = parts.boluses.next_pulse if parts.therapy.runs else None
    return found and parts.delivery.spaced(found[0])


def _basal_pulse(parts: Parts, at: Instant) -> Happens[None]:
    if (yield from _pulse(parts, "basal")):
        parts.basal.pay()
        yield from look_at_path(parts, None, at)


def _bolus_pulse(parts: Parts, at: Instant) -> Happens[None]:
    found = parts.boluses.next_pulse
    assert found is not None
    if (yield from _pulse(parts, "bolus", found[1])):
        yield from parts.boluses.pulsed(found[1], at)
        yield from look_at_path(parts, None, at)


def _pulse(parts: Parts, cause: str, bolus_id: int | None = None) -> Happens[bool]:
    """Deliver one pulse of therapy, if there is one left to deliver."""
    amount: Insulin = parts.profile.pulse
    if parts.delivery.stalled:
        yield events.StalledPulse(uu=amount, cause=cause, bolus_id=bolus_id)
        return True
    return (yield from _stroke(parts, cause, bolus_id))


def _stroke(parts: Parts, cause: str, bolus_id: int | None = None) -> Happens[bool]:
    """Move the plunger by one pulse, if what that moves is left."""
    amount: Insulin = parts.profile.pulse
    moved = parts.strokes.next(amount)
    lost = cause == "priming" and not parts.infusion_set.is_worn
    if not parts.reservoir.take(amount, moved, priming=lost):
        yield from parts.reservoir.run_dry()
        return False
    parts.strokes.count += 1
    off = None if moved == amount else moved
    left = parts.reservoir.remaining
    yield events.Pulse(uu=amount, cause=cause, bolus_id=bolus_id, reservoir_uu=left, moved_uu=off)
    return True


def _prime_pulse(parts: Parts, at: Instant) -> Happens[None]:
    before = parts.reservoir.remaining
    if (yield from _stroke(parts, "priming")):
        parts.infusion_set.air = max(0, parts.infusion_set.air - (before - parts.reservoir.remaining))
        parts.priming.pulsed(at)
        yield from parts.priming.finish()


# The table


def _while_running(deadline: Deadline) -> Deadline:
    return lambda parts: deadline(parts) if parts.therapy.runs else None


def _while_attached(deadline: Deadline) -> Deadline:
    return lambda parts: deadline(parts) if parts.reservoir.attached else None


@dataclass(frozen=True, slots=True)
class Due:
    """One row: what happens at a deadline, and the parts that may change when it is."""

    deadline: Deadline
    act: Act
    parts: tuple[str, ...]


DUE: tuple[Due, ...] = (
    Due(lambda parts: parts.history.next_deadline, _reveal, ("history",)),
    Due(lambda parts: parts.history.next_reference, _refer, ("history",)),
    Due(lambda parts: parts.basal.next_deadline, _next_block, ("basal",)),
    Due(
        lambda parts: parts.annunciations.next_deadline,
        lambda parts, at: parts.annunciations.snooze_over(at),
        ("annunciations",),
    ),
    Due(lambda parts: parts.tbr.next_deadline, lambda parts, at: parts.tbr.over(at), ("tbr",)),
    Due(lambda parts: parts.low_suspend.next_deadline, sensing.due, ("low_suspend",)),
    Due(
        lambda parts: parts.glucose_alerts.next_deadline,
        lambda parts, at: parts.glucose_alerts.lose_signal(),
        ("glucose_alerts",),
    ),
    Due(
        _while_running(lambda parts: parts.boluses.next_start),
        lambda parts, at: parts.boluses.start(at),
        ("therapy", "boluses"),
    ),
    Due(_basal_due, _basal_pulse, ("therapy", "boluses", "basal", "delivery")),
    Due(_bolus_due, _bolus_pulse, ("therapy", "boluses", "delivery")),
    Due(lambda parts: parts.priming.next_deadline, _prime_pulse, ("priming",)),
    Due(lambda parts: parts.path.next_deadline, _look_at_path, ("path",)),
    Due(lambda parts: parts.infusion_set.next_deadline, lambda parts, at: parts.infusion_set.fail(), ("infusion_set",)),
    Due(lambda parts: parts.therapy.next_deadline, _stop_after_pause, ("therapy",)),
    Due(lambda parts: parts.battery.next_deadline, lambda parts, at: parts.battery.warn(), ("battery",)),
    Due(
        _while_attached(lambda parts: parts.counters.advice_due),
        lambda parts, at: parts.counters.advise(at),
        ("reservoir", "counters"),
    ),
    Due(
        _while_attached(lambda parts: parts.counters.life_ends),
        lambda parts, at: parts.counters.wear_out(),
        ("reservoir", "counters"),
    ),
    Due(lambda parts: parts.totals.next_deadline, lambda parts, at: parts.totals.midnight(parts.clock, at), ("totals",)),
)


def agenda_of(parts: Parts) -> Agenda:
    """The deadlines of these parts, each of which says from now on when one of its own may have changed."""
    agenda = Agenda([partial(row.deadline, parts) for row in DUE])
    for name in sorted({name for row in DUE for name in row.parts}):
        agenda.watch(getattr(parts, name), [place for place, row in enumerate(DUE) if name in row.parts])
    return agenda
