"""Rows of the Insulin Delivery Service on record access."""

from isletbench.emulator.audit.device import QUIET_S
from isletbench.emulator.audit.ids.exam import (
    ABORT,
    ABORTED,
    BUSY,
    CCCD_CODE,
    COUNT_ALL,
    HISTORY,
    RACP,
    REPORT_ALL,
    SUCCESS,
    IdsExam,
    number_of,
    selecting,
)
from isletbench.emulator.audit.ids.procedures import code_words
from isletbench.emulator.audit.outcomes import NotApplicable, NotTestable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines

AT_MOST, AT_LEAST, WITHIN = 0x3C, 0x55, 0x5A
BEYOND = 0xFFFF_FFF0
REFERENCE, OTHERS = 0x33, 0x3C
REFERENCE_TIMES = (0x000F, 0x0033)
NONE_FOUND, UNSUPPORTED = bytes.fromhex("0F0F3306"), bytes.fromhex("0F0F3304")


async def _numbers(exam: IdsExam) -> list[int]:
    numbers = await exam.numbers()
    await exam.fresh()
    return numbers


async def _report(exam: IdsExam, what: str, request: bytes, expected: list[int]) -> bool:
    """Raise ``Failed`` unless a report has these records first; False where its operator is not supported."""
    records, answer = await exam.reported(request)
    if answer == UNSUPPORTED:
        return False
    got = [number_of(record) for record in records]
    require(got[: len(expected)] == expected, f"{what} ({shown(request)}): expected {_words(expected)}, got {_words(got)}")
    require_octets(f"{what} ({shown(request)})", answer, SUCCESS)
    return True


def _words(numbers: list[int]) -> str:
    if len(numbers) > 4:
        return f"{len(numbers)} records {numbers[0]}, {numbers[1]} to {numbers[-1]}"
    return "the records " + ", ".join(map(str, numbers)) if numbers else "no records"


