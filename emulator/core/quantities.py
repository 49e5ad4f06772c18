"""Time and insulin as integers: equality is allowed, sums are exact.

An ``Instant`` is milliseconds since the bench started, a ``Span`` a length of time in milliseconds, an ``Insulin`` amount
is in micro-units (1 U = 1 000 000 uU: fine enough for the 0.001 U/h of the finest pump), a ``Rate`` in uU per hour.
These are the only units inside the emulator; everything else is converted at the rim, here.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

Instant: TypeAlias = int
"""Milliseconds since the bench started."""
Span: TypeAlias = int
"""Milliseconds."""
Insulin: TypeAlias = int
"""Micro-units of insulin, uU."""
Rate: TypeAlias = int
"""Micro-units of insulin per hour, uU/h."""

MS_PER_HOUR = 3_600_000
UU_PER_UNIT = 1_000_000


def milliseconds(amount: float) -> Span:
    """A span from milliseconds, to the nearest whole one."""
    return round(amount)


def seconds(amount: float) -> Span:
    """A span from seconds, to the nearest millisecond."""
    return round(amount * 1_000)


def minutes(amount: float) -> Span:
    """A span from minutes, to the nearest millisecond."""
    return round(amount * 60_000)


def hours(amount: float) -> Span:
    """A span from hours, to the nearest millisecond."""
    return round(amount * MS_PER_HOUR)


def days(amount: float) -> Span:
    """A span from days of 24 h, to the nearest millisecond."""
    return round(amount * 24 * MS_PER_HOUR)


_SPANS = {"ms": 1, "s": 1_000, "m": 60_000, "h": MS_PER_HOUR, "d": 24 * MS_PER_HOUR}


def parse_span(text: str) -> Span:
    """A span from text such as ``90s``, ``5m``, ``1.5h``, ``14d`` or ``250ms``. Raises ``ValueError`` saying so."""
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text):
        return round(Decimal(match[1]) * _SPANS[match[2]])
    raise ValueError(f"duration {text!r}: expected a number with ms, s, m, h or d, such as 90s or 1.5h")


def shown(span: Span) -> str:
    """Return a span as text for ``parse_span``, in the largest exact unit."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if span and span % size == 0:
            return f"{span // size}{unit}"
    return f"{span}ms"


def rounded(span: Span) -> str:
    """Return a measured span as text, to the second; shorter ones as they are."""
    return shown(round(span, -3) if abs(span) >= 1_000 else span)


FIRST, LAST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001  # a device's calendar has no zone of its own


def shifted(moment: datetime, by: Span) -> datetime:
    """A date and time so much later, or earlier; the clock of a device stays at the ends of the calendar."""
    try:
        return min(LAST, max(FIRST, moment + timedelta(milliseconds=by)))
    except OverflowError:
        return LAST if by > 0 else FIRST


def units(amount: float | Decimal | str) -> Insulin:
    """Insulin from international units (or a rate from U/h). ``units("0.05")`` is exactly 50 000.

    Raises ``ValueError`` for an amount finer than a micro-unit: it could not be conserved.
    """
    scaled = Decimal(str(amount)) * UU_PER_UNIT
    whole = int(scaled)
    if scaled != whole:
        raise ValueError(f"{amount} U is not a whole number of micro-units")
    return whole


def in_units(amount: Insulin) -> Decimal:
    """Micro-units as international units, exactly."""
    return Decimal(amount) / UU_PER_UNIT


def clock(at: Instant) -> str:
    """An instant as people read it: hours, minutes and seconds since the bench began."""
    seconds: Span = at // 1_000
    return f"{seconds // 3_600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
