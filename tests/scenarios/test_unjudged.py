"""A run that shows nothing is not judged, and says why; what a user wants is judged in every scenario."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.scenarios import intents
from isletbench.emulator.scenarios.checks import CHECKS, Check
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome, Verdict, verdict_on
from isletbench.emulator.scenarios.preconditions import not_of
from isletbench.emulator.scenarios.scenario import Scenario, ScenarioError, load_scenario, parse
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.in_process import client_of
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts

MINUTE = 60_000
HEADER = {"journal": 2, "devices": {"cgm": "cgm", "pump": "pump"}, "start": "2026-01-01T08:00:00"}
CONNECTED = {
    "t": 0,
    "device": "pump",
    "link": "pump.serial#1",
    "in": "connected",
    "stage": "received",
    "mtu": 515,
    "bonded": True,
}
UNUSED = """
schema = 1
id = "NOT-1"
title = "A session that never starts"
story = "From the fifth minute on the start of a session goes unanswered: so its writer believes, and nobody starts one."
lasts = "30m"
clients = ["cgm"]
[[fault]]
fault = "hang_up"
device = "cgm"
at = "5m"
[[fault]]
fault = "lose_request"
device = "cgm"
on = "StartSession"
at = "5m"
lasts = "20m"
count = "all"
[[expect]]
check = "fetches_missed"
"""
BOLUS = """
schema = 1
id = "MY-02"
title = "A bolus that its user wants"
story = "The user wants one unit after a minute, and nothing goes wrong: the pump gives it."
lasts = "40m"
clients = ["pump"]
[[intent]]
at = "1m"
do = "bolus"
units = 1
[[expect]]
check = "backs_off"
connections = 5
"""
NOBODY_WANTS = BOLUS.replace('[[intent]]\nat = "1m"\ndo = "bolus"\nunits = 1\n', "")


def entries_of(lines: list[dict[str, Any]]) -> list[Entry]:
    return list(reader.read(json.dumps(line) for line in (HEADER, *sorted(lines, key=lambda line: line["t"]))))


def unjudged(check: str, lines: list[dict[str, Any]], **settings: Any) -> str:
    made: Check = CHECKS[check].model_validate({"check": check, **settings})
    conversation = conversation_of(entries_of(lines))
    assert not list(made.findings(conversation))
    return made.unjudged(conversation)


def ended(at: int) -> dict[str, Any]:
    return {"t": at, "bench": "stopped"}


def fault(at: int, what: str, name: str = "x") -> dict[str, Any]:
    why = {"why": "no pump"} if what == "failed" else {}
    return {"t": at, "fault": name, "what": what, **why}


def judged(scenario: Scenario, lines: list[dict[str, Any]]) -> Verdict:
    return verdict_on(scenario, "serial", entries_of([CONNECTED, *lines]))


# Faults


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ([(0, "injected")], ("the fault x was never armed: what it waits for never happened",)),
        ([(0, "injected"), (MINUTE, "armed")], ("the fault x was armed at 0:01:00 and changed nothing",)),
        ([(0, "injected"), (MINUTE, "armed"), (MINUTE, "struck")], ()),
        ([(0, "injected"), (MINUTE, "armed"), (MINUTE, "failed")], ("the fault x could not happen: no pump",)),
    ],
)
def test_a_fault_that_never_struck_has_tested_nobody(states: list[tuple[int, str]], why: tuple[str, ...]) -> None:
    verdict = judged(parse(NOBODY_WANTS, "x"), [*(fault(at, what) for at, what in states), ended(40 * MINUTE)])
    assert verdict.unjudged == why
    assert verdict.outcome is (Outcome.NOT_JUDGED if why else Outcome.PASSED)
    assert verdict.sentences() == [f"not judged: {one}" for one in why]


def test_a_scenario_whose_fault_strikes_nothing_says_so_to_a_careful_client() -> None:
    scenario = parse(UNUSED, "NOT-1.toml")
    verdict = run(play(scenario, client_of(scenario), "serial"), Pace(None))
    assert verdict.outcome is Outcome.NOT_JUDGED
    assert verdict.sentences() == ["not judged: the fault lose_request was armed at 0:05:00 and changed nothing"]


def test_what_a_fault_waited_for_in_vain_is_said_in_words() -> None:
    waited = UNUSED.replace('at = "5m"\nlasts = "20m"', 'when = { message = "StartSession", nth = 2 }')
    scenario = parse(waited, "NOT-1.toml")
    verdict = run(play(scenario, client_of(scenario), "serial"), Pace(None))
    never = "the fault lose_request was never armed: what it waits for (message StartSession nth 2) never happened"
    assert verdict.sentences() == [f"not judged: {never}"]


def test_a_fault_of_what_nobody_asks_for_is_refused_with_what_was_meant() -> None:
    wrong = UNUSED.replace('on = "StartSession"', 'on = "cgms.Measurement"')
    with pytest.raises(ScenarioError, match=r"fault\.1: on: nobody can read or write .*, or cgms\.Measurement\.SUBSCRIBE"):
        parse(wrong, "NOT-1.toml")
    unanswered = UNUSED.replace('on = "StartSession"', 'on = "cgms.Measurement.SUBSCRIBE"').replace(
        'lasts = "20m"', 'lasts = "1m"'
    )
    scenario = parse(unanswered, "NOT-1.toml")
    verdict = run(play(scenario, client_of(scenario), "serial"), Pace(None))
    assert not verdict.unjudged, "after the disconnection of minute 5 its client subscribes, and is not answered"


def test_a_trap_need_not_strike() -> None:
    trap = UNUSED.replace('lasts = "30m"', 'lasts = "30m"\ntraps = ["never"]')
    with pytest.raises(ScenarioError, match="traps: 'never': expected the name of a fault of this scenario"):
        parse(trap, "x.toml")
    named = parse(trap.replace('fault = "lose_request"', 'fault = "lose_request"\nname = "never"'), "x.toml")
    lines = [fault(0, "injected", "never"), ended(30 * MINUTE)]
    assert "never" not in " ".join(judged(named, lines).unjudged)


# Checks


@pytest.mark.parametrize(
    ("check", "settings"),
    [
        ("carries_out", {"of": "SetBolus", "after": "1h", "within": "5m"}),
        ("halts", {"at": "1h"}),
        ("therapy_is", {"state": "STOP", "at": "1h"}),
        ("hears", {"of": "ids.Status", "after": "1h", "within": "5m"}),
        ("tells_user", {"about": ["occlusion"], "after": "1h", "within": "5m"}),
        ("calls_off", {"about": ["occlusion"], "at": "1h"}),
        ("stays_quiet", {"about": ["occlusion"], "after": "1h"}),
        ("spares_battery", {"until": "1h"}),
        ("settles", {"modes": ["stopped"], "at": "1h"}),
    ],
)
def test_a_moment_behind_the_end_of_the_run_is_not_judged(check: str, settings: dict[str, Any]) -> None:
    assert unjudged(check, [CONNECTED, ended(10 * MINUTE)], **settings).endswith("and the run ended at 0:10:00")


@pytest.mark.parametrize(
    ("check", "settings", "why"),
    [
        ("acts_on_fresh", {}, "no temp basal is ever asked for"),
        ("bounds_adjustments", {}, "no temp basal is ever asked for"),
        ("heeds_alarms", {}, "the pump has never alarmed and stopped"),
        ("leaves_suspended", {}, "nobody has stopped the pump by hand"),
        ("follows", {}, "no connection has begun while a bolus ran, and lasted long enough"),
        ("waits_its_turn", {}, "no bolus was ever delivered"),
        ("reads_back", {}, "SetTbrAdjustment is never sent"),
        ("reads_on", {}, "the history is never asked for"),
        ("reconnects", {}, "no connection has ended"),
        ("looks_after", {"of": "StartSession", "at": "cgms.Status"}, "StartSession is never asked for"),
        ("fetches_missed", {}, "nothing was measured"),
    ],
)
def test_a_check_whose_precondition_never_arose_says_so(check: str, settings: dict[str, Any], why: str) -> None:
    assert unjudged(check, [CONNECTED, ended(60 * MINUTE)], **settings) == why


def test_a_temp_basal_is_bounded_by_what_flows_whatever_its_kind() -> None:
    def tbr(kind: str, value: int, lasts: int = MINUTE) -> list[str]:
        basal = {"t": 0, "device": "pump", "ledger": "basal_rate", "uu_per_h": 950_000}
        begun = {"t": MINUTE, "device": "pump", "ledger": "tbr", "type": kind, "value": value, "duration_ms": lasts, "by": "X"}
        conversation = conversation_of(entries_of([basal, begun, ended(2 * MINUTE)]))
        return [finding.words for finding in CHECKS["bounds_adjustments"]().findings(conversation)]

    assert not tbr("RELATIVE", 1_500_000, 60 * MINUTE)
    assert tbr("RELATIVE", 1_500_000, 61 * MINUTE) == ["a temp basal of 61m begins at 0:01:00: expected at most 1h"]
    assert not tbr("ABSOLUTE", 1_900_000)
    assert tbr("RELATIVE", 2_100_000)
    (words,) = tbr("ABSOLUTE", 15_000_000)
    assert words.startswith("a temp basal of 15 U/h, 15.8 times the profile's 0.95 U/h, begins at 0:01:00")


# What is believed and not certain


def dose(at: int, **fields: Any) -> dict[str, Any]:
    return {"t": at, "belief": "dose", "id": "a", "requested": 2, "certain": False, **fields}


def pulse(at: int, bolus: int = 1) -> dict[str, Any]:
    return {
        "t": at,
        "device": "pump",
        "ledger": "pulse",
        "uu": 1_000_000,
        "cause": "bolus",
        "reservoir_uu": 0,
        "bolus_id": bolus,
    }


@pytest.mark.parametrize(
    ("doses", "wrong"),
    [
        ([dose(0, units=0)], False),
        ([dose(0, units=2)], True),
        ([dose(0, units=2, bolus_id=1)], True),
        ([dose(3 * MINUTE, units=2)], False),
        ([dose(90_000, units=1, bolus_id=1)], False),
    ],
)
def test_an_uncertain_dose_counts_for_its_units(doses: list[dict[str, Any]], wrong: bool) -> None:
    conversation = conversation_of(entries_of([*doses, pulse(MINUTE), pulse(2 * MINUTE), ended(4 * MINUTE)]))
    assert bool(list(CHECKS["counts_pulses"]().findings(conversation))) is wrong


# What a user wants


def played(client: str) -> Iterator[str]:
    scenario = parse(BOLUS, "MY-02.toml")
    parts = Parts(CARELESS[client]) if client else CAREFUL
    verdict = run(play(scenario, client_of(scenario, parts), "serial"), Pace(None))
    return (finding.words for check, finding in verdict.findings if check == intents.NAME)


@pytest.mark.parametrize(
    ("client", "words"),
    [
        ("", []),
        ("ten_fold", ["a bolus of 10 U is asked for at 0:01:00, and its user wants 1 U, since 0:01:00"]),
        ("taps_twice", ["a bolus of 1 U is asked for at 0:01:00, and its user wants no more: 1 U was given at 0:01:00"]),
    ],
)
def test_amounts_and_numbers_are_judged_against_what_the_user_wants_without_a_check(client: str, words: list[str]) -> None:
    assert list(played(client)) == words


def test_a_bolus_that_nobody_asks_for_is_neglected() -> None:
    scenario = parse(BOLUS, "MY-02.toml")
    conversation = conversation_of(entries_of([CONNECTED, ended(40 * MINUTE)]))
    (finding,) = intents.unwanted(scenario, conversation)
    assert finding.words == "its user wants a bolus of 1 U at 0:01:00, and nobody asks the pump for it"
    stopped = {"t": 2 * MINUTE, "device": "pump", "ledger": "therapy", "state": "STOP"}
    assert not list(intents.unwanted(scenario, conversation_of(entries_of([CONNECTED, stopped, ended(40 * MINUTE)]))))


def test_what_is_primed_into_the_body_is_found_in_every_scenario() -> None:
    line = {"t": MINUTE, "device": "pump", "ledger": "primed_into_body", "uu": 50_000}
    conversation = conversation_of(entries_of([line, {**line, "t": 2 * MINUTE}, ended(40 * MINUTE)]))
    (finding,) = intents.unwanted(load_scenario("LIF-07"), conversation)
    assert finding.words == "0.1 U were primed from 0:01:00 on through a set that is in the body"


# Another scenario's journal, and a late machine


def test_a_journal_in_which_a_scenario_was_never_played_is_refused() -> None:
    entries = entries_of([CONNECTED, ended(MINUTE)])
    words = "DLV-01 lets lose_reply happen to pump, and nobody injected that in this journal"
    assert not_of(load_scenario("DLV-01"), entries) == words
    assert not_of(load_scenario("LNK-16"), entries).endswith("and this journal is of cgm, pump")
    assert not not_of(parse(BOLUS, "x"), entries)


def test_a_late_machine_is_not_the_clients_fault() -> None:
    late = {"t": 2 * MINUTE, "bench": "machine_late", "who": "client", "by_ms": 80_000}
    hears = 'check = "hears"\nof = "ids.Status"\nafter = "0s"\nwithin = "5m"'
    timed = parse(NOBODY_WANTS.replace('check = "backs_off"\nconnections = 5', hears), "x")
    assert judged(timed, [ended(40 * MINUTE)]).outcome is Outcome.FAILED
    assert judged(timed, [late | {"by_ms": 14_000}, ended(40 * MINUTE)]).outcome is Outcome.FAILED
    verdict = judged(timed, [late, ended(40 * MINUTE)])
    assert (verdict.outcome, verdict.late) == (Outcome.NOT_JUDGED, True)
    assert verdict.why.startswith("the machine was late: at 0:02:00 the client got its turn 80.0 s of the bench's time too ")
    wanted = judged(parse(BOLUS, "x"), [late, ended(40 * MINUTE)])
    assert wanted.outcome is Outcome.FAILED, "a machine that is late once keeps nobody from asking for half an hour"
    starved = [late | {"t": at, "by_ms": 14_000} for at in range(MINUTE, 40 * MINUTE, 15_000)]
    wanted = judged(parse(BOLUS, "x"), [*starved, ended(40 * MINUTE)])
    assert wanted.outcome is Outcome.NOT_JUDGED, "one that is late all the time does"


def late_by(who: str, by: int, since: int, until: int) -> list[dict[str, Any]]:
    """A machine that is late by so much of every 15 s of a time."""
    return [{"t": at, "bench": "machine_late", "who": who, "by_ms": by} for at in range(since, until, 15_000)]


@pytest.mark.parametrize(
    "late",
    [
        [],
        late_by("client", 14_000, 31 * MINUTE + 15_000, 40 * MINUTE),
        late_by("client", 14_000, 0, MINUTE),
        late_by("client", 14_000, MINUTE, 8 * MINUTE),
        [*late_by("bench", 3_000, MINUTE, 31 * MINUTE), *late_by("client", 3_000, MINUTE, 31 * MINUTE)],
    ],
    ids=["never late", "late after it", "late before it", "late for a fifth of it", "both late at once for a fifth"],
)
def test_neglect_is_not_excused_by_a_machine_that_left_time_enough(late: list[dict[str, Any]]) -> None:
    """A bolus is wanted at 0:01 and may be asked for until 0:31."""
    neglected = judged(parse(BOLUS, "x"), [*late, ended(40 * MINUTE)])
    assert neglected.outcome is Outcome.FAILED
    assert "nobody asks the pump for it" in neglected.sentences()[0]


def test_a_late_machine_is_why_nothing_came_up_that_could_be_judged() -> None:
    """It was the machine that had no connection last long enough: what it shows at a slower pace is another question."""
    late = {"t": 2 * MINUTE, "bench": "machine_late", "who": "client", "by_ms": 14_000}
    unanswered = parse(NOBODY_WANTS.replace('check = "backs_off"\nconnections = 5', 'check = "acts_on_fresh"'), "x")
    verdict = judged(unanswered, [ended(40 * MINUTE)])
    assert (verdict.outcome, verdict.late, verdict.why) == (Outcome.NOT_JUDGED, False, "")
    verdict = judged(unanswered, [late, ended(40 * MINUTE)])
    assert (verdict.outcome, verdict.late) == (Outcome.NOT_JUDGED, True)
    assert verdict.why.startswith("the machine was late: ")
    assert verdict.unjudged == ("acts_on_fresh: no temp basal is ever asked for",)


def test_beliefs_that_were_refused_are_no_books_that_are_right() -> None:
    """A client tells its readings without their age: nothing was compared, and all seemed well."""
    refused = {"t": 2 * MINUTE, "bench": "belief_refused", "why": "age: expected a value, it is missing"}
    verdict = judged(parse(NOBODY_WANTS, "x"), [refused, refused | {"t": 3 * MINUTE}, ended(40 * MINUTE)])
    assert verdict.outcome is Outcome.NOT_JUDGED
    assert verdict.unjudged == ("2 beliefs were refused, the first at 0:02:00: age: expected a value, it is missing",)
