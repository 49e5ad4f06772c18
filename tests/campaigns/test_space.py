"""Which cells a campaign has, and in which order."""

import re
from collections import Counter
from typing import Any

import pytest

from isletbench.emulator.campaigns.campaign import CampaignError, named
from isletbench.emulator.campaigns.cell import CellError, compose
from isletbench.emulator.campaigns.conduct import plan
from isletbench.emulator.campaigns.result import Result
from isletbench.emulator.campaigns.space import Space, at_exchange, bases, counting, message_faults, probe, space_of, swept
from isletbench.emulator.campaigns.worker import Order
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.faults.registry import FAULTS, parse
from isletbench.emulator.scenarios.scenario import scenarios
from tests.harness.campaigns import AtOnce, campaign, crew, report_line, result

LOST = {"fault": "lose_reply", "device": "pump"}
GONE = {"fault": "vanish", "device": "pump"}


def planned(**more: Any) -> Space:
    made = campaign(**more)
    return space_of(made, bases(made), {})


def test_a_campaign_is_the_product_of_its_axes() -> None:
    space = planned(
        scenarios=["DLV-0[1-3]", "LNK-10"], seeds=[1, 2], fault=[LOST], client=[{"command": ["a"]}, {"command": ["b"]}]
    )
    cells = list(space)
    assert len(space) == len(cells) == (3 * 2 + 1) * 2 * 2 * 2, "LNK-10 is of the serial line only"
    assert len({cell.model_dump_json() for cell in cells}) == len(cells)
    assert Counter(cell.seed for cell in cells) == {1: 28, 2: 28}
    assert Counter(len(cell.faults) for cell in cells) == {0: 28, 1: 28}


def test_subjects_are_those_of_rigs_with_a_patient() -> None:
    space = planned(scenarios=["DLV-01", "CLP-01"], subjects=["adult", "sample#1"], over=["serial"])
    assert [(cell.scenario, cell.subject) for cell in space] == [("DLV-01", None), ("CLP-01", "adult"), ("CLP-01", "sample#1")]
    everywhere = planned(scenarios=["DLV-01"], rigs=["patient"], subjects=["adult", "sample#1"], over=["serial"])
    assert [compose(cell).patient["subject"] for cell in everywhere] == ["adult", "sample#1"]


def test_faults_come_at_each_exchange_and_instant() -> None:
    space = planned(fault=[LOST, GONE], exchanges=[1, 5], instants=["10m", "1h"], without_fault=False, over=["serial"])
    assert [cell.faults[0] for cell in space] == [
        {"count": 1, **LOST, "nth": 1, "at": "10m"},
        {"count": 1, **LOST, "nth": 1, "at": "1h"},
        {"count": 1, **LOST, "nth": 5, "at": "10m"},
        {"count": 1, **LOST, "nth": 5, "at": "1h"},
        {**GONE, "at": "10m"},
        {**GONE, "at": "1h"},
    ]


def test_a_fault_of_a_device_that_is_not_there_has_no_cell() -> None:
    space = planned(fault=[{"fault": "vanish", "device": "meter"}], scenarios=["DLV-01", "BGM-01"], over=["serial"])
    assert [(cell.scenario, len(cell.faults)) for cell in space] == [("DLV-01", 0), ("BGM-01", 0), ("BGM-01", 1)]


def test_a_fault_that_would_come_after_the_end_has_no_cell() -> None:
    space = planned(scenarios=["DLV-01", "RUN-02"], fault=[GONE], instants=["3h"], over=["serial"])
    assert [(cell.scenario, len(cell.faults)) for cell in space] == [("DLV-01", 0), ("RUN-02", 0), ("RUN-02", 1)]
    assert all(compose(cell) for cell in space)
    with pytest.raises(CampaignError, match="vanish on pump at 3h: the longest scenario is over after 2h"):
        planned(scenarios=["DLV-01", "RUN-02"], fault=[GONE], instants=["10m", "3h"], lasts="2h")


def test_a_sample_is_drawn_by_its_seed() -> None:
    space = planned(scenarios=["*"], seeds=list(range(1, 20)))
    drawn = space.drawn(50, 7)
    assert len(drawn) == 50
    assert drawn == space.drawn(50, 7) != space.drawn(50, 8)
    assert len({cell.model_dump_json() for cell in drawn}) == 50
    assert space.drawn(10**6, 7)[3] == space[3]


def test_every_fault_of_messages_is_played_at_every_exchange() -> None:
    found = message_faults("pump")
    assert {fault["fault"] for fault in found} == {name for name, kind in FAULTS.items() if issubclass(kind, MessageFault)}
    for fault in found:
        parse(at_exchange(fault, 3))