@examines("IDS-118")
async def report_all(exam: IdsExam) -> None:
    """Everything, and from a number on, oldest first."""
    numbers = await _numbers(exam)
    require(numbers == sorted(numbers), "a report of all is not oldest first")
    require(await _report(exam, "all", REPORT_ALL, numbers), "a report of all is not supported")
    middle = numbers[len(numbers) // 2]
    request = selecting(AT_LEAST, middle)
    require(await _report(exam, "from a number on", request, [n for n in numbers if n >= middle]), "it is not supported")


@examines("IDS-119")
async def other_reports(exam: IdsExam) -> None:
    """Up to a number, a range, the first, the last."""
    numbers = await _numbers(exam)
    a, b = numbers[len(numbers) // 4], numbers[len(numbers) // 2]
    supported = [
        await _report(exam, "up to a number", selecting(AT_MOST, b), [n for n in numbers if n <= b]),
        await _report(exam, "a range", selecting(WITHIN, a, b), [n for n in numbers if a <= n <= b]),
        await _report(exam, "a range of one", selecting(WITHIN, b, b), [b]),
        await _report(exam, "the first", bytes.fromhex("3366"), numbers[:1]),
    ]
    records, answer = await exam.reported(bytes.fromhex("3369"))
    if answer == SUCCESS:
        got = [number_of(record) for record in records]
        require(len(got) == 1 and got[0] >= numbers[-1], f"the last: expected the record {numbers[-1]}, got {_words(got)}")
    if not any(supported):
        raise NotApplicable("none of these operators is supported")


@examines("IDS-120")
async def filters(exam: IdsExam) -> None:
    """Reference times, and all the rest."""
    stored = await exam.stored()
    await exam.fresh()
    for what, of, wanted in (("reference times", REFERENCE, True), ("other events", OTHERS, False)):
        expected = [number_of(one) for one in stored if (int.from_bytes(one[:2], "little") in REFERENCE_TIMES) is wanted]
        request = selecting(AT_LEAST, 0, of=of)
        records, answer = await exam.reported(request)
        if answer == bytes.fromhex("0F0F3309"):
            raise NotApplicable("filters are not supported")
        got = [number_of(record) for record in records]
        require(got[: len(expected)] == expected, f"{what} ({shown(request)}): expected {_words(expected)}, got {_words(got)}")


@examines("IDS-121")
async def counts(exam: IdsExam) -> None:
    """Counts agree with reports, in four octets."""
    stored = await exam.stored()
    numbers = await _numbers(exam)
    middle = numbers[len(numbers) // 2]
    for what, request, expected in (
        ("the number of all", COUNT_ALL, len(stored)),
        ("the number from one on", selecting(AT_LEAST, middle, opcode=0x5A), len([n for n in numbers if n >= middle])),
        ("the number of none", selecting(AT_LEAST, BEYOND, opcode=0x5A), 0),
    ):
        answer = await exam.ask(RACP, request)
        good = len(answer) == 6 and answer[:2] == b"\x66\x0f"
        require(good, f"{what} ({shown(request)}): expected 66 0F and 4 octets, got {shown(answer)}")
        count = int.from_bytes(answer[2:], "little")
        most = expected + 20 if expected else 0  # events may have happened meanwhile
        require(expected <= count <= most, f"{what} ({shown(request)}): expected {expected}, got {count}")


@examines("IDS-122")
async def nothing_found(exam: IdsExam) -> None:
    """06 for nothing."""
    exam.require_there(RACP, HISTORY)
    await exam.subscribe_all()
    _, answer = await exam.reported(selecting(AT_LEAST, BEYOND))
    require_octets("a report of nothing", answer, NONE_FOUND)


@examines("IDS-123")
async def abort(exam: IdsExam) -> None:
    """An abort stops a report and is the only answer."""
    stored = await exam.stored()
    await exam.fresh()
    await exam.write(RACP, REPORT_ALL)
    await exam.write(RACP, ABORT)
    answer = await exam.answer(RACP)
    got = len(exam.device.taken(exam.key(HISTORY)))
    if answer == SUCCESS and got >= len(stored):
        raise NotTestable(f"a report of {len(stored)} records is over before it can be aborted")
    require_octets("the answer to an abort", answer, ABORTED)
    await exam.quiet(RACP, QUIET_S, "an aborted procedure has one answer")
    require(not exam.device.taken(exam.key(HISTORY)), "records come after the answer to the abort")


@examines("IDS-124", turn=2)
async def deletion(exam: IdsExam) -> None:
    """What is deleted is gone."""
    exam.permissions.require_lasting()
    numbers = await _numbers(exam)
    answer = await exam.ask(RACP, selecting(AT_LEAST, BEYOND, opcode=0x3C))
    if answer in (bytes.fromhex("0F0F3C02"), bytes.fromhex("0F0F3C04")):
        raise NotApplicable("records cannot be deleted")
    require_octets("a deletion of nothing", answer, bytes.fromhex("0F0F3C06"))
    exam.facts.pop("history", None)
    exam.changed.append("the oldest records were deleted")
    answer = await exam.ask(RACP, selecting(WITHIN, numbers[0], numbers[0], opcode=0x3C))
    require_octets("a deletion of the oldest record", answer, bytes.fromhex("0F0F3CF0"), bytes.fromhex("0F0F3C0A"))
    if answer[3] == 0xF0:
        records, _ = await exam.reported()
        require(number_of(records[0]) > numbers[0], f"the record {numbers[0]} is there after its deletion")


@examines("IDS-125")
async def wrong_requests(exam: IdsExam) -> None:
    """Operator 04 or 03, filter 09, operand 05, op code 02."""
    exam.require_there(RACP)
    await exam.subscribe_all()
    for what, request, code in (
        ("a report with the operator Null", "330F", 3),
        ("an operator that is no code word", "3301", 3),
        ("an operator that is reserved", "3396", 4),
        ("a filter that is reserved", "33555500000000", 9),
        ("a minimum above its maximum", selecting(WITHIN, 5, 1).hex(), 5),
        ("an operand that is too long", "33550F0000000000", 5),
        ("a reserved op code", "9633", 2),
    ):
        octets = bytes.fromhex(request)
        answer = await exam.ask(RACP, octets)
        require_octets(f"{what} ({shown(octets)})", answer, bytes([0x0F, 0x0F, octets[0], code]))


@examines("IDS-126")
async def off_and_busy(exam: IdsExam) -> None:
    """FD without History Data, FE while a procedure runs."""
    await exam.stored()
    await exam.begin()
    await exam.subscribe(RACP)
    code = await exam.refusal(RACP, REPORT_ALL)
    require(code == CCCD_CODE, f"a report with History Data off: expected ATT error 0xFD, got {code_words(code)}")
    await exam.fresh()
    await exam.write(RACP, REPORT_ALL)
    code = await exam.refusal(RACP, COUNT_ALL)
    if code is None:
        exam.require_serial("the report is over before a second request can be written")
        await exam.fresh()
        exam.device.carrier.confirm(False)
        await exam.ask(RACP, COUNT_ALL)
        code = await exam.refusal(RACP, COUNT_ALL)
    require(code == BUSY, f"a second request: expected ATT error 0xFE, got {code_words(code)}")
