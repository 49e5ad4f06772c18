"""The service octet for octet, against worked examples made apart from this code, after CGMS 1.0.1 and its test suite."""

from dataclasses import replace

import pytest

from isletbench.emulator.cgm.profile import SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.gatt import Connected, ErrorResponse, Read, ReadResponse, Security, Write, WriteResponse
from isletbench.emulator.patient.sources import constant
from isletbench.protocols import cgms, companions
from isletbench.protocols.att import AttCode, Property
from isletbench.protocols.cgms import Feature
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import crc16_mcrf4xx, split_records
from isletbench.protocols.fields import DstOffset
from tests.cgm.talking import BARE, EPOCH, EVERYTHING, MEASUREMENT, RACP, SOCP, STATUS, sensor_of, talk, without
from tests.harness.client import Refused, Talk
from tests.harness.conformance import conforms

PLAIN = without(Feature.TREND, Feature.QUALITY, Feature.E2E_CRC)
NOW = cgms.SessionStartTime(DateTime(2031, 10, 5, 8, 0, 0), 4, DstOffset.ONE_HOUR)


def octets_of(made: Talk, characteristic: Characteristic) -> str:
    handle = made.device.table.of(cgms.SERVICE, characteristic.uuid).handle
    (answer,) = made.take(made.device.receive(Read(made.link, handle), made.now))
    assert isinstance(answer, ReadResponse)
    return answer.value.hex(" ").upper()


def heard(made: Talk, minute: int) -> str:
    made.pass_to(minutes(minute))
    (value,) = made.heard(MEASUREMENT)
    return value.hex(" ").upper()


def ready(source: Source, profile: SensorProfile) -> Talk:
    """A client that has told the time."""
    made = talk(source, profile)
    made.write(cgms.SESSION_START_TIME, NOW)
    return made


# The table


@conforms("CGMS-1", "CGMS-2", "CGMS-3", "CGMS-12")
def test_the_service_has_seven_characteristics_with_their_properties_and_cccds() -> None:
    table = talk().device.table
    assert [service.uuid for service in table.services].count(0x181F) == 1
    rows = [row for row in table.attributes if row.service.uuid == 0x181F]
    assert [(row.spec.uuid, int(row.spec.properties), row.cccd is not None) for row in rows] == [
        (0x2AA7, 0x10, True),
        (0x2AA8, 0x02, False),
        (0x2AA9, 0x02, False),
        (0x2AAA, 0x0A, False),
        (0x2AAB, 0x02, False),
        (0x2A52, 0x28, True),
        (0x2AAC, 0x28, True),
    ]
    assert Property(0x28) == Property.WRITE | Property.INDICATE


@conforms("CGMS-12")
@pytest.mark.parametrize("profile", [EVERYTHING, without(Feature.MULTIPLE_BOND)], ids=["several bonds", "one bond"])
def test_bonds_can_be_managed_exactly_when_there_can_be_several(profile: SensorProfile) -> None:
    services = {service.uuid for service in talk(profile=profile).device.table.services}
    assert (companions.BOND_MANAGEMENT in services) == (Feature.MULTIPLE_BOND in profile.features)


@conforms("CGMS-3", "CGMS-4", "CGMS-5")
def test_an_open_link_reads_cccds_and_nothing_else() -> None:
    sensor = Sensor(EVERYTHING, constant(100.0), epoch=EPOCH, seed=1)
    device = cgm_endpoint("cgm", sensor, "IB-CGM")
    device.receive(Connected("open#1"), 0)
    for row in device.table.attributes:
        if row.service.uuid != cgms.SERVICE:
            continue
        if row.cccd is not None:
            assert device.receive(Read("open#1", row.cccd), 0) == [ReadResponse("open#1", row.cccd, b"\x00\x00")]
            *_, refused = device.receive(Write("open#1", row.cccd, b"\x01\x00"), 0)
            assert refused == ErrorResponse("open#1", row.cccd, AttCode.INSUFFICIENT_AUTHENTICATION)
        if row.spec.properties & Property.READ:
            *_, refused = device.receive(Read("open#1", row.handle), 0)
            assert refused == ErrorResponse("open#1", row.handle, AttCode.INSUFFICIENT_AUTHENTICATION)
        if row.spec.properties & Property.WRITE:
            *_, refused = device.receive(Write("open#1", row.handle, b"\x02"), 0)
            assert refused == ErrorResponse("open#1", row.handle, AttCode.INSUFFICIENT_AUTHENTICATION)
    device.receive(Connected("safe#1", security=Security.AUTHENTICATED), 0)
    cccds = [row.cccd for row in device.table.attributes if row.service.uuid == cgms.SERVICE and row.cccd]
    for cccd, value in zip(cccds, (b"\x01\x00", b"\x02\x00", b"\x02\x00"), strict=True):
        for written in (value, b"\x00\x00", value):
            assert device.receive(Write("safe#1", cccd, written), 0) == [WriteResponse("safe#1", cccd)]
            assert device.receive(Read("safe#1", cccd), 0) == [ReadResponse("safe#1", cccd, written)]


