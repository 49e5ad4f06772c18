"""How much insulin a stroke of the plunger really moves: the pump counts its grain, and the mechanics move about that much.

    moved = grain * (1 + gain + e(k) - memory * e(k - 1) + wheel(phase))

``gain`` belongs to the device, ``e`` is drawn for each stroke. What one stroke leaves behind the next one partly makes up for
(``memory``), so long windows converge; a ratchet wheel adds an error that comes again with each turn. The numbers and the
figures they are held to: docs/fluid-path.md.
"""

import math
from collections.abc import Mapping
from dataclasses import field
from random import Random
from typing import Annotated

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.quantities import Insulin, units
from isletbench.emulator.core.ranges import PROBABILITY, Within, amounts
from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True)
class StrokeProfile:
    """How far the strokes of a make of pump are off. Shares of its grain."""

    gain: Annotated[float, Within(0, 0.5)] = 0.0
    """Standard deviation, over devices, of what all strokes of one device are off by."""
    spread: Annotated[float, PROBABILITY] = 0.0
    """Standard deviation of ``e``."""
    memory: Annotated[float, PROBABILITY] = 0.7
    """The share of a stroke's error that the next one makes up for."""
    wheel: Annotated[Insulin, amounts("0.001", "1000")] | None = None
    """What one turn of a ratchet wheel moves, uU; None: no such error."""


EXACT = StrokeProfile()
"""Every stroke moves the grain."""
WHEEL = (0.1852, 0.0633)
"""The first and second harmonic of a ratchet wheel's error (Eichenlaub et al. 2023, JDST 17, without its mean)."""
STROKES: Mapping[str, StrokeProfile] = {
    "exact": EXACT,
    "ratchet": StrokeProfile(gain=0.015, spread=0.18, wheel=units(5)),
    "syringe": StrokeProfile(gain=0.015, spread=0.36),
}
"""By name: none off; patch pumps with 0.05 U strokes; syringe pumps with 0.025 U strokes."""


@dataclass(slots=True)
class Strokes:
    """The strokes of one pump. ``chance`` names the stream that each is drawn from."""

    count: int = 0
    """How many there were."""
    profile: StrokeProfile = field(init=False, default=EXACT)
    chance: tuple[int | str, ...] = field(init=False, default=(0,))
    _device: tuple[float, float] | None = field(init=False, default=None)
    """Its gain and the phase its wheel began in, once they are drawn."""
    _last: tuple[int, float] = field(init=False, default=(-2, 0.0))
    """The error drawn last, behind its number."""

    def next(self, grain: Insulin) -> Insulin:
        """What the next stroke will move where the pump counts ``grain``, uU."""
        if self.profile == EXACT:
            return grain
        if self._device is None:
            chance = self._stream("device")
            self._device = chance.gauss(0, self.profile.gain), chance.random()
        gain, phase = self._device
        before, error = self._error(self.count - 1), self._error(self.count)
        off = gain + error - self.profile.memory * before + self._wheel(phase, grain)
        return max(0, round(grain * (1 + off)))

    def _error(self, number: int) -> float:
        """The error of a stroke: the same whenever it is asked for, so that a restored pump goes on as it was."""
        if self._last[0] != number:
            self._last = number, self._stream(number).gauss(0, self.profile.spread)
        return self._last[1]

    def _wheel(self, phase: float, grain: Insulin) -> float:
        if self.profile.wheel is None:
            return 0.0
        turned = 2 * math.pi * (phase + self.count * grain / self.profile.wheel)
        first, second = WHEEL
        return -first * math.sin(turned) - second * math.sin(2 * turned)

    def _stream(self, purpose: int | str) -> Random:
        seed, *rest = self.chance
        return stream(seed, *rest, purpose)
