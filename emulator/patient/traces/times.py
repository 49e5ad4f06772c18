"""Dates and times as files have them: ISO 8601, milliseconds since 1970, day or month first, 12-hour clocks."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from isletbench.emulator.core.values import dataclass

_NUMERIC = re.compile(
    r"(?P<a>\d{1,4})[./-](?P<b>\d{1,2})[./-](?P<c>\d{1,4})[ T,]*"
    r"(?:(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?)?"
)
_SPACED_ZONE = re.compile(r"(\d) ([+-]\d{4})$")
_YEAR_DIGITS = 4
_SECONDS, _MILLISECONDS = 10, 13
"""Digits of a time since 1970, today."""
_LEAST_MILLISECONDS = 100_000_000_000
"""Smaller numbers count seconds since 1970: as milliseconds they would be of a time before there were sensors (1973)."""


def moment(text: object, *, day_first: bool = True) -> datetime:
    """A date and time, with a zone where the text has one. Raises ``ValueError``."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return datetime.fromtimestamp(text / (1000 if abs(text) >= _LEAST_MILLISECONDS else 1), UTC)
    stripped = str(text).strip().strip('"')
    if stripped.isdigit() and len(stripped) in {_SECONDS, _MILLISECONDS}:
        return datetime.fromtimestamp(int(stripped) / (1 if len(stripped) == _SECONDS else 1000), UTC)
    try:
        return datetime.fromisoformat(_SPACED_ZONE.sub(r"\1\2", stripped) if " +" in stripped or " -" in stripped else stripped)
    except ValueError:
        pass
    found = _NUMERIC.fullmatch(stripped)
    if found is None:
        raise ValueError(f"{stripped!r} is no date and time")
    year, month, day = _date(found, day_first=day_first)
    hour = int(found["h"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:  # a 12-hour clock
            raise ValueError(f"{stripped!r} is no time of a 12-hour clock")
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    try:
        return datetime(year, month, day, hour, int(found["m"] or 0), int(found["s"] or 0))  # noqa: DTZ001  # it has none
    except ValueError:
        raise ValueError(f"{stripped!r} is no date and time") from None


def _date(found: re.Match[str], *, day_first: bool) -> tuple[int, int, int]:
    a, b, c = int(found["a"]), int(found["b"]), int(found["c"])
    if len(found["a"]) == _YEAR_DIGITS:
        return a, b, c
    year = c if len(found["c"]) == _YEAR_DIGITS else 2000 + c
    return (year, b, a) if day_first else (year, a, b)


@dataclass(frozen=True, slots=True)
class DateOrder:
    """Whether the day comes before the month, and why that is thought."""

    day_first: bool
    why: str = ""
    """Empty where it makes no difference, or is certain."""


def _span(parts: Iterable[re.Match[str]], *, day_first: bool) -> timedelta:
    """From the first date to the last one, without those that are none."""
    days = []
    for match in parts:
        with suppress(ValueError):
            days.append(datetime(*_date(match, day_first=day_first)))  # noqa: DTZ001  # dates only
    return max(days) - min(days) if days else timedelta.max


def order_of(texts: Iterable[str]) -> DateOrder:
    """The order of day and month in a column: by what cannot be a month, else the one in which the recording is shorter."""
    given = [text for text in texts if text.strip()]
    parts = [match for text in given if (match := _NUMERIC.match(text.strip().strip('"'))) and len(match["a"]) != _YEAR_DIGITS]
    if not parts:
        return DateOrder(day_first=True)
    if any(int(match["a"]) > 12 for match in parts):  # months
        return DateOrder(day_first=True)
    if any(int(match["b"]) > 12 for match in parts):  # months
        return DateOrder(day_first=False)
    spans = {day_first: _span(parts, day_first=day_first) for day_first in (True, False)}
    if spans[True] != spans[False]:
        chosen = spans[True] < spans[False]
        return DateOrder(chosen, f"{'day before month' if chosen else 'month before day'}: the recording is shorter so")
    chosen = not any(match["half"] for match in parts)
    return DateOrder(
        chosen, f"{'day before month' if chosen else 'month before day'}: as its clock has {24 if chosen else 12} hours"
    )
