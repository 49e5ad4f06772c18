"""Date Time (GATT Specification Supplement, 3.79): seven octets; zero says that a part of the date is unknown."""

from datetime import datetime

from construct import Int8ul, Int16ul

from isletbench.protocols.errors import ReservedValue
from isletbench.protocols.packet import packet, wire


@packet
class DateTime:
    """Local date and time; ``year``, ``month`` and ``day`` may be 0, unknown."""

    year: int = wire(Int16ul, "1582..9999, 0 unknown", within=(0, 9999))
    month: int = wire(Int8ul, "1..12, 0 unknown", within=(0, 12))
    day: int = wire(Int8ul, "1..31, 0 unknown", within=(0, 31))
    hours: int = wire(Int8ul, "0..23", within=(0, 23))
    minutes: int = wire(Int8ul, "0..59", within=(0, 59))
    seconds: int = wire(Int8ul, "0..59", within=(0, 59))

    @classmethod
    def of(cls, when: datetime) -> "DateTime":
        """The wire's form of a date and time, to the second below."""
        return cls(when.year, when.month, when.day, when.hour, when.minute, when.second)

    def to_datetime(self) -> datetime:
        """The date and time this is, without a zone. Raises ``ReservedValue`` for an unknown or impossible one."""
        try:
            if self.year < 1582:
                raise ValueError("the year is unknown or before 1582")
            return datetime(self.year, self.month, self.day, self.hours, self.minutes, self.seconds)  # noqa: DTZ001
        except ValueError as error:
            raise ReservedValue(str(error), layout="DateTime") from None


UNKNOWN = DateTime(0, 0, 0, 0, 0, 0)
"""No date, midnight: what a device says that does not know what time it is."""
