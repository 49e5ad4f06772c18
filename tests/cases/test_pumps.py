"""Small inputs of people that once failed: what somebody does to a pump, and what a client then does."""

import asyncio

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.pump.events import BolusEnded, Pulse, TherapyChanged
from isletbench.emulator.rigs.rig import load_rig
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.emulator.scenarios.scenario import ScenarioError, parse
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.in_process import client_of
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from tests.harness.journals import ledger

WORN = """
schema = 1
id = "WORN-1"
title = "A worn pump says that it waits to be primed"
story = "The set is in the body. The pump is stopped, and for ten minutes it tells that it is waiting; whoever primes it then pushes the insulin into the person who wears it."
lasts = "3h"
rig = "default"
over = ["serial", "ble"]
clients = ["pump"]
[[intent]]
at = "65m"
do = "activate"
units = 10.0
[[event]]
at = "1h"
device = "pump"
do = "suspend"
[[fault]]
fault = "alter_reply"
device = "pump"
on = "ids.Status"
part = "any"
field = "operational_state"
to = "WAITING"
count = "all"
at = "1h"
lasts = "10m"
[[expect]]
check = "doses_once"
boluses = 0
[[expect]]
check = "gives"
units = 0.0
[[expect]]
check = "believes_basal"
"""  # noqa: E501  # as it was handed in


def played(client: str | None, over: str) -> Verdict:
    scenario = parse(WORN, "scenario.toml")
    parts = CAREFUL if client is None else Parts(CARELESS[client])
    return run(play(scenario, client_of(scenario, parts), over), Pace(None))


def test_a_client_that_primes_a_worn_pump_is_found_and_one_that_asks_is_not() -> None:
    for over in ("serial", "ble"):
        assert played(None, over).outcome is Outcome.PASSED
    verdict = played("primes_what_is_worn", "serial")
    assert verdict.outcome is Outcome.FAILED
    assert any("were primed from 1:05" in words and "in the body" in words for words in verdict.sentences())


def test_a_user_ends_the_bolus_that_runs_and_therapy_goes_on() -> None:
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, journal=recorded(entries)) as bench:
            bench.steering.do("pump", "bolus", {"units": 5})
            await asyncio.sleep(60)
            bench.steering.do("pump", "cancel_bolus", {})
            await asyncio.sleep(3_600)

    run(main(), Pace(None))
    ((at, ended),) = ledger(entries, BolusEnded)
    pulses = ledger(entries, Pulse)
    assert ended.reason == "CANCELED"
    assert ended.delivered_uu == sum(pulse.uu for _, pulse in pulses if pulse.cause == "bolus") < 5_000_000
    assert [pulse for when, pulse in pulses if when > at and pulse.cause == "basal"], "basal insulin goes on"
    assert not [one for _, one in ledger(entries, TherapyChanged) if one.state != "RUN"]


HALF = """
schema = 1
id = "HALF-1"
title = "A stop that is refused, and half done"
story = "The pump refuses to stop, and has ended the temp basal all the same; a second attempt stops it."
lasts = "2h"
rig = "default"
over = ["serial", "ble"]
clients = ["cgm", "pump"]
[devices.cgm]
glucose = { kind = "sine", mean_mg_dl = 230, amplitude_mg_dl = 10, period_minutes = 180 }
[[intent]]
at = "1h"
do = "stop"
[[fault]]
fault = "refuse_request"
device = "pump"
on = "SetTherapyControlState"
[[fault]]
fault = "do"
device = "pump"
action = "drop_tbr"
when = "message SetTherapyControlState"
[[expect]]
check = "therapy_is"
state = "STOP"
at = "70m"
"""
"""As it was handed in, in the words of today: ``action`` for what is done, ``when`` for the message that it waits for."""


def test_a_scenario_in_other_words_is_told_those_of_today() -> None:
    """As it was handed in."""
    first = HALF.replace('action = "drop_tbr"', 'verb = "drop_tbr"').replace("when =", "on =").replace("message ", "")
    with pytest.raises(ScenarioError, match=r'fault\.1\.verb: there is no such key here: expected action = "drop_tbr"$'):
        parse(first, "scenario.toml")
    with pytest.raises(
        ScenarioError, match=r'fault\.1\.on: .* expected when = "message SetTherapyControlState", for what waits'
    ):
        parse(first.replace("verb =", "action ="), "scenario.toml")


def test_what_happens_to_a_pump_waits_for_a_message_as_it_can_wait_for_a_time() -> None:
    scenario = parse(HALF, "scenario.toml")
    for over in scenario.over:
        verdict = run(play(scenario, client_of(scenario, CAREFUL), over), Pace(None))
        assert verdict.outcome is Outcome.PASSED, verdict.sentences()
        lines = verdict.journal.splitlines()
        refused = next(number for number, line in enumerate(lines) if '"fault":"refuse_request","what":"over"' in line)
        dropped = next(number for number, line in enumerate(lines) if '"bench":"done"' in line and "drop_tbr" in line)
        stopped = next(number for number, line in enumerate(lines) if '"ledger":"therapy"' in line and "STOP" in line)
        assert max(refused, dropped) < stopped, "the first attempt ends the temp basal, the second one stops the pump"
