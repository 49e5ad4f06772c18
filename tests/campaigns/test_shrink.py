"""Shrinking: the same check fails in the same way after every step, and never another one."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.campaigns.cell import composed
from isletbench.emulator.campaigns.result import Result
from isletbench.emulator.campaigns.shrinking.failure import failures_of, without_numbers
from isletbench.emulator.campaigns.shrinking.reductions import reductions
from isletbench.emulator.campaigns.shrinking.shrink import CannotShrink, shrink, to_file
from isletbench.emulator.core.quantities import parse_span, shown
from isletbench.emulator.scenarios.scenario import ScenarioError, parse, validated
from tests.harness.campaigns import cell, result

Plain = dict[str, Any]
KINDS = ("lose_reply", "lose_request", "cut_after", "cut_before", "vanish")
FAULTS = st.fixed_dictionaries(
    {
        "fault": st.sampled_from(KINDS),
        "device": st.just("pump"),
        "at": st.integers(0, 100).map(lambda minutes: shown(minutes * 60_000)),
    }
)
SCENARIOS = st.fixed_dictionaries(
    {
        "schema": st.just(1),
        "id": st.just("MY-01"),
        "title": st.just("Something to be shrunk"),
        "story": st.just("A story of twenty letters at least."),
        "lasts": st.sampled_from(["2h", "3h", "10h"]),
        "intent": st.lists(
            st.fixed_dictionaries({"at": st.just("1h"), "do": st.just("bolus"), "units": st.integers(1, 9)}), max_size=3
        ),
        "fault": st.lists(FAULTS, min_size=1, max_size=5),
        "expect": st.just([{"check": "doses_once", "boluses": 1}, {"check": "gives", "units": 1}, {"check": "resolves"}]),
    }
)
TRAITS: dict[str, Callable[[Plain], bool]] = {
    "two faults": lambda plain: len(plain.get("fault", [])) >= 2,
    "a lost reply": lambda plain: any(fault["fault"] == "lose_reply" for fault in plain.get("fault", [])),
    "a late fault": lambda plain: any(parse_span(fault["at"]) >= 1_800_000 for fault in plain.get("fault", [])),
    "a large bolus": lambda plain: any(intent["units"] > 2 for intent in plain.get("intent", [])),
    "anything": lambda plain: True,
    "a long run": lambda plain: parse_span(plain["lasts"]) > 3_600_000,
}
CHECKS = ("doses_once", "gives", "resolves")


def player(rules: dict[str, str], played: list[Plain]) -> Callable[[Sequence[Plain]], list[Result | None]]:
    """A client for which each of these checks fails where a scenario has a trait; nothing can be played that is no scenario."""

    def one(plain: Plain) -> Result | None:
        try:
            validated(plain, "scenario")
        except ScenarioError:
            return None
        played.append(plain)
        demanded = {expected["check"] for expected in plain["expect"]}
        found = [
            {
                "check": check,
                "at": 60_000 * number,
                "line": 1,
                "words": f"{trait}: {len(plain.get('fault', []))} of 5 U at 1:0{number}:00",
            }
            for number, (check, trait) in enumerate(rules.items())
            if check in demanded and TRAITS[trait](plain)
        ]
        return result(cell(), "failed" if found else "passed", findings=found, lasted=parse_span(plain["lasts"]))

    return lambda plains: [one(plain) for plain in plains]


@settings(max_examples=10, deadline=None)
@given(SCENARIOS, st.permutations(CHECKS), st.lists(st.sampled_from(list(TRAITS)), min_size=3, max_size=3), st.integers(1, 4))
def test_shrinking_never_turns_one_failure_into_another(
    plain: Plain, checks: list[str], traits: list[str], at_once: int
) -> None:
    rules = dict(zip(checks, traits, strict=True))
    played: list[Plain] = []
    play = player(rules, played)
    (first,) = play([plain])
    assert first is not None
    before = failures_of(first)
    if not before:
        with pytest.raises(CannotShrink):
            shrink(plain, play)
        return
    steps: list[Plain] = []
    shrunk = shrink(plain, play, at_once=at_once, notice=lambda runs, smaller: steps.append(smaller))
    assert shrunk.failure == before[0]
    for step in steps:
        (again,) = play([step])
        assert again is not None
        assert before[0] in failures_of(again), "it fails in the same way"
        assert set(failures_of(again)) <= set(before), "and in no other"
    assert validated(shrunk.plain, "shrunk")
    assert {expected["check"] for expected in shrunk.plain["expect"]} == {shrunk.failure.check}
    assert _cannot_be_less(shrunk.plain, play, shrunk.failure)


def _cannot_be_less(plain: Plain, play: Callable[[Sequence[Plain]], list[Result | None]], failure: object) -> bool:
    """Whether nothing that happens in a shrunk scenario can be left out."""
    for what in ("fault", "intent"):
        there = plain.get(what, [])
        for number in range(len(there)):
            (less,) = play([{**plain, what: there[:number] + there[number + 1 :]}])
            if less is not None and set(failures_of(less)) == {failure}:
                return False
    return True


@settings(max_examples=10, deadline=None)
@given(SCENARIOS)
def test_every_reduction_is_smaller_in_one_respect_and_larger_in_none(plain: Plain) -> None:
    before = _sizes(plain)
    for smaller in reductions(plain, check="gives", failed_at=3_000_000):
        after = _sizes(smaller)
        assert smaller != plain
        assert all(now <= then for now, then in zip(after, before, strict=True)), smaller
        assert after != before, smaller


def _sizes(plain: Plain) -> list[float]:
    happens = [one for what in ("fault", "intent") for one in plain.get(what, [])]
    return [
        len(happens),
        len(plain["expect"]),
        parse_span(plain["lasts"]),
        sum(one.get("units", 0) for one in happens),
        sum(parse_span(one["at"]) for one in happens),
    ]


def test_the_way_in_which_a_check_fails_has_no_numbers() -> None:
    one = "bolus 2 is number 2 that is delivered at 1:02:00, where 1 were wanted within 5m"
    other = "bolus 17 is number 3 that is delivered at 0:59:01, where 2 were wanted within 1.5h"
    assert without_numbers(one) == without_numbers(other)
    assert without_numbers(one) != without_numbers(one.replace("delivered", "programmed"))


def test_what_a_check_demands_something_for_is_kept() -> None:
    plain = {**composed(cell()), "intent": [{"at": "1h", "do": "bolus", "units": 5}]}
    play = player({"gives": "anything"}, [])

    def no_reason(plains: Sequence[Plain]) -> list[Result | None]:
        return [result(cell(), "passed" if one.get("intent") else "failed") for one in plains]

    plain["expect"] = [{"check": "gives", "units": 5}]
    assert "intent" not in shrink(plain, play).plain
    kept = shrink(plain, play, reference=no_reason)
    assert (len(kept.plain["intent"]), kept.is_fair) == (1, True)
    fails_all = shrink(plain, play, reference=lambda plains: [result(cell(), "failed") for _ in plains])
    assert ("intent" in fails_all.plain, fails_all.is_fair) == (False, False)


def test_a_check_that_is_named_goes_on_failing() -> None:
    plain = composed(cell())
    play = player({"doses_once": "a lost reply", "resolves": "a lost reply"}, [])
    faults = [{"fault": "lose_reply", "device": "pump", "at": "1h"}] * 2
    shrunk = shrink({**plain, "fault": faults}, play, check="resolves")
    assert shrunk.failure.check == "resolves"
    assert len(shrunk.plain["fault"]) == 1
    with pytest.raises(CannotShrink, match="expected a cell that fails gives: doses_once, resolves"):
        shrink({**plain, "fault": faults}, play, check="gives")


def test_no_more_runs_are_made_than_are_allowed() -> None:
    played: list[Plain] = []
    plain = {**composed(cell()), "fault": [{"fault": "lose_reply", "device": "pump", "at": "1h"}] * 5}
    shrunk = shrink(plain, player({"doses_once": "a lost reply"}, played), most=7, at_once=4)
    assert len(played) <= shrunk.runs <= 7


def test_what_is_shrunk_becomes_a_scenario_that_is_whole() -> None:
    made = cell()
    play = player({"doses_once": "a lost reply"}, [])
    plain = {**composed(made), "fault": [{"fault": "lose_reply", "device": "pump", "at": "1h"}]}
    text = to_file(made, shrink(plain, play), "isletbench run shrunk.toml -- my.client:of")
    scenario = parse(text, "shrunk.toml")
    assert scenario.id.startswith("SHRUNK-")
    assert scenario.title == "Shrunk from DLV-01: doses_once"
    assert "isletbench run shrunk.toml -- my.client:of" in scenario.story
    assert [check.kind() for check in scenario.expect] == ["doses_once"]
