"""Rows of the Insulin Delivery Service on end-to-end protection: CRC and counters in both directions."""

from isletbench.emulator.audit.ids.exam import (
    BAD_COUNTER,
    BAD_CRC,
    COMMAND,
    COUNT_ALL,
    GET_BOLUS_IDS,
    HISTORY,
    RACP,
    READER,
    IdsExam,
)
from isletbench.emulator.audit.outcomes import NotApplicable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import crc_of, with_crc

TRAILER = 3
READABLE = (ids.STATUS_CHANGED, ids.STATUS, ids.ANNUNCIATION_STATUS)
GET_AVAILABLE_BOLUSES, GET_ACTIVATED = bytes.fromhex("8811"), bytes.fromhex("4812")


def _code(code: int | None) -> str:
    return "success" if code is None else f"0x{code:02X}"


async def _raw_answer(exam: IdsExam, point: Characteristic, payload: bytes) -> bytes:
    await exam.write(point, payload)
    octets = await exam.device.next_of(exam.key(point))
    require(octets is not None, f"{point} does not answer")
    return octets or b""


@examines("IDS-16")
async def trailers(exam: IdsExam) -> None:
    """Every value has its trailer with protection, and none without."""
    extra = TRAILER if exam.protected else 0
    for characteristic, size in ((ids.STATUS_CHANGED, 2), (ids.STATUS, 5)):
        octets = await exam.read(characteristic)
        require(len(octets) == size + extra, f"{characteristic}: expected {size + extra} octets, got {shown(octets)}")
    octets = await exam.read(ids.ANNUNCIATION_STATUS)
    size = 1 + 5 * (octets[0] & 1) + 2 * (octets[0] & 0x3E).bit_count()
    require(len(octets) == size + extra, f"Annunciation Status: expected {size + extra} octets, got {shown(octets)}")
    if not exam.protected:
        require_octets("the placeholder in front of IDD Features", exam.facts["feature"][:3], b"\xff\xff\x00")
    await exam.subscribe_all()
    answer = await _raw_answer(exam, READER, GET_BOLUS_IDS)
    require(len(answer) == 3 + 2 * answer[2] + extra, f"the Status Reader answers {shown(answer)}")
    if exam.there(RACP):
        answer = await _raw_answer(exam, RACP, COUNT_ALL)
        require(len(answer) == 6 + extra, f"record access answers {shown(answer)}: expected {6 + extra} octets")
    if exam.there(COMMAND):
        answer = await _raw_answer(exam, COMMAND, bytes.fromhex("FFFF"))
        require(len(answer) == 5 + extra, f"the Command Control Point answers {shown(answer)}: expected {5 + extra} octets")


@examines("IDS-17")
async def crc(exam: IdsExam) -> None:
    """The CRC of every value is right."""
    exam.require_protection()
    for characteristic in READABLE:
        octets = await exam.read(characteristic)
        require_octets(f"the CRC of {characteristic}", octets[-2:], crc_of(octets[:-2]))
    await exam.subscribe_all()
    for point, payload in ((READER, GET_BOLUS_IDS), (COMMAND, b"\xff\xff"), (RACP, COUNT_ALL)):
        if exam.there(point):
            octets = await _raw_answer(exam, point, payload)
            require_octets(f"the CRC of {point}", octets[-2:], crc_of(octets[:-2]))


@examines("IDS-18")
async def features_crc(exam: IdsExam) -> None:
    """CRC and counter in front, and the CRC over what follows it."""
    exam.require_protection()
    octets = exam.facts["feature"]
    require_octets("the CRC in front of IDD Features", octets[:2], crc_of(octets[2:]))
    require(octets[2] == 1, f"IDD Features {shown(octets)}: expected the counter 01 on a new connection")


@examines("IDS-19")
async def history_crc(exam: IdsExam) -> None:
    """A record has a CRC and no counter."""
    exam.require_protection()
    exam.require_there(RACP, HISTORY)
    await exam.subscribe_all()
    await exam.write(RACP, bytes.fromhex("3369"))
    octets = await exam.device.next_of(exam.key(HISTORY))
    if octets is None:
        raise NotApplicable("the history is empty")
    require_octets("the CRC of a record", octets[-2:], crc_of(octets[:-2]))
    HISTORY.decode_payload(octets[:-2])