# Values that are read


@conforms("CGMS-7", "CGMS-9", "CGMS-10", "CGMS-11", "CGMS-13", "CGMS-16")
def test_feature_with_all_but_multiple_bonds() -> None:
    made = talk(profile=without(Feature.MULTIPLE_BOND))
    assert octets_of(made, cgms.FEATURE) == "FF DF 01 59 A7 D5"
    sensor_of(made).stop(0)
    made.pass_to(days(20))
    assert octets_of(made, cgms.FEATURE) == "FF DF 01 59 A7 D5", "for life"


@conforms("CGMS-9", "CGMS-10")
def test_feature_without_e2e() -> None:
    features = (
        Feature.CALIBRATION
        | Feature.SENSOR_TEMPERATURE_HIGH_LOW_DETECTION
        | Feature.SENSOR_RESULT_HIGH_LOW_DETECTION
        | Feature.MULTIPLE_SESSIONS
        | Feature.TREND
    )
    assert octets_of(talk(profile=replace(EVERYTHING, features=features)), cgms.FEATURE) == "81 C1 00 59 FF FF"


def calibrated_every_five_hours(profile: SensorProfile) -> SensorProfile:
    assert profile.calibration is not None
    return replace(profile, calibration=replace(profile.calibration, interval=hours(5), steepest=5.0))


@conforms("CGMS-14", "CGMS-16", "CGMS-32")
def test_status_after_five_hours_with_a_low_battery() -> None:
    made = ready(constant(120.0), calibrated_every_five_hours(EVERYTHING))
    sensor_of(made).set_battery(5, 0)
    made.pass_to(minutes(300))
    assert octets_of(made, STATUS) == "2C 01 02 04 00 4A E9"


@conforms("CGMS-32", "CGMS-33", "CGMS-34", "CGMS-36")
def test_status_and_start_time_of_a_sensor_that_was_never_started() -> None:
    made = talk(profile=replace(BARE, starts_by_itself=False))
    made.pass_to(hours(1))
    assert octets_of(made, STATUS) == "00 00 01 01 00"
    assert octets_of(made, cgms.SESSION_START_TIME) == "00 00 00 00 00 00 00 80 FF"


@conforms("CGMS-14", "CGMS-35", "CGMS-36", "CGMS-40")
def test_start_time_and_run_time() -> None:
    made = talk()
    made.write_octets(cgms.SESSION_START_TIME, bytes.fromhex("EF 07 0A 05 08 00 00 04 04 07 17"))
    assert octets_of(made, cgms.SESSION_START_TIME) == "EF 07 0A 05 08 00 00 04 04 07 17"
    assert octets_of(made, cgms.SESSION_RUN_TIME) == "50 01 C6 32"


# Measurements


@conforms("CGMS-7", "CGMS-8", "CGMS-15", "CGMS-17", "CGMS-18")
def test_a_measurement_without_anything_to_say() -> None:
    assert heard(ready(constant(120.0), PLAIN), 5) == "06 00 78 00 05 00"


@conforms("CGMS-14", "CGMS-16", "CGMS-17", "CGMS-24")
def test_a_measurement_with_its_crc() -> None:
    assert heard(ready(constant(120.0), without(Feature.TREND, Feature.QUALITY)), 5) == "08 00 78 00 05 00 0D E8"


