"""The tests of blood that a meter has stored: each of them once, dated, and valued for what it is worth."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from isletbench.hil_rigs.clients.controller.alerts import ReportBelief
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.meter_time import MeterTime
from isletbench.hil_rigs.clients.controller.parts import Parts
from isletbench.protocols.fields import Number, Special
from isletbench.protocols.gls import Annunciation, Measurement, SampleLocation, SampleType

MMOL_L = 18.0156
"""mg/dL in 1 mmol/L of glucose, molar mass 180.156 g/mol."""
PER_KG_L, PER_MOL_L = 100_000, 1_000 * MMOL_L
"""mg/dL in 1 kg/L, and in 1 mol/L."""
NOTHING = Annunciation(0)


@dataclass(frozen=True, slots=True)
class StoredTest:
    """A stored test of blood."""

    made: float | None
    """When it was made, s by the client's clock; None where nobody can tell."""
    mg_dl: float | None
    beyond: str | None
    """``HI`` or ``LO`` where the result is beyond the range."""
    origin: tuple[SampleType, SampleLocation]


class BloodTestStore:
    """Stores the tests of one meter, and passes each of them on to ``on_test``."""

    def __init__(self, report: ReportBelief, parts: Parts, on_test: Callable[[StoredTest], None]) -> None:
        self._report, self._on_test = report, on_test
        self._time = parts.of(MeterTime)()
        self._known: set[Hashable] = set()

    def add(self, tests: Sequence[Measurement], shown: float | None, since: float) -> None:
        """Store and report those that are new, of the tests that the meter has sent, the oldest first. ``shown`` is how far its
        display is ahead of the client's clock, s; at ``since`` all tests of its memory were known."""
        new = [test for test in tests if self._identity(test) not in self._known]
        if not new:
            return
        for test, made in zip(new, self._time.date(new, shown, now(), since), strict=True):
            self._known.add(self._identity(test))
            found = self._result(test)
            if found is None or not self._is_blood(test):
                continue
            mg_dl, beyond = found
            belief = {"belief": "blood_test", "sequence": test.sequence, "mg_dl": mg_dl, "beyond": beyond}
            self._report(belief if made is None else {**belief, "age": round(now() - made, 3)})
            if test.result is not None:
                self._on_test(StoredTest(made, mg_dl, beyond, test.result.origin))

    def _identity(self, test: Measurement) -> Hashable:
        """What tells a test from all others: everything that is stored of it. Its number may be there twice, and whether a
        context follows depends on who asks."""
        return replace(test, context_follows=False)

    def _is_blood(self, test: Measurement) -> bool:
        """Whether it is a test of blood, not of control solution."""
        return test.result is None or test.result.origin[0] is not SampleType.CONTROL_SOLUTION

    def _result(self, test: Measurement) -> tuple[float | None, str | None] | None:
        """Glucose, mg/dL, and ``HI`` or ``LO`` where it is beyond the range; None for a test that has failed."""
        if test.result is None:
            return None
        beyond = self._beyond(test)
        mg_dl = self._mg_dl(test.result.concentration, molar=test.molar)
        return (mg_dl, beyond) if mg_dl is not None or beyond is not None else None

    def _beyond(self, test: Measurement) -> str | None:
        """``HI`` or ``LO``: some makes say so in the status and send the limit of their range, others send an infinity."""
        status, concentration = test.annunciation or NOTHING, test.result and test.result.concentration
        if Annunciation.RESULT_TOO_HIGH in status or concentration is Special.POSITIVE_INFINITY:
            return "HI"
        if Annunciation.RESULT_TOO_LOW in status or concentration is Special.NEGATIVE_INFINITY:
            return "LO"
        return None

    def _mg_dl(self, concentration: Number, *, molar: bool) -> float | None:
        """A concentration in kg/L, or ``molar`` in mol/L, as mg/dL; None for what is no number."""
        if isinstance(concentration, Special):
            return None
        return round(concentration * (PER_MOL_L if molar else PER_KG_L), 3)
