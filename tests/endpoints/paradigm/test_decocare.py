"""decocare and mmeowlink, unmodified, read and command our pump over each adapter; what they show is held to the ledger."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from isletbench import Bench, Ports, run
from isletbench.emulator.core.quantities import units
from isletbench.emulator.rigs.rig import validated
from tests.harness.python27 import PYTHON, needs

PROGRAM = Path(__file__).with_name("talk_with_decocare.py2")
pytestmark = needs("decocare", "mmeowlink")


@pytest.mark.parametrize("adapter", ["rfspy", "mmcommander", "carelink"])
def test_what_an_unmodified_client_reads_and_commands_is_what_the_pump_does(adapter: str) -> None:
    speaks = {"personality": f"paradigm_{adapter}", "model": "723"}
    basal = [{"at": "00:00", "rate": "1"}]
    device = {"kind": "pump", "profile": "paradigm_x23", "reservoir": "150", "basal": basal, "serial": "pty:"}
    rig = {"schema": 1, "name": "decocare", "devices": {"pump": {**device, "speaks": speaks}}}

    async def main() -> tuple[dict[str, Any], datetime, Any]:
        async with Bench(validated(rig, "the test"), ports=Ports.REAL) as bench:
            command = [str(PYTHON), str(PROGRAM), adapter, bench.ready()["devices"]["pump"]["serial"]]
            program = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            shown, errors = await asyncio.wait_for(program.communicate(), 120)
            assert program.returncode == 0, errors.decode()
            return json.loads(shown.splitlines()[-1]), bench.start, bench.hosts["pump"].endpoint.machine

    shown, began, pump = run(main())
    assert shown["model"] == "723"
    assert shown["reservoir"] == 147.0, "150 U, of which this make hides 3"
    assert shown["battery"] == {"status": "normal", "voltage": 1.5}
    assert shown["max_bolus"] == 25.0
    assert shown["temp"] == {"temp": "absolute", "rate": 1.25, "duration": 30}
    assert shown["suspended"] is True
    assert abs(datetime.fromisoformat(shown["clock"]) - began) < timedelta(minutes=2)
    assert pump.parts.totals.today[0] == units("0.2"), "a client may send a bolus twice"
    kinds = {kind for kind, *_ in shown["history"]}
    assert kinds == {"BasalProfileStart", "PumpSuspend", "PumpResume", "TempBasal", "TempBasalDuration", "Bolus"}
    assert [amount for kind, _, amount, _ in shown["history"] if kind == "Bolus"] == [0.2]
    assert [rate for kind, _, _, rate in shown["history"] if kind == "TempBasal"] == [0, 1.25]
