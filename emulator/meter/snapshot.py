"""A meter at one instant, as plain values: what a state file holds of it, next to its records and its ledger."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from isletbench.emulator.core.battery import Battery
from isletbench.emulator.meter.clock import MeterClock
from isletbench.emulator.meter.machine import RunningTest
from isletbench.emulator.meter.records import MeterRecord
from isletbench.emulator.meter.strips import Vial


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSnapshot:
    """The parts of a meter. The values are exact: JSON and back gives the same snapshot."""

    clocks: MeterClock
    battery: Battery
    vial: Vial
    tests: int
    temperature: float
    test: RunningTest | None
    counters: tuple[int, int]


SNAPSHOT = TypeAdapter(MeterSnapshot)
"""Reads and writes a snapshot as JSON."""
RECORD = TypeAdapter(MeterRecord)
"""Reads and writes a record as JSON."""
