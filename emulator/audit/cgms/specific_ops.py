"""Rows of the CGM Service on its specific operations."""

from isletbench.emulator.audit.cgms.exam import CYCLE_S, MEASUREMENT, RACP, SOCP, CgmsExam
from isletbench.emulator.audit.outcomes import Failed, NotApplicable, NotTestable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation, Feature
from isletbench.protocols.e2e import with_crc
from isletbench.protocols.fields import Special

SUCCESS, UNSUPPORTED, INVALID, NOT_COMPLETED, OUT_OF_RANGE = 1, 2, 3, 4, 5
LEVELS = {
    0x07: ("patient high level", Feature.PATIENT_HIGH_LOW_ALERTS),
    0x0A: ("patient low level", Feature.PATIENT_HIGH_LOW_ALERTS),
    0x0D: ("hypo level", Feature.HYPO_ALERTS),
    0x10: ("hyper level", Feature.HYPER_ALERTS),
    0x13: ("rate of decrease level", Feature.RATE_ALERTS),
    0x16: ("rate of increase level", Feature.RATE_ALERTS),
}
"""By the op code that sets one: the next one reads it, and the one after that is the answer."""
OPERATIONS_OF = {
    Feature.CALIBRATION: (0x05,),
    Feature.PATIENT_HIGH_LOW_ALERTS: (0x08, 0x0B),
    Feature.HYPO_ALERTS: (0x0E,),
    Feature.HYPER_ALERTS: (0x11,),
    Feature.RATE_ALERTS: (0x14, 0x17),
    Feature.DEVICE_SPECIFIC_ALERT: (0x19,),
}
OPERANDS = {0x01: 1, 0x05: 2, **dict.fromkeys(LEVELS, 2)}
"""Octets of the operand of what is tried with a wrong one, by op code."""

BUSY_MIN = 25
"""How long a sensor may be busy with a calibration, min."""


def response(opcode: int, code: int) -> bytes:
    """The answer that an operation has ended so."""
    return bytes([0x1C, opcode, code])


@examines("CGMS-61")
async def without_indications(exam: CgmsExam) -> None:
    """Specific operations need their indications."""
    code = await exam.refusal(SOCP, b"\x02")
    require(code == 0xFD, f"an operation with its indications off: expected ATT error 0xFD, got {code and hex(code)}")


@examines("CGMS-62")
async def without_crc(exam: CgmsExam) -> None:
    """No CRC gets 80, a wrong one 81, and nothing is done."""
    exam.require_protection()
    await exam.subscribe(SOCP)
    before = await exam.interval()
    octets = bytes([1, before + 1 if before < 200 else 1])
    sealed = with_crc(octets)
    for what, value, expected in (
        ("an operation without CRC", octets, 0x80),
        ("an operation with a wrong CRC", sealed[:-1] + bytes([sealed[-1] ^ 0x80]), 0x81),
    ):
        code = await exam.device.refusal(exam.key(SOCP), value)
        require(code == expected, f"{what} ({shown(value)}): expected ATT error 0x{expected:02X}, got {code and hex(code)}")
    after = await exam.interval()
    require(after == before, f"the interval was {before} min and is {after} min after an operation that was refused")


@examines("CGMS-63")
async def interval(exam: CgmsExam) -> None:
    """The interval reads back as it was set."""
    await exam.subscribe(SOCP)
    for minutes in (10, 15):
        await exam.set_interval(minutes)
        got = await exam.interval()
        require(got == minutes, f"an interval of {minutes} min was set and reads {got} min")


@examines("CGMS-64")
async def fastest_interval(exam: CgmsExam) -> None:
    """FF is the fastest one, and reads back as minutes."""
    await exam.subscribe(SOCP)
    await exam.set_interval(255)
    got = await exam.interval()
    require(0 < got < 60, f"the fastest interval reads {got}: expected minutes")


@examines("CGMS-65")
async def no_interval(exam: CgmsExam) -> None:
    """0 reads back, and nothing is notified."""
    await exam.subscribe(SOCP, MEASUREMENT)
    await exam.set_interval(0)
    got = await exam.interval()
    require(got == 0, f"an interval of 0 was set and reads {got}")
    await exam.quiet(MEASUREMENT, CYCLE_S, "the interval is 0")


async def _calibrated(exam: CgmsExam, number: bytes = b"\x00\x00", status: bytes = b"\x00") -> bytes:
    """Calibrate with what the sensor measures itself; the answer. Raises ``NotTestable`` where that may not be tried."""
    exam.require_feature(Feature.CALIBRATION)
    exam.permissions.require_lasting()
    offset = (await exam.payload(cgms.STATUS))[:2]
    values = [one.glucose for one in await exam.measurements() if not isinstance(one.glucose, Special)]
    await exam.subscribe(SOCP)
    glucose = min(max(int(values[-1]) if values else 120, 60), 300)
    exam.changed.append(f"the sensor was calibrated with {glucose} mg/dL")
    answer = await exam.operate(b"\x04" + glucose.to_bytes(2, "little") + offset + b"\x11" + b"\x00\x00" + number + status)
    if answer == response(4, NOT_COMPLETED):
        raise NotTestable("the sensor takes no calibration now")
    return answer


