"""Rows of the CGM Service on its values: octets of features, status, records, start and run time."""

from itertools import pairwise

from isletbench.emulator.audit.cgms.exam import COUNT_ALL, MEASUREMENT, RACP, SOCP, CgmsExam, offset_of
from isletbench.emulator.audit.cgms.start_time import set_time, written
from isletbench.emulator.audit.outcomes import Failed, NotApplicable, NotTestable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation, Feature
from isletbench.protocols.e2e import crc_of, split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.fields import Special

SIZES = {cgms.STATUS: 5, cgms.SESSION_START_TIME: 9, cgms.SESSION_RUN_TIME: 2}
"""Octets of each value without its CRC. CGMS 1.0.1, sections 3.3 to 3.5."""
LONGEST_SESSION_H = 65_535 // 60
"""An offset of 16 bits counts no more minutes than that."""
SEVERAL_HUNDRED = 288
"""A day of records every five minutes: a sensor that has stored fewer has overwritten none."""
OF_FEATURE = {
    Feature.PATIENT_HIGH_LOW_ALERTS: Annunciation.LOWER_THAN_PATIENT_LOW | Annunciation.HIGHER_THAN_PATIENT_HIGH,
    Feature.HYPO_ALERTS: Annunciation.LOWER_THAN_HYPO,
    Feature.HYPER_ALERTS: Annunciation.HIGHER_THAN_HYPER,
    Feature.RATE_ALERTS: Annunciation.RATE_OF_DECREASE_EXCEEDED | Annunciation.RATE_OF_INCREASE_EXCEEDED,
    Feature.DEVICE_SPECIFIC_ALERT: Annunciation.DEVICE_SPECIFIC_ALERT,
    Feature.SENSOR_MALFUNCTION_DETECTION: Annunciation.SENSOR_MALFUNCTION,
    Feature.SENSOR_TEMPERATURE_HIGH_LOW_DETECTION: Annunciation.SENSOR_TEMPERATURE_TOO_HIGH
    | Annunciation.SENSOR_TEMPERATURE_TOO_LOW,
    Feature.SENSOR_RESULT_HIGH_LOW_DETECTION: Annunciation.RESULT_LOWER_THAN_PROCESSABLE
    | Annunciation.RESULT_HIGHER_THAN_PROCESSABLE,
    Feature.LOW_BATTERY_DETECTION: Annunciation.DEVICE_BATTERY_LOW,
    Feature.SENSOR_TYPE_ERROR_DETECTION: Annunciation.SENSOR_TYPE_INCORRECT,
    Feature.GENERAL_DEVICE_FAULT: Annunciation.GENERAL_DEVICE_FAULT,
    Feature.CALIBRATION: Annunciation.CALIBRATION_NOT_ALLOWED
    | Annunciation.CALIBRATION_RECOMMENDED
    | Annunciation.CALIBRATION_REQUIRED,
}
"""The bits that a feature has. CGMS 1.0.1, section 3.2.1.1."""


@examines("CGMS-7")
async def little_endian(exam: CgmsExam) -> None:
    """The newest record is not after now, and now is not after the end of the longest session: in this order of octets."""
    now = int.from_bytes((await exam.read(cgms.STATUS))[:2], "little")
    hours = int.from_bytes((await exam.read(cgms.SESSION_RUN_TIME))[:2], "little")
    offsets = await exam.offsets()
    require(max(offsets) <= now + 1, f"the newest record has the offset {max(offsets)}, and Status {now}")
    require(hours <= LONGEST_SESSION_H * 24, f"a run time of {hours} h")
    require(now <= hours * 60, f"the offset of Status is {now} min in a session of {hours} h")


