"""The C controller: a bolus is given once, or not at all, and the controller knows which, whatever becomes of the answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from isletbench.emulator.rigs.rig import load_rig
from isletbench.emulator.transports.ports.line import LineConditions
from isletbench.protocols.ids import Response
from tests.firmware.compiled import needs_compiler
from tests.firmware.controllers import BEGUN, NOT_BEGUN, REFUSED, UNCLEAR, Controller

pytestmark = needs_compiler
SILENT = 3


@pytest.fixture
def controller() -> Iterator[Controller]:
    made = Controller()
    assert made.open() == 0
    yield made
    made.close()


def test_a_bolus_begins_and_its_id_is_known(controller: Controller) -> None:
    first = controller.bolus(0.2)
    assert (first.fate, first.was_asked_for) == (BEGUN, False)
    assert controller.programmed == [first.id]


def test_a_refusal_is_told_with_its_reason(controller: Controller) -> None:
    assert controller.bolus(5.0).fate == BEGUN
    second = controller.bolus(1.0)
    assert (second.fate, second.response) == (REFUSED, Response.MAXIMUM_BOLUS_NUMBER_REACHED)
    too_large = controller.bolus(31.0)
    assert (too_large.fate, too_large.response) == (REFUSED, Response.PARAMETER_OUT_OF_RANGE)
    assert len(controller.programmed) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "lose_reply"},
        {"fault": "lose_reply", "part": "acknowledgement"},
        {"fault": "deny_reply"},
        {"fault": "cut_after"},
        {"fault": "delay_reply", "by": "10m"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_bolus_that_begins_without_an_answer_is_found_and_not_given_again(
    controller: Controller, fault: dict[str, Any]
) -> None:
    controller.inject(on="SetBolus", **fault)
    dose = controller.bolus(1.0)
    assert dose.fate == BEGUN
    assert controller.programmed == [dose.id]


@pytest.mark.parametrize("fault", ["lose_request", "ignore_request", "refuse_request", "cut_before"])
def test_a_bolus_that_never_reached_the_pump_is_known_not_to_have_begun(controller: Controller, fault: str) -> None:
    before = controller.bolus(0.05)
    controller.listen(10_000)
    controller.inject(fault=fault, on="SetBolus")
    dose = controller.bolus(0.05)
    assert (dose.fate, dose.was_asked_for) == (NOT_BEGUN, True)
    assert controller.programmed == [before.id]


def test_a_repeated_answer_is_one_answer(controller: Controller) -> None:
    controller.inject(fault="repeat_reply", on="SetBolus")
    first = controller.bolus(0.05)
    controller.listen(10_000)
    controller.inject(fault="ignore_request", on="SetBolus")
    assert (first.fate, controller.bolus(0.05).fate) == (BEGUN, NOT_BEGUN)
    assert controller.programmed == [first.id]


def test_a_pump_that_does_not_come_back_leaves_the_bolus_unclear(controller: Controller) -> None:
    controller.inject(fault="cut_after", on="SetBolus")
    controller.inject(fault="vanish", after="1s", lasts="1h")
    dose = controller.bolus(1.0)
    assert (dose.fate, dose.was_asked_for) == (UNCLEAR, True)
    assert len(controller.programmed) == 1


@pytest.mark.parametrize(("units", "fate"), [(5.0, BEGUN), (0.1, UNCLEAR)])
def test_where_the_history_comes_late_a_running_bolus_is_found_and_a_delivered_one_is_not_denied(
    units: float, fate: int
) -> None:
    """This make's records can be read two minutes after the event; the controller asks after half a minute."""
    found = load_rig("stubs")
    late = found.devices["pump"].model_copy(update={"profile": "tubed", "tuning": {}})
    controller = Controller(found.model_copy(update={"devices": {"pump": late}}))
    try:
        assert controller.open() == 0
        controller.inject(fault="lose_reply", on="SetBolus")
        dose = controller.bolus(units)
        assert (dose.fate, dose.was_asked_for) == (fate, True)
        assert len(controller.programmed) == 1
    finally:
        controller.close()


LINES: list[dict[str, Any]] = [
    {"noise": 0.003},
    {"loss": 0.003},
    {"breaks_per_hour": 3_600.0},
    {"baud": 2_400},
    {"split": 1, "pause_ms": 3},
    {"glue_ms": 200},
    {"echo": True},
    {"stale": b"\x07\x20\x01\x02"},
]


@pytest.mark.parametrize("line", LINES, ids="-".join)
def test_on_a_bad_line_no_bolus_is_given_twice_or_denied(line: dict[str, Any]) -> None:
    for seed in range(4):
        found = load_rig("stubs")
        pump = found.devices["pump"].model_copy(update={"line": LineConditions(**line)})
        controller = Controller(found.model_copy(update={"devices": {"pump": pump}, "seed": seed}))
        try:
            for _ in range(10):
                if controller.open() == 0:
                    break
            dose = controller.bolus(0.2)
            expected = {BEGUN: [dose.id], NOT_BEGUN: []}
            assert dose.fate in expected, f"seed {seed}"
            assert list(controller.programmed) == expected[dose.fate], f"seed {seed}"
        finally:
            controller.close()


def test_a_pump_that_is_not_there_is_silent_and_that_takes_three_seconds() -> None:
    controller = Controller()
    try:
        controller.inject(fault="vanish", lasts="1h")
        began = controller.bench.clock.now()
        assert controller.open() == SILENT
        assert controller.bench.clock.now() - began == 3_000
    finally:
        controller.close()
