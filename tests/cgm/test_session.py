"""The life of a sensor: every transition of the table happens, every other one is refused and changes nothing."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.cgm.changes import SettingChanged
from isletbench.emulator.cgm.events import Sample, SessionChanged
from isletbench.emulator.cgm.losses import Losses
from isletbench.emulator.cgm.profile import PROFILES, SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.states import ACTIVE, TRANSITIONS, Event, Reason, Refused, Session, after
from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.emulator.patient.sources import constant
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation, Feature, OpsResponse, ResponseCode
from isletbench.protocols.fields import DstOffset, Special
from tests.cgm.talking import EPOCH, EVERYTHING, MEASUREMENT, SOCP, STATUS, fetch, measurements, sensor_of, talk, without
from tests.harness.conformance import conforms

LIVED = replace(EVERYTHING, starts_by_itself=False, warm_up=hours(1), life=days(1))


def sensor_in(session: Session) -> tuple[Sensor, int]:
    """A sensor brought into this state, and the time it then is."""
    sensor, now = Sensor(LIVED, constant(100.0), epoch=EPOCH, seed=1), 0
    if session is Session.NO_SENSOR:
        sensor.remove(0)
    if session in {Session.WARMING_UP, Session.RUNNING, Session.STOPPED, Session.EXPIRED, Session.FAILED}:
        sensor.start(0)
        now = {Session.WARMING_UP: minutes(30), Session.EXPIRED: days(1)}.get(session, hours(2))
        sensor.advance(now)
    if session is Session.STOPPED:
        sensor.stop(now)
    if session is Session.FAILED:
        sensor.fail(now)
    assert sensor.session.state is session
    return sensor, now


ACTS: dict[Event, Any] = {
    Event.INSERT: Sensor.insert,
    Event.START: Sensor.start,
    Event.STOP: Sensor.stop,
    Event.FAIL: Sensor.fail,
    Event.REMOVE: Sensor.remove,
}
"""What can be done to a sensor; to warm up and to expire it does by itself."""


@pytest.mark.parametrize("session", Session, ids=lambda s: s.value)
@pytest.mark.parametrize("event", Event, ids=lambda e: e.value)
def test_what_the_table_has_happens_and_what_it_has_not_is_refused(session: Session, event: Event) -> None:
    if (session, event) not in TRANSITIONS:
        which = "because none is inserted" if session is Session.NO_SENSOR else f"that is {session.value}"
        with pytest.raises(Refused, match=f"cannot {event.value} a sensor {which}"):
            after(session, event)
    else:
        assert after(session, event) is TRANSITIONS[session, event]


@pytest.mark.parametrize("session", Session, ids=lambda s: s.value)
@pytest.mark.parametrize("event", ACTS, ids=lambda e: e.value)
def test_the_sensor_keeps_to_the_table_and_a_refusal_changes_nothing(session: Session, event: Event) -> None:
    sensor, now = sensor_in(session)
    before, entries = sensor.status(now), len(sensor.ledger.entries)
    if (session, event) in TRANSITIONS:
        ACTS[event](sensor, now)
        assert sensor.session.state is TRANSITIONS[session, event]
    else:
        with pytest.raises(Refused):
            ACTS[event](sensor, now)
        assert sensor.status(now) == before
        assert len(sensor.ledger.entries) == entries


def test_every_state_can_be_reached_and_left() -> None:
    reached = {Session.NO_SENSOR}
    while more := {to for (start, _), to in TRANSITIONS.items() if start in reached} - reached:
        reached |= more
    assert reached == set(Session)
    assert {start for start, _ in TRANSITIONS} == set(Session)


@conforms("CGMS-33")
@pytest.mark.parametrize("session", Session, ids=lambda s: s.value)
def test_session_stopped_is_said_exactly_while_no_session_runs(session: Session) -> None:
    sensor, now = sensor_in(session)
    assert (Annunciation.SESSION_STOPPED in sensor.annunciation(now)) == (session not in ACTIVE)


def test_nothing_is_measured_while_it_warms_up_and_no_calibration_taken() -> None:
    made = talk(profile=replace(EVERYTHING, warm_up=minutes(30)))
    made.pass_to(minutes(29))
    assert made.read(STATUS).annunciation & Annunciation.CALIBRATION_NOT_ALLOWED
    assert measurements(made) == []
    made.pass_to(minutes(36))
    assert [m.time_offset for m in measurements(made)] == [30, 35]
    assert not made.read(STATUS).annunciation & Annunciation.CALIBRATION_NOT_ALLOWED


def test_a_replaced_sensor_starts_anew_and_has_errors_of_its_own() -> None:
    profile = replace(EVERYTHING, error_model="vettoretti2019b")
    made = talk(source=constant(150.0), profile=profile)
    sensor = sensor_of(made)
    made.pass_to(hours(2))
    first = [r.glucose for r in sensor.records]
    sensor.remove(made.now)
    made.pass_to(hours(3))
    assert made.read(STATUS).time_offset == 120, "time stands still"
    assert fetch(made)[0] == list(range(0, 125, 5)), "and the old one's records stay"
    sensor.insert(made.now)
    made.pass_to(made.now + hours(2))
    second = [r.glucose for r in sensor.records]
    assert len(second) == 25
    assert first != second
    assert made.read(STATUS).time_offset == 120


@pytest.mark.parametrize("profile", [EVERYTHING, without(Feature.MULTIPLE_SESSIONS)], ids=["several sessions", "one"])
def test_only_a_new_sensor_follows_one_that_failed(profile: SensorProfile) -> None:
    made = talk(profile=profile)
    sensor = sensor_of(made)
    made.pass_to(hours(1))
    sensor.fail(made.now)
    said = made.read(STATUS).annunciation
    assert said & Annunciation.SESSION_STOPPED
    assert said & Annunciation.SENSOR_MALFUNCTION
    assert made.ask(SOCP, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.PROCEDURE_NOT_COMPLETED)
    sensor.remove(made.now)
    sensor.insert(made.now)
    assert sensor.session.state is Session.RUNNING
    assert not made.read(STATUS).annunciation & Annunciation.SENSOR_MALFUNCTION


def test_a_sensor_of_the_wrong_type_is_found_at_the_start_and_never_runs() -> None:
    made = talk(profile=replace(EVERYTHING, starts_by_itself=False))
    sensor = sensor_of(made)
    sensor.remove(0)
    sensor.insert(0, fits=False)
    assert not made.read(STATUS).annunciation & Annunciation.SENSOR_TYPE_INCORRECT
    assert made.ask(SOCP, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.PROCEDURE_NOT_COMPLETED)
    assert made.read(STATUS).annunciation & Annunciation.SENSOR_TYPE_INCORRECT
    sensor.remove(0)
    sensor.insert(0)
    assert made.ask(SOCP, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.SUCCESS)
    assert not made.read(STATUS).annunciation & Annunciation.SENSOR_TYPE_INCORRECT


def test_the_end_of_life_is_announced_a_day_ahead_and_a_new_session_forgets_it() -> None:
    made = talk(source=constant(100.0))
    made.pass_to(days(13) - 1)
    assert not made.read(STATUS).annunciation & Annunciation.DEVICE_SPECIFIC_ALERT
    made.pass_to(days(13))
    assert made.read(STATUS).annunciation & Annunciation.DEVICE_SPECIFIC_ALERT
    made.pass_to(days(13) + minutes(6))
    assert measurements(made)[-1].annunciation & Annunciation.DEVICE_SPECIFIC_ALERT
    made.ask(SOCP, cgms.StopSession())
    made.ask(SOCP, cgms.StartSession())
    assert not made.read(STATUS).annunciation & Annunciation.DEVICE_SPECIFIC_ALERT


def test_a_run_time_that_is_corrected_downwards_is_read_and_kept_to() -> None:
    made = talk(source=constant(100.0))
    made.pass_to(days(2))
    sensor_of(made).shorten(days(3), made.now)
    assert made.read(cgms.SESSION_RUN_TIME) == cgms.SessionRunTime(72)
    made.pass_to(days(3) - 1)
    assert sensor_of(made).session.state is Session.RUNNING
    made.pass_to(days(3))
    assert sensor_of(made).session.state is Session.EXPIRED


def test_early_failures_come_as_often_as_the_make_says() -> None:
    profile = replace(EVERYTHING, early_failures=0.12, life=days(1), cadence=hours(4))
    failed = 0
    for seed in range(400):
        sensor = Sensor(profile, constant(100.0), epoch=EPOCH, seed=seed)
        sensor.advance(days(1))
        failed += sensor.session.state is Session.FAILED
    assert 0.08 < failed / 400 < 0.16, "12 %, give or take two standard errors and a half"


# Conditions


@conforms("CGMS-25")
@pytest.mark.parametrize(
    ("condition", "value", "bit", "shown"),
    [
        ("temperature", 45.0, Annunciation.SENSOR_TEMPERATURE_TOO_HIGH, Special.NAN),
        ("temperature", 5.0, Annunciation.SENSOR_TEMPERATURE_TOO_LOW, Special.NAN),
        ("malfunction", True, Annunciation.SENSOR_MALFUNCTION, Special.NAN),
        ("attenuated", True, Annunciation.SENSOR_MALFUNCTION, Special.NRES),
        ("general_fault", True, Annunciation.GENERAL_DEVICE_FAULT, 100.0),
    ],
)
def test_a_condition_shows_in_status_and_records_while_it_lasts(
    condition: str, value: Any, bit: Annunciation, shown: Any
) -> None:
    made = talk(source=constant(100.0))
    usual = getattr(sensor_of(made).conditions, condition)
    made.pass_to(minutes(6))
    setattr(sensor_of(made).conditions, condition, value)
    assert made.read(STATUS).annunciation & bit
    made.pass_to(minutes(11))
    setattr(sensor_of(made).conditions, condition, usual)
    assert not made.read(STATUS).annunciation & bit
    made.pass_to(minutes(16))
    told = measurements(made)
    assert [m.glucose for m in told] == [100.0, shown, 100.0]
    assert [bool(m.annunciation & bit) for m in told] == [False, True, False]
    if isinstance(shown, Special):
        assert told[1].trend is None
        assert told[1].quality == 0.0


def test_no_threshold_is_crossed_by_an_invalid_result() -> None:
    made = talk(source=constant(30.0))
    sensor_of(made).conditions.malfunction = True
    made.pass_to(minutes(6))
    (told,) = measurements(made)
    assert not int(told.annunciation) >> 16


def test_an_attenuated_signal_gives_no_results_for_a_while_and_says_so() -> None:
    profile = replace(EVERYTHING, attenuation=Losses(into_outage=0.02, out_of_outage=0.1))
    sensor = Sensor(profile, constant(100.0), epoch=EPOCH, seed=3)
    sensor.advance(days(7))
    taken = list(sensor.records)
    invalid = [m for m in taken if m.glucose is Special.NRES]
    assert 0.05 < len(invalid) / len(taken) < 0.35
    assert all(bool(m.annunciation & Annunciation.SENSOR_MALFUNCTION) == (m.glucose is Special.NRES) for m in taken)


def test_the_battery_drains_and_says_when_it_is_low() -> None:
    sensor = Sensor(replace(EVERYTHING, battery_life=days(10)), constant(100.0), epoch=EPOCH, seed=1)
    assert [sensor.battery_level(days(day)) for day in (0, 1, 5, 9, 10, 30)] == [100, 90, 50, 10, 0, 0]
    assert not sensor.annunciation(days(9)) & Annunciation.DEVICE_BATTERY_LOW
    assert sensor.annunciation(days(9.2)) & Annunciation.DEVICE_BATTERY_LOW
    sensor.set_battery(100, days(9.2))
    assert not sensor.annunciation(days(9.2)) & Annunciation.DEVICE_BATTERY_LOW


@pytest.mark.parametrize(
    ("low", "high"), [(39.0, 401.0), (Special.NEGATIVE_INFINITY, Special.POSITIVE_INFINITY), (Special.NAN, Special.NAN)]
)
def test_a_make_says_how_it_shows_what_it_cannot_measure(low: Any, high: Any) -> None:
    choices = replace(EVERYTHING.choices, too_low=low, too_high=high)
    made = talk(lambda now: 20.0 if now < minutes(7) else 500.0, replace(EVERYTHING, choices=choices))
    made.pass_to(minutes(11))
    first, second = measurements(made)
    assert (first.glucose, second.glucose) == (low, high)
    assert first.annunciation & Annunciation.RESULT_LOWER_THAN_PROCESSABLE
    assert second.annunciation & Annunciation.RESULT_HIGHER_THAN_PROCESSABLE
    assert first.annunciation & Annunciation.LOWER_THAN_HYPO, "thresholds look at the limit"


def test_the_warnings_of_the_last_result_show_in_status_until_the_next() -> None:
    made = talk(lambda now: 50.0 if now < minutes(6) else 60.0)
    made.pass_to(minutes(5))
    assert made.read(STATUS).annunciation & Annunciation.LOWER_THAN_HYPO
    made.pass_to(minutes(10))
    assert not made.read(STATUS).annunciation & Annunciation.LOWER_THAN_HYPO
    assert made.read(STATUS).annunciation & Annunciation.LOWER_THAN_PATIENT_LOW


# Profiles that cannot be


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cadence": 90_000}, "cadence"),
        ({"warm_up": days(30)}, "warm_up"),
        ({"life": days(46)}, "life"),
        ({"stored_every": minutes(7)}, "stored_every"),
        ({"error_model": "perfect"}, "error_model: expected one of exact"),
        ({"calibration": None}, "calibration"),
        ({"starts_by_itself": False, "choices": replace(EVERYTHING.choices, session_operations=False)}, "session_operations"),
    ],
)
def test_a_profile_that_cannot_be_says_why(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(EVERYTHING, **changes)


def test_the_longest_session_ends_before_its_offsets_wrap() -> None:
    profile = replace(EVERYTHING, life=days(45), cadence=minutes(15), reminder=None)
    sensor = Sensor(profile, constant(100.0), epoch=EPOCH, seed=1)
    sensor.advance(days(60))
    assert sensor.session.state is Session.EXPIRED
    assert sensor.session.time_offset(days(60)) == 45 * 24 * 60 < 65_536


@conforms("CGMS-27", "CGMS-28")
@given(spans=st.lists(st.integers(0, hours(30)), max_size=30), name=st.sampled_from(sorted(PROFILES)), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_however_time_passes_offsets_rise_by_the_cadence_and_each_record_is_made_once(
    spans: list[int], name: str, seed: int
) -> None:
    profile = PROFILES[name]
    sensor, straight = (Sensor(profile, constant(120.0), epoch=EPOCH, seed=seed) for _ in range(2))
    now = 0
    for span in (*spans, 0):
        now += span
        sensor.advance(now)
        deadline = sensor.next_deadline
        assert deadline is None or deadline > now
    straight.advance(now)
    assert [e.event for e in sensor.ledger.entries] == [e.event for e in straight.ledger.entries]
    offsets = [sample.time_offset for _, sample in sensor.ledger.of(Sample)]
    first, step = profile.warm_up // minutes(1), profile.cadence // minutes(1)
    assert offsets == list(range(first, first + step * len(offsets), step))


def test_what_is_not_told_is_measured_all_the_same() -> None:
    made = talk()
    made.ask(SOCP, cgms.SetCommunicationInterval(0))
    made.pass_to(hours(1))
    assert made.heard(MEASUREMENT) == []
    assert len(sensor_of(made).records) == 13


# What an operation returns


def test_an_operation_returns_what_it_has_changed() -> None:
    sensor = Sensor(EVERYTHING, constant(100.0), epoch=EPOCH, seed=1)
    assert sensor.stop(0) == (SessionChanged("stop", "stopped"),)
    assert sensor.start(0) == (SessionChanged("start", "warming up"), SessionChanged("warm up", "running"))
    assert sensor.set_level("hypo", 60.0) == (SettingChanged("hypo", 60.0),)
    assert sensor.set_interval(None) == (SettingChanged("interval", minutes(1)),)
    assert sensor.set_time(EPOCH, None, DstOffset.UNKNOWN, 0) == (SettingChanged("start_time", EPOCH),)
    keeps = replace(EVERYTHING, choices=replace(EVERYTHING.choices, keeps_first_time=True))
    sensor = Sensor(keeps, constant(100.0), epoch=EPOCH, seed=1)
    assert sensor.set_time(EPOCH, None, DstOffset.UNKNOWN, 0)
    assert sensor.set_time(EPOCH, None, DstOffset.UNKNOWN, hours(1)) == (), "this make keeps the first time"


def test_a_refusal_has_a_reason_of_the_sensors_own() -> None:
    sensor = Sensor(without(Feature.MULTIPLE_SESSIONS), constant(100.0), epoch=EPOCH, seed=1)
    reasons = []
    for operation in (
        lambda: sensor.start(0),
        lambda: sensor.set_level("hypo", 501.0),
        lambda: sensor.set_interval(1),
        lambda: (sensor.stop(0), sensor.stop(0)),
        lambda: sensor.start(0),
    ):
        with pytest.raises(Refused) as refused:
            operation()
        reasons.append(refused.value.reason)
    assert reasons == [
        Reason.WRONG_STATE,
        Reason.OUT_OF_RANGE,
        Reason.OUT_OF_RANGE,
        Reason.NOTHING_TO_STOP,
        Reason.NO_SECOND_SESSION,
    ]