async def _newest(exam: CgmsExam) -> bytes:
    answer = await exam.operate(b"\x05\xff\xff")
    if answer == response(5, OUT_OF_RANGE):
        return bytes(11)
    require(len(answer) == 11 and answer[0] == 6, f"the newest calibration: expected 06 and 10 octets, got {shown(answer)}")
    return answer


@examines("CGMS-66", turn=1)
async def calibration(exam: CgmsExam) -> None:
    """Each calibration succeeds, is the next record, and leaves the ones before as they are."""
    await exam.subscribe(SOCP)
    first = int.from_bytes((await _newest(exam))[8:10], "little")
    for number in (first + 1, first + 2):
        await _accepted(exam)
        newest = await _newest(exam)
        after = int.from_bytes(newest[8:10], "little")
        require(after == number, f"the newest calibration was number {number - 1}, and number {after} after another one")
    for number in (first + 1, first + 2):
        answer = await exam.operate(b"\x05" + number.to_bytes(2, "little"))
        require(answer[:1] == b"\x06", f"the calibration {number} was stored, and is answered with {shown(answer)}")


async def _accepted(exam: CgmsExam) -> None:
    """Calibrate, again every minute while the sensor is busy with the calibration before."""
    for _ in range(BUSY_MIN):
        try:
            answer = await _calibrated(exam)
        except NotTestable as error:
            if not exam.permissions.lasting:
                raise
            busy = error
            await exam.device.pause(60)
            continue
        require_octets("a calibration", answer, response(4, SUCCESS))
        return
    raise busy


@examines("CGMS-67", turn=1)
async def written_number(exam: CgmsExam) -> None:
    """Number and status that a client writes are not taken."""
    await exam.subscribe(SOCP)
    exam.require_feature(Feature.CALIBRATION)
    exam.permissions.require_lasting()
    await exam.device.pause(60 * BUSY_MIN / 2)
    require_octets("a calibration with a number", await _calibrated(exam, b"\x63\x00", b"\x01"), response(4, SUCCESS))
    number = (await _newest(exam))[8:10]
    require(number != b"\x63\x00", "the number of a calibration is the one that the client has written")


@examines("CGMS-68", turn=1)
async def calibrations_by_number(exam: CgmsExam) -> None:
    """The newest calibration reads the same by its number."""
    exam.require_feature(Feature.CALIBRATION)
    await exam.subscribe(SOCP)
    newest = await exam.operate(b"\x05\xff\xff")
    if newest == response(5, OUT_OF_RANGE) or not any(newest[8:10]):
        raise NotApplicable("no calibration is stored")
    require(len(newest) == 11 and newest[0] == 6, f"the newest calibration: expected 06 and 10 octets, got {shown(newest)}")
    require_octets("the same calibration by its number", await exam.operate(b"\x05" + newest[8:10]), newest)
    number = int.from_bytes(newest[8:10], "little")
    if number > 1:
        before = await exam.operate(b"\x05" + (number - 1).to_bytes(2, "little"))
        good = before == response(5, OUT_OF_RANGE) or before[8:10] == (number - 1).to_bytes(2, "little")
        require(good, f"the calibration {number - 1} is answered with {shown(before)}")


@examines("CGMS-69")
async def unknown_calibration(exam: CgmsExam) -> None:
    """An unknown number is out of range."""
    exam.require_feature(Feature.CALIBRATION)
    await exam.subscribe(SOCP)
    require_octets("calibration 65534", await exam.operate(b"\x05\xfe\xff"), response(5, OUT_OF_RANGE))


async def _level(exam: CgmsExam, opcode: int) -> bytes:
    answer = await exam.operate(bytes([opcode + 1]))
    if len(answer) != 3 or answer[0] != opcode + 2:
        raise Failed(f"Get {LEVELS[opcode][0]}: expected {opcode + 2:02X} and 2 octets, got {shown(answer)}")
    return answer[1:]


async def _set_level(exam: CgmsExam, opcode: int, level: bytes) -> bytes:
    name = LEVELS[opcode][0]
    if not any(what == name for what, _ in exam.undo):
        before = await _level(exam, opcode)

        async def undo() -> None:
            await exam.begin()
            await exam.subscribe(SOCP)
            require_octets(name, await exam.operate(bytes([opcode]) + before), response(opcode, SUCCESS))

        exam.put_back(name, undo)
    return await exam.operate(bytes([opcode]) + level)


