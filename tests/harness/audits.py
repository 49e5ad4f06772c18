"""Audits of our own devices in this process, on virtual time: over the serial link in memory, or over the virtual air."""

import asyncio
from collections.abc import Sequence
from typing import Any

from isletbench.emulator.audit.carriers import BleCarrier, SerialCarrier
from isletbench.emulator.audit.conduct import Audit, audit
from isletbench.emulator.audit.exam import Permissions
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.quantities import hours, minutes

EVERYTHING = Permissions(delivery=True, lasting=True)
RIGS = {"cgms": ("default", "cgm"), "ids": ("default", "pump"), "gls": ("meter", "meter")}
"""The rig and the device of each profile."""
AHEAD = hours(5)
"""What a device has gone through before its audit: there are records by then."""
MARKS: tuple[dict[str, Any], ...] = (
    {},
    {"meal": "before_meal", "carbohydrate": "lunch", "grams": 40.0, "insulin": 4.0},
    {"problem": "short_sample"},
    {"meal": "fasting", "exercise_minutes": 20, "stressed": True},
)


async def prepare(bench: Any, device: str) -> None:
    """Let a device of an open bench gain records: hours pass, and a meter is used in them."""
    if device != "meter":
        await bench.run(AHEAD)
        return
    for turn in range(12):
        bench.steering.do("meter", "measure", MARKS[turn % len(MARKS)])
        await bench.run(minutes(10))
    for level in (1, 2, 3):
        bench.steering.do("meter", "measure_control", {"level": level})
        await bench.run(minutes(10))


async def audited(
    bench: Any, device: str, profile: str, *, permissions: Permissions = EVERYTHING, rows: Sequence[str] = ()
) -> Audit:
    """The audit of a device of an open bench in memory, over its serial link, while the bench runs."""
    running = asyncio.ensure_future(bench.run(None))
    collector = LinkCollector(bench.memory[device].connect)
    try:
        return await audit(collector, SerialCarrier(collector), profile, permissions=permissions, rows=rows)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def audited_by_radio(
    bench: Any, address: str, profile: str, *, permissions: Permissions = EVERYTHING, rows: Sequence[str] = ()
) -> Audit:
    """The audit of a device on the virtual air, while the bench runs. ``virtual_bluetooth`` is entered already."""
    running = asyncio.ensure_future(bench.run(None))
    try:
        collector = BleakCollector(address)
        return await audit(collector, BleCarrier(address), profile, permissions=permissions, rows=rows)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
