"""What a user wants is judged by when and how it is asked for, too: on journals written by hand."""

from typing import Any

import pytest

from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.scenarios import intents
from isletbench.emulator.scenarios.checks import CHECKS
from isletbench.emulator.scenarios.judge import judge
from isletbench.emulator.scenarios.scenario import parse
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusType, TherapyControlState
from tests.scenarios.test_unjudged import BOLUS, CONNECTED, MINUTE, NOBODY_WANTS, ended, entries_of

WIRE = {"device": "pump", "link": "pump.serial#1", "characteristic": "2B25", "handle": 17}
STOPPED = {"device": "pump", "ledger": "therapy", "state": "STOP"}
RUNS = {"device": "pump", "ledger": "therapy", "state": "RUN"}
ONE_UNIT = ids.SetBolus(BolusType.FAST, 1.0, 0.0, 0)
LATER = ids.SetBolus(BolusType.FAST, 1.0, 0.0, 0, delay_time=30)
STOP = ids.SetTherapyControlState(TherapyControlState.STOP)


def asked(at: int, operation: Any, *, protected: bool = True) -> list[dict[str, Any]]:
    """A command that reaches the pump, and is carried out."""
    octets = ids.COMMAND_POINT.encode(operation, protected=protected).hex()
    note = {"device": "pump", "note": type(operation).__name__, "stage": "committed"}
    return [{"t": at, **WIRE, "in": "write", "stage": "received", "octets": octets}, {"t": at, **note}]


def refused(at: int, *, protected: bool) -> list[dict[str, Any]]:
    """A bolus that is asked for, and the answer that the pump will not."""
    refusal = ids.CommandResponseCode(ids.COMMAND.opcode_of(ids.SetBolus), ids.Response.PROCEDURE_NOT_APPLICABLE)
    answer = ids.COMMAND_POINT.encode(refusal, protected=protected).hex()
    return [
        asked(at, ONE_UNIT, protected=protected)[0],
        {"t": at + 1, **WIRE, "out": "indicate", "stage": "reply_sent", "octets": answer},
    ]


def found(scenario: str, lines: list[dict[str, Any]]) -> list[str]:
    entries = entries_of([CONNECTED, *lines, ended(90 * MINUTE)])
    return [finding.words for finding in intents.unwanted(parse(scenario, "x.toml"), conversation_of(entries))]


def test_a_bolus_in_half_an_hour_is_not_one_that_is_wanted_now() -> None:
    assert found(BOLUS, asked(2 * MINUTE, ONE_UNIT)) == []
    words = "a bolus of 1 U in 30m is asked for at 0:02:00, and its user wants 1 U, since 0:01:00"
    assert found(BOLUS, asked(2 * MINUTE, LATER)) == [words]


@pytest.mark.parametrize(("minute", "is_found"), [(2, False), (12, False), (20, False), (22, True), (29, True)])
def test_a_bolus_that_could_have_been_given_for_twenty_minutes_comes_too_late(minute: int, is_found: bool) -> None:
    words = f"its user wants a bolus of 1 U at 0:01:00, and nobody asks the pump for it before 0:{minute:02}:00"
    assert found(BOLUS, asked(minute * MINUTE, ONE_UNIT)) == ([words] if is_found else [])


def test_a_bolus_that_could_not_be_given_before_is_not_too_late() -> None:
    stops = [{"t": 2 * MINUTE, **STOPPED}, {"t": 20 * MINUTE, **RUNS}]
    assert found(BOLUS, [*stops, *asked(21 * MINUTE, ONE_UNIT)]) == []