async def _require_levels(exam: CgmsExam, *opcodes: int) -> None:
    await exam.subscribe(SOCP)
    for opcode in opcodes:
        name, feature = LEVELS[opcode]
        exam.require_feature(feature)
        before = await _level(exam, opcode)
        others = {
            other: await _level(exam, other) for other, (_, feature) in LEVELS.items() if exam.has(feature) and other != opcode
        }
        mantissa = int.from_bytes(before, "little") & 0xFFF
        step = 1 if mantissa & 0x800 == 0 and mantissa > 1 else -1
        changed = ((int.from_bytes(before, "little") & 0xF000) | ((mantissa - step) & 0xFFF)).to_bytes(2, "little")
        answer = await _set_level(exam, opcode, changed)
        if answer == response(opcode, UNSUPPORTED):
            continue  # a level that cannot be set (CGMS 1.0.1, section 3.7.2.4)
        require_octets(f"Set {name} to {shown(changed)}", answer, response(opcode, SUCCESS))
        require_octets(f"{name} after it was set", await _level(exam, opcode), changed)
        for other, level in others.items():
            require_octets(f"{LEVELS[other][0]} after {name} was set", await _level(exam, other), level)
        for what, level in (("1500", b"\xdc\x05"), ("-1500", b"\x24\x0a")):
            answer = await exam.operate(bytes([opcode]) + level)
            require_octets(f"Set {name} to {what}", answer, response(opcode, OUT_OF_RANGE))


@examines("CGMS-71")
async def patient_levels(exam: CgmsExam) -> None:
    """The levels of the patient."""
    await _require_levels(exam, 0x07, 0x0A)


@examines("CGMS-72")
async def hypo_level(exam: CgmsExam) -> None:
    """The hypoglycemia level."""
    await _require_levels(exam, 0x0D)


@examines("CGMS-73")
async def hyper_level(exam: CgmsExam) -> None:
    """The hyperglycemia level."""
    await _require_levels(exam, 0x10)


@examines("CGMS-74")
async def rate_levels(exam: CgmsExam) -> None:
    """The levels of the rate of change."""
    await _require_levels(exam, 0x13, 0x16)


@examines("CGMS-75")
async def warnings(exam: CgmsExam) -> None:
    """The warnings of the newest stored record follow from the levels as they are."""
    await exam.subscribe(SOCP)
    levels = {
        op: cgms.SPECIFIC_OPS.decode(bytes([op + 2]) + await _level(exam, op)).level
        for op, (_, feature) in LEVELS.items()
        if exam.has(feature)
    }
    if not levels:
        raise NotApplicable("the sensor has no levels")
    records = [one for one in await exam.measurements() if not isinstance(one.glucose, Special)]
    for one in records:
        for opcode, bit, above in (
            (0x07, Annunciation.HIGHER_THAN_PATIENT_HIGH, True),
            (0x0A, Annunciation.LOWER_THAN_PATIENT_LOW, False),
            (0x0D, Annunciation.LOWER_THAN_HYPO, False),
            (0x10, Annunciation.HIGHER_THAN_HYPER, True),
        ):
            level = levels.get(opcode)
            if level is None or isinstance(level, Special):
                continue
            beyond = one.glucose > level + 1 if above else one.glucose < level - 1
            inside = one.glucose <= level - 1 if above else one.glucose >= level + 1
            said = bool(one.annunciation & bit)
            require(not (beyond and not said), f"{one.glucose:g} mg/dL at {one.time_offset} min has no {bit.name}")
            require(not (inside and said), f"{one.glucose:g} mg/dL at {one.time_offset} min has {bit.name}")


@examines("CGMS-78")
async def missing_features(exam: CgmsExam) -> None:
    """Operations of features that are missing are not supported; those of features that are there, are."""
    await exam.subscribe(SOCP)
    for feature, opcodes in OPERATIONS_OF.items():
        for opcode in opcodes:
            operand = b"\xff\xff" if opcode == 0x05 else b""
            if opcode == 0x19 and exam.has(feature):
                continue
            answer = await exam.operate(bytes([opcode]) + operand)
            unsupported = answer == response(opcode, UNSUPPORTED)
            require(
                unsupported != exam.has(feature),
                f"the feature bit of {(feature.name or '').lower().replace('_', ' ')} is {exam.has(feature):d}, and the"
                f" operation {opcode:02X} answers {shown(answer)}",
            )
    for opcode in (0x00, 0x03, 0x1D, 0x7F, 0xFF):
        require_octets(f"the op code {opcode:02X}", await exam.operate(bytes([opcode])), response(opcode, UNSUPPORTED))


