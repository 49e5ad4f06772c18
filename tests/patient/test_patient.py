"""One person: insulin, meals and drinks at their own instants, and glucose that nobody changes by asking."""

import json
from datetime import datetime

import pytest

from isletbench.emulator.core.quantities import hours, minutes, seconds, units
from isletbench.emulator.patient.events import Ate, Drank, Glucose, GlucoseLimited
from isletbench.emulator.patient.intake import Form, Refused
from isletbench.emulator.patient.patient import Patient
from isletbench.emulator.patient.physiology.model import Drive
from isletbench.emulator.patient.subjects import FAMILIES, subject_of

EPOCH = datetime(2026, 1, 1, 8, 0)  # noqa: DTZ001  # local
DAY = hours(24)


def person(glucose: float = 120) -> Patient:
    return Patient(subject_of("hovorka", None), epoch=EPOCH, glucose=glucose)


def with_basal(patient: Patient, until: int) -> Patient:
    """The patient after receiving the basal need in pulses of 0.05 U."""
    pulse = units("0.05")
    every = pulse / patient.basal * hours(1)
    due = every
    while due <= until:
        patient.receive(round(due), pulse)
        due += every
    patient.advance(until)
    return patient


def test_glucose_stays_where_it_is_under_the_basal_need() -> None:
    patient = with_basal(person(), DAY)
    assert patient.plasma(DAY) == pytest.approx(120, abs=3), "within what pulses of 0.05 U make"
    assert patient.interstitial(DAY) == pytest.approx(patient.plasma(DAY), abs=1)


def test_insulin_lowers_glucose_and_a_meal_raises_it() -> None:
    patient = person(180)
    patient.receive(minutes(1), units(2))
    fed = person(180)
    fed.consume(40_000, 0, form=Form.MEAL)
    assert patient.plasma(hours(2)) < with_basal(person(180), hours(2)).plasma(hours(2)) < fed.plasma(hours(2))


def test_the_interstitial_fluid_follows_plasma_later() -> None:
    patient = person()
    patient.consume(60_000, 0, form=Form.MEAL)
    assert patient.interstitial(minutes(30)) < patient.plasma(minutes(30)) - 5


def test_a_drink_appears_sooner_than_a_meal() -> None:
    ate, drank = person(), person()
    ate.consume(20_000, 0, form=Form.MEAL)
    drank.consume(20_000, 0, form=Form.DRINK)
    assert drank.plasma(minutes(20)) > ate.plasma(minutes(20)) + 5


def test_who_asks_changes_nothing() -> None:
    asked, left_alone = person(), person()
    for patient in (asked, left_alone):
        patient.receive(seconds(90), units(1))
        patient.consume(30_000, 0, form=Form.MEAL, at=minutes(7))
    for at in range(0, hours(3), seconds(17)):
        asked.plasma(at)
        asked.status(at)
    assert asked.plasma(hours(3)) == left_alone.plasma(hours(3))
    assert asked.ledger.entries == left_alone.ledger.entries


def test_a_pulse_acts_from_its_own_instant() -> None:
    early, late = person(), person()
    early.receive(seconds(61), units(5))
    late.receive(seconds(119), units(5))
    assert early.plasma(seconds(60)) == late.plasma(seconds(60)), "neither has arrived"
    assert early.plasma(hours(1)) < late.plasma(hours(1))


@pytest.mark.parametrize("model", ["hovorka", "uva_padova"])
def test_sharing_a_pulse_between_the_ends_of_a_step_is_as_good_as_a_step_that_ends_at_the_pulse(model: str) -> None:
    subject = subject_of(model, None)
    patient = Patient(subject, epoch=EPOCH, glucose=140)
    step, (state, _) = subject.stepper(), subject.at_rest(140)
    pulses = [seconds(37) + seconds(2) * number for number in range(80)] + [minutes(30) + seconds(199) * n for n in range(20)]
    breaks = sorted({*pulses, *range(0, hours(3), minutes(1))})
    for at in pulses:
        patient.receive(at, 50_000)
    for begun, until in zip(breaks, [*breaks[1:], hours(3)], strict=True):
        state = subject.inject(state, 50_000 * pulses.count(begun))
        state = step(state, (until - begun) / minutes(1), Drive())
        assert patient.plasma(until) == pytest.approx(subject.plasma(state), abs=0.02)
    assert patient.plasma(hours(3)) == pytest.approx(subject.plasma(state), abs=0.002)


