"""From the values of the database to the records of a generation: revision, size and octets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.endpoints.dexcom_receiver.entries import (
    CalibrationSet,
    Egv,
    Entered,
    Insertion,
    MeterEntry,
    SettingsMade,
    Signal,
    Stamp,
    Text,
)
from isletbench.protocols.dexcom import records
from isletbench.protocols.dexcom.pages import BODY_SIZE, sealed, text_record
from isletbench.protocols.dexcom.records import Arrow, NoGlucose, Noise, Partition, SessionState, SettingFlag
from isletbench.protocols.packet import encode

INTERCEPT = 30_000.0
"""Counts at no glucose (choice)."""
RISING = (Arrow.FORTY_FIVE_UP, Arrow.SINGLE_UP, Arrow.DOUBLE_UP)
FALLING = (Arrow.FORTY_FIVE_DOWN, Arrow.SINGLE_DOWN, Arrow.DOUBLE_DOWN)
"""The arrows of more than 1, of 2 and of 3 mg/dL/min; user guide of G4, trend arrows."""
HORIZON = 20
"""How far ahead a prediction is, min (G6 user guide, urgent low soon)."""
URGENT_LOW = 55
LOWEST, HIGHEST = 39, 401
RSSI = -60
CALIBRATION_SIZE = 249
"""Of revision 3."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a partition's records look in one generation."""

    revision: int
    size: int
    """Octets of a record, CRC included."""
    record: Callable[[Any], bytes]
    """The octets of an entry of the partition, CRC included."""

    @property
    def per_page(self) -> int:
        """How many records a page holds."""
        return BODY_SIZE // self.size


def arrow_of(egv: Egv) -> Arrow:
    """The trend arrow of a value."""
    if isinstance(egv.glucose, NoGlucose) or egv.rate is None:
        return Arrow.NOT_COMPUTABLE
    steepness = abs(egv.rate)
    if steepness <= 1:
        return Arrow.FLAT
    return (RISING if egv.rate > 0 else FALLING)[(steepness >= 2) + (steepness >= 3)]


def _trend_noise(egv: Egv) -> int:
    noise = Noise.NOT_COMPUTED if isinstance(egv.glucose, NoGlucose) else Noise.CLEAN
    return records.trend_and_noise(arrow_of(egv), noise)


def _times(stamp: Stamp) -> tuple[int, int]:
    return stamp.system, stamp.display


def _egv_g4(egv: Egv) -> bytes:
    return sealed(records.EgvG4(*_times(egv.stamp), int(egv.glucose), _trend_noise(egv)))


def _rate(egv: Egv) -> int:
    return max(-127, min(127, round(10 * (egv.rate or 0.0))))