@examines("CGMS-77")
async def reset_alert(exam: CgmsExam) -> None:
    """The device specific alert can be reset: it is gone from Status, and from what is measured later."""
    exam.require_feature(Feature.DEVICE_SPECIFIC_ALERT)
    alert = Annunciation.DEVICE_SPECIFIC_ALERT
    await exam.subscribe(SOCP, MEASUREMENT)
    there = (await exam.status()).annunciation & alert
    require_octets("Reset Device Specific Alert", await exam.operate(b"\x19"), response(0x19, SUCCESS))
    require(not (await exam.status()).annunciation & alert, "the alert is in Status after it was reset")
    if not there:
        raise NotTestable("Reset Device Specific Alert succeeds, and no such alert is in Status: one has to be brought about")
    exam.changed.append("a device specific alert was reset")
    await exam.require_running()
    for record in await exam.next_round():
        later = exam.measurement(record).annunciation
        require(not later & alert, f"the alert is in a record that came after its reset, {shown(record)}")


@examines("CGMS-84")
async def wrong_lengths(exam: CgmsExam) -> None:
    """Operands that are too short or too long."""
    await exam.subscribe(SOCP)
    tried = 0
    for opcode, size in OPERANDS.items():
        feature = Feature.CALIBRATION if opcode == 5 else LEVELS[opcode][1] if opcode in LEVELS else None
        if feature is not None and not exam.has(feature):
            continue
        for length in {0, size - 1, size + 1}:
            if exam.protected and length == size - 2:
                continue  # the CRC would be taken for the operand of an operation without CRC
            answer = await exam.operate(bytes([opcode]) + bytes(length))
            if answer == response(opcode, UNSUPPORTED):
                continue
            tried += 1
            require_octets(f"{length} octets of operand after {opcode:02X}", answer, response(opcode, INVALID))
    for opcode in (0x02, 0x1B):
        answer = (
            await exam.operate(bytes([opcode, 0])) if opcode == 2 or exam.permissions.lasting else response(opcode, INVALID)
        )
        require_octets(f"an operand after {opcode:02X}", answer, response(opcode, INVALID))
    require(tried, "no operation with an operand is supported")


@examines("CGMS-80")
async def start_of_running(exam: CgmsExam) -> None:
    """A session that runs cannot be started, and goes on."""
    exam.permissions.require_lasting()
    await exam.require_running()
    await exam.subscribe(SOCP)
    before = await exam.payload(cgms.STATUS)
    require_octets("Start of a session that runs", await exam.operate(b"\x1a"), response(0x1A, NOT_COMPLETED))
    after = await exam.payload(cgms.STATUS)
    require(after[2:] == before[2:] and after[:2] >= before[:2], f"Status was {shown(before)} and is {shown(after)} after that")


@examines("CGMS-79", "CGMS-81", "CGMS-82", "CGMS-83", turn=3)
async def sessions(exam: CgmsExam) -> None:
    """Stop, stop again, start again: bit 0, the store, the offsets. Tried once for all of these rows when it fails."""
    exam.permissions.require_lasting()
    if "session" in exam.facts:
        raise Failed(exam.facts["session"])
    await exam.require_running()
    try:
        await _stop_and_start(exam)
    except Failed as error:
        exam.facts["session"] = str(error)
        raise


async def _stop_and_start(exam: CgmsExam) -> None:
    await exam.subscribe(MEASUREMENT, RACP, SOCP)
    exam.facts.pop("notifications", None)
    exam.changed.append("the session was stopped, and another one was started where that is possible")
    before, _ = await exam.reported(bytes.fromhex("0101"))
    require_octets("Stop Session", await exam.operate(b"\x1b"), response(0x1B, SUCCESS))
    require((await exam.payload(cgms.STATUS))[2] & 1, "bit 0 of Status is 0 after Stop Session")
    after, _ = await exam.reported(bytes.fromhex("0101"))
    require(after[: len(before)] == before, "records cannot be read after Stop Session")
    require_octets("Stop of a stopped session", await exam.operate(b"\x1b"), response(0x1B, UNSUPPORTED))
    answer = await exam.operate(b"\x1a")
    if not exam.has(Feature.MULTIPLE_SESSIONS):
        require(answer != response(0x1A, SUCCESS), "a second session is started, and the feature bit of multiple sessions is 0")
        return
    require_octets("Start Session", answer, response(0x1A, SUCCESS))
    status = await exam.payload(cgms.STATUS)
    require(status[:2] in (b"\x00\x00", b"\x01\x00"), f"Status is {shown(status)} after Start Session: expected the offset 0")
    require(not status[2] & 1, f"Status is {shown(status)} after Start Session: expected bit 0 to be 0")
    require((await exam.payload(cgms.SESSION_START_TIME))[:7] == bytes(7), "the start time is kept over Start Session")
    count = await exam.ask(RACP, bytes.fromhex("0401"))
    require(int.from_bytes(count[2:4], "little") <= 1, f"the store is not cleared by Start Session: {shown(count)}")
