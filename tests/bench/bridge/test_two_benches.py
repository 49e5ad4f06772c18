"""The CGM is on the air of a bench in another process: the pump's radio is that bench's HCI."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.pump.events import CgmLinkChanged, GlucoseReceived
from isletbench.emulator.rigs.rig import parse
from tests.harness.journals import ledger

CGM = """
schema = 1
name = "sensor"
[devices.cgm]
kind = "cgm"
ble = { name = "IB-CGM", passkey = 123456 }
glucose = { mean_mg_dl = 120, amplitude_mg_dl = 40, period_minutes = 60 }
tuning = { cadence = "1m" }
"""
PUMP = """
schema = 1
name = "pump"
[devices.pump]
kind = "pump"
serial = "pty:"
cgm = { name = "IB-CGM", passkey = 123456, hci = "HCI" }
basal = [{ at = 00:00:00, rate = 1.2 }]
"""


@pytest.mark.slow
def test_a_pump_follows_a_cgm_on_the_air_of_another_bench_and_loses_it_with_that_bench(tmp_path: Path) -> None:
    rig = tmp_path / "sensor.toml"
    rig.write_text(CGM, encoding="utf-8")
    call = [sys.executable, "-m", "isletbench", "up", str(rig), "--pace", "10x", "--json"]
    entries: list[Entry] = []
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as other:
        try:
            assert other.stdout is not None
            (hci,) = json.loads(other.stdout.readline())["hci"]

            async def main() -> None:
                made = parse(PUMP.replace("HCI", hci), "pump.toml")
                async with Bench(made, ports=Ports.MEMORY, journal=recorded(entries)) as bench:
                    shown = bench.hosts["pump"].endpoint.machine.status
                    await until(lambda: len(ledger(entries, GlucoseReceived)) >= 4)
                    assert shown(bench.clock.now())["cgm"]["link"] == "connected"
                    other.terminate()
                    await until(lambda: shown(bench.clock.now())["cgm"]["link"] == "searching")

            run(main(), Pace(10))
        finally:
            other.terminate()
    assert [event.state for _, event in ledger(entries, CgmLinkChanged)] == ["SEARCHING", "CONNECTED", "SEARCHING"]
    assert all(80 <= event.mg_dl <= 160 for _, event in ledger(entries, GlucoseReceived) if event.mg_dl is not None)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, at most 20 minutes of the bench's time."""
    async with asyncio.timeout(1_200):
        while not holds():
            await asyncio.sleep(1)
