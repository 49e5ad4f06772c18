"""The error of a test: that of its vial of strips, and its own."""

from dataclasses import dataclass
from random import Random

from isletbench.emulator.core.chance import stream
from isletbench.emulator.meter.profile import CONTROL, MeterProfile

HINGE = 100.0
"""mg/dL: below it errors are absolute, from there on relative (ISO 15197:2013)."""
MMOL_L = 18.0156
"""mg/dL in 1 mmol/L of glucose, molar mass 180.156 g/mol."""
CHANGE = 6.0
"""A range holds six standard deviations of a control solution's results (choice)."""


@dataclass(slots=True)
class Vial:
    """An open vial of strips."""

    number: int
    left: int
    bias: float
    """mg/dL below 100 mg/dL, % from there on."""


class Strips:
    """Vials of strips, one open at a time. Every test takes a strip, and a new vial is opened when the last one is empty."""

    def __init__(self, profile: MeterProfile, seed: int, name: str) -> None:
        self._profile = profile
        self._seed = f"{seed}/{name}"
        self.tests = 0
        """How many strips have been used."""
        self.vial = self._opened(1)

    def _opened(self, number: int) -> Vial:
        error = self._profile.error
        chance = stream(f"{self._seed}/vial/{number}")
        return Vial(number, self._profile.strips, error.bias + error.lot_sd * chance.gauss(0, 1))

    def open_vial(self) -> Vial:
        """Throw the open vial away, and open another one."""
        self.vial = self._opened(self.vial.number + 1)
        return self.vial

    def take(self) -> Random:
        """Use a strip; what its test leaves to chance."""
        if self.vial.left == 0:
            self.open_vial()
        self.vial.left -= 1
        self.tests += 1
        return stream(f"{self._seed}/test/{self.tests}")

    def result(self, reference: float, chance: Random) -> float:
        """What a test of blood gives, mg/dL, before it is rounded."""
        error = self._profile.error
        off = self.vial.bias + error.sd * chance.gauss(0, 1)
        if chance.random() < error.outliers:
            off += chance.uniform(20, 80) if chance.random() < 0.5 else -20.0
        return reference + max(reference, HINGE) * off / 100

    def control(self, level: int, chance: Random) -> float:
        """What a test of control solution gives, mg/dL."""
        low, high = CONTROL[level]
        return (low + high) / 2 + (high - low) / CHANGE * chance.gauss(0, 1)

    def rounded(self, mg_dl: float) -> float:
        """What the meter shows, mg/dL: whole mg/dL, or tenths of mmol/L."""
        if self._profile.unit == "mg/dL":
            return float(round(mg_dl))
        return round(mg_dl / MMOL_L, 1) * MMOL_L
