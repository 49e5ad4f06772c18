"""The whole library of scenarios, played to the careful client in jump pace, beside the writing and reading of its journals.

Processor time of one core.
"""

import json
import time
from functools import partial

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.scenario import load_scenario, scenarios
from isletbench.hil_rigs.clients.controller.in_process import client_of
from tests.benchmarks.figures import Figure, Goal, Row

TINY = ("CGM-02",)


def played(over: str, names: tuple[str, ...]) -> list[Verdict]:
    """Those of the scenarios that are for a carrier, once each."""
    known = [one for one in map(load_scenario, names) if over in one.over]
    return [run(play(one, client_of(one), over), Pace(None)) for one in known]


def library(over: str, tiny: bool) -> Figure:
    """All of them on one carrier."""
    names = TINY if tiny else tuple(scenarios())
    began = time.process_time()
    verdicts = played(over, names)
    took = time.process_time() - began
    assert all(verdict.passed for verdict in verdicts), [verdict.scenario for verdict in verdicts if not verdict.passed]
    began = time.process_time()
    for verdict in verdicts:
        for line in verdict.journal.splitlines():
            json.dumps(json.loads(line))
    return Figure(took, took, time.process_time() - began, "s")


BESIDE = "reading and writing the lines of their journals with `json`"
ROWS = (
    Row("the library of scenarios over the serial link", BESIDE, Goal(10.0, "s"), partial(library, "serial")),
    Row("the library of scenarios over Bluetooth LE", BESIDE, Goal(20.0, "s"), partial(library, "ble")),
)
