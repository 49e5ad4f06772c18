"""Checks of what a client believes find what is wrong with it, and nothing else: on journals written by hand."""

import json
from typing import Any

import pytest

from isletbench.emulator.journal import reader
from isletbench.emulator.journal.beliefs import BELIEFS, BeliefError, parse
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.scenarios.checks import CHECKS, Check

HEADER = {"journal": 2, "devices": {"cgm": "cgm", "cgm2": "cgm", "pump": "pump", "meter": "meter"}}
MINUTE = 60_000


def pulses(bolus: int, count: int, begin: int = 0) -> list[dict[str, Any]]:
    pulse = {"device": "pump", "ledger": "pulse", "uu": 50_000, "cause": "bolus", "reservoir_uu": 0, "bolus_id": bolus}
    return [{"t": begin + 2_000 * n, **pulse} for n in range(count)]


def basal(count: int, every: int = MINUTE) -> list[dict[str, Any]]:
    pulse = {"device": "pump", "ledger": "pulse", "uu": 50_000, "cause": "basal", "reservoir_uu": 0}
    return [{"t": n * every, **pulse} for n in range(count)]


def sample(offset: int, mg_dl: float | None = 100.0) -> dict[str, Any]:
    return {
        "t": offset * MINUTE,
        "device": "cgm",
        "ledger": "sample",
        "time_offset": offset,
        "true_mg_dl": 100.0,
        "mg_dl": mg_dl,
    }


def told(at: int, belief: str, **fields: Any) -> dict[str, Any]:
    return {"t": at, "belief": belief, **fields}


def findings(check: str, entries: list[dict[str, Any]], **settings: Any) -> list[str]:
    made: Check = CHECKS[check].model_validate({"check": check, **settings})
    ordered = sorted(entries, key=lambda entry: entry["t"])
    journal = reader.read(json.dumps(line) for line in (HEADER, *ordered))
    return [finding.words for finding in made.findings(conversation_of(journal))]


NAME = "the reading of time offset"
DELIVERED = pulses(1, 20)


@pytest.mark.parametrize(
    ("doses", "settings", "words"),
    [
        ([{"id": "a", "bolus_id": 1, "units": 1}], {}, None),
        ([{"id": "a", "units": 1}], {}, None),
        ([{"id": "a", "bolus_id": 1, "units": 0.95}], {}, None),
        ([{"id": "a", "bolus_id": 1, "units": 0.4}, {"id": "a", "bolus_id": 1, "units": 1}], {}, None),
        ([{"id": "a", "bolus_id": 1, "units": 0.9}], {}, "bolus 1: 1 U were delivered, and the client has 0.9 U on its books"),
        ([], {}, "1 U were delivered in boluses that the client cannot tell apart, and it has 0 U on its books"),
        (
            [{"id": "a", "bolus_id": 1, "units": 1}, {"id": "b", "bolus_id": 1, "units": 1}],
            {},
            "bolus 1 is on the books 2 times: ['a', 'b']",
        ),
        (
            [{"id": "a", "bolus_id": 1, "units": 1}, {"id": "b", "units": 1}],
            {},
            "0 U were delivered in boluses that the client cannot tell apart, and it has 1 U on its books",
        ),
        (
            [{"id": "a", "bolus_id": 1, "units": 0, "requested": 2, "certain": False}],
            {},
            "bolus 1: 1 U were delivered, and the client never finds out",
        ),
        ([{"id": "a", "bolus_id": 1, "units": 0, "requested": 2, "certain": False}], {"uncertain": True}, None),
        ([{"id": "a", "units": 0, "requested": 2, "certain": False}], {"uncertain": True}, None),
        (
            [{"id": "a", "bolus_id": 1, "units": 0, "requested": 0.5, "certain": False}],
            {"uncertain": True},
            "bolus 1: 1 U were delivered, more than 0.5 U asked for",
        ),
    ],
)
def test_doses_are_compared_with_the_ledger(doses: list[dict[str, Any]], settings: dict[str, Any], words: str | None) -> None:
    entries = DELIVERED + [told(50_000 + n, "dose", **dose) for n, dose in enumerate(doses)]
    assert [found.replace("1.00", "1") for found in findings("believes_doses", entries, **settings)] == (
        [words] if words else []
    )


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        ({"units": 1, "requested": 1, "age": 0}, None),
        ({"units": -0.1}, "dose a has -0.1 U: less than nothing"),
        ({"units": 1.5, "requested": 1}, "dose a has 1.5 U: more than the 1 U asked for"),
        ({"units": 0, "age": -3_600}, "dose a begins 3600 s in the future"),
    ],
)
def test_impossible_doses_are_found(dose: dict[str, Any], words: str | None) -> None:
    assert findings("possible_doses", [told(1, "dose", id="a", **dose)]) == ([words] if words else [])


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ([(6, {"time_offset": 5, "mg_dl": 100.0, "age": 60})], None),
        (
            [(6, {"time_offset": 5, "mg_dl": 90.0, "age": 60})],
            NAME + " 5 is 100.0 mg/dL, and stored as 90.0",
        ),
        (
            [(65, {"time_offset": 5, "mg_dl": 100.0, "age": 0})],
            NAME + " 5 is dated 1:05:00 and was measured 0:05:00",
        ),
        ([(6, {"time_offset": 4, "mg_dl": 100.0, "age": 60})], NAME + " 4 was never measured"),
        ([(11, {"time_offset": 10, "mg_dl": None, "age": 60})], None),
        (
            [(11, {"time_offset": 10, "mg_dl": 0.0, "age": 60})],
            NAME + " 10 is None mg/dL, and stored as 0.0",
        ),
        (
            [(6, {"time_offset": 5, "mg_dl": 100.0, "age": 60}), (7, {"time_offset": 5, "mg_dl": 100.0, "age": 120})],
            NAME + " 5 is stored a second time",
        ),
    ],
)
def test_readings_are_compared_with_what_was_measured(readings: list[tuple[int, dict[str, Any]]], words: str | None) -> None:
    entries = [sample(5), sample(10, None), *(told(at * MINUTE, "reading", **reading) for at, reading in readings)]
    assert findings("believes_readings", entries) == ([words] if words else [])


