"""Where a CGM in C could part from the one in Python and everyday use would not show it. Each test runs on all of them, as
``test_equivalence`` does, and on firmware every octet is held to the emulator's."""

import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from isletbench.emulator.codegen.sensors import cgm as cgm_header
from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.emulator.endpoints.cgms.kind import CgmDevice
from isletbench.protocols import cgms, companions
from isletbench.protocols.att import AttCode, Cccd
from isletbench.protocols.cgms import (
    Annunciation,
    Calibration,
    CalibrationStatus,
    OpsResponse,
    ResponseCode,
    SampleLocation,
    SampleType,
)
from isletbench.protocols.companions import AdjustReason, BondErrorCode, CurrentTime, LocalTimeInformation
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import split_records
from isletbench.protocols.fields import DstOffset, Special
from isletbench.protocols.packet import encode
from isletbench.protocols.racp import GENERIC, Operation, Operator, Outcome, Request, Response, Selection
from tests.firmware.compiled import MAKE, STUBS, needs_compiler
from tests.firmware.lineup import rig
from tests.firmware.stubs import native
from tests.firmware.subjects import Emulated
from tests.firmware.talking import Client, Compared, attempt

MEASUREMENT, RACP, SOCP = cgms.MEASUREMENT, cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT
EVERYTHING = GENERIC.encode(Request(Operation.REPORT, Selection(Operator.ALL)))
REPORT = GENERIC.opcodes[Operation.REPORT]


@pytest.fixture
def listening(cgm: Client) -> Client:
    """A client that wants to be told everything."""
    cgm.subscribe(MEASUREMENT, RACP, SOCP)
    return cgm


def ops(client: Client, operation: object) -> object:
    return attempt(client.ask, SOCP, operation)


def calibration(glucose: float | Special, time: int, next_time: int = 0xFFFF) -> cgms.SetGlucoseCalibrationValue:
    origin = (SampleType.CAPILLARY_PLASMA, SampleLocation.FINGER)
    return cgms.SetGlucoseCalibrationValue(Calibration(glucose, time, origin, next_time, 0, CalibrationStatus(0)))


def test_its_clock_is_set_to_the_256th_of_a_second(cgm: Client) -> None:
    def set_clock(when: datetime, fractions: int, day: int = 0) -> object:
        wanted = CurrentTime(DateTime.of(when), day, fractions, AdjustReason.MANUAL_TIME_UPDATE)
        return attempt(cgm.write_octets, companions.TIME, encode(wanted), companions.CURRENT_TIME)

    leap_day = datetime(2028, 2, 29, 23, 59, 59)  # noqa: DTZ001  # a device's calendar has no zone
    for fractions in (0, 1, 2, 3, 5, 127, 128, 254, 255):
        assert set_clock(leap_day, fractions) is None
        cgm.read_octets(companions.TIME, companions.CURRENT_TIME)
        cgm.wait(7)
        cgm.read_octets(companions.TIME, companions.CURRENT_TIME)
    assert set_clock(leap_day, 0, leap_day.isoweekday()) is None
    assert set_clock(leap_day, 0, 1) is AttCode.OUT_OF_RANGE
    local = LocalTimeInformation(-16, DstOffset.ONE_HOUR)
    cgm.write_octets(companions.LOCAL_TIME, encode(local), companions.CURRENT_TIME)
    assert cgm.read_octets(companions.LOCAL_TIME, companions.CURRENT_TIME) == encode(local)
    cgm.wait(minutes(6))  # the session's own time has not moved
    assert cgm.read(cgms.STATUS).time_offset == 6


def test_bonds_are_managed_as_far_as_there_are_any(cgm: Client) -> None:
    refused = {
        "": AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH,
        "01": BondErrorCode.BOND_OPCODE_NOT_SUPPORTED,
        "03": BondErrorCode.BOND_OPERATION_FAILED,
        "03 00": AttCode.INSUFFICIENT_AUTHORIZATION,
        "06": None,
        "06 31 32": AttCode.INSUFFICIENT_AUTHORIZATION,
        "09": None,
        "FF 00": BondErrorCode.BOND_OPCODE_NOT_SUPPORTED,
    }
    for value, code in refused.items():
        found = attempt(cgm.write_octets, companions.BOND_POINT, bytes.fromhex(value), companions.BOND_MANAGEMENT)
        assert found == code, value