def _egv_g5(egv: Egv) -> bytes:
    common = (*_times(egv.stamp), int(egv.glucose), egv.read_at, egv.measured // 1_000, _rate(egv), _trend_noise(egv), 6)
    return sealed(records.EgvG5(*common))


def _egv_g6(egv: Egv) -> bytes:
    flags = records.FROM_TRANSMITTER | (records.BACKFILLED if egv.backfilled else 0)
    glucose = int(egv.glucose) | flags
    common = (*_times(egv.stamp), glucose, egv.read_at, egv.measured // 1_000, _rate(egv), _trend_noise(egv), 6)
    return sealed(records.EgvG6(*common, _predicted(egv)))


def _predicted(egv: Egv) -> int:
    if isinstance(egv.glucose, NoGlucose) or egv.rate is None:
        return records.NO_PREDICTION
    value = max(LOWEST, min(HIGHEST, round(egv.glucose + HORIZON * egv.rate)))
    flags = (records.DISPLAY_ONLY if value <= URGENT_LOW else 0) | (records.BACKFILLED if egv.backfilled else 0)
    return value | flags


def _signal(signal: Signal) -> bytes:
    return sealed(records.SensorSignal(*_times(signal.stamp), signal.unfiltered, signal.filtered, RSSI, 0))


def _meter_g4(entry: MeterEntry) -> bytes:
    return sealed(records.MeterG4(*_times(entry.stamp), entry.mg_dl, entry.stamp.display))


def _meter_g5(entry: MeterEntry) -> bytes:
    return sealed(records.MeterG5(*_times(entry.stamp), entry.mg_dl, 0, entry.stamp.display, entry.transmitter))


def _inserted_at(insertion: Insertion) -> int:
    return insertion.stamp.system if insertion.state is SessionState.STARTED else records.NO_TIME


def _insertion_g4(insertion: Insertion) -> bytes:
    return sealed(records.InsertionG4(*_times(insertion.stamp), _inserted_at(insertion), insertion.state))


def _insertion_g5(insertion: Insertion) -> bytes:
    return sealed(records.InsertionG5(*_times(insertion.stamp), _inserted_at(insertion), insertion.state, bytes(10)))


def _entered(entry: Entered) -> bytes:
    return sealed(records.UserEvent(*_times(entry.stamp), entry.type, entry.subtype, entry.stamp.display, entry.value))


def _calibration(made: CalibrationSet) -> bytes:
    points = b"".join(
        encode(records.CalibrationPoint(entered, mg_dl, counts, entered, 0)) for entered, mg_dl, counts in made.points
    )
    head = records.Calibration(*_times(made.stamp), made.slope, INTERCEPT, 1.0, b"\x03\x06\x00", 1.0, len(made.points))
    return sealed(head, size=CALIBRATION_SIZE, tail=points)


def _alerts(made: SettingsMade) -> records.Alerts:
    flags = SettingFlag(0)
    for flag, on in (
        (SettingFlag.BLINDED, made.blinded),
        (SettingFlag.CLOCK_24_H, not made.clock_12_h),
        (SettingFlag.LOW_ALARM, made.low),
        (SettingFlag.HIGH_ALARM, made.high),
        (SettingFlag.RISE_ALARM, made.rise),
        (SettingFlag.FALL_ALARM, made.fall),
    ):
        if on:
            flags |= flag
    return records.Alerts(flags, made.high, 0, made.low, 0, made.rise, made.fall, 0, made.language, 3, 5)


def _settings(made: SettingsMade) -> records.Settings:
    return records.Settings(*_times(made.stamp), made.system_offset, made.display_offset)


def _settings_g4(made: SettingsMade) -> bytes:
    packed = records.packed_id(made.transmitter).to_bytes(4, "little")
    return sealed(_settings(made), tail=packed + encode(_alerts(made)) + bytes(4))


def _settings_g5(made: SettingsMade) -> bytes:
    return sealed(_settings(made), tail=made.transmitter.encode() + encode(_alerts(made)) + bytes(4))


def _settings_g6(made: SettingsMade) -> bytes:
    rest = records.SettingsTailG6(30, 100, b"5915", 0, 0, bytes(5))
    return sealed(_settings(made), tail=made.transmitter.encode() + encode(_alerts(made)) + encode(rest))


def _text(entry: Text) -> bytes:
    return text_record(records.Timed(*_times(entry.stamp)), entry.text)


_TEXTS = {
    partition: Layout(1, BODY_SIZE, _text)
    for partition in (Partition.MANUFACTURING_DATA, Partition.FIRMWARE_PARAMETER_DATA, Partition.PC_SOFTWARE_PARAMETER)
}
_COMMON: dict[Partition, Layout] = {
    **_TEXTS,
    Partition.SENSOR_DATA: Layout(1, 20, _signal),
    Partition.CAL_SET: Layout(3, CALIBRATION_SIZE, _calibration),
    Partition.USER_EVENT_DATA: Layout(1, 20, _entered),
}
_LATER: dict[Partition, Layout] = {
    Partition.INSERTION_TIME: Layout(2, 25, _insertion_g5),
    Partition.METER_DATA: Layout(3, 21, _meter_g5),
}
LAYOUTS: Mapping[str, Mapping[Partition, Layout]] = {
    "g4": {
        **_COMMON,
        Partition.EGV_DATA: Layout(2, 13, _egv_g4),
        Partition.INSERTION_TIME: Layout(1, 15, _insertion_g4),
        Partition.METER_DATA: Layout(1, 16, _meter_g4),
        Partition.USER_SETTING_DATA: Layout(3, 48, _settings_g4),
    },
    "g5": {
        **_COMMON,
        **_LATER,
        Partition.EGV_DATA: Layout(4, 23, _egv_g5),
        Partition.USER_SETTING_DATA: Layout(5, 50, _settings_g5),
    },
    "g6": {
        **_COMMON,
        **_LATER,
        Partition.EGV_DATA: Layout(5, 25, _egv_g6),
        Partition.USER_SETTING_DATA: Layout(6, 60, _settings_g6),
        Partition.BACKFILLED_EGV_DATA: Layout(5, 25, _egv_g6),
    },
}
"""Of each generation, the partitions that have records. Those without a public layout stay empty."""
EMPTY_PARTITIONS = frozenset({Partition.DEVIATION, Partition.RECEIVER_LOG_DATA, Partition.RECEIVER_ERROR_DATA})
"""Partitions that there are, and whose records nobody has described."""
