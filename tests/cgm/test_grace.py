"""The time of grace after a sensor's life: it goes on measuring, says that it should not, and ends."""

from dataclasses import replace

import pytest

from isletbench.emulator.cgm.actions import ACTIONS
from isletbench.emulator.cgm.events import GraceBegan, Sample, SessionChanged
from isletbench.emulator.cgm.profile import PROFILES
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.states import Session
from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.emulator.patient.sources import constant
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation
from tests.cgm.talking import EPOCH, EVERYTHING, sensor_of, talk

LIVED = replace(EVERYTHING, life=hours(10), grace=hours(2), reminder=None)


def sensor() -> Sensor:
    return Sensor(LIVED, constant(100.0), epoch=EPOCH, seed=1)


def test_it_measures_on_after_its_life_with_an_alert_and_then_stops() -> None:
    made = sensor()
    made.advance(hours(10) - 1)
    assert Annunciation.DEVICE_SPECIFIC_ALERT not in made.annunciation(hours(10) - 1)
    made.advance(hours(11))
    assert made.session.state is Session.RUNNING
    assert Annunciation.DEVICE_SPECIFIC_ALERT in made.annunciation(hours(11))
    assert made.status(hours(11))["in_grace"]
    made.advance(hours(13))
    assert made.status(hours(13))["session"] == "expired"
    assert [at for at, _ in made.ledger.of(GraceBegan)] == [hours(10)]
    last = max(at for at, _ in made.ledger.of(Sample))
    assert hours(12) - minutes(5) <= last < hours(12)
    assert [(at, event.state) for at, event in made.ledger.of(SessionChanged)][-1] == (hours(12), "expired")


def test_the_run_time_that_it_tells_is_its_life_without_the_grace() -> None:
    client = talk(profile=LIVED)
    assert client.read(cgms.SESSION_RUN_TIME).run_time == 10


def test_a_life_that_is_shortened_has_its_grace_all_the_same() -> None:
    made = sensor()
    made.advance(hours(5))
    ACTIONS.do(ACTIONS.parse("shorten", {"life": "6h"}), made, hours(5))
    made.advance(hours(9))
    assert [at for at, _ in made.ledger.of(GraceBegan)] == [hours(6)]
    assert [at for at, event in made.ledger.of(SessionChanged) if event.state == "expired"] == [hours(8)]


def test_another_sensor_begins_another_life() -> None:
    made = sensor()
    made.advance(hours(11))
    made.remove(hours(11))
    made.insert(hours(11))
    assert not made.session.in_grace
    made.advance(hours(25))
    assert [at for at, _ in made.ledger.of(GraceBegan)] == [hours(10), hours(21)]


def test_a_grace_that_is_half_over_survives_as_it_is() -> None:
    made = sensor()
    made.advance(hours(11))
    again = sensor()
    again.restore(made.snapshot(), made.records_since(0), list(made.ledger.entries))
    again.advance(hours(13))
    assert again.session.state is Session.EXPIRED
    assert [at for at, _ in again.ledger.of(GraceBegan)] == [hours(10)]


def test_a_ten_day_sensor_has_twelve_hours_of_it() -> None:
    profile = PROFILES["factory_10_day"]
    assert (profile.life, profile.grace, profile.wear) == (days(10), hours(12), days(10) + hours(12))


@pytest.mark.parametrize("grace", [days(45)])
def test_a_grace_that_cannot_be_is_refused(grace: int) -> None:
    with pytest.raises(ValueError, match="grace: expected at most 45 days with its life"):
        replace(LIVED, grace=grace)


def test_where_there_is_none_the_session_ends_with_its_life() -> None:
    made = sensor_of(talk(profile=replace(LIVED, grace=0)))
    made.advance(hours(12))
    assert not made.ledger.of(GraceBegan)
    assert [at for at, event in made.ledger.of(SessionChanged) if event.state == "expired"] == [hours(10)]