@examines("CGMS-8")
async def mg_dl(exam: CgmsExam) -> None:
    """Glucose is in the range of mg/dL: nobody has 30 mg/dL for hours, and nobody lives with 30 mmol/L."""
    values = sorted(m.glucose for m in await exam.measurements() if not isinstance(m.glucose, Special))
    if not values:
        raise NotApplicable("no stored record has a result")
    middle = values[len(values) // 2]
    require(middle > 35, f"half of the stored results are {middle:g} or less: expected mg/dL")


@examines("CGMS-9")
async def feature_octets(exam: CgmsExam) -> None:
    """Six octets, and the reserved bits 0."""
    octets = exam.facts["feature"]
    require(len(octets) == 6, f"CGM Feature: expected 6 octets, got {shown(octets)}")
    reserved = int.from_bytes(octets[:3], "little") >> 17
    require(reserved == 0, f"CGM Feature {shown(octets)}: bits 17 to 23 are reserved")


@examines("CGMS-10")
async def feature_crc(exam: CgmsExam) -> None:
    """The CRC of CGM Feature, or what stands in its place."""
    octets = exam.facts["feature"]
    expected = crc_of(octets[:4]) if exam.protected else b"\xff\xff"
    require_octets("the CRC of CGM Feature", octets[4:], expected)


@examines("CGMS-11")
async def type_and_location(exam: CgmsExam) -> None:
    """Codes that are defined, each in its nibble."""
    octet = exam.facts["feature"][3]
    require(octet & 0xF in set(cgms.SampleType), f"type and location {octet:02X}: the type {octet & 0xF:X} is reserved")
    require(octet >> 4 in set(cgms.SampleLocation), f"type and location {octet:02X}: the location {octet >> 4:X} is reserved")


async def _require_sizes(exam: CgmsExam, crc: int) -> None:
    for characteristic, size in SIZES.items():
        octets = await exam.read(characteristic)
        require(len(octets) == size + crc, f"{characteristic}: expected {size + crc} octets, got {shown(octets)}")
    await exam.subscribe(SOCP, RACP)
    require((code := await exam.refusal(SOCP, b"\x02")) is None, f"Get Communication Interval is refused with {code}")
    answer = await exam.device.next_of(exam.key(SOCP)) or b""
    require(len(answer) == 2 + crc, f"the interval: expected {2 + crc} octets, got {shown(answer)}")


@examines("CGMS-14")
async def crc_where_it_belongs(exam: CgmsExam) -> None:
    """A CRC on every value, and none on record access."""
    exam.require_protection()
    await _require_sizes(exam, 2)
    answer = await exam.ask(RACP, COUNT_ALL)
    require(len(answer) == 4, f"record access answers {shown(answer)}: expected no CRC")


@examines("CGMS-15")
async def no_crc(exam: CgmsExam) -> None:
    """No CRC without E2E-protection."""
    if exam.protected:
        raise NotApplicable("the feature bit of E2E-protection is 1")
    await _require_sizes(exam, 0)
    for record in await exam.stored():
        MEASUREMENT.decode(record, protected=False)


@examines("CGMS-16")
async def crc_value(exam: CgmsExam) -> None:
    """The CRC over every value is the right one."""
    exam.require_protection()
    require_octets("the CRC of CGM Feature", exam.facts["feature"][4:], crc_of(exam.facts["feature"][:4]))
    for characteristic in SIZES:
        octets = await exam.read(characteristic)
        require_octets(f"the CRC of {characteristic}", octets[-2:], crc_of(octets[:-2]))
    await exam.subscribe(SOCP)
    await exam.operate(b"\x02")


@examines("CGMS-17")
async def sizes(exam: CgmsExam) -> None:
    """The size octet counts the whole record."""
    for value in await exam.notifications():
        for record in split_records(value):
            size = 6 + (record[1] & 0xE0).bit_count() + 2 * (record[1] & 3).bit_count() + 2 * exam.protected
            require(record[0] == len(record) == size, f"the record {shown(record)}: expected the size {size}")


@examines("CGMS-18")
async def reserved_flags(exam: CgmsExam) -> None:
    """Bits 2 to 4 of the flags are 0."""
    for record in await exam.stored():
        require(record[1] & 0x1C == 0, f"the record {shown(record)}: bits 2 to 4 of the flags are reserved")


def _annunciation(record: bytes) -> list[tuple[int, int]]:
    """The octets of the annunciation in a record, each with the flag that announces it."""
    present = [flag for flag in (0x80, 0x40, 0x20) if record[1] & flag]
    return list(zip(present, record[6 : 6 + len(present)], strict=False))


@examines("CGMS-19")
async def annunciation_octets(exam: CgmsExam) -> None:
    """An octet of the annunciation only where a bit of it is set."""
    for record in await exam.stored():
        others = 6 + 2 * (record[1] & 3).bit_count() + 2 * exam.protected
        flags = (record[1] & 0xE0).bit_count()
        require(
            len(record) - others == flags,
            f"the record {shown(record)}: {len(record) - others} octets of the annunciation, and flags for {flags}",
        )
        for flag, octet in _annunciation(record):
            require(octet, f"the record {shown(record)}: flag {flag:02X} announces an octet of the annunciation that is 0")
            defined = 0xFF if flag == 0x20 else 0x3F
            require(octet & ~defined == 0, f"the record {shown(record)}: flag {flag:02X}, and the octet has reserved bits")


@examines("CGMS-20")
async def annunciation_order(exam: CgmsExam) -> None:
    """The octets stand in their order: what is said of the session in a record is what Status said then."""
    seen = 0
    for record in await exam.stored():
        octets = dict(_annunciation(record))
        if len(octets) < 2:
            continue
        seen += 1
        glucose = exam.measurement(record).glucose
        warning = octets.get(0x20, 0)
        wrong = (warning & 1 and warning & 2) or (warning & 4 and warning & 8) or (warning & 16 and warning & 32)
        require(not wrong, f"the record {shown(record)}: its warnings contradict each other")
        if not isinstance(glucose, Special):
            require(
                not (warning & 2 and glucose < 100), f"the record {shown(record)}: above the high level at {glucose:g} mg/dL"
            )
            require(
                not (warning & 1 and glucose > 150), f"the record {shown(record)}: below the low level at {glucose:g} mg/dL"
            )
    if not seen:
        raise NotTestable("no stored record has two octets of the annunciation")


@examines("CGMS-21")
async def bits_of_missing_features(exam: CgmsExam) -> None:
    """Bits of features that the sensor has not are 0."""
    missing = Annunciation(0)
    for feature, bits in OF_FEATURE.items():
        if not exam.has(feature):
            missing |= bits
    if not missing:
        raise NotApplicable("the sensor has every feature that has bits")
    found = int.from_bytes((await exam.payload(cgms.STATUS))[2:5], "little") & missing
    require(not found, f"Status has bits of features that the sensor has not: {Annunciation(found)!r}")
    for measurement in await exam.measurements():
        bits = measurement.annunciation & missing
        require(not bits, f"the record at {measurement.time_offset} min has bits of features that the sensor has not: {bits!r}")


async def _require_field(exam: CgmsExam, feature: Feature, flag: int, what: str) -> None:
    records = await exam.stored()
    having = [record for record in records if record[1] & flag]
    if not exam.has(feature):
        require(not having, f"the record {shown(having[0]) if having else ''} has a {what}, and its feature bit is 0")
        return
    for record in records:
        exam.measurement(record)
    require(having or len(records) < 3, f"no record has a {what}, and its feature bit is 1")


@examines("CGMS-22")
async def trend(exam: CgmsExam) -> None:
    """A trend with its feature only."""
    await _require_field(exam, Feature.TREND, 1, "trend")


@examines("CGMS-23")
async def quality(exam: CgmsExam) -> None:
    """A quality with its feature only."""
    await _require_field(exam, Feature.QUALITY, 2, "quality")


@examines("CGMS-24")
async def crc_of_each_record(exam: CgmsExam) -> None:
    """Every record has its own CRC."""
    exam.require_protection()
    for record in await exam.stored():
        require_octets(f"the CRC of the record {shown(record)}", record[-2:], crc_of(record[:-2]))


@examines("CGMS-26")
async def whole_records(exam: CgmsExam) -> None:
    """A notification holds whole records, several where there is room."""
    values = await exam.notifications()
    for value in values:
        try:
            split_records(value)
        except WireError as error:
            raise Failed(f"the notification {shown(value)} does not hold whole records: {error}") from error
        require(len(value) <= 512, f"a notification has {len(value)} octets: expected 512 at most")


def cadence_of(offsets: list[int]) -> int:
    """The measurement interval in minutes: what lies between most records. Raises ``NotApplicable`` for one record."""
    steps = [after - before for before, after in pairwise(offsets)]
    if not steps:
        raise NotApplicable("fewer than two records are stored")
    return max(set(steps), key=steps.count)


@examines("CGMS-27")
async def offsets_of_records(exam: CgmsExam) -> None:
    """The first record at 0, each next one an interval more."""
    offsets = await exam.offsets()
    cadence = cadence_of(offsets)
    require(cadence > 0, f"most records are {cadence} min after the one before")
    require(
        offsets[0] == 0 or len(offsets) >= SEVERAL_HUNDRED,
        f"the first record has the offset {offsets[0]}: expected 0, for {len(offsets)} records overwrite none",
    )
    for before, after in pairwise(offsets):
        require((after - before) % cadence == 0, f"a record at {before} min is followed by one at {after} min")


@examines("CGMS-28")
async def offsets_rise(exam: CgmsExam) -> None:
    """Offsets rise, and the session ends before they wrap."""
    for before, after in pairwise(await exam.offsets()):
        require(after > before, f"a record at {before} min is followed by one at {after} min")
    hours = int.from_bytes((await exam.read(cgms.SESSION_RUN_TIME))[:2], "little")
    require(0 < hours <= LONGEST_SESSION_H, f"a session of {hours} h: offsets of 16 bits count {LONGEST_SESSION_H} h")
    await exam.require_running()
    before = int.from_bytes((await exam.payload(cgms.STATUS))[:2], "little")
    await set_time(exam, written())
    after = int.from_bytes((await exam.payload(cgms.STATUS))[:2], "little")
    require(after >= before, f"the offset was {before} min, and is {after} min after the time was set")


@examines("CGMS-32")
async def status_octets(exam: CgmsExam) -> None:
    """Status has all three octets of the annunciation, and its offset runs on."""
    octets = await exam.payload(cgms.STATUS)
    require(len(octets) == 5, f"Status: expected 5 octets, got {shown(octets)}")
    await exam.require_running()
    before = int.from_bytes(octets[:2], "little")
    await exam.device.pause(61)
    after = int.from_bytes((await exam.payload(cgms.STATUS))[:2], "little")
    require(1 <= after - before <= 2, f"61 s after the offset {before} Status has the offset {after}")


@examines("CGMS-40")
async def run_time(exam: CgmsExam) -> None:
    """Two octets of hours."""
    octets = await exam.payload(cgms.SESSION_RUN_TIME)
    require(len(octets) == 2, f"Session Run Time: expected 2 octets, got {shown(octets)}")
    hours = int.from_bytes(octets, "little")
    require(0 < hours <= LONGEST_SESSION_H, f"Session Run Time is {hours}: expected hours, {LONGEST_SESSION_H} at most")


@examines("CGMS-86")
async def same_again(exam: CgmsExam) -> None:
    """A record that is reported again has the same octets."""
    before = {offset_of(record): record for record in await exam.stored()}
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP)
    again, _ = await exam.reported(bytes.fromhex("0101"))
    for record in again:
        known = before.get(offset_of(record), record)
        require(known == record, f"the record {shown(known)} is {shown(record)} when it is reported again")
