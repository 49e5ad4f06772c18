"""What a pump does with the glucose of its CGM, as data of a profile: its alerts, and when it suspends its basal insulin.

Glucose in mg/dL, rates in mg/dL/min, times in ms. The two sets of rules are those of two families of pumps in the field; what
their makers do not publish is marked as a choice.
"""

from collections.abc import Mapping
from typing import Annotated

from isletbench.emulator.core.quantities import Span, hours, minutes
from isletbench.emulator.core.ranges import MG_DL, Within, spans
from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True)
class GlucoseLimits:
    """When a pump alerts its user to glucose; None switches an alert off. The limits are those of the consensus on time in
    range (Battelino et al. 2019), the others a choice."""

    low: Annotated[float, MG_DL] | None = 70.0
    """At or below it glucose is low."""
    high: Annotated[float, MG_DL] | None = 250.0
    """At or above it glucose is high."""
    falling: Annotated[float, Within(0.1, 100)] | None = 3.0
    """Glucose falls so fast, or faster."""
    rising: Annotated[float, Within(0.1, 100)] | None = 3.0
    """Glucose rises so fast, or faster."""
    repeat: Annotated[Span, spans("1m", "1d")] = minutes(30)
    """An alert that its user has confirmed is raised again after this time, where its condition lasts."""
    signal_loss: Annotated[Span, spans("1m", "7d")] | None = minutes(30)
    """Without a usable reading for so long, the signal of the CGM is lost."""


@dataclass(frozen=True, slots=True)
class SuspendRules:
    """When a pump suspends its basal insulin by itself, and when it resumes. Raises ``ValueError`` for what cannot be."""

    low: Annotated[float, MG_DL] = 70.0
    """The low limit. That of the user's choice; both families have a range around this value."""
    inclusive: bool = False
    """Whether glucose at a limit counts as below it."""
    horizon: Annotated[Span, spans("1m", "4h")] = minutes(30)
    """How far ahead glucose is predicted."""
    fit_over: Annotated[Span, spans("1m", "4h")] = minutes(15)
    """Predicted on a line through the readings of so long: four of them at a cadence of 5 min."""
    fewest: Annotated[int, Within(2, 100)] = 3
    """With fewer readings nothing is predicted (choice)."""
    predicted_within: Annotated[float, MG_DL] = 10.0
    """Glucose predicted to be so much above the low limit, or less, suspends."""
    only_within: Annotated[float, MG_DL] | None = None
    """A prediction suspends only when glucose is so much above the low limit, or less."""
    shortest: Annotated[Span, spans("1ms", "1d")] = minutes(5)
    longest: Annotated[Span, spans("1m", "1d")] = hours(2)
    """Of one suspension, or of all of them within ``within``."""
    within: Annotated[Span, spans("1m", "7d")] | None = None
    """The rolling window in which at most ``longest`` is suspended."""
    resumes_on_rise: bool = False
    """Resumes as soon as glucose rises, however low, and does not suspend while it does."""
    resumes_at: Annotated[float, MG_DL] = 20.0
    """Else it resumes when glucose is so much above the low limit, or more,"""
    resumes_predicted: Annotated[float, MG_DL] = 40.0
    """and is predicted to be more than so much above it."""
    silent_after: Annotated[Span, spans("1m", "1d")] | None = None
    """Without a reading for so long a suspension ends; None: not before its longest time."""
    unavailable: Annotated[Span, spans("0ms", "1d")] = minutes(30)
    """No new suspension for so long after one that its user has ended, and after the longest time where it is not for
    ``within`` to say."""
    unavailable_unanswered: Annotated[Span, spans("0ms", "1d")] = minutes(30)
    """The latter where the user has not confirmed that it was announced."""
    announces_before_low: bool = True
    """Whether a suspension before low is announced; the one on low always is."""
    announces_resume: bool = True

    def __post_init__(self) -> None:
        for problem, wrong in (
            ("shortest: expected less than longest", not 0 < self.shortest < self.longest),
            ("within: expected more than longest", self.within is not None and self.within <= self.longest),
            ("fewest: expected at least 2 readings", self.fewest < 2),
            ("resumes_at: expected at least 0 above the low limit", self.resumes_at < 0),
        ):
            if wrong:
                raise ValueError(problem)

    def is_low(self, mg_dl: float) -> bool:
        """Whether glucose is low."""
        return self._below(mg_dl, self.low)

    def is_predicted_low(self, mg_dl: float, predicted: float | None) -> bool:
        """Whether glucose is predicted to become low."""
        if predicted is None or not self._below(predicted, self.low + self.predicted_within):
            return False
        return self.only_within is None or self._below(mg_dl, self.low + self.only_within)

    def has_recovered(self, mg_dl: float, predicted: float | None, *, rises: bool) -> bool:
        """Whether basal insulin may flow again."""
        if self.resumes_on_rise:
            return rises
        far_enough = predicted is not None and predicted > self.low + self.resumes_predicted
        return far_enough and mg_dl >= self.low + self.resumes_at

    def _below(self, mg_dl: float, limit: float) -> bool:
        return mg_dl <= limit if self.inclusive else mg_dl < limit


SUSPEND_RULES: Mapping[str, SuspendRules] = {
    # Like MiniMed 640G and 630G: product information on "suspend before low", with its worked example (resumed at 21 above the
    # limit, predicted 45 above). Shortest time, and the 4 h without an answer, from memory; the prediction is not published.
    "before_low": SuspendRules(
        inclusive=True,
        predicted_within=20.0,
        only_within=70.0,
        shortest=minutes(30),
        unavailable_unanswered=hours(4),
    ),
    # Like Basal-IQ: support page on how it works (30 min ahead, below 80 or really below 70; 5 min to 2 h within 2.5 h; resumes
    # on a rise below 70, too). The line through four readings, and 10 min without a reading, from memory; the minute more lets
    # a reading arrive that is due just then (choice).
    "predictive": SuspendRules(
        within=hours(2.5),
        resumes_on_rise=True,
        silent_after=minutes(11),
    ),
}
"""By name, as a rig's ``tuning = { low_suspend = "predictive" }`` has it."""
