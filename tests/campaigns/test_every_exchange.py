"""Every fault of messages at every exchange, over our own careful controller: it never gives a dose twice, nor loses one."""

from pathlib import Path

import pytest

from isletbench.emulator.campaigns.campaign import Campaign
from isletbench.emulator.campaigns.conduct import chosen, conduct, plan
from isletbench.emulator.campaigns.executors import processes
from isletbench.emulator.campaigns.result import Outcome
from isletbench.emulator.campaigns.store import Store
from isletbench.emulator.campaigns.summary import summary_of
from tests.harness.campaigns import campaign

BOLUS = """
schema = 1
id = "MY-02"
title = "A bolus, and the hour around it"
story = "A pump and a sensor, a bolus after twenty minutes, and nothing that goes wrong: what a campaign does to it is its own."
lasts = "80m"

[[intent]]
at = "20m"
do = "bolus"
units = 1

[[expect]]
check = "doses_once"
boluses = 1

[[expect]]
check = "resolves"

[[expect]]
check = "gives"
units = 1

[[expect]]
check = "believes_doses"

[[expect]]
check = "possible_doses"
"""


def swept(tmp_path: Path, **more: object) -> Campaign:
    (tmp_path / "bolus.toml").write_text(BOLUS, encoding="utf-8")
    return campaign(scenarios=[str(tmp_path / "bolus.toml")], every_exchange=True, **more)


@pytest.mark.slow
@pytest.mark.parametrize("over", ["serial", "ble"])
def test_the_careful_controller_survives_every_fault_of_messages_at_every_exchange(tmp_path: Path, over: str) -> None:
    made = swept(tmp_path, over=[over])
    with Store(tmp_path / "a.db") as store, processes(2) as crew:
        space = plan(made, crew)
        conduct(made, chosen(made, space), store, crew)
        summary = summary_of(store)
    assert len(summary.cells) == len(space) > 1_000
    assert [(cell.axes["fault"], cell.axes["exchange"], cell.sentences()) for cell in summary.failing] == []
    assert set(summary.total.outcomes) <= {Outcome.PASSED, Outcome.NOT_JUDGED}
    assert summary.total.outcomes[Outcome.PASSED] > 0.9 * len(space), "a fault that comes to nothing is not judged, few are"


def test_a_few_of_its_cells_in_warm_workers_are_those_of_a_process_of_their_own(tmp_path: Path) -> None:
    """What a worker has played before does not show."""
    made = swept(tmp_path, over=["serial"], lasts="25m", sample={"cells": 3, "seed": 5}, repeat=2)
    with Store(tmp_path / "a.db") as store, processes(1) as crew:
        space = plan(made, crew)
        assert len(space) > 400
        tally = conduct(made, chosen(made, space), store, crew)
        assert tally.played == 6
        summary = summary_of(store)
    assert summary.flaky == []
    assert len({cell.journal for cell in summary.cells}) == 3