def test_all_insulin_is_counted_at_once_and_to_the_micro_unit() -> None:
    patient = person()
    for number in range(1, 1001):
        patient.receive(number * 777, 50_000)
    patient.receive(0, 1)
    assert patient.received == 1000 * 50_000 + 1


def test_insulin_that_is_late_is_taken_now() -> None:
    patient, other = person(), person()
    patient.advance(hours(1))
    other.advance(hours(1))
    patient.receive(minutes(30), units(1))
    assert patient.plasma(hours(4)) < other.plasma(hours(4)) - 20
    assert patient.received == units(1)


def test_a_second_meal_comes_on_top_of_the_first() -> None:
    once, twice = person(), person()
    for patient in (once, twice):
        patient.consume(50_000, 0, form=Form.MEAL)
    twice.consume(50_000, minutes(20), form=Form.MEAL)
    assert twice.status(minutes(40))["stomach_g"] > once.status(minutes(40))["stomach_g"] + 20
    assert twice.plasma(hours(2)) > once.plasma(hours(2)) + 30


def test_what_is_eaten_is_in_the_ledger_when_it_begins() -> None:
    patient = person()
    patient.consume(60_000, seconds(30), form=Form.MEAL)
    patient.consume(15_000, seconds(30), form=Form.DRINK, at=hours(1), over=minutes(5))
    patient.advance(hours(2))
    assert patient.ledger.of(Ate) == [(seconds(30), Ate(60_000, minutes(12)))]
    assert patient.ledger.of(Drank) == [(hours(1), Drank(15_000, minutes(5)))]
    assert [at for at, _ in patient.ledger.of(Glucose)] == list(range(0, hours(2) + 1, minutes(5)))


def test_a_meal_in_the_past_is_refused_and_nothing_changes() -> None:
    patient = person()
    patient.advance(hours(1))
    before = patient.snapshot()
    with pytest.raises(Refused, match="a meal in the past, it is 3600 s since the bench began"):
        patient.consume(60_000, hours(1), form=Form.MEAL, at=minutes(59))
    assert patient.snapshot() == before


def test_glucose_has_a_floor_and_the_ledger_says_when_it_is_met() -> None:
    patient = person()
    patient.receive(minutes(1), units(50))
    patient.advance(hours(4))
    assert patient.plasma(hours(4)) == pytest.approx(0.6 * 18.0156)
    assert len(patient.ledger.of(GlucoseLimited)) == 1


def test_a_restored_person_goes_on_as_if_nothing_had_been() -> None:
    whole, first = person(), person()
    for patient in (whole, first):
        patient.consume(60_000, 0, form=Form.MEAL)
        patient.receive(minutes(70), units(3))
        patient.consume(10_000, 0, form=Form.DRINK, at=hours(2))
        patient.advance(minutes(5))
    second = person(200)
    second.restore(json.loads(json.dumps(first.snapshot())), first.ledger.entries)
    whole.advance(hours(4))
    second.advance(hours(4))
    assert second.snapshot() == whole.snapshot()
    assert second.ledger.entries == whole.ledger.entries


@pytest.mark.parametrize("model", FAMILIES)
def test_glucose_is_above_zero_whatever_is_received_and_the_ledger_says_so(model: str) -> None:
    person = Patient(subject_of(model, None), epoch=datetime(2026, 1, 1, 20, 0), glucose=120)  # noqa: DTZ001  # local
    person.receive(0, 500_000_000)
    person.advance(hours(10))
    found = [event for _, event in person.ledger.of(Glucose)]
    assert 0 < min(event.plasma_mg_dl for event in found) < 15
    assert min(event.interstitial_mg_dl for event in found) > 0
    assert min(person.plasma(hours(10)), person.interstitial(hours(10)), person.status(hours(10))["plasma_mg_dl"]) > 0
    assert person.ledger.of(GlucoseLimited)
