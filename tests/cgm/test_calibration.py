"""Calibration: what a reference value does, when it is wanted, what of it can be read back."""

from dataclasses import replace
from typing import Any

import pytest

from isletbench.emulator.cgm.calibration import CalibrationPolicy
from isletbench.emulator.cgm.profile import PROFILES, SensorProfile
from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.patient.sources import constant
from isletbench.protocols import cgms
from isletbench.protocols.cgms import (
    Annunciation,
    Calibration,
    CalibrationStatus,
    OpsResponse,
    ResponseCode,
    SampleLocation,
    SampleType,
)
from isletbench.protocols.fields import Special
from tests.cgm.talking import BARE, EVERYTHING, SOCP, STATUS, measurements, rising, sensor_of, talk
from tests.harness.client import Talk
from tests.harness.conformance import conforms

FINGER = (SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.FINGER)
SUCCESS = ResponseCode(0x04, OpsResponse.SUCCESS)
PENDING = CalibrationStatus.PROCESS_PENDING
ACCEPTED = CalibrationStatus(0)


def reference(glucose: Any, time: int, next_time: int = 0xFFFF, number: int = 0, status: int = 0) -> Calibration:
    return Calibration(glucose, time, FINGER, next_time, number, CalibrationStatus(status))


def calibrate(made: Talk, glucose: Any, time: int, next_time: int = 0xFFFF) -> ResponseCode:
    answer = made.ask(SOCP, cgms.SetGlucoseCalibrationValue(reference(glucose, time, next_time)))
    assert isinstance(answer, ResponseCode)
    return answer


def calibration(made: Talk, number: int = 0xFFFF) -> Calibration:
    answer = made.ask(SOCP, cgms.GetGlucoseCalibrationValue(number))
    assert isinstance(answer, cgms.GlucoseCalibrationValueResponse)
    return answer.calibration


def with_policy(**changes: Any) -> SensorProfile:
    assert EVERYTHING.calibration is not None
    return replace(EVERYTHING, calibration=replace(EVERYTHING.calibration, **changes))


@conforms("CGMS-66", "CGMS-68", "CGMS-70")
def test_a_reference_is_pending_then_accepted_and_readings_follow_it() -> None:
    made = talk(source=constant(100.0))
    made.pass_to(minutes(11))
    assert calibrate(made, 120.0, 10, next_time=200) == SUCCESS
    assert calibration(made) == reference(120.0, 10, 200, number=1, status=PENDING)
    made.pass_to(minutes(15))
    assert calibration(made).status == PENDING
    made.pass_to(minutes(16))
    assert calibration(made, 1) == reference(120.0, 10, 200, number=1)
    made.pass_to(minutes(21))
    assert [m.glucose for m in measurements(made)] == [100.0, 100.0, 100.0, 120.0]
    assert calibrate(made, 110.0, 20) == SUCCESS
    assert calibration(made).record_number == 2
    assert calibration(made, 1).record_number == 1


@conforms("CGMS-67")
def test_the_written_number_and_status_are_ignored() -> None:
    made = talk(source=constant(100.0))
    made.pass_to(minutes(6))
    written = reference(100.0, 5, number=77, status=3)
    assert made.ask(SOCP, cgms.SetGlucoseCalibrationValue(written)) == SUCCESS
    assert calibration(made) == reference(100.0, 5, number=1, status=PENDING)


@conforms("CGMS-69")
@pytest.mark.parametrize("number", [1, 2, 0xFFFE])
def test_an_unknown_calibration_is_out_of_range(number: int) -> None:
    made = talk()
    answer = made.ask(SOCP, cgms.GetGlucoseCalibrationValue(number))
    assert answer == ResponseCode(0x05, OpsResponse.PARAMETER_OUT_OF_RANGE)


@conforms("CGMS-68")
@pytest.mark.parametrize("number", ["00 00", "FF FF"])
def test_before_the_first_calibration_there_is_record_0_and_all_of_it_is_0(number: str) -> None:
    # CGMS 1.0.1, section 3.7.2.2: record number 0 is that no calibration is stored.
    made = talk(profile=BARE)
    made.write_octets(SOCP, b"\x05" + bytes.fromhex(number))
    assert made.heard(SOCP) == [b"\x06" + bytes(10)]


def test_a_reference_that_was_measured_in_nothing_is_an_invalid_operand() -> None:
    made = talk()
    made.pass_to(minutes(11))
    answer = made.ask(SOCP, cgms.SetGlucoseCalibrationValue(replace(reference(110.0, 10), origin=None)))
    assert answer == ResponseCode(0x04, OpsResponse.INVALID_OPERAND)
    assert calibration(made).record_number == 0


@pytest.mark.parametrize(
    ("glucose", "time"), [(20.0, 5), (500.0, 5), (Special.NAN, 5), (Special.POSITIVE_INFINITY, 5), (100.0, 7)]
)
def test_what_cannot_be_a_reference_is_out_of_range(glucose: Any, time: int) -> None:
    made = talk()
    made.pass_to(minutes(6))
    assert calibrate(made, glucose, time) == ResponseCode(0x04, OpsResponse.PARAMETER_OUT_OF_RANGE)
    assert calibration(made).record_number == 0


def test_a_make_may_take_what_is_out_of_range_and_say_so_afterwards() -> None:
    made = talk(profile=with_policy(refuses_out_of_range=False))
    made.pass_to(minutes(6))
    assert calibrate(made, 500.0, 5) == SUCCESS
    made.pass_to(minutes(12))
    assert calibration(made).status == CalibrationStatus.OUT_OF_RANGE


