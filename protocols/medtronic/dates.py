"""Dates and times as a pump writes them: stamps of history records and of glucose records, dates of daily totals.

All are local times without a zone, and share octets with other values: the bits that a date leaves free are given beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from construct import Bytes
from construct_typed import Adapter

from isletbench.protocols.errors import ReservedValue, Unencodable
from isletbench.protocols.fields import path_of

FIRST_YEAR, LAST_YEAR = 2000, 2127
"""Years that seven bits hold."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time of a history record, in whole seconds, and the four bits beside it that some records use."""

    at: datetime
    by_hour: int = 0
    """Bits 5 to 7 of the octet with the hour, 0..7."""
    by_year: int = 0
    """Bit 7 of the octet with the year, 0 or 1."""


class StampLayout(Adapter[bytes, bytes, Stamp, Stamp]):
    """Five octets: seconds and month, minutes and month, hour, day, year since 2000."""

    def __init__(self) -> None:
        super().__init__(Bytes(5))

    def _decode(self, obj: bytes, context: Any, path: str) -> Stamp:
        seconds, minutes, hours, day, year = obj
        month = seconds >> 6 << 2 | minutes >> 6
        numbers = (FIRST_YEAR + (year & 0x7F), month, day & 0x1F, hours & 0x1F, minutes & 0x3F, seconds & 0x3F)
        try:
            at = datetime(*numbers)  # noqa: DTZ001  # a pump knows no zone
        except ValueError as error:
            raise ReservedValue(f"{obj.hex(' ')} is no date and time: {error}", field=path_of(path)) from None
        return Stamp(at, hours >> 5, year >> 7)

    def _encode(self, obj: Stamp, context: Any, path: str) -> bytes:
        at = obj.at
        year = _year(at, path)
        month_high, month_low = at.month >> 2 << 6, (at.month & 3) << 6
        return bytes(
            [at.second | month_high, at.minute | month_low, at.hour | obj.by_hour << 5, at.day, year | obj.by_year << 7]
        )


class TimeLayout(Adapter[bytes, bytes, datetime, datetime]):
    """The same five octets where nothing else is in them: a date and time."""

    def __init__(self) -> None:
        super().__init__(Bytes(5))

    def _decode(self, obj: bytes, context: Any, path: str) -> datetime:
        return STAMP._decode(obj, context, path).at  # noqa: SLF001  # the other half of this module

    def _encode(self, obj: datetime, context: Any, path: str) -> bytes:
        return STAMP._encode(Stamp(obj), context, path)  # noqa: SLF001


class DateLayout(Adapter[bytes, bytes, date, date]):
    """Two octets: day with the high bits of the month, year since 2000 with its lowest bit."""

    def __init__(self) -> None:
        super().__init__(Bytes(2))

    def _decode(self, obj: bytes, context: Any, path: str) -> date:
        day, year = obj
        try:
            return date(FIRST_YEAR + (year & 0x7F), day >> 5 << 1 | year >> 7, day & 0x1F)
        except ValueError as error:
            raise ReservedValue(f"{obj.hex(' ')} is no date: {error}", field=path_of(path)) from None

    def _encode(self, obj: date, context: Any, path: str) -> bytes:
        return bytes([obj.day | obj.month >> 1 << 5, _year(obj, path) | (obj.month & 1) << 7])


class GlucoseStampLayout(Adapter[bytes, bytes, Stamp, Stamp]):
    """Four octets of a glucose record in stored order: year since 2000, day, minute and month, hour and month; whole minutes.

    ``by_hour`` of the stamp is what the octet with the day has in bits 5 and 6.
    """

    def __init__(self) -> None:
        super().__init__(Bytes(4))

    def _decode(self, obj: bytes, context: Any, path: str) -> Stamp:
        year, day, minutes, hours = obj
        numbers = (FIRST_YEAR + (year & 0x7F), hours >> 6 << 2 | minutes >> 6, day & 0x1F, hours & 0x1F, minutes & 0x3F)
        try:
            at = datetime(*numbers)  # noqa: DTZ001
        except ValueError as error:
            raise ReservedValue(f"{obj.hex(' ')} is no date and time: {error}", field=path_of(path)) from None
        return Stamp(at, day >> 5 & 3)

    def _encode(self, obj: Stamp, context: Any, path: str) -> bytes:
        at = obj.at
        month_high, month_low = at.month >> 2 << 6, (at.month & 3) << 6
        return bytes([_year(at, path), at.day | obj.by_hour << 5, at.minute | month_low, at.hour | month_high])


def _year(at: date, path: str) -> int:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Unencodable(f"the year {at.year} is outside {FIRST_YEAR}..{LAST_YEAR}", field=path_of(path))
    return at.year - FIRST_YEAR


STAMP, TIME, DATE, GLUCOSE_STAMP = StampLayout(), TimeLayout(), DateLayout(), GlucoseStampLayout()