def test_a_calibration_bends_what_is_measured_after_it(listening: Client) -> None:
    listening.wait(minutes(21))
    assert ops(listening, calibration(115.5, 20, 60)) == ResponseCode(0x04, OpsResponse.SUCCESS)
    assert ops(listening, calibration(115.5, 20)) == ResponseCode(0x04, OpsResponse.PROCEDURE_NOT_COMPLETED), "one is pending"
    for mg_dl in (100, 101, 102, 60, 61, 346, 347, 400, 100):
        listening.wait(minutes(5), mg_dl=mg_dl)
        listening.read(cgms.STATUS)
    told = [MEASUREMENT.decode(r, protected=True).glucose for v in listening.heard(MEASUREMENT) for r in split_records(v)]
    assert 117.0 in told, "101 mg/dL as 116.655"
    assert Annunciation.CALIBRATION_RECOMMENDED in listening.read(cgms.STATUS).annunciation, "an hour has passed"


@pytest.mark.parametrize(
    ("reference", "outcome"),
    [
        (150.0, OpsResponse.SUCCESS),  # half as much again: just taken
        (151.0, OpsResponse.SUCCESS),  # taken, and rejected after a while
        (49.9, OpsResponse.SUCCESS),
        (40.0, OpsResponse.SUCCESS),
        (39.9, OpsResponse.PARAMETER_OUT_OF_RANGE),
        (401.0, OpsResponse.PARAMETER_OUT_OF_RANGE),
        (Special.NAN, OpsResponse.PARAMETER_OUT_OF_RANGE),
    ],
)
def test_a_reference_is_taken_rejected_or_refused(listening: Client, reference: float | Special, outcome: OpsResponse) -> None:
    listening.wait(minutes(16))
    assert ops(listening, calibration(reference, 15, 0)) == ResponseCode(0x04, outcome)
    pending = ops(listening, cgms.GetGlucoseCalibrationValue(0xFFFF))
    listening.wait(minutes(5) + 1)
    settled = ops(listening, cgms.GetGlucoseCalibrationValue(0xFFFF))
    assert (pending == settled) == (outcome is not OpsResponse.SUCCESS)
    listening.wait(minutes(10))
    listening.read(cgms.STATUS)


def test_no_reference_is_taken_while_glucose_changes_or_no_session_runs(listening: Client) -> None:
    listening.wait(minutes(5))
    listening.wait(minutes(5), mg_dl=150)
    assert ops(listening, calibration(150.0, 10)) == ResponseCode(0x04, OpsResponse.PROCEDURE_NOT_COMPLETED)
    ops(listening, cgms.StopSession())
    assert ops(listening, calibration(150.0, 10)) == ResponseCode(0x04, OpsResponse.PROCEDURE_NOT_COMPLETED)
    ops(listening, cgms.StartSession())
    listening.wait(minutes(1))
    assert ops(listening, cgms.GetGlucoseCalibrationValue(1)) == ResponseCode(0x05, OpsResponse.PARAMETER_OUT_OF_RANGE)


def stop_listening(client: Client) -> None:
    client.subscribe(MEASUREMENT, cccd=Cccd.OFF)


def begin_anew(client: Client) -> None:
    client.ask(SOCP, cgms.StopSession())
    client.ask(SOCP, cgms.StartSession())


@pytest.mark.parametrize("interrupt", [stop_listening, begin_anew])
def test_a_report_that_cannot_go_on_says_so(listening: Client, interrupt: Callable[[Client], None]) -> None:
    listening.wait(hours(5))
    listening.told.clear()
    listening.write_octets(RACP, EVERYTHING)
    listening.wait(9)
    assert len(listening.heard(MEASUREMENT)) == 1
    interrupt(listening)
    listening.wait(20)
    assert [GENERIC.decode_answer(v) for v in listening.heard(RACP)] == [Response(REPORT, Outcome.PROCEDURE_NOT_COMPLETED)]