@pytest.mark.parametrize(
    ("lines", "is_found"),
    [
        ([{"t": 5 * MINUTE, **RUNS}], False),
        ([{"t": 29 * MINUTE, **RUNS}], False),
        ([{"t": 31 * MINUTE, **RUNS}], True),
        ([], True),
    ],
    ids=["for four minutes", "for less than half an hour", "for half an hour", "for good"],
)
def test_therapy_that_nobody_wants_to_be_stopped_is_not_stopped_for_long(lines: list[dict[str, Any]], is_found: bool) -> None:
    stops = [*asked(MINUTE, STOP), {"t": MINUTE, **STOPPED}, *lines]
    until = "0:31:00" if lines else "1:30:00"
    words = f"the client stops therapy from 0:01:00 to {until}, and its user has not asked for it"
    assert found(NOBODY_WANTS, stops) == ([words] if is_found else [])
    wanted = NOBODY_WANTS.replace("[[expect]]", '[[intent]]\nat = "1m"\ndo = "stop"\n[[expect]]')
    assert found(wanted, stops) == []


def bolus(end: int, reason: str) -> list[dict[str, Any]]:
    """A bolus on the pump itself, from the second minute on."""
    programmed = {"type": "FAST", "fast_uu": 6_000_000, "extended_uu": 0, "duration_ms": 0, "delay_ms": 0, "by": "MANUAL"}
    of = {"device": "pump", "bolus_id": 1}
    begun = {"t": 2 * MINUTE, "ledger": "bolus_programmed", **of, **programmed}
    return [begun, {"t": end, "ledger": "bolus_ended", **of, "delivered_uu": 1_000_000, "reason": reason}]


@pytest.mark.parametrize(
    ("end", "reason", "is_found"),
    [
        (4 * MINUTE, "AMOUNT_DELIVERED", True),
        (3 * MINUTE, "ERROR_ABORT", True),
        (3 * MINUTE, "AMOUNT_DELIVERED", False),
        (3 * MINUTE - 1, "ERROR_ABORT", False),
    ],
    ids=["ends later", "is aborted by it", "ends in that instant", "was aborted before"],
)
def test_a_second_bolus_that_makes_the_pump_abort_the_first_has_not_waited_its_turn(
    end: int, reason: str, is_found: bool
) -> None:
    entries = entries_of([CONNECTED, *bolus(end, reason), asked(3 * MINUTE, ONE_UNIT)[0], ended(9 * MINUTE)])
    assert bool(list(CHECKS["waits_its_turn"]().findings(conversation_of(entries)))) is is_found


@pytest.mark.parametrize("protected", [True, False])
def test_what_a_pump_refuses_again_and_again_is_found_with_and_without_protection(protected: bool) -> None:
    lines = [*refused(MINUTE, protected=protected), *refused(21 * MINUTE - 16, protected=protected)]
    entries = entries_of([CONNECTED, *lines, ended(30 * MINUTE)])
    (finding,) = CHECKS["takes_no"]().findings(conversation_of(entries))
    assert finding.words == "SetBolus is refused 2 times in 20m: expected to be asked for at most 1 times"


@pytest.mark.parametrize(
    ("ages", "is_open", "wrong"),
    [((None, None), True, 0), ((60, None), False, 1), ((60, 60), False, 0), ((), False, 0)],
    ids=["none has a date", "one has a date", "both have a date", "there are none"],
)
def test_a_client_that_dates_no_dose_at_all_is_not_accused_of_it(
    ages: tuple[int | None, ...], is_open: bool, wrong: int
) -> None:
    """Whose clock does not run at the bench's pace is told to leave the age of doses out."""
    begun = [{**bolus(9 * MINUTE, "AMOUNT_DELIVERED")[0], "bolus_id": n} for n in (1, 2)]
    reports = {"t": 0, "belief": "reports", "kinds": ["dose"]}
    told = [
        {"t": 3 * MINUTE, "belief": "dose", "id": f"{n}", "bolus_id": n, "units": 1, "requested": 1}
        | ({} if age is None else {"age": age})
        for n, age in enumerate(ages, start=1)
    ]
    scenario = parse(NOBODY_WANTS.replace('"backs_off"\nconnections = 5', '"dates_doses"'), "x.toml")
    judgement = judge(scenario, conversation_of(entries_of([CONNECTED, reports, *begun, *told, ended(40 * MINUTE)])))
    assert judgement.open == (("dates_doses",) if is_open else ())
    assert len([one for check, one in judgement.findings if check == "dates_doses"]) == wrong
