"""A patient on a bench: the pump's insulin arrives, the sensor measures what follows, and everything is written down."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.faults import FAULTS, FaultError
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.bench_events import ActionDone
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded, to_text
from isletbench.emulator.patient.events import Ate, Glucose
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.rigs.rig import RigError, load_rig, parse, read
from isletbench.emulator.scenarios.scenario import ScenarioError
from isletbench.emulator.scenarios.scenario import parse as parse_scenario
from tests.harness.journals import ledger, of_bench

Act = Callable[[Bench], Awaitable[None]]
TEXT, ORIGIN = read("patient")


def played(act: Act, *, state: Path | None = None) -> list[Entry]:
    """The journal of the rig ``patient`` while this is done to it."""
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(load_rig("patient"), ports=Ports.MEMORY, seed=1, journal=recorded(entries), state=state) as bench:
            await act(bench)
            await bench.run(1)

    run(main(), Pace(None))
    return entries


def of_patient(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.status()["devices"]["patient"]
    return found


async def half_a_day(bench: Bench) -> None:
    await asyncio.sleep(3 * 3600)
    bench.steering.do("pump", "bolus", {"units": 4})
    await asyncio.sleep(1800)
    bench.steering.do("pump", "occlude", {})
    await asyncio.sleep(2 * 3600)
    bench.steering.do("patient", "eat", {"grams": 60})
    bench.steering.do("pump", "clear", {})
    for _ in range(10):
        await asyncio.sleep(1234.567)
        delivered = bench.hosts["pump"].endpoint.machine.parts.path.to_tissue
        assert bench.hosts["patient"].endpoint.machine.received == delivered


def test_the_patient_has_received_what_went_to_the_tissue_and_not_what_the_pump_says() -> None:
    entries = played(half_a_day)
    last = ledger(entries, Glucose, "patient")[-1][1]
    pushed = sum(pulse.uu for at, pulse in ledger(entries, Pulse, "pump"))
    assert 0 < last.received_uu <= pushed
    held_back = [
        (at, glucose.received_uu) for at, glucose in ledger(entries, Glucose, "patient") if 12_900_000 <= at <= 19_800_000
    ]
    assert len({uu for _, uu in held_back}) == 1, "an occluded pump delivers nothing"


def test_the_same_seed_gives_the_same_journal_with_a_patient() -> None:
    first, second = (to_text(played(half_a_day)) for _ in range(2))
    assert first == second
    assert to_text(reader.read(first.splitlines())) == first


def test_the_sensor_measures_the_interstitial_glucose_of_the_patient() -> None:
    entries = played(half_a_day)
    true = {at: glucose.interstitial_mg_dl for at, glucose in ledger(entries, Glucose, "patient")}
    samples = [(at, sample.true_mg_dl) for at, sample in ledger(entries, Sample, "cgm") if at in true]
    assert len(samples) > 80
    for at, glucose in samples:
        assert glucose == pytest.approx(true[at], abs=0.001), at
    assert max(true.values()) > 200


def test_meals_of_the_rig_are_eaten_at_their_time_of_day() -> None:
    async def two_days(bench: Bench) -> None:
        await asyncio.sleep(48 * 3600)

    meals = ledger(played(two_days), Ate, "patient")
    hours = [(8 + at / 3_600_000) % 24 for at, _ in meals]
    assert hours == [12.5, 18.5, 7.5] * 2
    assert [meal.carbohydrate_mg for _, meal in meals] == [70_000, 80_000, 45_000] * 2


def test_what_cannot_be_eaten_is_one_sentence_and_changes_nothing() -> None:
    async def refused(bench: Bench) -> None:
        await asyncio.sleep(600)
        before = of_patient(bench)
        for arguments, why in (
            ({"grams": -5}, r"^eat: grams: expected more than 0, got -5$"),
            ({"grams": 20, "at": "5m"}, r"^eat: at 300 s: a meal in the past, it is 600 s since the bench began$"),
            ({"grams": 20, "over": "5s"}, r"^eat: over: .*"),
            ({}, r"^eat: grams: expected a value, it is missing$"),
        ):
            with pytest.raises(CannotDo, match=why):
                bench.steering.do("patient", "eat", arguments)
        assert of_patient(bench) == before

    assert of_bench(played(refused), ActionDone) == []


def test_a_patient_survives_and_what_was_delivered_is_not_received_twice(tmp_path: Path) -> None:
    async def an_hour(bench: Bench) -> None:
        await asyncio.sleep(3600)
        totals.append((of_patient(bench)["received_u"], bench.status()["devices"]["pump"]["to_tissue_u"]))

    totals: list[tuple[float, float]] = []
    for _ in range(2):
        played(an_hour, state=tmp_path / "state")
    (first, _), (second, _) = totals
    assert [received for received, _ in totals] == [delivered for _, delivered in totals]
    assert 0 < first < second


def test_insulin_that_a_killed_bench_has_not_taken_down_is_received_when_it_goes_on(tmp_path: Path) -> None:
    async def an_hour(bench: Bench) -> None:
        if not totals:
            bench.hosts["patient"].persist = lambda now: None  # as if killed before the patient's first turn ended
        await asyncio.sleep(3600)
        totals.append((of_patient(bench)["received_u"], bench.status()["devices"]["pump"]["to_tissue_u"]))

    totals: list[tuple[float, float]] = []
    for _ in range(2):
        played(an_hour, state=tmp_path / "state")
    assert totals[0][0] > 0
    assert totals[1][0] == totals[1][1] > totals[0][0]


async def test_exercise_before_the_bench_begins_is_refused() -> None:
    session = "exercise = [{ at = 2020-01-01T07:30:00 }]\n\n[devices.cgm]"
    rig = parse(TEXT.replace("[devices.cgm]", session), ORIGIN)
    with pytest.raises(
        RigError, match=r"^patient.toml: patient.exercise.0.at: 2020-01-01 07:30:00: exercise in the past, the bench"
    ):
        await Bench(rig, ports=Ports.MEMORY).__aenter__()


PUMP = TEXT[TEXT.index("[devices.pump]") :]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TEXT.replace('"hovorka"', '"bergman"'), "patient: model: 'bergman': expected one of hovorka"),
        (TEXT.replace('subject = "adult"', 'subject = "bob"'), "patient: subject: 'bob': expected one of adult"),
        (TEXT.replace("grams = 45", "grams = -45"), "patient.meals.0.grams: expected more than 0"),
        (TEXT.replace("start_glucose = 120", "start_glucose = 12"), "patient.start_glucose: expected "),
        (TEXT.replace(PUMP, ""), "patient: expected a device that delivers insulin to the patient, there is none in the rig"),
        (
            TEXT + PUMP.replace("devices.pump", "devices.spare").replace("IB-Pump", "IB-Spare").replace(":02", ":03"),
            "patient.pump: expected one of pump, spare: only one pump delivers into a patient",
        ),
        (TEXT.replace("[patient]", '[patient]\npump = "cgm"'), "patient.pump: expected one of pump, got 'cgm'"),
        (TEXT.replace("devices.cgm", "devices.patient"), "devices.patient: expected another name, the patient has it"),
    ],
)
def test_a_rig_with_an_impossible_patient_is_refused_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(RigError) as refused:
        parse(text, ORIGIN)
    assert str(refused.value).startswith(f"patient.toml: {why}")
    assert "\n" not in str(refused.value)


async def test_a_meal_before_the_bench_begins_is_refused() -> None:
    rig = parse(TEXT.replace("at = 07:30:00", "at = 2020-01-01T07:30:00"), ORIGIN)
    with pytest.raises(
        RigError, match=r"^patient.toml: patient.meals.0.at: 2020-01-01 07:30:00: a meal in the past, the bench begins at"
    ):
        await Bench(rig, ports=Ports.MEMORY).__aenter__()


async def test_a_sensor_without_glucose_and_without_a_patient_is_refused() -> None:
    rig = parse(TEXT[: TEXT.index("[patient]")] + TEXT[TEXT.index("[devices.cgm]") :], ORIGIN)
    with pytest.raises(
        RigError, match=r"^patient.toml: devices.cgm: glucose: expected what it measures, or a patient in the rig$"
    ):
        await Bench(rig, ports=Ports.MEMORY).__aenter__()


SCENARIO = """
schema = 1
id = "MY-01"
title = "A meal without a bolus"
story = "The patient eats and nobody gives a bolus for it."
rig = "patient"
lasts = "2h"
event = [{ at = "10m", device = "patient", do = "eat", arguments = { grams = 60 } }]
expect = [{ check = "reconnects", device = "cgm" }]
"""


def test_a_scenario_lets_the_patient_eat_and_refuses_what_cannot_be_eaten() -> None:
    (event,) = parse_scenario(SCENARIO, "MY-01.toml").event
    assert (event.device, event.do) == ("patient", "eat")
    with pytest.raises(ScenarioError, match=r"MY-01.toml: event.0: eat: grams: expected more than 0, got -60$"):
        parse_scenario(SCENARIO.replace("grams = 60", "grams = -60"), "MY-01.toml")
    with pytest.raises(ScenarioError, match=r"MY-01.toml: event.0: action 'fly': a patient knows eat, drink, exercise"):
        parse_scenario(SCENARIO.replace('"eat"', '"fly"'), "MY-01.toml")


async def test_the_patient_cannot_vanish() -> None:
    fault = FAULTS["vanish"].model_validate({"fault": "vanish", "device": "patient"})
    async with Bench(parse(TEXT, ORIGIN), ports=Ports.MEMORY) as bench:
        with pytest.raises(
            FaultError, match=r"^device 'patient': expected a device that clients connect to, over serial or Blue"
        ):
            bench.steering.inject(fault)
