"""A pump that is integrated with its CGM, on the virtual air: it finds it, follows it, and comes back to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.faults import FAULTS
from isletbench.emulator.faults import parse as parse_fault
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded, to_text
from isletbench.emulator.patient.events import Glucose
from isletbench.emulator.pump.events import (
    AnnunciationRaised,
    BasalResumed,
    BasalSuspended,
    CgmLinkChanged,
    GlucoseReceived,
    Pulse,
)
from isletbench.emulator.pump.glucose_limits import SUSPEND_RULES, GlucoseLimits
from isletbench.emulator.rigs.rig import RigError, parse
from isletbench.emulator.rigs.tuning import profile_of
from tests.harness.journals import ledger

RIG = """
schema = 1
name = "joined"
seed = 5
[devices.cgm]
kind = "cgm"
profile = "{cgm}"
ble = {{ name = "IB-CGM", passkey = 123456 }}
glucose = {{ mg_dl = 120 }}
[devices.pump]
kind = "pump"
profile = "{pump}"
serial = "pty:"
cgm = {{ name = "IB-CGM", passkey = {passkey} }}
basal = [{{ at = 00:00:00, rate = 1.2 }}]
"""
Act = Callable[[Bench], Awaitable[None]]


def rig_text(*, cgm: str = "generic", pump: str = "generic", passkey: int = 123456) -> str:
    return RIG.format(cgm=cgm, pump=pump, passkey=passkey)


def slowly(now: Instant) -> float:
    """Glucose that every reading is told apart by: 0.2 mg/dL/min upwards."""
    return 100 + now / minutes(5)


def played(
    act: Act, *, rig: str = "", glucose: Source | None = slowly, state: Path | None = None, fault: dict[str, Any] | None = None
) -> list[Entry]:
    """The journal of a pump and its CGM while this is done to them."""
    entries: list[Entry] = []

    async def main() -> None:
        made = parse(rig or rig_text(), "joined.toml")
        sources = {} if glucose is None else {"cgm": glucose}
        async with Bench(made, ports=Ports.MEMORY, journal=recorded(entries), state=state, glucose=sources) as bench:
            if fault is not None:
                bench.steering.inject(parse_fault({"device": "cgm", **fault}))
            await act(bench)
            await bench.run(1)

    run(main(), Pace(None))
    return entries


def minutes_pass(count: float) -> Act:
    async def act(bench: Bench) -> None:
        await asyncio.sleep(count * 60)

    return act


def of_pump(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.status()["devices"]["pump"]["cgm"]
    return found


def links(entries: Sequence[Entry]) -> list[str]:
    return [event.state for _, event in ledger(entries, CgmLinkChanged)]


def measured(entries: Sequence[Entry]) -> list[float | None]:
    """What the sensor has measured."""
    return [sample.mg_dl for _, sample in ledger(entries, Sample)]


def received(entries: Sequence[Entry]) -> list[float | None]:
    """What the pump has received, in the order in which it was measured: dated within the minute that a status may be off."""
    found = sorted((event.measured_ms, event.mg_dl) for _, event in ledger(entries, GlucoseReceived))
    truth = {sample.mg_dl: at for at, sample in ledger(entries, Sample)}
    assert all(0 <= at - truth[mg_dl] <= minutes(1) for at, mg_dl in found)
    return [mg_dl for _, mg_dl in found]


def test_it_finds_its_cgm_pairs_subscribes_and_shows_every_reading_with_its_trend() -> None:
    async def act(bench: Bench) -> None:
        await asyncio.sleep(62 * 60)
        shown = of_pump(bench)
        assert (shown["link"], shown["glucose_mg_dl"], shown["trend_mg_dl_per_min"]) == ("connected", 112, 0.2)
        assert (shown["arrow"], shown["age_min"], shown["low_suspend"]) == ("→", 2, "watching")
        assert bench.hosts["pump"].endpoint.machine.cgm_bonds
        assert bench.status()["devices"]["cgm"]["clients"]

    entries = played(act)
    assert links(entries) == ["SEARCHING", "CONNECTED"]
    assert received(entries) == measured(entries)
    assert len(measured(entries)) == 13


def test_it_fetches_what_the_session_had_before_the_pump_came() -> None:
    async def act(bench: Bench) -> None:
        await asyncio.sleep(70 * 60)

    entries = played(act, fault={"fault": "vanish", "lasts": "55m"})
    found = [event for _, event in ledger(entries, GlucoseReceived)]
    assert [event.backfilled for event in found[:12]] == [True] * 12
    assert received(entries) == measured(entries)
    assert links(entries) == ["SEARCHING", "CONNECTED"]


def test_after_a_gap_it_backfills_and_has_every_reading_once() -> None:
    entries = played(minutes_pass(150), fault={"fault": "vanish", "at": "31m", "lasts": "61m"})
    assert links(entries) == ["SEARCHING", "CONNECTED", "SEARCHING", "CONNECTED"]
    assert received(entries) == measured(entries)
    assert sum(bool(event.backfilled) for _, event in ledger(entries, GlucoseReceived)) >= 12


VALUES = {"on": "cgms.Measurement", "part": "any", "count": "all"}
QUICK: dict[str, dict[str, Any]] = {
    "lost notifications": {"fault": "lose_reply", **VALUES, "part": "live", "probability": 0.4},
    "damaged values": {"fault": "corrupt_reply", **VALUES, "probability": 0.4},
    "old values again": {"fault": "replay_old_values", **VALUES, "depth": 5},
    "a device that hangs up": {"fault": "hang_up", "every": "7m", "lasts": "30m"},
    "a report that is lost": {"fault": "lose_reply", "on": "REPORT", "count": 2},
    "forgotten bonds": {"fault": "forget_bonds", "at": "12m"},
}
SLOW: dict[str, dict[str, Any]] = {
    "values cut short": {"fault": "truncate_reply", **VALUES, "octets": 4, "probability": 0.4},
    "values twice": {"fault": "repeat_reply", **VALUES},
    "late values": {"fault": "delay_reply", **VALUES, "by": "40s", "jitter": "30s"},
    "values out of order": {"fault": "reorder_replies", **VALUES},
    "a reboot": {"fault": "reboot", "at": "13m"},
    "a link that comes and goes": {"fault": "intermittent_link", "at": "12m", "every": "20s", "lasts": "10m"},
    "a device that does not answer": {"fault": "no_response", "at": "11m", "lasts": "20m", "count": "all"},
    "refused requests": {"fault": "refuse_request", "count": 6},
    "a request that is lost": {"fault": "lose_request", "count": 2},
    "a connection cut before": {"fault": "cut_before", "count": 4},
    "a connection cut after": {"fault": "cut_after", "count": 4},
    "a radio that breaks": {"fault": "radio_break", "every": "9m", "storm": 2, "lasts": "30m"},
    "a weak radio": {"fault": "weak_radio", "loss": 0.5, "lasts": "30m"},
    "a name that is hidden": {"fault": "reduced_advertising", "at": "12m", "lasts": "40m"},
    "pairing that is refused": {"fault": "refuse_pairing", "lasts": "25m"},
    "a report that is ignored": {"fault": "ignore_request", "on": "REPORT", "count": 2},
    "late requests": {"fault": "delay_request", "by": "3s", "count": "all"},
    "reports twice": {"fault": "repeat_request", "on": "REPORT", "count": "all"},
    "damaged requests": {"fault": "corrupt_request", "on": "REPORT", "count": 2},
    "answers denied": {"fault": "deny_reply", "count": 6},
    "a value before the subscription is answered": {"fault": "notify_before_answer", "on": "cgms.Measurement"},
    "no records, it says": {"fault": "substitute_reply", "on": "REPORT", "octets": "06 00 01 06"},
    "the value of before": {"fault": "stale_reply", **VALUES},
}
ELSEWHERE = {
    "alter_reply": "in a test of its own below: what it alters is not what was measured",
    "vanish": "in the tests of gaps above",
    "out_of_range": "of the adapter of a radio, which a CGM has not",
    "bad_line": "of a serial line",
    "clock_step": "of a clock: readings are dated by the session",
    "clock_drift": "of a clock",
    "clock_reset": "of a clock",
    "do": "of people: in the tests of the sensor below",
}
"""Faults that are not played here, and why."""


def test_a_value_that_is_altered_on_its_way_is_what_the_pump_has() -> None:
    """CRC and all else are right, so that no receiver can know better; one that is no number decides nothing."""

    async def act(bench: Bench) -> None:
        await asyncio.sleep(52 * 60)
        shown.append(of_pump(bench)["glucose_mg_dl"])

    shown: list[float] = []
    altered: dict[str, Any] = {"fault": "alter_reply", **VALUES, "part": "news", "field": "glucose", "to": "+INF", "count": 2}
    entries = played(act, fault=altered)
    found = [event.mg_dl for _, event in ledger(entries, GlucoseReceived)]
    assert found.count(None) == 2
    assert len(found) == len(measured(entries))
    assert shown == measured(entries)[-1:]


def test_every_fault_there_is_is_played_or_is_none_of_the_link() -> None:
    played_here = {fault["fault"] for fault in (QUICK | SLOW).values()}
    assert set(FAULTS) - played_here == set(ELSEWHERE)


@pytest.mark.parametrize(
    "fault",
    [
        *(pytest.param(fault, id=name) for name, fault in QUICK.items()),
        *(pytest.param(fault, id=name, marks=pytest.mark.slow) for name, fault in SLOW.items()),
    ],
)
def test_every_fault_of_the_cgms_link_strikes_the_pump_and_it_has_every_reading_once_in_the_end(fault: dict[str, Any]) -> None:
    async def act(bench: Bench) -> None:
        await asyncio.sleep(27 * 60)
        if fault["fault"] in {"reduced_advertising", "forget_bonds"}:
            bench.steering.drop_connection("cgm")
        await asyncio.sleep(10 * 60)
        for injected in bench.steering.faults.injected:
            assert injected.struck, "the fault has not struck"
            bench.steering.clear(injected.id)
        await asyncio.sleep(17 * 60)

    entries = played(act, fault=fault)
    assert received(entries) == measured(entries)


def test_a_pairing_that_is_refused_is_shown_and_tried_again() -> None:
    async def act(bench: Bench) -> None:
        await asyncio.sleep(60)
        assert of_pump(bench)["link"] == "pairing failed"
        await asyncio.sleep(10 * 60)
        assert of_pump(bench)["link"] == "connected"

    entries = played(act, fault={"fault": "refuse_pairing", "lasts": "5m"})
    assert links(entries) == ["SEARCHING", "PAIRING_FAILED", "CONNECTED"]


def test_a_wrong_passkey_pairs_never_and_the_user_is_alerted_that_there_is_no_signal() -> None:
    entries = played(minutes_pass(40), rig=rig_text(passkey=111111))
    assert links(entries) == ["SEARCHING", "PAIRING_FAILED"]
    assert received(entries) == []
    ((at, raised),) = ledger(entries, AnnunciationRaised)
    assert (round(at / minutes(1)), raised.type) == (30, "CGM_SIGNAL_LOST")


def test_a_new_sensor_in_the_cgm_is_followed_from_its_begin() -> None:
    async def act(bench: Bench) -> None:
        await asyncio.sleep(31 * 60)
        bench.steering.do("cgm", "replace", {})
        await asyncio.sleep(60 * 60)

    entries = played(act)
    offsets = [sample.time_offset for _, sample in ledger(entries, Sample)]
    assert offsets == [*range(0, 31, 5), *range(0, 61, 5)]
    assert len(ledger(entries, GlucoseReceived)) == len(offsets)
    last = ledger(entries, GlucoseReceived)[-1][1]
    assert round(last.measured_ms / minutes(1)) == 91


@pytest.mark.parametrize("action", ["malfunction", "attenuate"])
def test_a_sensor_without_values_suspends_nothing_and_its_readings_say_so(action: str) -> None:
    async def act(bench: Bench) -> None:
        await asyncio.sleep(11 * 60)
        bench.steering.do("cgm", action, {})
        await asyncio.sleep(20 * 60)

    entries = played(act, glucose=lambda now: 100.0 if now < minutes(11) else 50.0)
    assert [event.mg_dl for _, event in ledger(entries, GlucoseReceived)][-3:] == [None, None, None]
    assert ledger(entries, BasalSuspended) == []


# Suspension, over the air


def valley(now: Instant) -> float:
    """Falls 2 mg/dL/min from 180 to 60, and rises as fast again."""
    return 60 + abs(120 - 2 * now / minutes(1))


def basal(entries: Sequence[Entry], start: Instant, end: Instant) -> int:
    return sum(pulse.uu for at, pulse in ledger(entries, Pulse) if start < at <= end and pulse.cause == "basal")


def test_it_suspends_before_low_and_resumes_with_the_first_rise() -> None:
    entries = played(minutes_pass(120), glucose=valley)
    (began, suspended), (ended, resumed) = ledger(entries, BasalSuspended)[0], ledger(entries, BasalResumed)[0]
    assert suspended.reason == "BEFORE_LOW"
    assert (suspended.mg_dl, suspended.predicted_mg_dl) == (130, 70)
    assert (round(began / minutes(1)), round(ended / minutes(1))) == (25, 65)
    assert resumed.reason == "GLUCOSE_RECOVERED"
    assert basal(entries, began, ended) == 0
    assert basal(entries, ended, ended + minutes(30)) > 0
    raised = [event.type for _, event in ledger(entries, AnnunciationRaised)]
    assert raised == ["SUSPENDED_BEFORE_LOW", "GLUCOSE_LOW", "BASAL_RESUMED"]


@pytest.mark.parametrize(("pump", "silent_for"), [("generic", 11), ("tubed", 120)])
def test_with_its_cgm_silent_it_goes_back_to_its_profile(pump: str, silent_for: int) -> None:
    fault = {"fault": "vanish", "at": "27m", "lasts": "200m"}
    entries = played(minutes_pass(180), rig=rig_text(pump=pump), glucose=valley, fault=fault)
    ((began, _),), ((ended, resumed),) = ledger(entries, BasalSuspended), ledger(entries, BasalResumed)
    assert round((ended - began) / minutes(1)) == silent_for
    assert resumed.reason == ("NO_READINGS" if pump == "generic" else "LONGEST_TIME_OVER")
    assert basal(entries, ended, ended + minutes(30)) > 0


PERSON = """
[patient]
start_glucose = 120
"""
OFF = """
[[event]]
at = "1ms"
device = "pump"
do = "low_suspend"
arguments = { on = false }
"""


@pytest.mark.slow
def test_on_a_person_with_too_much_basal_insulin_either_set_of_rules_keeps_glucose_from_being_low() -> None:
    """The share of time below 70 mg/dL, in the ground truth of the patient."""
    person = rig_text().replace("glucose = { mg_dl = 120 }\n", "").replace("rate = 1.2", "rate = 1.0") + PERSON
    rigs = {name: person.replace("basal =", f'tuning = {{ low_suspend = "{name}" }}\nbasal =') for name in SUSPEND_RULES}
    below: dict[str, float] = {}
    for name, rig in {**rigs, "off": person + OFF}.items():
        entries = played(minutes_pass(600), rig=rig, glucose=None)
        levels = [event.plasma_mg_dl for _, event in ledger(entries, Glucose)]
        below[name] = sum(level < 70 for level in levels) / len(levels)
        assert bool(ledger(entries, BasalSuspended)) is (name != "off")
    assert below["off"] > 0.4
    assert all(below[name] < below["off"] / 3 for name in SUSPEND_RULES), below


# Its own radio


def test_in_flight_mode_it_hears_nothing_and_afterwards_it_comes_back() -> None:
    async def act(bench: Bench) -> None:
        pump = bench.hosts["pump"].endpoint.machine
        await asyncio.sleep(12 * 60)
        pump.set_flight_mode(bench.clock.now())
        await asyncio.sleep(30 * 60)
        assert of_pump(bench)["link"] == "off"
        assert not bench.status()["devices"]["cgm"]["clients"]
        pump.set_flight_mode(bench.clock.now(), on=False)
        await asyncio.sleep(10 * 60)

    entries = played(act)
    assert links(entries) == ["SEARCHING", "CONNECTED", "OFF", "SEARCHING", "CONNECTED"]
    assert received(entries) == measured(entries)


def test_the_bond_survives_in_the_state_file_and_the_cgm_need_not_pair_again(tmp_path: Path) -> None:
    async def refuse_and_wait(bench: Bench) -> None:
        bench.steering.refuse_pairing("cgm", on=True)
        await asyncio.sleep(20 * 60)
        assert of_pump(bench)["link"] == "connected"

    played(minutes_pass(11), state=tmp_path / "state")
    entries = played(refuse_and_wait, state=tmp_path / "state")
    assert links(entries) == ["SEARCHING", "CONNECTED"]


def test_the_same_seed_gives_the_same_journal() -> None:
    fault = {"fault": "weak_radio", "loss": 0.3, "lasts": "30m"}
    first, second = (to_text(played(minutes_pass(60), glucose=valley, fault=fault)) for _ in range(2))
    assert first == second


# The rig


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            'cgm = { name = "IB-CGN" }',
            "devices.pump.cgm.name: no device on this bench's air advertises 'IB-CGN': expected one of IB-CGM, or hci",
        ),
        ('cgm = { name = "IB-CGM", passkey = 1000000 }', "devices.pump.cgm.passkey: expected .*999999"),
        ('cgm = { name = "IB-CGM", hci = "usb:0" }', "devices.pump.cgm.hci: expected tcp:HOST:PORT, unix:PATH or pty:LINK"),
        ('cgm = { name = "" }', "devices.pump.cgm.name: expected 1 or more characters"),
        ("cgm = {}", "devices.pump.cgm.name: expected a value, it is missing"),
    ],
)
def test_a_cgm_that_cannot_be_followed_is_refused_with_its_key(line: str, why: str) -> None:
    text = rig_text().replace('cgm = { name = "IB-CGM", passkey = 123456 }', line)
    with pytest.raises(RigError, match=f"^joined.toml: {why}"):
        parse(text, "joined.toml")


def test_in_jump_pace_there_is_no_cgm_of_another_bench() -> None:
    text = rig_text().replace("passkey = 123456 }\nbasal", 'passkey = 123456, hci = "tcp:127.0.0.1:9" }\nbasal')
    with pytest.raises(RigError, match="jump pace"):
        played(minutes_pass(1), rig=text)


def test_the_rules_and_the_limits_are_tuned_in_the_rig() -> None:
    tuning = 'tuning = { low_suspend = "before_low", glucose = { low = 80.0, repeat = "20m" } }\nbasal ='
    made = profile_of(parse(rig_text().replace("basal =", tuning), "joined.toml").devices["pump"])
    assert (made.low_suspend, made.glucose) == (SUSPEND_RULES["before_low"], GlucoseLimits(low=80.0, repeat=minutes(20)))
    own = "tuning = { low_suspend = { low = 65.0, shortest = '10m' } }\nbasal ="
    made = profile_of(parse(rig_text().replace("basal =", own), "joined.toml").devices["pump"])
    assert made.low_suspend == replace(SUSPEND_RULES["predictive"], low=65.0, shortest=minutes(10))
    for wrong, why in (
        ('{ low_suspend = "never" }', "tuning.low_suspend: 'never' is not known; expected one of before_low, predictive"),
        ("{ low_suspend = { shortest = '3h' } }", "tuning.low_suspend: shortest: expected less than longest"),
    ):
        with pytest.raises(ValueError, match=why):
            profile_of(parse(rig_text().replace("basal =", f"tuning = {wrong}\nbasal ="), "joined.toml").devices["pump"])