def test_a_round_that_does_not_fit_one_notification_takes_two(listening: Client) -> None:
    ops(listening, cgms.SetCommunicationInterval(254))
    listening.wait(hours(10))
    sizes = [len(value) for value in listening.heard(MEASUREMENT)]
    assert len(sizes) == 4, "two rounds"
    assert max(sizes) <= 512


def test_news_of_an_earlier_connection_is_not_told_to_the_next(listening: Client) -> None:
    ops(listening, cgms.SetCommunicationInterval(60))
    listening.wait(minutes(31))
    listening.connect()
    listening.subscribe(MEASUREMENT, SOCP)
    listening.wait(minutes(31))
    offsets = [r[4] for value in listening.heard(MEASUREMENT) for r in split_records(value)]
    assert offsets == [35, 40, 45, 50, 55, 60]


@pytest.mark.slow
def test_a_session_comes_to_its_end(cgm: Client) -> None:
    cgm.subscribe(SOCP)
    standing = []
    for now in (days(13) - 1, days(13), days(14) - 1, days(14), days(15)):
        cgm.pass_to(now)
        standing.append(cgm.read(cgms.STATUS).annunciation)
        cgm.read_octets(companions.BATTERY_LEVEL, companions.BATTERY)
        if now == days(13):
            assert ops(cgm, cgms.ResetDeviceSpecificAlert()) == ResponseCode(0x19, OpsResponse.SUCCESS)
    assert [Annunciation.DEVICE_SPECIFIC_ALERT in said for said in standing] == [False, True, False, False, False]
    assert [Annunciation.SESSION_STOPPED in said for said in standing] == [False, False, False, True, True]
    assert ops(cgm, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.PROCEDURE_NOT_COMPLETED), "it is worn out"
    assert ops(cgm, cgms.StopSession()) == ResponseCode(0x1B, OpsResponse.OPCODE_NOT_SUPPORTED)


TUNED = {
    "cadence": "2m",
    "life": "1d",
    "reminder": "3h",
    "capacity": 32,
    "low": 60,
    "high": 300,
    "quality": 80,
    "battery_life": "36h",
    "levels": {"patient_low": 90, "hyper": 200},
    "calibration": {"interval": "2h", "processing": "3m", "tolerance": 0.2, "steepest": 1.0, "low": 50, "high": 350},
    "choices": {"fastest_interval": "3m", "transfer_spacing": "20ms"},
}
"""A sensor that shares no number with the generic one."""


@pytest.mark.slow
@needs_compiler
def test_a_cgm_of_other_numbers_is_still_the_same(tmp_path: Path) -> None:
    device = rig().devices["cgm"]
    assert isinstance(device, CgmDevice)
    tuned = device.model_copy(update={"tuning": TUNED})
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "cgm.h").write_text(cgm_header(tuned), encoding="utf-8")
    make = [MAKE, "-C", str(STUBS), "STUBS=cgm", "PORT_TOOLS=", f"BUILD={tmp_path}", f"CFLAGS=-O1 -I{tmp_path}"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    reference = Emulated(rig().model_copy(update={"devices": {"cgm": tuned}}), "cgm")
    compared = Compared(reference, native(tmp_path / "isletbench-cgm"))
    try:
        client = Client(compared, cgms.SERVICE)
        client.subscribe(MEASUREMENT, RACP, SOCP)
        for step in range(24):
            for part in range(4):
                client.wait(minutes(15) - 1, mg_dl=40 + (step * 37 + part * 11) % 300)
                client.read(cgms.STATUS)
            client.write_octets(RACP, EVERYTHING)
            client.wait(500)
            for operation in (calibration(100.0, 60 * step, 60 * step + 90), cgms.GetGlucoseCalibrationValue(0xFFFF)):
                ops(client, operation)
            ops(client, cgms.SetCommunicationInterval(1 + step))
            client.read_octets(companions.BATTERY_LEVEL, companions.BATTERY)
        client.wait(hours(2))
        assert Annunciation.SESSION_STOPPED in client.read(cgms.STATUS).annunciation
    finally:
        compared.close()
