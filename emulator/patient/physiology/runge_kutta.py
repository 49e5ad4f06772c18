"""The classical Runge-Kutta method with a fixed step: the same octets in every run, unlike an adaptive integrator."""

from collections.abc import Callable, Sequence

from isletbench.emulator.patient.physiology.model import Drive

Derivatives = Callable[[Sequence[float], Drive], tuple[float, ...]]
"""What a system of ordinary differential equations says of a state: the change of every number in it, a minute."""


def step(derivatives: Derivatives, state: Sequence[float], minutes: float, drive: Drive) -> tuple[float, ...]:
    """The state so many minutes later. At 1 min its error is far below what a sensor can show (``docs/patient.md``)."""
    half = minutes / 2
    first = derivatives(state, drive)
    second = derivatives([x + half * k for x, k in zip(state, first, strict=True)], drive)
    third = derivatives([x + half * k for x, k in zip(state, second, strict=True)], drive)
    fourth = derivatives([x + minutes * k for x, k in zip(state, third, strict=True)], drive)
    sixth = minutes / 6
    return tuple(x + sixth * (a + 2 * b + 2 * c + d) for x, a, b, c, d in zip(state, first, second, third, fourth, strict=True))
