"""Rows of the Glucose Service on wrong requests, aborts, and what runs at once."""

from collections.abc import Sequence

from isletbench.emulator.audit.device import ANSWER_S, QUIET_S
from isletbench.emulator.audit.gls.exam import (
    ABORT,
    COUNT_ALL,
    MEASUREMENT,
    RACP,
    REPORT_ALL,
    SUCCESS,
    GlsExam,
    number_of,
    selecting,
)
from isletbench.emulator.audit.outcomes import require, require_octets, shown
from isletbench.emulator.audit.registry import examines

ABORTED = bytes.fromhex("06000301")
BUSY, CCCD_CODE = 0x80, 0x81


def _code(code: int | None) -> str:
    return "success" if code is None else f"0x{code:02X}"


async def _answers(exam: GlsExam, cases: Sequence[tuple[str, str, tuple[int, ...]]]) -> None:
    await exam.subscribe_all()
    for what, request, codes in cases:
        octets = bytes.fromhex(request)
        expected = tuple(bytes([6, 0, octets[0], code]) for code in codes)
        require_octets(f"{what} ({shown(octets)})", await exam.ask(RACP, octets), *expected)


@examines("GLS-41")
async def null_operator(exam: GlsExam) -> None:
    """Null goes with an abort alone."""
    cases = [("a report with Null", "0100", (3,)), ("a count with Null", "0400", (3,))]
    await _answers(exam, cases)
    answer = await exam.ask(RACP, bytes.fromhex("0200"))
    require_octets("a deletion with Null", answer, bytes.fromhex("06000203"), bytes.fromhex("06000202"))


@examines("GLS-42")
async def undefined_operator(exam: GlsExam) -> None:
    """Operators that are not defined."""
    await _answers(exam, [("the operator 07", "0107", (4,)), ("the operator FF", "01FF", (4,))])


@examines("GLS-43")
async def undefined_filter(exam: GlsExam) -> None:
    """Filter types that are not defined."""
    await _answers(exam, [("the filter 00", "0103000000", (9, 5)), ("the filter 03", "0103030000", (9,))])


@examines("GLS-44")
async def needless_operand(exam: GlsExam) -> None:
    """An operand where none belongs."""
    await _answers(
        exam,
        [
            ("an operand after All", "0101010000", (5,)),
            ("an operand after First", "010501", (5,)),
            ("an operand after Last", "010601", (5,)),
        ],
    )


@examines("GLS-45")
async def wrong_operand(exam: GlsExam) -> None:
    """Ranges upside down, operands too short and too long, times that cannot be."""
    await _answers(
        exam,
        [
            ("a minimum above its maximum", selecting(4, 5, 1).hex(), (5,)),
            ("a short operand", "01030100", (5,)),
            ("a long operand", "0103010000AA", (5,)),
            ("no operand", "0103", (5,)),
            ("a month 13", "010302EA070D01000000", (5, 9)),
        ],
    )


@examines("GLS-46")
async def undefined_op_code(exam: GlsExam) -> None:
    """Op codes that are no requests."""
    cases = [(f"the op code {code:02X}", f"{code:02X}01", (2,)) for code in (0x00, 0x05, 0x06, 0x07, 0xFF)]
    await _answers(exam, cases)


@examines("GLS-48")
async def abort(exam: GlsExam) -> None:
    """An abort stops a report and is the only answer."""
    numbers = await exam.fresh()
    await exam.write(RACP, REPORT_ALL)
    await exam.write(RACP, ABORT)
    answer = await exam.answer(RACP)
    sent = len(exam.device.taken(exam.key(MEASUREMENT)))
    if answer == SUCCESS and sent >= len(numbers):
        raise exam.too_short(numbers, "it can be aborted")
    require_octets("the answer to an abort", answer, ABORTED)
    await exam.quiet(RACP, QUIET_S, "an aborted report has one answer")
    require(not exam.device.taken(exam.key(MEASUREMENT)), "tests come after the answer to the abort")


@examines("GLS-49")
async def abort_of_nothing(exam: GlsExam) -> None:
    """There is nothing to abort."""
    await _answers(exam, [("an abort of nothing", "0300", (7,)), ("an abort of all", "0301", (3,))])


