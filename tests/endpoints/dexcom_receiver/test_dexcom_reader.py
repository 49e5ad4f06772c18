"""An unmodified client reads the receiver over a real port: dexcom_reader, as its authors published it for Python 2.7."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from isletbench import Bench, Ports, run
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.rigs.rig import validated
from tests.harness.python27 import PYTHON, needs

PROGRAM = Path(__file__).with_name("read_with_dexcom_reader.py2")
pytestmark = needs("dexcom_reader", "serial")


def rig(generation: str) -> dict[str, Any]:
    entries = [{"at": "0s", "event": "carbohydrate", "value": 45}]
    speaks = {"personality": "dexcom_receiver", "generation": generation, "entries": entries}
    device = {"kind": "cgm", "serial": "pty:", "speaks": speaks, "glucose": {"mg_dl": 123}}
    return {"schema": 1, "name": "receiver", "devices": {"cgm": device}}


@pytest.mark.parametrize("generation", ["g4", "g5"])
def test_it_shows_what_the_ledger_has_ten_times_in_a_row(generation: str) -> None:
    async def main() -> tuple[dict[str, Any], datetime, list[float | None]]:
        async with Bench(validated(rig(generation), "the test"), ports=Ports.REAL) as bench:
            bench.steering.do("cgm", "calibrate", {"mg_dl": 120})
            await bench.steering.step(3_600_000)
            command = [str(PYTHON), str(PROGRAM), bench.ready()["devices"]["cgm"]["serial"], generation, "10"]
            program = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            shown, errors = await asyncio.wait_for(program.communicate(), 60)
            assert program.returncode == 0, errors.decode()
            measured = bench.hosts["cgm"].endpoint.machine.ledger.of(Sample)
            return json.loads(shown), bench.start, [sample.mg_dl for _, sample in measured]

    shown, began, measured = run(main())
    assert shown["egv"][0]["system_time"] == began.isoformat()
    assert [egv["glucose"] for egv in shown["egv"]] == measured
    assert set(measured) == {123, 120}, "the calibration has changed the readings"
    assert shown["egv"][-1]["trend_arrow"] == "FLAT"
    assert len(shown["sensor"]) == 13
    assert shown["insertions"] == [{"session_state": "STARTED"}]
    assert shown["meter"] == [{"meter_glucose": 120}]
    assert shown["events"] == [{"event_type": "CARBS", "event_value": 45}]
    assert [calibration["numsub"] for calibration in shown["calibrations"]] == [1]
    apart = datetime.fromisoformat(shown["system"]) - datetime.fromisoformat(shown["display"])
    assert timedelta(minutes=59, seconds=55) < apart < timedelta(minutes=60, seconds=5)
    expected = {"ping": True, "firmware": f"{generation.upper()}Receiver", "serial": "SM12345678", "battery": 100}
    assert shown["written"]
    assert {key: shown[key] for key in expected} == expected
    assert (shown["unit"], shown["clock_mode"], shown["blinded"], shown["language"]) == ("mg/dL", 24, False, "ENGLISH")
