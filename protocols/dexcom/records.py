"""Records of the receiver's database, by generation. Each begins with two times and ends with a CRC-16/XMODEM (``with_crc``).

``system`` is the receiver's own clock and ``display`` that of its user when the record was made, seconds since 2009.
"""

from enum import IntEnum, IntFlag

from construct import Bytes, Float64l, Int8sl, Int8ul, Int16ul, Int32sl, Int32ul

from isletbench.protocols.fields import Enumerated, Flagged
from isletbench.protocols.packet import packet, wire


class Partition(IntEnum):
    """The partitions of the database."""

    MANUFACTURING_DATA = 0
    FIRMWARE_PARAMETER_DATA = 1
    PC_SOFTWARE_PARAMETER = 2
    SENSOR_DATA = 3
    EGV_DATA = 4
    CAL_SET = 5
    DEVIATION = 6
    INSERTION_TIME = 7
    RECEIVER_LOG_DATA = 8
    RECEIVER_ERROR_DATA = 9
    METER_DATA = 10
    USER_EVENT_DATA = 11
    USER_SETTING_DATA = 12
    BACKFILLED_EGV_DATA = 18


class NoGlucose(IntEnum):
    """What a glucose value below 20 means."""

    SENSOR_NOT_ACTIVE = 1
    MINIMAL_DEVIATION = 2
    NO_ANTENNA = 3
    SENSOR_NOT_CALIBRATED = 5
    COUNTS_DEVIATION = 6
    ABSOLUTE_DEVIATION = 9
    POWER_DEVIATION = 10
    BAD_RF = 12


VALUE = 0x03FF
"""The bits of a glucose value, mg/dL: 39 is LOW, 401 is HIGH."""
DISPLAY_ONLY = 0x8000
FROM_TRANSMITTER, BACKFILLED = 0x4000, 0x2000
"""Of revision 5."""
NO_PREDICTION = 13
"""A predicted glucose that is none."""


class Arrow(IntEnum):
    """The trend arrow, bits 0 to 3 of trend and noise."""

    NONE = 0
    DOUBLE_UP = 1
    SINGLE_UP = 2
    FORTY_FIVE_UP = 3
    FLAT = 4
    FORTY_FIVE_DOWN = 5
    SINGLE_DOWN = 6
    DOUBLE_DOWN = 7
    NOT_COMPUTABLE = 8
    OUT_OF_RANGE = 9


class Noise(IntEnum):
    """The noise of the signal, bits 4 to 6 of trend and noise."""

    NONE = 0
    CLEAN = 1
    LIGHT = 2
    MEDIUM = 3
    HEAVY = 4
    NOT_COMPUTED = 5
    MAX = 6


def trend_and_noise(arrow: Arrow, noise: Noise) -> int:
    """The octet that holds both."""
    return int(arrow) | int(noise) << 4


class SessionState(IntEnum):
    """What has happened to a sensor."""

    REMOVED = 1
    EXPIRED = 2
    RESIDUAL_DEVIATION = 3
    COUNTS_DEVIATION = 4
    SECOND_SESSION = 5
    OFF_TIME_LOSS = 6
    STARTED = 7
    BAD_TRANSMITTER = 8
    MANUFACTURING_MODE = 9


NO_TIME = 0xFFFF_FFFF
"""An insertion time that is the system time."""


class SettingFlag(IntFlag):
    """What is switched on in the settings of the user."""

    BLINDED = 0x001
    CLOCK_24_H = 0x002
    MANUFACTURING_MODE = 0x004
    LOW_ALARM = 0x010
    HIGH_ALARM = 0x020
    RISE_ALARM = 0x040
    FALL_ALARM = 0x080
    OUT_OF_RANGE_ALARM = 0x100
    TIME_LOSS = 0x200


@packet
class Timed:
    """How every record begins."""

    system: int = wire(Int32ul, "s")
    display: int = wire(Int32ul, "s")


@packet
class EgvG4(Timed):
    """An estimated glucose value, revisions 1 to 3."""

    glucose: int = wire(Int16ul, "mg/dL and flags")
    trend_noise: int = wire(Int8ul, "arrow and noise")


@packet
class EgvG5(Timed):
    """An estimated glucose value, revision 4."""

    glucose: int = wire(Int16ul, "mg/dL and flags")
    read_at: int = wire(Int32ul, "s, system time of the reading")
    transmitter: int = wire(Int32ul, "s, the transmitter's own time")
    rate: int = wire(Int8sl, "0.1 mg/dL/min")
    trend_noise: int = wire(Int8ul, "arrow and noise")
    algorithm: int = wire(Int8ul, "state of the algorithm, 6 is fine")


