"""The services beside a CGM or a pump. Octets from the GATT Specification Supplement's layouts, written by hand."""

from datetime import datetime

import pytest

from isletbench.emulator.cgm.profile import PROFILES
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.notes import Refused as RefusedNote
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.quantities import Instant, days, hours, units
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.gatt import Advertisement, Connected, Disconnected, GattDevice, Secured, Security, Unbond, Write
from isletbench.emulator.gatt.companions import BondManagementService, CurrentTimeService, DeviceInformationService, Identity
from isletbench.emulator.patient.sources import constant
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES as PUMPS
from isletbench.protocols import companions
from isletbench.protocols.att import AttCode, ErrorCode
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.companions import AdjustReason, BondErrorCode, CurrentTime
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.fields import DstOffset
from tests.harness.client import Refused, Talk
from tests.harness.conformance import conforms
from tests.pump.talking import records_of

IDENTITY = Identity("isletbench", "Virtual CGM", "cgm", "1")
NOON = datetime(2026, 2, 1, 12)  # noqa: DTZ001  # a device's calendar has no zone; a Sunday


class Clockwork:
    """A machine with a clock and nothing else."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.next_deadline: Instant | None = None
        self.shown = NOON

    def advance(self, now: Instant) -> None:
        """Nothing happens by itself."""

    def status(self, now: Instant) -> dict[str, object]:
        return {}

    def set_clock(self, shown: datetime, now: Instant) -> bool:
        self.shown = shown
        return True


def device(authorization: bytes = b"") -> GattDevice:
    machine = Clockwork()
    services = [
        DeviceInformationService(IDENTITY),
        CurrentTimeService(lambda now: machine.shown, machine.set_clock),
        BondManagementService(authorization),
    ]
    return GattDevice("clock", machine, services, Advertisement("clock", (), 0))


def a_pump() -> Pump:
    """The device that has all of them."""
    return Pump(PUMPS["generic"], epoch=NOON, basal=[(0, 0)], reservoir=units(200), seed=1)


def talk(made: GattDevice, service: int, link: str = "test#1") -> Talk:
    return Talk(made, service, protected=False, link=link)


def octets(made: Talk, characteristic: Characteristic) -> bytes:
    return characteristic.encode(made.read(characteristic), protected=False)


@conforms("CGMS-88")
def test_device_information_says_who_made_it() -> None:
    sensor = Sensor(PROFILES["generic"], constant(100.0), epoch=NOON, seed=1)
    made = talk(cgm_endpoint("cgm", sensor, "IB-CGM"), companions.DEVICE_INFORMATION)
    assert octets(made, companions.MANUFACTURER_NAME) == b"isletbench"
    assert octets(made, companions.MODEL_NUMBER) == b"Virtual CGM"
    assert octets(made, companions.SERIAL_NUMBER) == b"cgm"
    assert octets(made, companions.FIRMWARE_REVISION) == b"1"
    system = octets(made, companions.SYSTEM_ID)
    assert len(system) == 8
    other = Identity("isletbench", "Virtual CGM", "cgm2", "1")
    assert system == IDENTITY.system_id != other.system_id


def test_the_battery_is_read_and_told_when_it_sinks() -> None:
    sensor = Sensor(PROFILES["generic"], constant(100.0), epoch=NOON, seed=1)
    made = talk(cgm_endpoint("cgm", sensor, "IB-CGM"), companions.BATTERY)
    made.subscribe(companions.BATTERY_LEVEL)
    assert octets(made, companions.BATTERY_LEVEL) == b"\x64"
    made.pass_to(days(4))
    assert made.heard(companions.BATTERY_LEVEL) == [b"\x63", b"\x62", b"\x61", b"\x60"]
    sensor.set_battery(42, made.now)
    made.pass_to(made.now + hours(1))
    assert made.heard(companions.BATTERY_LEVEL) == [b"\x2a"]


# Current Time


def test_the_time_is_told_with_its_day_and_fraction() -> None:
    made = talk(device(), companions.CURRENT_TIME)
    assert octets(made, companions.TIME) == bytes.fromhex("EA 07 02 01 0C 00 00 07 00 00")


def test_the_sensors_clock_runs_and_can_be_set() -> None:
    sensor = Sensor(PROFILES["generic"], constant(100.0), epoch=NOON, seed=1)
    made = talk(cgm_endpoint("cgm", sensor, "IB-CGM"), companions.CURRENT_TIME)
    made.pass_to(hours(1) + 500)
    assert octets(made, companions.TIME) == bytes.fromhex("EA 07 02 01 0D 00 00 07 80 00")
    made.write_octets(companions.TIME, bytes.fromhex("EB 07 03 02 0A 1E 05 02 00 01"))
    made.pass_to(made.now + 2_000)
    assert octets(made, companions.TIME) == bytes.fromhex("EB 07 03 02 0A 1E 07 02 00 01")
    assert sensor.session.time_offset(made.now) == 60, "the session's time runs on"


def test_whoever_has_not_set_the_clock_is_told() -> None:
    shared = device()
    one, other = talk(shared, companions.CURRENT_TIME), talk(shared, companions.CURRENT_TIME, "test#2")
    for made in (one, other):
        made.subscribe(companions.TIME)
    wanted = CurrentTime(DateTime(2027, 3, 2, 10, 30, 5), 0, 128, AdjustReason.MANUAL_TIME_UPDATE)
    for effect in shared.receive(_write(one, companions.TIME, wanted), 0):
        one.take([effect])
        other.take([effect])
    assert one.heard(companions.TIME) == []
    assert other.heard(companions.TIME) == [bytes.fromhex("EB 07 03 02 0A 1E 05 02 80 01")]


def _write(made: Talk, characteristic: Characteristic, content: object) -> Write:
    handle = made.device.table.of(made.service, characteristic.uuid).handle
    return Write(made.link, handle, characteristic.encode(content, protected=False))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("EB 07 02 1E 0A 1E 05 00 00 00", AttCode.OUT_OF_RANGE),
        ("00 00 03 02 0A 1E 05 00 00 00", AttCode.OUT_OF_RANGE),
        ("EB 07 03 02 18 1E 05 00 00 00", AttCode.OUT_OF_RANGE),
        ("EB 07 03 02 0A 1E 05 03 00 00", AttCode.OUT_OF_RANGE),
        ("EB 07 03 02 0A 1E 05 08 00 00", AttCode.OUT_OF_RANGE),
        ("EB 07 03 02 0A 1E 05 00 00", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
    ],
)
def test_an_impossible_time_is_refused_and_the_clock_runs_on(value: str, code: AttCode) -> None:
    made = talk(device(), companions.CURRENT_TIME)
    with pytest.raises(Refused) as refused:
        made.write_octets(companions.TIME, bytes.fromhex(value))
    assert refused.value.code is code
    assert made.read(companions.TIME).time == DateTime.of(NOON)


def test_the_local_time_information_is_kept() -> None:
    made = talk(device(), companions.CURRENT_TIME)
    assert octets(made, companions.LOCAL_TIME) == b"\x80\xff"
    made.write_octets(companions.LOCAL_TIME, b"\x04\x04")
    assert made.read(companions.LOCAL_TIME) == companions.LocalTimeInformation(4, DstOffset.ONE_HOUR)


# Bonds


def bonded(shared: GattDevice, *names: str) -> dict[str, Talk]:
    """A connected and bonded client for each name; those in brackets have gone again."""
    made = {}
    for name in names:
        identity = name.strip("()")
        made[identity] = Talk(shared, companions.BOND_MANAGEMENT, protected=False, link=f"{identity}#1")
        shared.receive(Secured(f"{identity}#1", Security.AUTHENTICATED, identity), 0)
        if name.startswith("("):
            made[identity].disconnect()
    return made


@pytest.mark.parametrize(
    ("octets", "at_once", "when_it_goes"),
    [("03", [], ["me"]), ("06", ["gone"], ["me"]), ("09", ["gone"], [])],
    ids=["its own", "all", "all others"],
)
def test_bonds_are_forgotten_as_asked_those_of_the_connected_when_they_go(
    octets: str, at_once: list[str], when_it_goes: list[str]
) -> None:
    shared = device()
    me = bonded(shared, "me", "(gone)")["me"]
    assert set(shared.bonds.cccds) == {"me", "gone"}
    me.write_octets(companions.BOND_POINT, bytes.fromhex(octets))
    assert me.unbonded == at_once
    me.disconnect()
    assert me.unbonded == at_once + when_it_goes
    assert set(shared.bonds.cccds) == {"me", "gone"} - set(me.unbonded)


def test_another_connected_client_keeps_its_link_and_loses_its_bond_afterwards() -> None:
    shared = device()
    made = bonded(shared, "me", "you")
    made["me"].write_octets(companions.BOND_POINT, b"\x09")
    assert made["you"].read(companions.BOND_FEATURE)
    assert shared.receive(Disconnected("you#1"), 0)[-1] == Unbond("you")
    assert set(shared.bonds.cccds) == {"me"}


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"\x01", BondErrorCode.BOND_OPCODE_NOT_SUPPORTED),
        (b"\x55", BondErrorCode.BOND_OPCODE_NOT_SUPPORTED),
        (b"", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        (b"\x06wrong", AttCode.INSUFFICIENT_AUTHORIZATION),
        (b"\x03", BondErrorCode.BOND_OPERATION_FAILED),
    ],
)
def test_a_client_without_a_bond_or_with_a_wrong_request_forgets_nothing(octets: bytes, code: ErrorCode) -> None:
    shared = device()
    bonded(shared, "(gone)")
    made = talk(shared, companions.BOND_MANAGEMENT)
    with pytest.raises(Refused) as refused:
        made.write_octets(companions.BOND_POINT, octets)
    assert refused.value.code is code
    assert [note.code for note in made.notes if isinstance(note, RefusedNote)] == [code.name]
    assert set(shared.bonds.cccds) == {"gone"}


def test_with_an_authorization_code_only_who_knows_it_may() -> None:
    shared = device(b"4711")
    me = bonded(shared, "me", "(gone)")["me"]
    assert octets(me, companions.BOND_FEATURE) == bytes.fromhex("30 0C 03")
    for wrong in (b"\x06", b"\x064712"):
        with pytest.raises(Refused) as refused:
            me.write_octets(companions.BOND_POINT, wrong)
        assert refused.value.code is AttCode.INSUFFICIENT_AUTHORIZATION
    me.write_octets(companions.BOND_POINT, b"\x064711")
    assert me.unbonded == ["gone"]


def test_without_one_the_features_say_so() -> None:
    assert octets(talk(device(), companions.BOND_MANAGEMENT), companions.BOND_FEATURE) == bytes.fromhex("10 04 01")


@pytest.mark.parametrize("characteristic", [c for row in companions.SERVICES.values() for c in row], ids=lambda c: c.name)
def test_an_open_link_gets_nothing(characteristic: Characteristic) -> None:
    made = pump_endpoint("pump", a_pump(), "IB-Pump")
    service = next(s for s, row in companions.SERVICES.items() if characteristic in row)
    opened = Talk(made, service, protected=False)
    made.receive(Disconnected(opened.link), 0)
    made.receive(Connected(opened.link, security=Security.OPEN), 0)
    with pytest.raises(Refused) as refused:
        opened.read(characteristic)
    assert refused.value.code in {AttCode.INSUFFICIENT_AUTHENTICATION, AttCode.READ_NOT_PERMITTED}


@pytest.mark.parametrize(("octets", "level"), [(b"\x00", "NONE"), (b"\x01", "MILD"), (b"\x02", "HIGH")])
def test_a_client_makes_the_device_ring_and_be_quiet_again(octets: bytes, level: str) -> None:
    pump = a_pump()
    made = pump_endpoint("pump", pump, "IB-Pump")
    me = talk(made, companions.IMMEDIATE_ALERT)
    handle = made.table.of(companions.IMMEDIATE_ALERT, companions.ALERT_LEVEL.uuid).handle
    for value in (b"\x02", octets):
        assert me.take(made.receive(Write(me.link, handle, value, response=False), 0)) == []
    assert pump.status(0)["alerting"] == level


@pytest.mark.parametrize("octets", [b"\x03", b"", b"\x01\x01"])
def test_no_other_alert_level_does_anything(octets: bytes) -> None:
    pump = a_pump()
    made = pump_endpoint("pump", pump, "IB-Pump")
    me = talk(made, companions.IMMEDIATE_ALERT)
    handle = made.table.of(companions.IMMEDIATE_ALERT, companions.ALERT_LEVEL.uuid).handle
    assert me.take(made.receive(Write(me.link, handle, octets, response=False), 0)) == []
    assert pump.status(0)["alerting"] == "NONE"


def test_a_pump_takes_time_zone_and_daylight_saving_into_its_history() -> None:
    pump = a_pump()
    made = pump_endpoint("pump", pump, "IB-Pump")
    talk(made, companions.CURRENT_TIME).write_octets(companions.LOCAL_TIME, bytes.fromhex("04 04"))
    last = records_of(pump)[-1].event
    assert (last.time_zone, last.dst_offset) == (4, DstOffset.ONE_HOUR)


# What is committed


def committed(made: Talk) -> list[str]:
    """The names of what the device has noted as committed."""
    return [note.name for note in made.notes if note.stage is Stage.COMMITTED]


def test_a_clock_that_does_not_take_the_time_commits_nothing() -> None:
    def other(taken: bool) -> Talk:
        services = [CurrentTimeService(lambda now: NOON, lambda shown, now: taken, set_local_time=lambda *_: taken)]
        made = talk(GattDevice("clock", Clockwork(), services, Advertisement("clock", (), 0)), companions.CURRENT_TIME)
        made.write_octets(companions.TIME, bytes.fromhex("EB 07 03 02 0A 1E 05 02 00 01"))
        made.write_octets(companions.LOCAL_TIME, b"\x04\x00")
        return made

    assert committed(other(True)) == ["clock_set", "local_time_set"]
    refusing = other(False)
    assert committed(refusing) == []
    assert octets(refusing, companions.LOCAL_TIME) == b"\x80\xff", "still unknown"


def test_bonds_to_be_deleted_are_committed_only_where_there_are_some() -> None:
    made = device()
    me = bonded(made, "me")["me"]
    me.write_octets(companions.BOND_POINT, b"\x09")
    assert committed(me) == [], "nobody else has a bond"
    made.bonds.cccds["gone"] = {}
    me.write_octets(companions.BOND_POINT, b"\x09")
    assert committed(me) == ["bonds_to_forget"]
    assert me.unbonded == ["gone"]
