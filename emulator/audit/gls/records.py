"""Rows of the Glucose Service on which tests a request selects."""

from datetime import datetime, timedelta

from isletbench.emulator.audit.gls.exam import COUNT_ALL, RACP, SUCCESS, GlsExam, number_of, selecting
from isletbench.emulator.audit.outcomes import NotApplicable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import gls

UNSUPPORTED_OPERATOR = bytes.fromhex("06000104")


async def _require(exam: GlsExam, what: str, request: bytes, expected: list[int]) -> None:
    records, answer = await exam.reported(request)
    got = [number_of(octets) for octets in records]
    require(got == expected, f"{what} ({shown(request)}): expected the tests {expected}, got {got}")
    require_octets(f"{what} ({shown(request)})", answer, SUCCESS)


@examines("GLS-35")
async def at_least(exam: GlsExam) -> None:
    """From a number on, this one among them."""
    numbers = await exam.fresh()
    middle = numbers[len(numbers) // 2]
    await _require(exam, "from a number on", selecting(3, middle), [n for n in numbers if n >= middle])


@examines("GLS-36")
async def at_most(exam: GlsExam) -> None:
    """Up to a number, and within a range, both ends among them."""
    numbers = await exam.fresh()
    a, b = numbers[len(numbers) // 4], numbers[len(numbers) // 2]
    await _require(exam, "up to a number", selecting(2, b), [n for n in numbers if n <= b])
    await _require(exam, "within a range", selecting(4, a, b), [n for n in numbers if a <= n <= b])
    await _require(exam, "a range of one", selecting(4, b, b), [b])


@examines("GLS-37")
async def first_and_last(exam: GlsExam) -> None:
    """The oldest and the newest."""
    numbers = await exam.fresh()
    await _require(exam, "the first", bytes.fromhex("0105"), numbers[:1])
    await _require(exam, "the last", bytes.fromhex("0106"), numbers[-1:])


@examines("GLS-38")
async def by_time(exam: GlsExam) -> None:
    """By the time that the display showed, or not at all."""
    tests = await exam.tests()
    await exam.fresh()
    begin = _displayed(tests[len(tests) // 2])
    request = bytes.fromhex("010302") + begin.year.to_bytes(2, "little") + bytes(begin.timetuple()[1:6])
    records, answer = await exam.reported(request)
    if answer == bytes.fromhex("06000109"):
        return
    expected = [test.sequence for test in tests if _displayed(test) >= begin]
    got = [number_of(octets) for octets in records]
    require(got == expected, f"from a time on ({shown(request)}): expected the tests {expected}, got {got}")


def _displayed(test: gls.Measurement) -> datetime:
    """What the display showed at a test."""
    return test.base_time.to_datetime() + timedelta(minutes=test.time_offset or 0)


@examines("GLS-39")
async def nothing_found(exam: GlsExam) -> None:
    """No tests found, and a count of none."""
    await exam.subscribe_all()
    require_octets("a report of nothing", await exam.ask(RACP, selecting(3, 0xFFFF)), bytes.fromhex("06000106"))
    require_octets("a count of nothing", await exam.ask(RACP, selecting(3, 0xFFFF, opcode=4)), bytes.fromhex("05000000"))


@examines("GLS-40")
async def counts(exam: GlsExam) -> None:
    """Counts agree with reports."""
    numbers = await exam.fresh()
    middle = numbers[len(numbers) // 2]
    for what, request, expected in (
        ("the number of all", COUNT_ALL, len(numbers)),
        ("the number from one on", selecting(3, middle, opcode=4), len([n for n in numbers if n >= middle])),
        ("the number up to one", selecting(2, middle, opcode=4), len([n for n in numbers if n <= middle])),
    ):
        require_octets(what, await exam.ask(RACP, request), b"\x05\x00" + expected.to_bytes(2, "little"))


@examines("GLS-47", "GLS-26", turn=2)
async def deletion(exam: GlsExam) -> None:
    """The oldest test is deleted, or none can be; the others keep their numbers."""
    exam.permissions.require_lasting()
    numbers = await exam.fresh()
    answer = await exam.ask(RACP, selecting(4, numbers[0], numbers[0], opcode=2))
    if answer == bytes.fromhex("06000202"):
        raise NotApplicable("tests cannot be deleted")
    exam.facts.pop("sent", None)
    exam.changed.append("a stored test was deleted")
    require_octets("a deletion of one test", answer, bytes.fromhex("06000201"))
    answer = await exam.ask(RACP, COUNT_ALL)
    require_octets("the number after a deletion", answer, b"\x05\x00" + (len(numbers) - 1).to_bytes(2, "little"))
    if len(numbers) > 1:
        records, _ = await exam.reported()
        got = [number_of(octets) for octets in records]
        require(got == numbers[1:], f"after a deletion of {numbers[0]}: expected the tests {numbers[1:]}, got {got}")
