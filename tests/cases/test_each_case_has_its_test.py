"""Every small input of people that once failed, by its name, with the tests that hold it now: beside their subject, or here."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
CASES: dict[str, tuple[str, ...]] = {
    "alter-to-what-cannot-be": (
        "faults/test_targets.py::test_what_can_never_be_written_down_is_refused",
        "faults/test_targets.py::test_an_undefined_code_and_a_nested_field_go_out_with_right_crc_and_counter",
    ),
    "battery-drained-by-talking": ("pump/test_battery.py::test_three_days_of_talking_cost_more_than_three_idle_ones",),
    "bolus-ended-on-the-pump": ("cases/test_pumps.py::test_a_user_ends_the_bolus_that_runs_and_therapy_goes_on",),
    "connect-given-up": (
        "collectors/test_bleak_backend.py::test_a_connect_that_its_caller_gives_up_is_withdrawn_and_the_next_one_connects",
        "collectors/test_bleak_backend.py::test_what_is_given_up_at_the_first_steps_of_the_phone_leaves_it_usable",
    ),
    "fault-that-never-strikes": (
        "scenarios/test_unjudged.py::test_a_scenario_whose_fault_strikes_nothing_says_so_to_a_careful_client",
        "scenarios/test_unjudged.py::test_a_fault_of_what_nobody_asks_for_is_refused_with_what_was_meant",
    ),
    "hang-up-in-discovery": (
        "collectors/test_bleak_backend.py::test_a_device_that_hangs_up_during_discovery_or_subscription_is_an_error_at_once",
        "collectors/test_bleak_backend.py::test_a_session_that_is_cut_at_any_packet_ends_in_time_and_leaves_nothing_behind",
    ),
    "primed-while-worn": ("cases/test_pumps.py::test_a_client_that_primes_a_worn_pump_is_found_and_one_that_asks_is_not",),
    "record-that-is-never-given": (
        "faults/test_targets.py::test_one_record_is_never_given_to_anybody",
        "faults/test_targets.py::test_a_report_that_holds_one_record_is_refused_and_no_other",
    ),
    "stop-half-done": ("cases/test_pumps.py::test_what_happens_to_a_pump_waits_for_a_message_as_it_can_wait_for_a_time",),
    "subscriptions-unanswered": ("faults/test_targets.py::test_a_subscription_is_an_exchange_as_any_other",),
    "terminal-closed": ("cases/test_terminal_closed.py::test_a_bench_whose_terminal_is_closed_ends_cleanly",),
    "tests-on-one-loop": (
        "packaging/test_projects.py::test_benches_run_on_the_loop_of_the_test_that_asks",
        "packaging/test_projects.py::test_a_project_that_runs_everything_on_one_loop",
    ),
    "trace-beside-its-rig": ("cases/test_recordings.py::test_a_recording_is_looked_for_beside_its_rig",),
    "trace-values": (
        "cases/test_recordings.py::test_a_value_that_is_no_glucose_is_a_gap",
        "cases/test_recordings.py::test_the_words_of_a_sensor_stay_its_words",
        "cases/test_recordings.py::test_millimoles_are_taken_for_what_they_are",
    ),
    "traces-people-have": ("cases/test_recordings.py::test_a_recording_as_people_have_it_is_replayed",),
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_test(case: str) -> None:
    for test in CASES[case]:
        file, _, name = test.partition("::")
        tree = ast.parse((TESTS / file).read_text("utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}, test