async def _second(exam: GlsExam) -> tuple[int | None, list[int], bytes]:
    """A report that a second request meets: the code of that one, the tests of the report, and its answer."""
    await exam.write(RACP, REPORT_ALL)
    code = await exam.refusal(RACP, COUNT_ALL)
    answer = await exam.answer(RACP)
    return code, [number_of(octets) for octets in exam.device.taken(exam.key(MEASUREMENT))], answer


@examines("GLS-50")
async def second_request(exam: GlsExam) -> None:
    """A second request gets 80, and the report goes on."""
    numbers = await exam.fresh()
    code, sent, answer = await _second(exam)
    if code is None and answer == SUCCESS and sent == numbers:
        raise exam.too_short(numbers, "a second request can be written")
    require(code == BUSY, f"a second request: expected ATT error 0x80, got {_code(code)}")
    require(sent == numbers, f"a report that a second request met: expected the tests {numbers}, got {sent}")
    require_octets("the answer to that report", answer, SUCCESS)


async def _codes_without_subscriptions(exam: GlsExam) -> list[tuple[str, int | None]]:
    codes = [("a request with its indications off", await exam.refusal(RACP, COUNT_ALL))]
    await exam.begin()
    await exam.subscribe(RACP)
    return [*codes, ("a report with notifications off", await exam.refusal(RACP, REPORT_ALL))]


@examines("GLS-51")
async def without_subscriptions(exam: GlsExam) -> None:
    """Requests and reports need what their answers need."""
    for what, code in await _codes_without_subscriptions(exam):
        require(code == CCCD_CODE, f"{what}: expected ATT error 0x81, got {_code(code)}")


@examines("GLS-52")
async def no_common_codes(exam: GlsExam) -> None:
    """The codes FD and FE are younger than the service."""
    for what, code in await _codes_without_subscriptions(exam):
        require(code not in (0xFD, 0xFE), f"{what} gets {_code(code)}: expected an application error of the service")
    await exam.fresh()
    code, _, _ = await _second(exam)
    require(code not in (0xFD, 0xFE), f"a second request gets {_code(code)}: expected an application error of the service")


@examines("GLS-54")
async def before_confirmation(exam: GlsExam) -> None:
    """The next request is taken when the answer to the last is confirmed."""
    exam.require_serial("the library of this carrier confirms every indication")
    await exam.subscribe_all()
    exam.device.carrier.confirm(False)
    await exam.ask(RACP, COUNT_ALL)
    code = await exam.refusal(RACP, COUNT_ALL)
    require(code == BUSY, f"a request before the last answer is confirmed: expected ATT error 0x80, got {_code(code)}")


@examines("GLS-55")
async def lost_link(exam: GlsExam) -> None:
    """A connection that ends in a report leaves nothing to the next."""
    numbers = await exam.fresh()
    await exam.write(RACP, REPORT_ALL)
    await exam.begin()
    await exam.subscribe_all()
    await exam.quiet(RACP, QUIET_S, "the report was of another connection")
    require(not exam.device.taken(exam.key(MEASUREMENT)), "tests come that another connection has asked for")
    records, answer = await exam.reported()
    got = [number_of(octets) for octets in records]
    require(got == numbers, f"a report after a lost connection: expected the tests {numbers}, got {got}")
    require_octets("its answer", answer, SUCCESS)


@examines("GLS-56")
async def switched_off(exam: GlsExam) -> None:
    """A report whose notifications are switched off is not completed; one without indications ends in silence."""
    numbers = await exam.fresh()
    await exam.write(RACP, REPORT_ALL)
    await exam.unsubscribe(MEASUREMENT)
    answer = await exam.answer(RACP)
    if answer == SUCCESS:
        raise exam.too_short(numbers, "its notifications can be switched off")
    require_octets("a report whose notifications are switched off", answer, bytes.fromhex("06000108"))
    await exam.begin()
    await exam.subscribe_all()
    await exam.write(RACP, REPORT_ALL)
    await exam.unsubscribe(RACP)
    await exam.device.pause(ANSWER_S + QUIET_S)
    await exam.subscribe(RACP)
    code = await exam.refusal(RACP, COUNT_ALL)
    require(code is None, f"a report without indications does not end: the next request gets {_code(code)}")
    await exam.answer(RACP)
