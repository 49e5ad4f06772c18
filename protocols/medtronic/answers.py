"""What a pump answers to the reads of a single frame: the octets after the lead octet, which is their number."""

from datetime import datetime

from construct import GreedyBytes, Int8ub, Int16ub, Int32ub, PaddedString, Padding, PascalString

from isletbench.protocols.errors import ReservedValue, Unencodable
from isletbench.protocols.medtronic.layouts import after
from isletbench.protocols.packet import packet, wire

FIRMWARE_ENDS = b"\x0b"
"""Ends the text of the firmware's version."""
NO_REMOTE = "------"
"""The id of a remote control that there is not."""
NORMAL_STATUS = 3
"""The first octet of the status of a pump without an error."""


@packet
class Clock:
    """Date and time on the pump's clock; the parameters of Set Clock are the same."""

    hour: int = wire(Int8ub, "h", within=(0, 23))
    minute: int = wire(Int8ub, "min", within=(0, 59))
    second: int = wire(Int8ub, "s", within=(0, 59))
    year: int = wire(Int16ub, "year")
    month: int = wire(Int8ub, "month", within=(1, 12))
    day: int = wire(Int8ub, "day", within=(1, 31))

    @classmethod
    def of(cls, at: datetime) -> "Clock":
        """This date and time, to the second below."""
        return cls(at.hour, at.minute, at.second, at.year, at.month, at.day)

    def to_datetime(self) -> datetime:
        """The date and time this is. Raises ``ReservedValue`` for a date that there is not."""
        try:
            return datetime(self.year, self.month, self.day, self.hour, self.minute, self.second)  # noqa: DTZ001
        except ValueError as error:
            raise ReservedValue(str(error), layout="Clock") from None


@packet
class PumpId:
    """The pump's serial number."""

    serial: str = wire(PaddedString(6, "ascii"), "six decimal digits")


@packet
class Battery:
    """The battery."""

    low: int = wire(Int8ub, "0 normal, 1 low")
    hundredths: int = wire(Int16ub, "1/100 V")


@packet
class ReservoirTenths:
    """What is left in the reservoir, of a pump with ten strokes a unit."""

    strokes: int = wire(Int16ub, "1/10 U")


@packet
class ReservoirFortieths:
    """What is left in the reservoir, of a pump with forty strokes a unit."""

    strokes: int = wire(after(2, Int16ub), "1/40 U")


@packet
class ErrorStatus:
    """Errors of the pump."""

    code: int = wire(Int16ub, "0 without an error", default=0)


@packet
class RemoteIds:
    """The remote controls that the pump listens to."""

    first: str = wire(PaddedString(6, "ascii"), "six decimal digits or ------", default=NO_REMOTE)
    second: str = wire(PaddedString(6, "ascii"), "likewise", default=NO_REMOTE)
    third: str = wire(PaddedString(6, "ascii"), "likewise", default=NO_REMOTE)


@packet
class DailyTotals:
    """All insulin of two days."""

    today: int = wire(Int16ub, "1/10 U")
    yesterday: int = wire(Int16ub, "1/10 U")


@packet
class Octet:
    """A single number or switch: pump state, bolus wizard, units of carbohydrates and of glucose."""

    value: int = wire(Int8ub, "see the op code")


@packet
class Model:
    """The model number."""

    digits: str = wire(PascalString(Int8ub, "ascii"), "three digits, with their count before them")
    rest: bytes = wire(GreedyBytes, "zeros", default=bytes(5))


@packet
class TempBasalStatus:
    """The temp basal in force; without one ``minutes_left`` is 0."""

    kind: int = wire(Int8ub, "0 absolute, 1 percent", within=(0, 1))
    percent: int = wire(Int8ub, "%")
    rate: int = wire(Int16ub, "1/40 U/h")
    minutes_left: int = wire(Int16ub, "min")


@packet
class CalibrationFactor:
    """How the sensor's current becomes glucose."""

    thousandths: int = wire(Int16ub, "1/1000 mg/dL/nA")


@packet
class LastHistoryPage:
    """The number of the oldest history page; page 0 is the newest."""

    number: int = wire(Int32ub, "0..35")


@packet
class GlucosePageInfo:
    """Which glucose pages there are: numbers grow with time, contrary to history pages."""

    newest: int = wire(Int32ub, "number of the newest page")
    glucose_pages: int = wire(Int16ub, "how many glucose pages there are")
    isig_pages: int = wire(Int16ub, "how many pages of sensor current there are")
    reserved: None = wire(Padding(4), "0", default=None)


@packet
class Status:
    """Whether the pump delivers."""

    normal: int = wire(Int8ub, "3 without an error", default=NORMAL_STATUS)
    bolusing: int = wire(Int8ub, "1 while a bolus is delivered", default=0)
    suspended: int = wire(Int8ub, "1 while delivery is suspended", default=0)


def firmware(version: str) -> bytes:
    """The answer that tells the firmware's version, up to 62 octets. Raises ``Unencodable`` for what is not ASCII."""
    if not version.isascii() or len(version) > 62:
        raise Unencodable(f"{version!r}: expected at most 62 ASCII characters", layout="Firmware")
    return version.encode("ascii") + FIRMWARE_ENDS


def firmware_of(octets: bytes) -> str:
    """The version in such an answer."""
    return octets.partition(FIRMWARE_ENDS)[0].decode("ascii", errors="replace")


__all__ = [
    "NORMAL_STATUS",
    "Battery",
    "CalibrationFactor",
    "Clock",
    "DailyTotals",
    "ErrorStatus",
    "GlucosePageInfo",
    "LastHistoryPage",
    "Model",
    "Octet",
    "PumpId",
    "RemoteIds",
    "ReservoirFortieths",
    "ReservoirTenths",
    "Status",
    "TempBasalStatus",
    "firmware",
    "firmware_of",
]
