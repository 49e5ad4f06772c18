"""Glucose pages: readings of the pump's own sensor, five minutes apart, and what happened to the sensor.

A page is written forwards, and the op code of each record comes last: it is read from its end. An octet from 14 (hex) on is a
reading, mg/dL / 2. Only ``TimeStamp`` says when: the readings that follow it are five minutes apart, and the first one is five
minutes later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, TypeAlias

from construct import Int8ub, Int16ul

from isletbench.protocols.errors import Truncated, Unencodable, UnknownOpcode
from isletbench.protocols.fields import Enumerated
from isletbench.protocols.medtronic.dates import GLUCOSE_STAMP, Stamp
from isletbench.protocols.packet import decode, encode, packet, size_of, wire

LOWEST_READING = 0x14
"""The first octet that is a reading and no op code: 40 mg/dL."""
EVERY = timedelta(minutes=5)
"""Between two readings."""


class CalibrationNeed(IntEnum):
    """What a sensor wants before it goes on."""

    GLUCOSE_NOW = 0
    WAITING = 1
    ERROR = 2


class StampKind(IntEnum):
    """Why a time stamp was written."""

    LAST_RF = 0
    PAGE_END = 1
    GAP = 2


class SensorState(IntEnum):
    """The state of the sensor."""

    OFF = 0
    ON = 1
    LOST = 2


@dataclass(frozen=True)
class Reading:
    """A glucose, in an octet of its own: even numbers of mg/dL from 40 to 510."""

    mg_dl: int


@packet
class DataEnd:
    """Nothing follows."""


@packet
class WeakSignal:
    """A reading was not received."""


@packet
class Calibration:
    """The sensor waits for a calibration, in place of a reading."""

    need: CalibrationNeed = wire(Enumerated(Int8ub, CalibrationNeed), "what it wants")


@packet
class _Stamped:
    """A record with a stamp of whole minutes; what ``by_hour`` of it says differs."""

    stamp: Stamp = wire(GLUCOSE_STAMP, "pump time, whole minutes")

    @property
    def at(self) -> datetime:
        """What the pump's clock showed."""
        return self.stamp.at


@packet
class TimeStamp(_Stamped):
    """The time from which the readings that follow count; ``by_hour`` is a ``StampKind``."""


@packet
class SensorBatteryChanged(_Stamped):
    """The transmitter's battery was changed."""


@packet
class SensorStatus(_Stamped):
    """The sensor's state; ``by_hour`` is a ``SensorState``."""


@packet
class SensorClockChanged(_Stamped):
    """The pump's clock was changed."""


@packet
class SensorSync(_Stamped):
    """The sensor was started; ``by_hour``: 1 a new one, 2 an old one."""


@packet
class CalibrationGlucose:
    """A finger-stick glucose has calibrated the sensor."""

    mg_dl: int = wire(Int8ub, "mg/dL")
    stamp: Stamp = wire(GLUCOSE_STAMP, "pump time, whole minutes")


@packet
class CalibrationFactor:
    """How the sensor's current becomes glucose from now on."""

    thousandths: int = wire(Int16ul, "1/1000 mg/dL/nA")
    stamp: Stamp = wire(GLUCOSE_STAMP, "pump time, whole minutes")


OPCODES: dict[int, type[Any]] = {
    0x01: DataEnd,
    0x02: WeakSignal,
    0x03: Calibration,
    0x08: TimeStamp,
    0x0A: SensorBatteryChanged,
    0x0B: SensorStatus,
    0x0C: SensorClockChanged,
    0x0D: SensorSync,
    0x0E: CalibrationGlucose,
    0x0F: CalibrationFactor,
}
"""The records by op code. Those of 04, 05 and 10 are not among them: clients disagree about their lengths."""
_CODES = {kind: code for code, kind in OPCODES.items()}
GlucoseRecord: TypeAlias = Any
"""A ``Reading`` or one of the packets above."""
TAKES_A_READINGS_PLACE = (Reading, WeakSignal, Calibration)
"""Five minutes pass with each of these."""


def octets_of(record: GlucoseRecord) -> bytes:
    """A record in stored order. Raises ``Unencodable``."""
    if isinstance(record, Reading):
        octet = record.mg_dl // 2
        if not LOWEST_READING <= octet <= 0xFF:
            raise Unencodable(f"{record.mg_dl} mg/dL is outside 40..511", layout="Reading", field="mg_dl")
        return bytes([octet])
    return encode(record) + bytes([_CODES[type(record)]])


def records_of(content: bytes) -> tuple[GlucoseRecord, ...]:
    """The records of a page's content in the order in which they were written; zeros between them are left out.

    Raises ``UnknownOpcode``, and what the packet of a record raises.
    """
    found: list[GlucoseRecord] = []
    end = len(content)
    while end > 0:
        code = content[end - 1]
        end -= 1
        if code >= LOWEST_READING:
            found.append(Reading(2 * code))
        elif code:
            kind = OPCODES.get(code)
            if kind is None:
                raise UnknownOpcode(
                    f"0x{code:02X} is no glucose record", opcode=code, octets=content[max(0, end - 8) : end + 1]
                )
            size = size_of(kind) or 0
            if size > end:
                raise Truncated("the page begins within a record", octets=content[: end + 1], layout=kind.__name__)
            found.append(decode(kind, content[end - size : end]))
            end -= size
    return tuple(reversed(found))


def timed(records: Iterable[GlucoseRecord]) -> list[tuple[datetime, GlucoseRecord]]:
    """Readings, and what stands in their place, each with its time; those before the first ``TimeStamp`` have none."""
    found: list[tuple[datetime, GlucoseRecord]] = []
    at: datetime | None = None
    for record in records:
        if isinstance(record, TimeStamp):
            at = record.at
        elif isinstance(record, TAKES_A_READINGS_PLACE) and at is not None:
            at += EVERY
            found.append((at, record))
    return found
