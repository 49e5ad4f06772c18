"""The host's clock is set while a bench runs: devices have another one, which nobody sets."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs import rig
from isletbench.emulator.scenarios.process import faketime
from tests.bench.jumping_clock import OFFSETS, QUARTER_MS, RIG

TEN_MINUTES = QUARTER_MS * len(OFFSETS)


def pulses_on_a_steady_clock() -> list[list[int]]:
    """The pulses of the same pump in ten minutes: instant and amount."""
    text = io.StringIO()

    async def main() -> None:
        async with Bench(rig.parse(RIG, "steady"), ports=Ports.MEMORY, journal=Journal(text)) as bench:
            await bench.run(TEN_MINUTES)

    run(main(), Pace(None))
    lines = [json.loads(line) for line in text.getvalue().splitlines()]
    return [[line["t"], line["uu"]] for line in lines if line.get("ledger") == "pulse"]


@pytest.mark.skipif(faketime() is None, reason="libfaketime is not installed")
def test_a_clock_that_jumps_by_days_and_years_moves_no_pulse_and_is_no_sleep(tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n", encoding="ascii")
    faked = {
        "LD_PRELOAD": str(faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    words = [sys.executable, "-m", "tests.bench.jumping_clock", str(offset)]
    ended = subprocess.run(words, env={**os.environ, **faked}, check=True, capture_output=True, text=True, timeout=60)
    found = json.loads(ended.stdout)
    assert len(set(found["dates"])) >= 3, "the host's clock has jumped"
    steady = pulses_on_a_steady_clock()
    assert len(steady) > 5
    assert [pulse for pulse in found["pulses"] if pulse[0] <= TEN_MINUTES] == steady
    assert TEN_MINUTES <= found["ended"] < 10 * TEN_MINUTES
    assert found["slept"] == []