def test_basal_is_compared_with_the_pulses_until_then() -> None:
    assert findings("believes_basal", [*basal(10), told(9 * MINUTE, "basal", units=0.5)]) == []
    (words,) = findings("believes_basal", [*basal(10), told(9 * MINUTE, "basal", units=0.8)])
    assert words.endswith("and the client has 0.8 U on its books")
    assert findings("believes_basal", [*basal(10), told(1, "reports", kinds=["basal"])]) == [
        "the client never tells how much basal insulin was delivered"
    ]


def test_the_user_is_told_in_time_and_not_without_a_reason() -> None:
    blocked = {"t": MINUTE, "fault": "occlude", "what": "struck"}
    end = {"t": 60 * MINUTE, "bench": "stopped"}
    later = told(20 * MINUTE, "alert", about="occlusion")
    assert findings("tells_user", [blocked, later], about=["occlusion"], within="20m") == []
    assert findings("tells_user", [blocked, later], about=["occlusion"], within="10m")
    assert findings("tells_user", [blocked, told(2 * MINUTE, "alert", about="clock"), end], about=["occlusion"])
    assert findings("tells_user", [blocked, later, end], about=["occlusion"], after="30m")
    assert not findings("tells_user", [blocked, later], about=["occlusion"], after="30m"), "the run ended before"
    armed = {"t": 0, "fault": "occlude", "what": "armed"}
    late = {"t": 10 * MINUTE, "fault": "occlude", "what": "struck"}
    for strike in (late, {**late, "what": "over"}):
        assert findings("tells_user", [armed, strike, later], about=["occlusion"], within="10m") == []
    assert findings("stays_quiet", [later], about=["clock"]) == []
    assert findings("stays_quiet", [later], about=["occlusion"]) == ["the user is told about occlusion without a reason"]
    assert findings("stays_quiet", [later], about=["occlusion"], times=1) == []


def test_a_client_settles_in_a_mode() -> None:
    modes = [told(MINUTE, "mode", mode="closed_loop"), told(5 * MINUTE, "mode", mode="open_loop")]
    assert findings("settles", modes, modes=["open_loop"]) == []
    assert findings("settles", modes, modes=["closed_loop"], at="2m") == []
    assert findings("settles", modes, modes=["stopped"]) == ["at 0:05:00 the client is in open_loop: expected stopped"]
    assert findings("settles", [], modes=["stopped"]) == ["at 0:00:00 the client is in nothing at all: expected stopped"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"belief": "dose"', "expected JSON"),
        ("[]", "expected a table"),
        ('{"belief": "guess"}', "belief: expected one of"),
        ('{"belief": "dose", "id": "a"}', "units: expected a value, it is missing"),
        ('{"belief": "dose", "id": "a", "units": 1, "when": 3}', "when: there is no such key here"),
        ('{"belief": "alert", "about": "the weather"}', "about: expected one of"),
        ('{"belief": "reading", "time_offset": 70000, "mg_dl": 1, "age": 0}', "time_offset: expected 65535 or less"),
    ],
)
def test_what_is_no_belief_is_said_in_a_sentence(line: str, sentence: str) -> None:
    with pytest.raises(BeliefError) as error:
        parse(line)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_every_kind_of_belief_is_explained() -> None:
    for name, kind in BELIEFS.items():
        assert len((kind.__doc__ or "").split()) > 5, name
