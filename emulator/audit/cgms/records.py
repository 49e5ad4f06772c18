"""Rows of the CGM Service on record access."""

from itertools import pairwise

from isletbench.emulator.audit.cgms.exam import (
    COUNT_ALL,
    MEASUREMENT,
    RACP,
    REPORT_ALL,
    SUCCESS,
    CgmsExam,
    high,
    low,
    offset_of,
    within,
)
from isletbench.emulator.audit.device import ANSWER_S, QUIET_S
from isletbench.emulator.audit.outcomes import NotApplicable, NotTestable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols.cgms import STATUS
from isletbench.protocols.e2e import split_records

NOTHING = low(0xFFFF)
ABORT = bytes.fromhex("0300")
ABORTED = bytes.fromhex("06000301")
CCCD_CODE, BUSY = 0xFD, 0xFE
SEVERAL, LOST = 200, 50
"""What several hundred records are at least; how many of those that were due may never have been measured."""
WARM_UP, LONGEST_CADENCE = 180, 15
"""The longest time without records at the start of a session, and from one measurement to the next, min."""


async def _both(exam: CgmsExam) -> list[int]:
    """Subscribe to records and answers; the stored offsets."""
    offsets = await exam.offsets()
    if not any(key == exam.key(RACP) for key, _ in exam.device.arrivals()):
        await exam.subscribe(MEASUREMENT, RACP)
    return offsets


async def _require_report(exam: CgmsExam, what: str, request: bytes, expected: list[int]) -> None:
    records, answer = await exam.reported(request)
    got = [offset_of(record) for record in records]
    require(_same(got, expected), f"{what} ({shown(request)}): expected {_words(expected)}, got {_words(got)}")
    require_octets(f"{what} ({shown(request)})", answer, SUCCESS if expected else bytes.fromhex("06000106"))


def _same(got: list[int], expected: list[int]) -> bool:
    """Whether these are the records that were expected, measurements taken meanwhile left aside."""
    return got[: len(expected)] == expected and all(expected and offset > expected[-1] for offset in got[len(expected) :])


def _words(offsets: list[int]) -> str:
    if len(offsets) > 4:
        return f"{len(offsets)} records at {offsets[0]}, {offsets[1]} to {offsets[-1]} min"
    return "records at " + ", ".join(map(str, offsets)) + " min" if offsets else "no records"


@examines("CGMS-41")
async def racp_without_indications(exam: CgmsExam) -> None:
    """Record access needs its own indications."""
    code = await exam.refusal(RACP, COUNT_ALL)
    require(code == CCCD_CODE, f"record access with its indications off: expected ATT error 0xFD, got {_code(code)}")


@examines("CGMS-42")
async def report_without_notifications(exam: CgmsExam) -> None:
    """A report needs the notifications of measurements."""
    await exam.subscribe(RACP)
    code = await exam.refusal(RACP, REPORT_ALL)
    require(code == CCCD_CODE, f"a report with the notifications off: expected ATT error 0xFD, got {_code(code)}")


def _code(code: int | None) -> str:
    return "success" if code is None else f"0x{code:02X}"


@examines("CGMS-43")
async def second_procedure(exam: CgmsExam) -> None:
    """A second procedure gets FE, and the first goes on."""
    stored = await exam.offsets()
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP)
    await exam.write(RACP, REPORT_ALL)
    code = await exam.refusal(RACP, COUNT_ALL)
    answer = await exam.answer(RACP)
    got = [record for value in exam.device.taken(exam.key(MEASUREMENT)) for record in split_records(value)]
    if code is None and answer == SUCCESS and len(got) >= len(stored):
        exam.require_serial("the report is over before a second request can be written")
        code = await _while_unconfirmed(exam)
    require(code == BUSY, f"a second procedure: expected ATT error 0xFE, got {_code(code)}")
    require(len(got) >= len(stored), f"a report that a second request disturbed has {len(got)} of {len(stored)} records")
    require_octets("the answer to that report", answer, SUCCESS)


async def _while_unconfirmed(exam: CgmsExam) -> int | None:
    """What a request gets while the answer to the one before waits for its confirmation."""
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP)
    exam.device.carrier.confirm(False)
    await exam.ask(RACP, COUNT_ALL)
    return await exam.refusal(RACP, COUNT_ALL)


@examines("CGMS-44")
async def report_all(exam: CgmsExam) -> None:
    """All records, oldest first, then success."""
    offsets = await _both(exam)
    require(offsets == sorted(offsets), "a report of all records is not oldest first")
    records, answer = await exam.reported(REPORT_ALL)
    require_octets("the answer to a report", answer, SUCCESS)
    again = [offset_of(record) for record in records]
    require(again[: len(offsets)] == offsets, f"a report of all: {_words(offsets)} at first, then {_words(again)}")
    order = exam.device.arrivals()
    require(order[-1][0] == exam.key(RACP), "a measurement comes after the answer that ends its report")