def test_the_messages_of_a_run_are_counted_before_each_is_struck() -> None:
    made = campaign(every_exchange=True, over=["serial"])
    counted: list[Order] = []

    def play(line: str) -> str:
        order = Order.of(line)
        counted.append(order)
        matched = {fault["name"]: 3 if fault["fault"] in {"lose_reply", "cut_after"} else 0 for fault in order.cell.faults}
        return report_line(result(order.cell), matched)

    space = plan(made, type(crew(_nobody))(AtOnce(), 2, play))
    assert len(counted) == 1
    assert all(fault["nth"] == 1_000_000 for fault in counted[0].cell.faults)
    assert [cell.faults[0]["fault"] if cell.faults else "" for cell in space] == ["", *["lose_reply"] * 3, *["cut_after"] * 3]
    assert [cell.faults[0]["nth"] for cell in space if cell.faults] == [1, 2, 3, 1, 2, 3]


def test_a_run_whose_messages_cannot_be_counted_is_no_run_without_messages() -> None:
    made = campaign(every_exchange=True, over=["serial"])
    with pytest.raises(CampaignError, match="DLV-01: every_exchange: the messages of its run cannot be counted: exit code 70"):
        plan(made, crew(lambda order: result(order.cell, "crashed", why="exit code 70")))


def test_a_device_has_the_faults_of_its_own_types() -> None:
    (base,) = bases(campaign(scenarios=["DLV-05"], over=["serial"]))
    types = {
        (fault["device"], fault["on"].partition(".")[0])
        for fault in swept(campaign(every_exchange=True), base)
        if "on" in fault
    }
    assert types == {("cgm", "cgms"), ("pump", "ids")}


def _nobody(order: Order) -> Result:
    raise AssertionError(order)


def test_counting_strikes_nothing() -> None:
    made = campaign(over=["serial"])
    (base,) = bases(made)
    scenario = compose(counting(base, message_faults("pump")))
    assert [fault.name for fault in scenario.fault[1:]] == [probe(number) for number in range(len(scenario.fault) - 1)]


def test_checks_that_are_left_out_leave_something_to_judge() -> None:
    (base,) = bases(campaign(leave_out=["tells_user", "backs_off"], over=["serial"]))
    assert base.leave_out == ("tells_user",)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"scenarios": ["XYZ-*"]}, "scenarios: 'XYZ-*': expected a file, or a pattern of one of BGM-01"),
        ({"every_exchange": True, "exchanges": [1]}, "exchanges: expected every_exchange or exchanges, and not both"),
        ({"without_fault": False}, "without_fault: expected true where there is no fault"),
        ({"scenario": "DLV-01"}, "scenario: there is no such key here; expected one of"),
        ({"fault": [{"fault": "vanish"}]}, "fault.0: device: expected a value, it is missing"),
        ({"budget": {"minutes": 0}}, "budget.minutes: expected more than 0, got 0"),
        *(({axis: []}, f"{axis}: expected 1 or more of them") for axis in ("over", "rigs", "subjects", "profiles", "seeds")),
        *(({axis: [], "fault": [LOST]}, f"{axis}: expected 1 or more of them") for axis in ("exchanges", "instants")),
        *(
            ({axis: [value, value], "fault": [LOST], **more}, f"{axis}: expected each once, {words} is there twice")
            for axis, value, words, more in (
                ("scenarios", "DLV-01", "'DLV-01'", {}),
                ("rigs", "patient", "'patient'", {}),
                ("subjects", "hovorka adult", "'hovorka adult'", {}),
                ("over", "ble", "'ble'", {}),
                ("profiles", {"pump": "patch"}, "{'pump': 'patch'}", {}),
                ("seeds", 7, "7", {}),
                ("exchanges", 3, "3", {}),
                ("instants", "90s", "90s", {}),
                ("client", {"command": ["x", "y"]}, "x y", {}),
                ("fault", LOST, "lose_reply on pump", {"fault": [LOST, LOST]}),
            )
        ),
        ({"exchanges": [1]}, "exchanges: expected a [[fault]] of messages that strikes at them"),
        ({"exchanges": [1], "fault": [GONE]}, "exchanges: expected a [[fault]] of messages that strikes at them"),
        ({"instants": ["1h"]}, "instants: expected a [[fault]] that waits until then"),
        ({"instants": ["1h"], "every_exchange": True}, "instants: expected every_exchange or instants, and not both"),
        ({"fault": [GONE], "every_exchange": True}, "fault: every_exchange plays faults of messages, and vanish is none"),
        (
            {"fault": [LOST, {**LOST, "device": "meter"}]},
            "fault.1.device: 'meter': no rig of the campaign has it; expected one of cgm, p",
        ),
        ({"leave_out": ["tells_usr"]}, "leave_out.0: 'tells_usr': expected one of tells_user"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_one_sentence(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CellError, match=re.escape(sentence)):
        bases(campaign(**more))


def test_patterns_name_scenarios_in_order_and_once() -> None:
    assert named(["DLV-02", "DLV-0*", "my.toml"])[:3] == ["DLV-02", "DLV-01", "DLV-03"]
    assert named(["*"]) == scenarios()
    with pytest.raises(CampaignError):
        named(["dlv-01"])
