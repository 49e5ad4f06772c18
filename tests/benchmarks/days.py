"""Fourteen days of a CGM and a pump with a collector on each, in jump pace, beside the two machines alone.

Processor time: in jump pace nothing else passes.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial

from isletbench.emulator.core.quantities import days as days_of
from isletbench.emulator.endpoints.kind import Setup
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.rigs.rig import load_rig
from isletbench.emulator.rigs.tuning import profile_of
from tests.benchmarks.figures import Figure, Goal, Row
from tests.benchmarks.fortnight import fortnight

DAYS = 14


def played(over: str, tiny: bool) -> Figure:
    """Both devices and both collectors, every octet encoded, carried and decoded."""
    days = 1 if tiny else DAYS
    took = _cpu(lambda: fortnight(over, days))
    return Figure(took, took, _machines_alone(days), "s")


@lru_cache(maxsize=2)
def _machines_alone(days: int) -> float:
    """The machines of the default rig, advanced from deadline to deadline without endpoint, loop or client, s."""
    rig = load_rig()
    machines = []
    for name, table in rig.devices.items():
        kind = KINDS[table.kind]
        setup = Setup(name=name, epoch=datetime(2026, 1, 1), seed=1, glucose=None)  # noqa: DTZ001  # a device's calendar
        machines.append(kind.machine(table, profile_of(table), setup))

    def live() -> None:
        end = days_of(days)
        for machine in machines:
            now = 0
            while now < end:
                machine.advance(now)
                machine.ledger.drain()
                now = min(end, max(now + 1, machine.next_deadline or end))

    return _cpu(live)


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


BESIDE = "the machines alone, advanced from deadline to deadline"
ROWS = (
    Row("14 days, CGM and pump, collectors on both, memory link", BESIDE, Goal(2.0, "s"), partial(played, "serial")),
    Row("the same over Bluetooth LE", BESIDE, Goal(10.0, "s"), partial(played, "ble")),
)