@examines("CGMS-45")
async def report_from(exam: CgmsExam) -> None:
    """Records from an offset on, this one among them."""
    offsets = await _both(exam)
    middle = offsets[len(offsets) // 2]
    await _require_report(exam, "from an offset on", low(middle), _of(offsets, middle))


def _of(offsets: list[int], first: int = 0, last: int = 0xFFFF) -> list[int]:
    return [offset for offset in offsets if first <= offset <= last]


@examines("CGMS-46")
async def other_reports(exam: CgmsExam) -> None:
    """Up to an offset, within a range, the first, the last; an operator that is optional may be refused as such."""
    offsets = await _both(exam)
    a, b = offsets[len(offsets) // 4], offsets[len(offsets) // 2]
    supported = 0
    for what, request, expected in (
        ("up to an offset", high(b), _of(offsets, last=b)),
        ("within a range", within(a, b), _of(offsets, a, b)),
        ("a range of one", within(b, b), [b]),
        ("the first", bytes.fromhex("0105"), offsets[:1]),
    ):
        await exam.begin()
        await exam.subscribe(MEASUREMENT, RACP)
        records, answer = await exam.reported(request)
        if answer == bytes.fromhex("06000104"):
            continue
        supported += 1
        got = [offset_of(record) for record in records]
        require(got == expected, f"{what} ({shown(request)}): expected {_words(expected)}, got {_words(got)}")
        require_octets(what, answer, SUCCESS)
    records, answer = await exam.reported(bytes.fromhex("0106"))
    if answer == SUCCESS:
        got = [offset_of(record) for record in records]
        require(
            len(got) == 1 and got[0] >= offsets[-1], f"the last: expected the record at {offsets[-1]} min, got {_words(got)}"
        )
    if not supported:
        raise NotApplicable("none of these operators is supported")


@examines("CGMS-47")
async def report_of_nothing(exam: CgmsExam) -> None:
    """Nothing is found."""
    await exam.subscribe(MEASUREMENT, RACP)
    await _require_report(exam, "a report of nothing", NOTHING, [])


@examines("CGMS-48")
async def counts(exam: CgmsExam) -> None:
    """Counts agree with a report that was made just before."""
    exam.facts.pop("notifications", None)
    offsets = await _both(exam)
    middle = offsets[len(offsets) // 2]
    for what, request, count in (
        ("the number of all", COUNT_ALL, len(offsets)),
        ("the number from an offset on", low(middle, 4), len(_of(offsets, middle))),
        ("the number of none", low(0xFFFF, 4), 0),
    ):
        answer = await exam.ask(RACP, request)
        newer = 2 if count else 0  # measurements may have been taken meanwhile
        expected = [bytes.fromhex("0500") + (count + more).to_bytes(2, "little") for more in range(newer + 1)]
        require(answer in expected, f"{what} ({shown(request)}): expected {shown(expected[0])}, got {shown(answer)}")


@examines("CGMS-49", turn=2)
async def deletion(exam: CgmsExam) -> None:
    """What is deleted is gone."""
    exam.permissions.require_lasting()
    offsets = await _both(exam)
    answer = await exam.ask(RACP, low(0xFFFF, 2))
    if answer == bytes.fromhex("06000202"):
        raise NotApplicable("records cannot be deleted")
    require_octets("a deletion of nothing", answer, bytes.fromhex("06000206"))
    exam.facts.pop("notifications", None)
    first = within(offsets[0], offsets[0])
    require_octets("a deletion of one record", await exam.ask(RACP, b"\x02" + first[1:]), bytes.fromhex("06000201"))
    await _require_report(exam, "a report of what was deleted", first, [])
    require_octets("a deletion of all records", await exam.ask(RACP, b"\x02\x01"), bytes.fromhex("06000201"))
    exam.facts.pop("notifications", None)
    answer = await exam.ask(RACP, COUNT_ALL)
    require(int.from_bytes(answer[2:4], "little") <= 1, f"the number after a deletion of all: {shown(answer)}")
    exam.changed.append("all records were deleted")


@examines("CGMS-50")
async def abort(exam: CgmsExam) -> None:
    """An abort stops a report and is the only answer."""
    stored = await exam.offsets()
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP)
    await exam.write(RACP, REPORT_ALL)
    await exam.write(RACP, ABORT)
    answer = await exam.answer(RACP)
    records = [r for value in exam.device.taken(exam.key(MEASUREMENT)) for r in split_records(value)]
    if answer == SUCCESS and len(records) >= len(stored):
        raise NotTestable(f"a report of {len(stored)} records is over before it can be aborted")
    require_octets("the answer to an abort", answer, ABORTED)
    await exam.quiet(RACP, QUIET_S, "an aborted procedure has one answer")
    require(not exam.device.taken(exam.key(MEASUREMENT)), "measurements come after the answer to the abort")


@examines("CGMS-51")
async def abort_of_nothing(exam: CgmsExam) -> None:
    """There is nothing to abort, and that succeeds."""
    await exam.subscribe(RACP)
    require_octets("an abort of nothing", await exam.ask(RACP, ABORT), ABORTED)


async def _require_refused(exam: CgmsExam, what: str, request: str, response: int) -> None:
    await exam.subscribe(MEASUREMENT, RACP)
    octets = bytes.fromhex(request)
    await exam.require_answers(RACP, [(what, octets, (bytes([6, 0, octets[0], response]),))])


@examines("CGMS-52")
async def reserved_op_code(exam: CgmsExam) -> None:
    """A reserved op code is named in the answer."""
    await exam.subscribe(MEASUREMENT, RACP)
    for code in (0x00, 0x07, 0x42, 0xFF):
        answer = await exam.ask(RACP, bytes([code, 1]))
        require_octets(f"the op code {code:02X}", answer, bytes([6, 0, code, 2]))


@examines("CGMS-53")
async def null_operator(exam: CgmsExam) -> None:
    """Null does not go with a report."""
    await _require_refused(exam, "a report with the operator Null", "0100", 3)


@examines("CGMS-54")
async def reserved_operator(exam: CgmsExam) -> None:
    """A reserved operator."""
    await _require_refused(exam, "a reserved operator", "0107", 4)
    await exam.require_answers(RACP, [("the operator FF", b"\x01\xff", (b"\x06\x00\x01\x04",))])


@examines("CGMS-55")
async def needless_operand(exam: CgmsExam) -> None:
    """An operand where none belongs."""
    await _require_refused(exam, "an operand where none belongs", "0101010500", 5)


@examines("CGMS-56")
async def range_upside_down(exam: CgmsExam) -> None:
    """The minimum above the maximum."""
    await exam.subscribe(MEASUREMENT, RACP)
    answer = await exam.ask(RACP, within(10, 5))
    if answer == bytes.fromhex("06000104"):
        raise NotApplicable("ranges are not supported")
    require_octets("a minimum above its maximum", answer, bytes.fromhex("06000105"))


@examines("CGMS-57")
async def other_filter(exam: CgmsExam) -> None:
    """A filter type that is none of CGM."""
    await _require_refused(exam, "the filter type 02", "0103020000", 9)


@examines("CGMS-58")
async def report_cut_short(exam: CgmsExam) -> None:
    """A report whose notifications are switched off is not completed."""
    stored = await exam.offsets()
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP)
    await exam.write(RACP, REPORT_ALL)
    await exam.unsubscribe(MEASUREMENT)
    answer = await exam.answer(RACP)
    sent = [record for value in exam.device.taken(exam.key(MEASUREMENT)) for record in split_records(value)]
    if answer == SUCCESS and len(sent) >= len(stored):
        raise NotTestable(f"a report of {len(stored)} records is over before its notifications can be switched off")
    if answer == SUCCESS and exam.device.carrier.name != "serial":
        # A library drops what arrives while it unsubscribes: a report that was over looks like one cut short.
        raise NotTestable(f"{len(sent)} of {len(stored)} records seen: the library drops what comes while it unsubscribes")
    require_octets("a report whose notifications are switched off", answer, bytes.fromhex("06000108"))


@examines("CGMS-59")
async def unconfirmed(exam: CgmsExam) -> None:
    """An answer that nobody confirms for 30 s ends its procedure, in silence."""
    exam.require_serial("the library of this carrier confirms every indication")
    await exam.subscribe(MEASUREMENT, RACP)
    exam.device.carrier.confirm(False)
    await exam.ask(RACP, COUNT_ALL)
    await exam.quiet(RACP, ANSWER_S + 5, "its answer was not confirmed")
    exam.device.carrier.confirm(True)
    code = await exam.refusal(RACP, COUNT_ALL)
    require(code is None, f"35 s after an answer that was not confirmed a request is refused with {_code(code)}")
    await exam.answer(RACP)


@examines("CGMS-60")
async def lost_link(exam: CgmsExam) -> None:
    """A connection that ends in a report leaves the store whole."""
    stored = await exam.offsets()
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP)
    await exam.write(RACP, REPORT_ALL)
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP)
    await exam.quiet(RACP, QUIET_S, "the report before was of another connection")
    records, answer = await exam.reported(REPORT_ALL)
    require_octets("a report after a connection that ended in one", answer, SUCCESS)
    got = [offset_of(record) for record in records][: len(stored)]
    require(got == stored, f"after a connection that ended in a report: expected {_words(stored)}, got {_words(got)}")


@examines("CGMS-85")
async def several_hundred(exam: CgmsExam) -> None:
    """Several hundred records are kept, and the newest is among them."""
    offsets = await exam.offsets()
    now = int.from_bytes((await exam.payload(STATUS))[:2], "little")
    cadence = min((after - before for before, after in pairwise(offsets)), default=LONGEST_CADENCE)
    due = max(0, now - WARM_UP) // max(cadence, 1)
    require(now - offsets[-1] <= 2 * cadence, f"the newest of {len(offsets)} records is that of minute {offsets[-1]} of {now}")
    if len(offsets) < SEVERAL and due < SEVERAL + LOST:
        raise NotTestable(f"the session is {now} min old: a store of several hundred records shows after a day or more")
    require(len(offsets) >= SEVERAL, f"{len(offsets)} records after {now} min, one every {cadence} min")
