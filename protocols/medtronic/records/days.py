"""Records of days."""

from datetime import date

from construct import Bytes, Int16ub, Padding

from isletbench.protocols.medtronic.dates import DATE
from isletbench.protocols.medtronic.layouts import after
from isletbench.protocols.medtronic.records.declared import LARGE, SMALL, record
from isletbench.protocols.packet import packet, wire


@packet
class _DailyTotal:
    """All insulin of a day."""

    fortieths: int = wire(after(2, Int16ub), "1/40 U")
    day: date = wire(DATE, "the day")


@record(0x07, *SMALL)
@packet
class DailyTotal15(_DailyTotal):
    """All insulin of a day."""


@record(0x07, *LARGE)
@packet
class DailyTotal23(_DailyTotal):
    """All insulin of a day."""

    unknown_7: None = wire(Padding(3), "0", default=None)


@packet
class _DayDetails:
    """A day in numbers that are not interpreted."""

    day: date = wire(DATE, "the day")


@record(0x6C, *SMALL)
@packet
class DayDetails515(_DayDetails):
    """A day in numbers, as a 515 writes it."""

    details: bytes = wire(Bytes(35), "not interpreted", default=bytes(35))


@record(0x6D, *SMALL)
@packet
class DayDetails522(_DayDetails):
    """A day in numbers, as a 522 writes it."""

    details: bytes = wire(Bytes(41), "not interpreted", default=bytes(41))


@record(0x6E, *LARGE)
@packet
class DayDetails523(_DayDetails):
    """A day in numbers, as a 523 writes it."""

    details: bytes = wire(Bytes(49), "not interpreted", default=bytes(49))