@packet
class EgvG6(EgvG5):
    """An estimated glucose value, revision 5, and backfilled ones."""

    predicted: int = wire(Int16ul, "mg/dL and flags, in 20 min")


@packet
class SensorSignal(Timed):
    """A raw measurement, revision 1."""

    unfiltered: int = wire(Int32ul, "counts")
    filtered: int = wire(Int32ul, "counts")
    rssi: int = wire(Int8sl, "dBm")
    unknown: int = wire(Int8ul, "0")


@packet
class MeterG4(Timed):
    """A finger-stick value that the user has entered, revisions 1 and 2."""

    mg_dl: int = wire(Int16ul, "mg/dL")
    measured: int = wire(Int32ul, "s, display time of the test")


@packet
class MeterG5(Timed):
    """A finger-stick value that the user has entered, revision 3."""

    mg_dl: int = wire(Int16ul, "mg/dL")
    entry: int = wire(Int8ul, "type of entry, 0")
    measured: int = wire(Int32ul, "s, display time of the test")
    transmitter: int = wire(Int32ul, "s, the transmitter's own time")


@packet
class InsertionG4(Timed):
    """A sensor was started or has ended, revision 1."""

    inserted: int = wire(Int32ul, "s, system time; FFFFFFFF is the record's own")
    state: SessionState = wire(Enumerated(Int8ul, SessionState), "what has happened")


@packet
class InsertionG5(InsertionG4):
    """A sensor was started or has ended, revision 2."""

    unknown: bytes = wire(Bytes(10), "zero")


@packet
class UserEvent(Timed):
    """What the user has entered: carbohydrate, insulin, health, exercise. Revision 1."""

    type: int = wire(Int8ul, "1 carbohydrate, 2 insulin, 3 health, 4 exercise")
    subtype: int = wire(Int8ul, "of health and exercise")
    happened: int = wire(Int32ul, "s, display time")
    value: int = wire(Int32ul, "g, 0.01 U, or min")


@packet
class Settings(Timed):
    """The settings of the user begin like this in every generation."""

    system_offset: int = wire(Int32sl, "s")
    display_offset: int = wire(Int32sl, "s")


@packet
class Alerts:
    """The alerts of the user."""

    flags: SettingFlag = wire(Flagged(Int32ul, SettingFlag), "what is on")
    high: int = wire(Int16ul, "mg/dL")
    high_snooze: int = wire(Int16ul, "min")
    low: int = wire(Int16ul, "mg/dL")
    low_snooze: int = wire(Int16ul, "min")
    rise: int = wire(Int16ul, "mg/dL/min")
    fall: int = wire(Int16ul, "mg/dL/min")
    out_of_range_snooze: int = wire(Int16ul, "min")
    language: int = wire(Int16ul, "Windows LCID")
    alarm_profile: int = wire(Int8ul, "1 vibrate, 2 soft, 3 normal, 4 attentive, 5 hyposafe")
    setup: int = wire(Int8ul, "5 is set up")


@packet
class SettingsTailG6:
    """What the settings of G6 have at their end."""

    predictive_low_snooze: int = wire(Int16ul, "min")
    brightness: int = wire(Int8ul, "%")
    sensor_code: bytes = wire(Bytes(4), "ASCII")
    reserved: int = wire(Int8ul, "0")
    graph_height: int = wire(Int8ul, "")
    reserved_2: bytes = wire(Bytes(5), "zero")


@packet
class Calibration(Timed):
    """How raw counts become glucose, from here on; the points follow. Fixed size by revision, zero filled."""

    slope: float = wire(Float64l, "counts per mg/dL")
    intercept: float = wire(Float64l, "counts")
    scale: float = wire(Float64l, "")
    unknown: bytes = wire(Bytes(3), "03 06 00")
    decay: float = wire(Float64l, "")
    points: int = wire(Int8ul, "how many points follow")


@packet
class CalibrationPoint:
    """A finger-stick value and the raw signal next to it."""

    entered: int = wire(Int32ul, "s, system time")
    mg_dl: int = wire(Int32ul, "mg/dL")
    counts: int = wire(Int32ul, "raw signal")
    applied: int = wire(Int32ul, "s, system time")
    unknown: int = wire(Int8ul, "0")


ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUWXY"
"""Of transmitter ids: no I, O, V, Z."""


def packed_id(text: str) -> int:
    """The id of a G4 transmitter as settings hold it: five bits a character, the first one highest."""
    value = 0
    for character in text:
        value = value << 5 | ALPHABET.index(character)
    return value
