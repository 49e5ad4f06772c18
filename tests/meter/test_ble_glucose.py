"""ble-glucose, unmodified, reads our meter through a Bluetooth controller on a serial port; the ledger says what is right."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from isletbench import Bench, Ports, run
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.meter.events import BloodTested, ControlTested
from isletbench.emulator.meter.strips import MMOL_L
from isletbench.emulator.rigs.rig import validated
from tests.harness.node import needs, packages

PROGRAM = Path(__file__).with_name("read_with_ble_glucose.mjs")
PACKAGES = packages("ISLETBENCH_BLE_GLUCOSE")
pytestmark = [pytest.mark.slow, *needs("ISLETBENCH_BLE_GLUCOSE", "ble-glucose", "@stoprocent/noble")]
ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("measure", {}),
    ("measure", {"meal": "before_meal"}),
    ("measure", {"carbohydrate": "lunch", "grams": 45}),
    ("measure_control", {"level": 2}),
    ("measure", {"problem": "short_sample"}),
    ("set_clock", {}),
    ("measure", {}),
]
"""What is done to the meter; its display is set back by ``BACK``."""
BACK = timedelta(minutes=90)


def rig(profile: str, high: float, **habits: Any) -> Any:
    """A meter that pairs without a passkey: noble pairs by Just Works only."""
    meter = {
        "kind": "meter",
        "profile": profile,
        "tuning": {"countdown": "10ms", "high": high, "error": {"outliers": 0}, "habits": {"just_works": True, **habits}},
        "ble": {"name": "IB-Meter"},
        "glucose": {"mean_mg_dl": 140, "amplitude_mg_dl": 60, "period_minutes": 150},
    }
    return validated({"schema": 1, "name": "ble-glucose", "devices": {"meter": meter}}, "the test")


def what_it_shows(
    profile: str, place: Path, actions: list[tuple[str, dict[str, Any]]], high: float = 600.0, **habits: Any
) -> tuple[dict[str, Any], Ledger]:
    """What ble-glucose shows of a meter after these actions, and the meter's ledger."""

    async def main() -> tuple[dict[str, Any], Ledger]:
        port = place / "hci"
        async with Bench(rig(profile, high, **habits), ports=Ports.REAL, hci=[f"pty:{port}"]) as bench:
            for action, arguments in actions:
                given = {"to": f"{bench.start - BACK:%Y-%m-%dT%H:%M:%S}"} if action == "set_clock" else arguments
                bench.steering.do("meter", action, given)
                await asyncio.sleep(0.05)
            command = ["node", "--experimental-detect-module", str(PROGRAM), str(PACKAGES), str(port), "2", "100"]
            program = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            try:
                shown, errors = await asyncio.wait_for(program.communicate(), 60)
            finally:
                if program.returncode is None:
                    program.kill()
            assert program.returncode == 0, errors.decode()
            return json.loads(shown.splitlines()[-1]), bench.hosts["meter"].endpoint.machine.ledger

    return run(main())


@pytest.mark.parametrize(("profile", "unit", "in_one"), [("generic", "mg/dL", 1.0), ("accurate_mmol", "mmol/L", MMOL_L)])
def test_an_unmodified_client_shows_what_the_ledger_has(profile: str, unit: str, in_one: float, tmp_path: Path) -> None:
    shown, ledger = what_it_shows(profile, tmp_path, ACTIONS)
    assert shown["device"] == {"manufacturers": ["isletbench"], "model": "Virtual meter"}
    assert shown["count"] == 6
    records = {record["seqNum"]: record for record in shown["all"]["records"]}
    assert list(records) == [0, 1, 2, 3, 4, 5]
    made: dict[int, float | None] = {test.sequence: test.mg_dl for _, test in ledger.of(BloodTested)}
    made |= {test.sequence: test.mg_dl for _, test in ledger.of(ControlTested)}
    assert made.keys() == records.keys()
    for number, mg_dl in made.items():
        if mg_dl is None:
            assert "value" not in records[number]
        else:
            assert records[number]["units"] == unit
            assert records[number]["value"] * in_one == pytest.approx(mg_dl, abs=0.001)
    times = [datetime.fromisoformat(record["timestamp"]) for record in records.values()]
    bases = [datetime.fromisoformat(record["payload"]["internalTime"]) for record in records.values()]
    assert max(bases) - min(bases) < timedelta(minutes=1), "nobody sets Base Time"
    assert times[:5] == bases[:5]
    assert abs(bases[5] - times[5] - BACK) < timedelta(minutes=1), "it shows the time that the display has shown"
    assert [record["hasContext"] for record in records.values()] == [False, True, True, False, False, False]
    contexts = {context["seqNum"]: context for context in shown["all"]["contextRecords"]}
    assert contexts[1]["meal"] == 1
    assert contexts[2]["carbID"] == 2
    assert contexts[2]["carbUnits"] == 0xD02D, "it shows the octets of 45e-3 kg"
    assert [record["seqNum"] for record in shown["from"]["2"]["data"]["records"]] == [2, 3, 4, 5]
    assert shown["from"]["2"]["count"] == 4
    assert shown["from"]["100"] == {"count": 0, "data": []}


def test_a_make_without_contexts_that_sends_infinities_is_read_as_well(tmp_path: Path) -> None:
    actions: list[tuple[str, dict[str, Any]]] = [("measure", {}), ("measure", {})]
    shown, _ = what_it_shows("generic", tmp_path, actions, high=100.0, has_context=False, shows_limit=False)
    assert [record["value"] for record in shown["all"]["records"]] == [None, None], "JSON has no infinity"
    assert [record["status"] for record in shown["all"]["records"]] == [0x20, 0x20]
    assert shown["all"]["contextRecords"] == []