@conforms("CGMS-17", "CGMS-18", "CGMS-19", "CGMS-20", "CGMS-22", "CGMS-23", "CGMS-24")
def test_a_measurement_with_everything_in_it() -> None:
    def falling(now: int) -> float:
        return 52 + 2.5 * (minutes(300) - now) / minutes(1)

    made = ready(falling, replace(calibrated_every_five_hours(EVERYTHING), quality=75.0))
    sensor_of(made).set_battery(5, 0)
    made.pass_to(minutes(300) - 1)
    made.heard(MEASUREMENT)
    assert heard(made, 300) == "0F E3 34 00 2C 01 02 04 05 E7 FF 4B 00 27 2D"


@conforms("CGMS-19", "CGMS-20")
def test_only_the_warning_octet_when_only_a_warning_is_there() -> None:
    levels = replace(PLAIN.levels, hyper=None)
    made = ready(lambda now: 250.0 if now == minutes(35) else 120.0, replace(PLAIN, levels=levels))
    made.pass_to(minutes(35) - 1)
    made.heard(MEASUREMENT)
    # the rate of increase has a level, too, and is exceeded
    sensor_of(made).levels.rate_of_increase = None
    assert heard(made, 35) == "07 20 FA 00 23 00 02"


@conforms("CGMS-19", "CGMS-25")
def test_an_invalid_result_is_nan() -> None:
    made = ready(constant(120.0), PLAIN)
    made.pass_to(minutes(40) - 1)
    made.heard(MEASUREMENT)
    sensor_of(made).conditions.malfunction = True
    assert heard(made, 40) == "07 80 FF 07 28 00 08"


@conforms("CGMS-26")
def test_two_records_in_one_notification() -> None:
    made = ready(lambda now: {minutes(10): 118.0, minutes(15): 121.0}.get(now, 100.0), PLAIN)
    made.pass_to(minutes(16))
    made.heard(MEASUREMENT)
    made.write_octets(RACP, bytes.fromhex("01 04 01 0A 00 0F 00"))
    made.pass_to(minutes(17))
    assert [value.hex(" ").upper() for value in made.heard(MEASUREMENT)] == ["06 00 76 00 0A 00 06 00 79 00 0F 00"]


@conforms("CGMS-24", "CGMS-26")
@pytest.mark.parametrize("mtu", [23, 64, 247, 515])
def test_whatever_the_mtu_records_come_whole_with_a_crc_each(mtu: int) -> None:
    made = talk(mtu=mtu)
    made.pass_to(hours(10))
    made.heard(MEASUREMENT)
    made.write_octets(RACP, bytes.fromhex("01 01"))
    made.pass_to(hours(11))
    values = made.heard(MEASUREMENT)
    records = [record for value in values for record in split_records(value)]
    assert len(records) >= 121
    assert all(len(value) <= mtu - 3 for value in values)
    assert all(6 <= record[0] == len(record) <= 15 for record in records)
    assert all(crc16_mcrf4xx(record) == 0 for record in records)


