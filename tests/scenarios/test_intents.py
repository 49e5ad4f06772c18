"""Boluses that nobody has asked for are explained by a decision of their amount and time, or by a meal; else they are found."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.journal.beliefs import Decision
from isletbench.emulator.journal.entries import BeliefEntry, Entry
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.scenarios import intents
from isletbench.emulator.scenarios.preconditions import not_of
from isletbench.emulator.scenarios.scenario import Intent, Scenario, load_scenario
from isletbench.protocols import ids
from tests.scenarios.matrix import played

SCENARIO = load_scenario("CLP-02")
"""Its user announces a meal at 1:00 and a snack at 5:00, and wants nothing else."""


def found(entries: list[Entry], scenario: Scenario = SCENARIO) -> list[str]:
    return [finding.words for finding in intents.unwanted(scenario, conversation_of(entries))]


def altered(change: Callable[[BeliefEntry], BeliefEntry | None]) -> list[Entry]:
    """The journal of the careful client, with what it reports of its boluses changed or left out."""
    entries: list[Entry] = []
    for entry in played("CLP-02", "serial", "careful").entries:
        decides = isinstance(entry, BeliefEntry) and isinstance(entry.belief, Decision) and entry.belief.bolus > 0
        changed = change(entry) if decides and isinstance(entry, BeliefEntry) else entry
        if changed is not None:
            entries.append(changed)
    return entries


def with_bolus(entry: BeliefEntry, units: Decimal) -> BeliefEntry:
    assert isinstance(entry.belief, Decision)
    return replace(entry, belief=entry.belief.model_copy(update={"bolus": units}))


def test_every_bolus_of_a_careful_client_is_explained() -> None:
    assert found(altered(lambda entry: entry)) == []
    assert len([one for one in altered(lambda entry: entry) if isinstance(one, BeliefEntry)]) > 100


def test_a_client_that_reports_decisions_and_gives_ten_times_as_much_is_found() -> None:
    verdict = played("CLP-02", "serial", "ten_fold")
    words = [finding.words for check, finding in verdict.findings if check == intents.NAME]
    assert len(words) > 1
    assert any("a bolus of 34 U is asked for at 1:00" in one for one in words), "the meal explains 3.4 U"


def test_a_bolus_that_was_not_decided_on_is_found() -> None:
    assert found(altered(lambda entry: None))


def test_a_decision_explains_its_own_amount_and_no_other() -> None:
    assert found(altered(lambda entry: with_bolus(entry, Decimal("0.01") + entry.belief.bolus))) == []  # type: ignore[union-attr]
    assert found(altered(lambda entry: with_bolus(entry, Decimal("0.2") + entry.belief.bolus)))  # type: ignore[union-attr]


@pytest.mark.parametrize(("late", "is_found"), [(0, False), (minutes(30), True)])
def test_a_decision_explains_what_is_asked_for_at_its_time(late: int, is_found: bool) -> None:
    entries = altered(lambda entry: replace(entry, at=entry.at + late))
    assert bool(found(entries)) is is_found


def test_a_decision_explains_one_bolus() -> None:
    reason = intents._Reason(0, hours(1), Decimal("0.5"), Decimal("0.5"))
    assert reason.explains(minutes(1), Decimal("0.5"))
    reason.is_used = True
    assert not reason.explains(minutes(2), Decimal("0.5"))


@pytest.mark.parametrize(("grams", "is_found"), [(60.0, False), (5.0, True)])
def test_a_meal_explains_what_its_carbohydrate_needs(grams: float, is_found: bool) -> None:
    meal, snack = SCENARIO.intent
    scenario = SCENARIO.model_copy(update={"intent": (meal.model_copy(update={"grams": grams}), snack)})
    words = found(altered(lambda entry: entry), scenario)
    assert any("at 1:00" in one for one in words) is is_found


@pytest.mark.parametrize(
    ("fast", "extended", "is_it"), [(0.0, 2.0, True), (2.0, 0.0, False), (1.0, 1.0, False), (0.0, 1.0, False)]
)
def test_two_units_over_an_hour_are_not_given_at_once_nor_half_of_them(fast: float, extended: float, is_it: bool) -> None:
    wanted = intents._Wanted(Intent.model_validate(bolus("1h", 2, lasts="1h")), None)
    kind = ids.BolusType.EXTENDED if not fast else ids.BolusType.MULTIWAVE
    assert wanted.matches(ids.SetBolus(kind, fast, extended, 60)) is is_it


def test_a_journal_with_a_person_is_of_its_scenario() -> None:
    assert not_of(SCENARIO, played("CLP-02", "serial", "careful").entries) == ""
    assert "and this journal is of cgm, pump, patient" in not_of(
        load_scenario("DLV-01"), played("CLP-02", "serial", "careful").entries
    )


def test_a_client_in_the_loop_that_reports_no_decision_is_not_accused() -> None:
    entries = [
        entry
        for entry in played("CLP-02", "serial", "careful").entries
        if not (isinstance(entry, BeliefEntry) and isinstance(entry.belief, Decision))
    ]
    assert found(entries) == []
    without = SCENARIO.model_copy(update={"person": None})
    assert found(entries, without), "where the loop is not the client's to close, a bolus has to be wanted"


def test_what_was_wanted_before_a_program_has_started_it_is_told_at_once() -> None:
    """On a busy machine the first program starts seconds after its bench."""
    scenario = load_scenario("DLV-01")
    (first, *_), at = scenario.wanted(), scenario.intent[0].at
    assert first["at"] == at / 1_000
    assert scenario.wanted(at + 1) == scenario.wanted()[1:], "what an earlier program was told is not wanted twice"
    assert scenario.wanted(at + 1, unmet=at)[0] == {**first, "at": 0}
    assert scenario.wanted(at - 1, unmet=0)[0] == {**first, "at": 0.001}


# What was asked for, and what was wanted


def words_on(name: str, *wanted: dict[str, Any]) -> list[str]:
    """What is said of the careful client's conversation in a scenario if its user had wanted this instead."""
    scenario = load_scenario(name).model_copy(update={"intent": tuple(Intent.model_validate(one) for one in wanted)})
    return found(list(played(name, "serial", "careful").entries), scenario)


