"""A sensor at one instant, as plain values: what a state file holds of it, next to its records and its ledger."""

from pydantic import TypeAdapter

from isletbench.emulator.cgm.alerts import AlertLevels
from isletbench.emulator.cgm.calibration import Calibrations
from isletbench.emulator.cgm.clock import DeviceClock
from isletbench.emulator.cgm.conditions import Conditions
from isletbench.emulator.cgm.measurement import MeasurementSnapshot
from isletbench.emulator.cgm.records import SensorRecord
from isletbench.emulator.cgm.session import SensorSession
from isletbench.emulator.cgm.transmission import TransmissionSnapshot
from isletbench.emulator.core.battery import Battery
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSnapshot:
    """The parts of a sensor, and its settings. The values are exact: JSON and back gives the same snapshot."""

    session: SensorSession
    measurement: MeasurementSnapshot
    transmission: TransmissionSnapshot
    calibrations: Calibrations
    levels: AlertLevels
    conditions: Conditions
    battery: Battery
    device_clock: DeviceClock
    interval: Span
    """Communication interval, ms."""
    inserted: int
    """How many sensors have been inserted."""


SNAPSHOT = TypeAdapter(SensorSnapshot)
"""Reads and writes a snapshot as JSON."""
RECORD = TypeAdapter(SensorRecord)
"""Reads and writes a record as JSON."""
