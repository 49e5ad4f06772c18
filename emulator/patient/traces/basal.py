"""Basal rates: from what a file says of rates, some of which end, to the rate that was in force at each instant."""

from collections.abc import Sequence

from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.core.values import dataclass

ROUNDING = minutes(1)
"""A rate that ends less than this before the next one begins was in force until then: files round."""


@dataclass(frozen=True, slots=True)
class BasalRate:
    """A rate that a file has."""

    at: Instant
    rate: float
    """U/h"""
    lasts: Span | None = None
    """For how long; None: until the next one. One of 0 ms ends a rate that runs."""


@dataclass(frozen=True, slots=True)
class BasalChange:
    """The rate in force from an instant on."""

    at: Instant
    rate: float | None
    """U/h; None where none was recorded: unknown, not zero."""


def changes_of(rates: Sequence[BasalRate]) -> list[BasalChange]:
    """What was in force, from rates in the order of time. A rate that lasts for a time covers the one without an end; behind it
    that one is in force again, or the rate is unknown."""
    found: list[BasalChange] = []
    profile: float | None = None
    ends: Instant | None = None
    for one in rates:
        if ends is not None and ends + ROUNDING < one.at:
            _change(found, ends, profile)
        if ends is not None and ends <= one.at:
            ends = None
        if one.lasts is None:
            profile = one.rate
        else:
            ends = one.at + max(0, one.lasts)
        if ends is None or (one.lasts or 0) > 0:
            _change(found, one.at, one.rate)
    if ends is not None:
        _change(found, ends, profile)
    return found


def _change(found: list[BasalChange], at: Instant, rate: float | None) -> None:
    """Add a change, unless it is none; what changes again at the same instant has not been in force."""
    if found and found[-1].at == at:
        found.pop()
    if (found[-1].rate if found else None) != rate:
        found.append(BasalChange(at, rate))