def bolus(at: str, units: float, **more: str) -> dict[str, Any]:
    return {"at": at, "do": "bolus", "units": units, **more}


def intent(at: str, do: str, **more: float) -> dict[str, Any]:
    return {"at": at, "do": do, **more}


# DLV-02: a bolus of 1 U is asked for at 1:01:40. HIS-06: one of 2 U over an hour at 1:00. LIF-01: 0.9 U are primed at 1:10.
@pytest.mark.parametrize(
    ("name", "wanted", "said"),
    [
        ("DLV-02", [bolus("3700s", 1)], ""),
        ("DLV-02", [bolus("3700s", 1.1)], "and its user wants 1.1 U, since 1:01:40"),
        ("DLV-02", [bolus("3700s", 1, lasts="1h")], "a bolus of 1 U is asked for at 1:01:40, and its user wants 1 U over 1h"),
        ("DLV-02", [bolus("75m", 1)], "a bolus of 1 U is asked for at 1:01:40, and its user wants none"),
        ("DLV-02", [bolus("55m", 1), intent("58m", "cancel_bolus")], "and its user wants none any more since 0:58:00"),
        ("DLV-02", [bolus("55m", 1), intent("58m", "stop")], "and its user wants none any more since 0:58:00"),
        ("HIS-06", [bolus("1h", 2, lasts="1h")], ""),
        (
            "HIS-06",
            [bolus("1h", 2, lasts="30m")],
            "a bolus of 2 U over 1h is asked for at 1:00:00, and its user wants 2 U over 30m",
        ),
        ("HIS-06", [bolus("1h", 2)], "a bolus of 2 U over 1h is asked for at 1:00:00, and its user wants 2 U, since"),
        ("LIF-01", [intent("70m", "activate", units=0.9)], ""),
        ("LIF-01", [intent("70m", "activate", units=0.5)], "0.9 U are to be primed at 1:10:00, and its user wants 0.5 U"),
        ("LIF-01", [intent("90m", "activate", units=0.9)], "0.9 U are to be primed at 1:10:00, and its user wants no priming"),
    ],
)
def test_amount_kind_and_time_of_a_delivery_are_those_that_its_user_wants(
    name: str, wanted: list[dict[str, Any]], said: str
) -> None:
    words = words_on(name, *wanted)
    assert any(said in one for one in words) if said else words == [], words
