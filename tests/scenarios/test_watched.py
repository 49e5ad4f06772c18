"""A scenario that people watch: what will happen, and the verdict when it is over."""

from isletbench.emulator.gatt import Connected, Security
from isletbench.emulator.journal.entries import Header
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.scenarios.judge import Outcome
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.emulator.scenarios.watched import Watched


def test_it_says_what_will_happen_and_what_must_hold() -> None:
    plan = Watched(load_scenario("DLV-01"), Journal()).to_dict()
    assert (plan["id"], plan["lasts"]) == ("DLV-01", 7_200_000)
    assert plan["happens"] == [
        {"at": 0, "words": "lose reply on pump"},
        {"at": 3_700_000, "words": "the user wants: bolus"},
    ]
    assert [one["check"] for one in plan["expects"]][:2] == ["resolves", "doses_once"]
    assert all(one["words"].endswith(".") for one in plan["expects"])


def test_every_scenario_of_the_package_can_be_watched() -> None:
    for name in ("LNK-03", "CLP-01", "CGM-04", "HIS-01"):
        plan = Watched(load_scenario(name), Journal()).to_dict()
        assert plan["happens"]
        times = [one["at"] for one in plan["happens"] if one["at"] is not None]
        assert times == sorted(times)


def test_what_waits_for_a_trigger_has_no_time() -> None:
    plan = Watched(load_scenario("DLV-02"), Journal()).to_dict()
    faults = load_scenario("DLV-02").fault
    waits = sum(1 for fault in faults if fault.connection or fault.reading or fault.delivered or fault.state)
    assert sum(1 for one in plan["happens"] if one["at"] is None) == waits


def test_a_client_that_never_came_is_absent_and_one_that_did_is_judged() -> None:
    journal = Journal()
    watched = Watched(load_scenario("DLV-01"), journal)
    journal.open(Header(devices={"pump": "pump"}))
    assert watched.finish(10).outcome is Outcome.ABSENT
    journal = Journal()
    watched = Watched(load_scenario("DLV-01"), journal)
    journal.open(Header(devices={"pump": "pump"}))
    journal.request(5, "pump", Connected("pump.serial#1", 23, Security.AUTHENTICATED), None)
    verdict = watched.finish(7_200_000)
    assert verdict.outcome is not Outcome.ABSENT
    assert watched.verdict is verdict
    assert journal.is_idle  # it listens no more