@examines("IDS-20")
async def server_counters(exam: IdsExam) -> None:
    """From 1 on a new connection, by 1, and 1 after 255, each characteristic for itself."""
    exam.require_protection()
    for turn in range(1, 258):
        octets = await exam.read(ids.STATUS)
        expected = (turn - 1) % 255 + 1
        require(octets[-3] == expected, f"read {turn} of IDD Status {shown(octets)}: expected the counter {expected:02X}")
    octets = await exam.read(ids.STATUS_CHANGED)
    require(octets[-3] == 1, f"the first read of IDD Status Changed {shown(octets)}: expected the counter 01")
    await exam.begin()
    octets = await exam.read(ids.STATUS)
    require(octets[-3] == 1, f"the first read on the next connection {shown(octets)}: expected the counter 01")


@examines("IDS-21")
async def what_is_counted(exam: IdsExam) -> None:
    """Reads and answers step the counter."""
    exam.require_protection()
    first, second = await exam.read(ids.STATUS), await exam.read(ids.STATUS)
    require(second[-3] == first[-3] + 1, f"two reads have the counters {first[-3]} and {second[-3]}")
    await exam.subscribe_all()
    for point, payload in ((READER, GET_BOLUS_IDS), (COMMAND, b"\xff\xff"), (RACP, COUNT_ALL)):
        if exam.there(point):
            first, second = await _raw_answer(exam, point, payload), await _raw_answer(exam, point, payload)
            require(second[-3] == first[-3] + 1, f"two answers of {point} have the counters {first[-3]} and {second[-3]}")


async def _refused(exam: IdsExam, what: str, octets: bytes, expected: int, point: Characteristic = READER) -> None:
    code = await exam.device.refusal(exam.key(point), octets)
    require(code == expected, f"{what} ({shown(octets)}): expected ATT error 0x{expected:02X}, got {_code(code)}")


def _counted(payload: bytes, counter: int) -> bytes:
    return with_crc(payload + bytes([counter]))


@examines("IDS-22")
async def client_counters(exam: IdsExam) -> None:
    """1 at first, then one more, 1 after 255; anything else is refused."""
    exam.require_protection()
    for what, counters in (
        ("the first counter 2", [2]),
        ("the first counter 0", [0]),
        ("a repeated counter", [1, 1]),
        ("a gap", [1, 3]),
    ):
        await exam.begin()
        await exam.subscribe(READER)
        for counter in counters[:-1]:
            code = await exam.device.refusal(exam.key(READER), _counted(GET_BOLUS_IDS, counter))
            require(code is None, f"the counter {counter} on a new connection is refused with {_code(code)}")
            await exam.answer(READER)
        await _refused(exam, what, _counted(GET_BOLUS_IDS, counters[-1]), BAD_COUNTER)
    await exam.begin()
    await exam.subscribe(READER)
    for turn in range(1, 258):
        counter = (turn - 1) % 255 + 1
        code = await exam.device.refusal(exam.key(READER), _counted(GET_BOLUS_IDS, counter))
        require(code is None, f"write {turn} with the counter {counter} is refused with {_code(code)}")
        await exam.answer(READER)


@examines("IDS-23")
async def missing_and_wrong(exam: IdsExam) -> None:
    """No trailer is 82, a wrong CRC 81, and nothing is done."""
    exam.require_protection()
    await exam.subscribe(READER)
    good = _counted(GET_BOLUS_IDS, 1)
    await _refused(exam, "a wrong CRC", good[:-1] + bytes([good[-1] ^ 1]), BAD_CRC)
    await exam.quiet(READER, 2, "the write was refused")
    await exam.begin()
    await exam.subscribe(READER)
    await _refused(exam, "an operation without its trailer", GET_BOLUS_IDS, BAD_COUNTER)
    await exam.begin()
    await exam.subscribe(READER)
    await _refused(exam, "an operation with a CRC and no counter", with_crc(GET_BOLUS_IDS), BAD_COUNTER)
    await exam.quiet(READER, 2, "the write was refused")


@examines("IDS-24")
async def each_point_for_itself(exam: IdsExam) -> None:
    """The counter of one control point is not that of another."""
    exam.require_protection()
    exam.require_there(RACP)
    await exam.subscribe(READER, RACP)
    for point, payload in ((READER, GET_BOLUS_IDS), (RACP, COUNT_ALL)):
        code = await exam.device.refusal(exam.key(point), _counted(payload, 1))
        require(code is None, f"the first counter 1 on {point} is refused with {_code(code)}")
        await exam.answer(point)