@conforms("CGMS-21")
@pytest.mark.parametrize(
    ("feature", "bits"),
    [
        (Feature.CALIBRATION, 0x6 << 8),
        (Feature.PATIENT_HIGH_LOW_ALERTS, 0x03 << 16),
        (Feature.HYPO_ALERTS, 0x04 << 16),
        (Feature.HYPER_ALERTS, 0x08 << 16),
        (Feature.RATE_ALERTS, 0x30 << 16),
        (Feature.DEVICE_SPECIFIC_ALERT, 0x10),
        (Feature.SENSOR_MALFUNCTION_DETECTION, 0x08),
        (Feature.SENSOR_TEMPERATURE_HIGH_LOW_DETECTION, 0x30 << 8),
        (Feature.SENSOR_RESULT_HIGH_LOW_DETECTION, 0xC0 << 16),
        (Feature.LOW_BATTERY_DETECTION, 0x02),
        (Feature.SENSOR_TYPE_ERROR_DETECTION, 0x04),
        (Feature.GENERAL_DEVICE_FAULT, 0x20),
    ],
    ids=str,
)
def test_a_missing_feature_silences_its_bits_in_status_and_records(feature: Feature, bits: int) -> None:
    def said(profile: SensorProfile) -> int:
        made = talk(lambda now: (20.0, 450.0, 150.0, 100.0, 60.0)[now // minutes(5) % 5], profile)
        sensor = sensor_of(made)
        sensor.conditions.alert_latched = sensor.conditions.general_fault = True
        sensor.set_battery(1, 0)
        heard: int = 0
        for temperature in (5.0, 50.0, 33.0):
            sensor.conditions.temperature = temperature
            made.pass_to(made.now + hours(7))
            heard |= int(made.read(STATUS).annunciation)
        sensor.conditions.malfunction = True
        made.pass_to(made.now + hours(1))
        sensor.remove(made.now)
        sensor.insert(made.now, fits=False)
        if Feature.MULTIPLE_SESSIONS in profile.features:
            made.ask(SOCP, cgms.StartSession())
        heard |= int(made.read(STATUS).annunciation)
        for record in sensor.records:
            heard |= int(record.annunciation)
        return heard

    everything, silenced = said(EVERYTHING), said(without(feature))
    assert everything & bits == bits, "all of them are raised where the feature is there"
    assert silenced == everything & ~bits


# Operations


@conforms("CGMS-14", "CGMS-16", "CGMS-63", "CGMS-66", "CGMS-67", "CGMS-68", "CGMS-69", "CGMS-70")
def test_operations_with_their_crc() -> None:
    made = talk(source=constant(80.0))
    made.pass_to(minutes(6))

    def answer(octets: str) -> str:
        made.write_octets(SOCP, bytes.fromhex(octets))
        (value,) = made.heard(SOCP)
        return value.hex(" ").upper()

    assert answer("01 05 CD BE") == "1C 01 01 54 11"
    assert answer("02 95 2C") == "03 05 7D 8D"
    assert answer("04 4E 00 05 00 16 D5 02 00 00 00 C0 53")[:8] == "1C 04 01"
    assert answer("05 FF FF 36 F0") == "06 4E 00 05 00 16 D5 02 01 00 04 1A E4"
    unknown = bytes.fromhex("05 FE FF")
    crc = crc16_mcrf4xx(unknown).to_bytes(2, "little")
    assert answer((unknown + crc).hex()) == "1C 05 05 10 30"
    made.ask(SOCP, cgms.SetRateOfDecreaseAlertLevel(-2.5))
    assert made.ask(SOCP, cgms.GetRateOfDecreaseAlertLevel()) == cgms.RateOfDecreaseAlertLevelResponse(-2.5)
    assert answer("1B D5 A1")[:8] == "1C 1B 01"
    assert answer("1A 5C B0") == "1C 1A 01 6D 60"


@conforms("CGMS-15", "CGMS-80", "CGMS-83")
def test_operations_without_crc() -> None:
    made = talk(profile=BARE)

    def answer(octets: str) -> str:
        made.write_octets(SOCP, bytes.fromhex(octets))
        (value,) = made.heard(SOCP)
        return value.hex(" ").upper()

    assert answer("07 FA 00") == "1C 07 01"
    assert answer("08") == "09 FA 00"
    assert answer("13 E7 FF") == "1C 13 01"
    assert answer("14") == "15 E7 FF"
    assert answer("1A") == "1C 1A 04"
    assert answer("1B") == "1C 1B 01"
    assert answer("1B") == "1C 1B 02"


@conforms("CGMS-67")
@pytest.mark.parametrize("altered", [8, 9, 10], ids=["number", "number", "status"])
def test_the_crc_of_a_calibration_covers_what_is_ignored(altered: int) -> None:
    made = talk(source=constant(80.0))
    made.pass_to(minutes(6))
    value = bytearray.fromhex("04 4E 00 05 00 16 D5 02 00 00 00 C0 53")
    value[altered] = 1
    with pytest.raises(Refused) as refused:
        made.write_octets(SOCP, bytes(value))
    assert refused.value.code is cgms.CgmErrorCode.INVALID_CRC
    assert sensor_of(made).calibrations.records == []


def test_the_rate_of_decrease_level_with_its_crc() -> None:
    made = talk()
    made.ask(SOCP, cgms.SetRateOfDecreaseAlertLevel(-2.5))
    made.write(SOCP, cgms.GetRateOfDecreaseAlertLevel())
    assert made.heard(SOCP) == [bytes.fromhex("15 E7 FF F2 2E")]