def test_a_reference_far_from_the_reading_is_rejected_and_changes_nothing() -> None:
    made = talk(source=constant(100.0))
    made.pass_to(minutes(11))
    assert calibrate(made, 250.0, 10) == SUCCESS
    made.pass_to(minutes(21))
    assert calibration(made).status == CalibrationStatus.REJECTED
    assert measurements(made)[-1].glucose == 100.0


def test_a_reference_without_a_reading_near_it_is_rejected() -> None:
    made = talk(source=lambda now: 100.0 if now < minutes(6) else None)
    made.pass_to(hours(2))
    assert calibrate(made, 100.0, 119) == SUCCESS
    made.pass_to(hours(3))
    assert calibration(made).status == CalibrationStatus.REJECTED


@pytest.mark.parametrize("why", ["steep", "pending", "stopped"])
def test_when_none_can_be_taken_it_is_not_completed(why: str) -> None:
    made = talk(source=(lambda now: 100 + 3 * now / minutes(1)) if why == "steep" else rising)
    made.pass_to(minutes(16))
    if why == "pending":
        assert calibrate(made, 110.0, 10) == SUCCESS
    if why == "stopped":
        made.ask(SOCP, cgms.StopSession())
    else:
        assert made.read(STATUS).annunciation & Annunciation.CALIBRATION_NOT_ALLOWED
    assert calibrate(made, 110.0, 10) == ResponseCode(0x04, OpsResponse.PROCEDURE_NOT_COMPLETED)


@pytest.mark.parametrize(
    ("wanted", "kept"), [(0xFFFF, 0xFFFF), (0, 0), (30, 30), (9_000, 725)], ids=["none", "now", "soon", "later than the make's"]
)
def test_the_next_calibration_is_the_makes_or_earlier_if_the_client_wants(wanted: int, kept: int) -> None:
    made = talk(source=constant(100.0))
    made.pass_to(minutes(6))
    calibrate(made, 100.0, 5, wanted)
    assert calibration(made).next_time == kept
    made.pass_to(minutes(12))
    assert bool(made.read(STATUS).annunciation & Annunciation.CALIBRATION_RECOMMENDED) == (kept == 0)
    made.pass_to(hours(13))
    assert bool(made.read(STATUS).annunciation & Annunciation.CALIBRATION_RECOMMENDED) == (kept != 0xFFFF)


def test_a_new_session_starts_its_calibrations_at_1() -> None:
    made = talk(source=constant(100.0))
    made.pass_to(minutes(6))
    calibrate(made, 120.0, 5)
    made.pass_to(minutes(12))
    made.ask(SOCP, cgms.StopSession())
    made.ask(SOCP, cgms.StartSession())
    assert calibration(made).record_number == 0
    made.pass_to(made.now + minutes(6))
    assert measurements(made)[-1].glucose == 100.0, "what was calibrated is forgotten"
    calibrate(made, 110.0, 5)
    assert calibration(made).record_number == 1


def test_a_sensor_that_must_be_calibrated_gives_nothing_before_and_nothing_overdue() -> None:
    policy = CalibrationPolicy(required=True, interval=hours(12), second_after=hours(6), grace=hours(1))
    made = talk(source=constant(100.0), profile=replace(EVERYTHING, calibration=policy))
    made.pass_to(minutes(11))
    assert made.read(STATUS).annunciation & Annunciation.CALIBRATION_REQUIRED
    assert [m.glucose for m in measurements(made)] == [Special.NAN] * 2
    calibrate(made, 100.0, 10)
    assert calibration(made).next_time == 370, "the second one six hours later"
    made.pass_to(minutes(371))
    said = made.read(STATUS).annunciation
    assert said & Annunciation.CALIBRATION_RECOMMENDED
    assert not said & Annunciation.CALIBRATION_REQUIRED
    assert {m.glucose for m in measurements(made)[1:]} == {100.0}
    made.pass_to(minutes(430))
    made.heard(cgms.MEASUREMENT)
    made.pass_to(minutes(441))
    assert made.read(STATUS).annunciation & Annunciation.CALIBRATION_REQUIRED
    assert [m.glucose for m in measurements(made)] == [Special.NAN] * 2
    calibrate(made, 100.0, 440)
    assert calibration(made).next_time == 440 + 720, "from now on every twelve hours"
    made.pass_to(minutes(451))
    assert measurements(made)[-1].glucose == 100.0


def test_the_finger_stick_profile_wants_its_first_calibration_after_warm_up() -> None:
    made = talk(source=constant(100.0), profile=PROFILES["fingerstick_7_day"])
    assert made.ask(SOCP, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.SUCCESS)
    made.pass_to(hours(1))
    said = made.read(STATUS).annunciation
    assert said & Annunciation.CALIBRATION_NOT_ALLOWED
    assert said & Annunciation.CALIBRATION_REQUIRED
    made.pass_to(hours(2) + minutes(7))
    assert not made.read(STATUS).annunciation & Annunciation.CALIBRATION_NOT_ALLOWED
    assert sensor_of(made).records.newest is not None
    assert calibrate(made, 100.0, 121) == SUCCESS
    made.pass_to(hours(2) + minutes(30))
    assert calibration(made).status == ACCEPTED
    assert not made.read(STATUS).annunciation & Annunciation.CALIBRATION_REQUIRED
