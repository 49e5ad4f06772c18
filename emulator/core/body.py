"""What devices meet of the person who wears them: glucose to measure, and tissue that insulin is delivered into.

A patient implements it; sensors, meters and pumps are handed it and know nothing else of a patient.
"""

from typing import Protocol

from isletbench.emulator.core.quantities import Instant, Insulin


class Body(Protocol):
    """The person on a bench. Instants may be asked for in any order that does not go back behind the last insulin."""

    def plasma(self, now: Instant, /) -> float | None:
        """Plasma glucose at this instant, mg/dL: what a meter or a laboratory measures; None where nobody knows it."""

    def interstitial(self, now: Instant, /) -> float | None:
        """Glucose of the interstitial fluid at this instant, mg/dL: what a sensor measures; None where nobody knows it."""

    def receive(self, at: Instant, amount: Insulin, /) -> None:
        """Take so much insulin (uU) into the subcutaneous tissue, all of it at this instant."""
