"""What a pump does about the glucose of its CGM: how the parts that know it, alert to it and suspend for it act together."""

from collections.abc import Sequence
from typing import Any

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.readings import CgmLink, GlucoseReading
from isletbench.emulator.pump.happenings import GlucoseKnown, Happens
from isletbench.emulator.pump.parts import Parts
from isletbench.emulator.pump.states import LowSuspendEvent


def set_link(parts: Parts, link: CgmLink, at: Instant) -> Happens[None]:
    """Another state of the link with the CGM; from the first one on the pump waits for readings."""
    parts.glucose_alerts.expect(at)
    yield from parts.glucose.set_link(link)


def receive(parts: Parts, readings: Sequence[GlucoseReading], at: Instant) -> Happens[None]:
    """Readings have come from the CGM."""
    yield from parts.glucose.receive(readings, at)


# Reactions of the table of couplings


def alert_to_glucose(parts: Parts, known: GlucoseKnown, at: Instant) -> Happens[None]:
    """The pump alerts its user, unless it still shows that it has."""
    for wanted in parts.glucose_alerts.judge(known, at):
        if not parts.annunciations.has(wanted.type):
            yield wanted


def suspend_or_resume(parts: Parts, known: GlucoseKnown, at: Instant) -> Happens[None]:
    """The pump suspends its basal insulin, or lets it flow again; a pump whose therapy does not run has none to suspend."""
    rules = parts.profile.low_suspend
    if rules is None or not parts.therapy.runs:
        return
    predicted = parts.glucose.predicted(rules.horizon, rules.fit_over, rules.fewest)
    yield from parts.low_suspend.judge(known.mg_dl, predicted, at, rises=parts.glucose.rises)


def end_suspension_with_therapy(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """A pump whose therapy does not run suspends nothing."""
    if not parts.therapy.runs:
        yield from parts.low_suspend.interrupt(LowSuspendEvent.THERAPY_STOPS, at)


def end_suspension_without_power(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """A pump that was without power goes back to its profile, and knows no readings."""
    parts.glucose.clear()
    parts.glucose_alerts.restart(at)
    yield from parts.low_suspend.interrupt(LowSuspendEvent.POWER_LOST, at)


def due(parts: Parts, at: Instant) -> Happens[None]:
    """A suspension has lasted as long as it must or may, or is possible again."""
    announced = parts.low_suspend.announced
    yield from parts.low_suspend.due(at, answered=announced not in parts.annunciations.active)
