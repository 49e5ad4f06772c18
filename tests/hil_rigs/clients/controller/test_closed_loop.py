"""The closed loop over real octets: what the client reads of the pump, what it decides on, and what it leaves alone."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.models import Part
from isletbench.emulator.core.quantities import UU_PER_UNIT
from isletbench.emulator.faults import Fault, parse
from isletbench.emulator.journal import beliefs
from isletbench.emulator.journal.entries import BeliefEntry, Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.pump.events import BolusProgrammed, Pulse, TbrStarted
from isletbench.emulator.rigs.rig import load_rig
from isletbench.hil_rigs.clients.algorithms import algorithm_of
from isletbench.hil_rigs.clients.algorithms.contract import AlgorithmError, Decision, Situation, TempBasal, value_at
from isletbench.hil_rigs.clients.algorithms.settings import Settings, SettingsError, load
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.effect_watch import EffectWatch
from isletbench.hil_rigs.clients.controller.pump import Automation
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest
from tests.harness.journals import ledger

B = TypeVar("B", bound=Part)
HOURS = 2.0
SETTINGS = Settings(sensitivity=50, carb_ratio=10)


@dataclass
class Scripted:
    """An algorithm that decides as a test says, and keeps what it was given."""

    answer: Callable[[Situation], Decision]
    given: list[Situation] = field(default_factory=list)

    def decide(self, situation: Situation) -> Decision:
        self.given.append(situation)
        return self.answer(situation)

    def close(self) -> None:
        pass


def played(
    algorithm: Scripted, *, requests: Sequence[UserRequest] = (), hours: float = HOURS, faults: Sequence[Fault] = ()
) -> list[Entry]:
    """A few hours of the default rig with this algorithm in the loop."""
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, seed=1, journal=recorded(entries)) as bench:
            for fault in faults:
                bench.steering.inject(fault)
            collectors = {name: LinkCollector(bench.memory[name].connect) for name in ("cgm", "pump")}
            controller = Controller(collectors, bench.believe, requests=requests, automation=Automation(algorithm, SETTINGS))
            running = asyncio.ensure_future(controller.run())
            await bench.run(round(hours * 3_600_000))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run(main(), Pace(None))
    return entries


def told(entries: Sequence[Entry], kind: type[B]) -> list[B]:
    """The beliefs of one kind."""
    found = (entry.belief for entry in entries if isinstance(entry, BeliefEntry))
    return [belief for belief in found if isinstance(belief, kind)]


def nothing(_: Situation) -> Decision:
    return Decision()


def test_it_decides_once_on_each_reading_and_knows_the_pump_s_profile() -> None:
    algorithm = Scripted(nothing)
    entries = played(algorithm)
    times = [situation.glucose[-1].at for situation in algorithm.given]
    assert len(times) > 20
    assert all(later > earlier for earlier, later in pairwise(times))
    for situation in algorithm.given:
        assert (situation.now - situation.glucose[-1].at).total_seconds() < 120
        assert situation.therapy.basal == ((0, 0.7), (240, 0.95), (480, 0.8), (750, 0.75), (1320, 0.65))
        assert situation.basal[-1].rate == value_at(situation.therapy.basal, situation.now)
    assert len(told(entries, beliefs.Decision)) == len(times)
    assert not ledger(entries, TbrStarted)
    assert not ledger(entries, BolusProgrammed)


def test_what_it_is_told_was_delivered_is_what_the_ledger_says() -> None:
    turns = iter(range(1_000))

    def answer(_: Situation) -> Decision:
        turn = next(turns)
        return Decision(TempBasal(2.0, 30) if turn % 4 else TempBasal(0.0, 30), 0.3 if turn % 3 == 0 else 0.0)

    algorithm = Scripted(answer)
    entries = played(algorithm)
    last = algorithm.given[-1]
    pulses = [pulse for _, pulse in ledger(entries, Pulse)]
    given, basal = (sum(pulse.uu for pulse in pulses if pulse.cause == cause) / UU_PER_UNIT for cause in ("bolus", "basal"))
    assert given > 2
    assert sum(bolus.units for bolus in last.boluses) == pytest.approx(given, abs=0.31)
    hours = [(one.rate, (one.end - one.begin).total_seconds() / 3_600) for one in last.basal]
    assert sum(rate * lasted for rate, lasted in hours) == pytest.approx(basal, abs=0.2)
    for one, after in pairwise(last.basal):
        assert one.end == after.begin


def test_a_decision_is_carried_out_and_reported() -> None:
    algorithm = Scripted(lambda _: Decision(TempBasal(1.23, 45), 0.0, (120.0, 119.0), 0.5, 12.0, "because"))
    entries = played(algorithm, hours=0.6)
    started = ledger(entries, TbrStarted)
    assert {(one.value / UU_PER_UNIT, one.duration_ms) for _, one in started} == {(1.2, 30 * 60_000)}
    first = told(entries, beliefs.Decision)[0]
    assert (float(first.rate or 0), first.minutes, float(first.iob or 0), first.cob) == (1.23, 45, 0.5, 12.0)
    assert told(entries, beliefs.Forecast)[0].mg_dl == (120.0, 119.0)


def test_a_temp_basal_that_runs_already_is_not_set_at_every_reading() -> None:
    algorithm = Scripted(lambda _: Decision(TempBasal(1.5, 30)))
    started = ledger(played(algorithm), TbrStarted)
    assert len(started) < len(algorithm.given) / 2
    running = [situation.temp for situation in algorithm.given[2:]]
    assert {one.rate for one in running if one} == {1.5}
    assert all(one is not None and one.minutes + one.ran == 30 for one in running)


def test_no_bolus_is_larger_than_the_settings_allow_or_given_while_another_one_runs() -> None:
    algorithm = Scripted(lambda _: Decision(bolus=5.0))
    entries = played(algorithm, hours=1)
    assert {one.fast_uu for _, one in ledger(entries, BolusProgrammed)} == {1_000_000}


def test_an_algorithm_that_fails_leaves_the_pump_to_its_profile() -> None:
    def fails(_: Situation) -> Decision:
        raise AlgorithmError("it is not installed")

    entries = played(Scripted(fails), hours=1)
    assert not ledger(entries, TbrStarted)
    assert {decision.reason for decision in told(entries, beliefs.Decision)} == {"it is not installed"}
    assert [one.mode for one in told(entries, beliefs.Modes)] == ["open_loop"]


def test_an_announced_meal_gets_a_bolus_and_the_algorithm_hears_of_it() -> None:
    algorithm = Scripted(nothing)
    entries = played(algorithm, requests=[UserRequest(3_600.0, "meal", grams=40.0)], hours=1.5)
    ((_, bolus),) = ledger(entries, BolusProgrammed)
    assert bolus.fast_uu / UU_PER_UNIT >= 3.0
    last = algorithm.given[-1]
    assert [meal.grams for meal in last.meals] == [40.0]
    assert last.boluses[0].units == bolus.fast_uu / UU_PER_UNIT
    assert not algorithm.given[0].meals


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "person.toml"
    path.write_text(
        "sensitivity = [{ at = 00:00:00, value = 50 }, { at = 06:30:00, value = 40 }]\ncarb_ratio = 8\n", encoding="utf-8"
    )
    therapy = load(path).therapy(((0, 0.8),))
    assert (therapy.sensitivity, therapy.carb_ratio) == (((0, 50.0), (390, 40.0)), ((0, 8.0),))
    for text, words in (
        ("carb_ratio = 8", "sensitivity"),
        ("sensitivity = -1\ncarb_ratio = 8", "sensitivity"),
        ("sensitivity = 50\ncarb_ratio = 8\ntarget = [150, 100]", "lower bound first"),
        ("sensitivity = [{ at = 01:00:00, value = 50 }]\ncarb_ratio = 8", "ascending order from 00:00:00"),
        ("sensitivity = ", "not valid TOML"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError, match=words) as refused:
            load(path)
        assert "\n" not in str(refused.value)


def test_an_algorithm_is_named_or_imported() -> None:
    assert type(algorithm_of("hybrid")).__name__ == "Hybrid"
    assert type(algorithm_of("isletbench.hil_rigs.clients.algorithms.hybrid:Hybrid")).__name__ == "Hybrid"
    for name in ("nope", "json:nope", "no.such.module:Class", ":", "json:loads"):
        with pytest.raises(ValueError, match="expected one of hybrid, oref0, pyloopkit, loop_algorithm"):
            algorithm_of(name)


def test_what_insulin_does_is_looked_at_while_the_pump_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(EffectWatch, "look", lambda self, situation: looked.append(len(situation.glucose)))
    algorithm = Scripted(lambda situation: Decision(None))
    silent = parse({"fault": "no_response", "device": "pump", "times": "all", "at": "30m"})
    played(algorithm, hours=1, faults=[silent])
    assert len(looked) > len(algorithm.given) + 3, "the algorithm needs the pump, the look at what insulin did does not"
