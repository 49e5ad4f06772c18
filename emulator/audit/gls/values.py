"""Rows of the Glucose Service on stored tests and contexts."""

from itertools import pairwise

from isletbench.emulator.audit.device import QUIET_S
from isletbench.emulator.audit.gls.exam import CONTEXT, MEASUREMENT, REPORT_ALL, SUCCESS, GlsExam, number_of
from isletbench.emulator.audit.outcomes import NotApplicable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import gls
from isletbench.protocols.fields import Special
from isletbench.protocols.gls import Annunciation, Feature

LENGTHS = {0x01: 2, 0x02: 3, 0x08: 2}
"""Octets that a flag of a test adds to the ten that are always there. GLS 1.0.1, section 3.1."""
CONTEXT_LENGTHS = {0x80: 1, 0x01: 3, 0x02: 1, 0x04: 1, 0x08: 3, 0x10: 3, 0x40: 2}
"""Octets that a flag of a context adds to three. GLS 1.0.1, section 3.2."""
OF_FEATURE = {
    Feature.LOW_BATTERY: Annunciation.BATTERY_LOW,
    Feature.SENSOR_MALFUNCTION: Annunciation.SENSOR_MALFUNCTION,
    Feature.SAMPLE_SIZE: Annunciation.SAMPLE_TOO_SMALL,
    Feature.STRIP_INSERTION: Annunciation.STRIP_INSERTION_ERROR,
    Feature.STRIP_TYPE: Annunciation.STRIP_TYPE_INCORRECT,
    Feature.RESULT_HIGH_LOW: Annunciation.RESULT_TOO_HIGH | Annunciation.RESULT_TOO_LOW,
    Feature.TEMPERATURE_HIGH_LOW: Annunciation.TEMPERATURE_TOO_HIGH | Annunciation.TEMPERATURE_TOO_LOW,
    Feature.READ_INTERRUPT: Annunciation.STRIP_PULLED_TOO_SOON,
    Feature.GENERAL_FAULT: Annunciation.GENERAL_FAULT,
    Feature.TIME_FAULT: Annunciation.TIME_FAULT,
}
LOWEST_MG_DL, HIGHEST_MG_DL = 5, 1_500
MG_DL_IN_KG_L, MG_DL_IN_MOL_L = 100_000, 18_015.6


@examines("GLS-9")
async def lengths(exam: GlsExam) -> None:
    """A test is as long as its flags say."""
    for octets in await exam.stored():
        expected = 10 + sum(size for flag, size in LENGTHS.items() if octets[0] & flag)
        require(len(octets) == expected, f"the test {shown(octets)}: its flags make {expected} octets")


@examines("GLS-10")
async def flags(exam: GlsExam) -> None:
    """Bits 5 to 7 of the flags are 0."""
    for octets in await exam.stored():
        require(octets[0] & 0xE0 == 0, f"the test {shown(octets)}: bits 5 to 7 of the flags are reserved")


def _result(octets: bytes) -> bytes:
    """Concentration with type and location; nothing in a test without."""
    if not octets[0] & 2:
        return b""
    begin = 12 if octets[0] & 1 else 10
    return octets[begin : begin + 3]


@examines("GLS-11", "GLS-12")
async def type_and_location(exam: GlsExam) -> None:
    """Type in the low nibble, location in the high one, codes that are defined."""
    results = [octets for octets in await exam.stored() if _result(octets)]
    if not results:
        raise NotApplicable("no stored test has a result")
    for octets in results:
        origin = _result(octets)[2]
        good = origin & 0xF in set(gls.SampleType) and origin >> 4 in set(gls.SampleLocation)
        require(good, f"the test {shown(octets)}: type and location {origin:02X} are not defined")


async def _results(exam: GlsExam) -> list[tuple[gls.Measurement, float]]:
    found = [
        (test, float(test.result.concentration))
        for test in await exam.tests()
        if test.result is not None and not isinstance(test.result.concentration, Special)
    ]
    if not found:
        raise NotApplicable("no stored test has a number for a result")
    return found


@examines("GLS-13")
async def units(exam: GlsExam) -> None:
    """The number is glucose in the unit of the flag."""
    for test, number in await _results(exam):
        mg_dl = number * (MG_DL_IN_MOL_L if test.molar else MG_DL_IN_KG_L)
        unit = "mol/L" if test.molar else "kg/L"
        require(LOWEST_MG_DL <= mg_dl <= HIGHEST_MG_DL, f"test {test.sequence}: {number:g} {unit} are {mg_dl:.0f} mg/dL")


@examines("GLS-14")
async def whole_numbers(exam: GlsExam) -> None:
    """Whole mg/dL, or tenths of mmol/L."""
    for test, number in await _results(exam):
        steps = number * (10_000 if test.molar else MG_DL_IN_KG_L)
        require(abs(steps - round(steps)) < 1e-3, f"test {test.sequence}: {number!r} is no whole mg/dL and no tenth of mmol/L")


@examines("GLS-15")
async def specials(exam: GlsExam) -> None:
    """What is no number has its reason in the status."""
    for test in await exam.tests():
        if test.result is not None and isinstance(test.result.concentration, Special):
            require(
                test.annunciation, f"test {test.sequence}: the result is {test.result.concentration!r}, and its status is 0"
            )


@examines("GLS-16")
async def status(exam: GlsExam) -> None:
    """Bits that are defined, and of features that the meter has."""
    known = Annunciation(0)
    for feature, bits in OF_FEATURE.items():
        if exam.facts["features"] & feature:
            known |= bits
    for octets in await exam.stored():
        if octets[0] & 8:
            found = int.from_bytes(octets[-2:], "little")
            require(found & 0xF000 == 0, f"the test {shown(octets)}: bits 12 to 15 of the status are reserved")
            require(found & ~known == 0, f"the test {shown(octets)}: its status has a bit whose feature bit is 0")


@examines("GLS-17")
async def same_again(exam: GlsExam) -> None:
    """A test that is reported again has the same octets."""
    before = await exam.stored()
    await exam.fresh()
    again, _ = await exam.reported()
    require(again[: len(before)] == before, "a stored test has other octets when it is reported again")


@examines("GLS-18")
async def beyond_range(exam: GlsExam) -> None:
    """HI has bit 5, LO has bit 6."""
    found = 0
    for test in await exam.tests():
        value = test.result.concentration if test.result is not None else None
        bits = test.annunciation or Annunciation(0)
        high, low = bits & Annunciation.RESULT_TOO_HIGH, bits & Annunciation.RESULT_TOO_LOW
        if not (high or low or value in (Special.POSITIVE_INFINITY, Special.NEGATIVE_INFINITY)):
            continue
        found += 1
        require(not (high and low), f"test {test.sequence} is too high and too low")
        require(value is not Special.POSITIVE_INFINITY or high, f"test {test.sequence} is +INF without bit 5")
        require(value is not Special.NEGATIVE_INFINITY or low, f"test {test.sequence} is -INF without bit 6")
        if isinstance(value, float) and not test.molar:
            require(not (high and value * MG_DL_IN_KG_L < 200), f"test {test.sequence} is too high at {value:g} kg/L")
            require(not (low and value * MG_DL_IN_KG_L > 100), f"test {test.sequence} is too low at {value:g} kg/L")
    if not found:
        raise NotApplicable("no stored test is beyond the range")


@examines("GLS-19")
async def control_solution(exam: GlsExam) -> None:
    """Type 10 with location 4, and never one without the other."""
    found = 0
    for octets in await exam.stored():
        if result := _result(octets):
            is_type, is_location = result[2] & 0xF == 10, result[2] >> 4 == 4
            found += is_type or is_location
            require(is_type == is_location, f"the test {shown(octets)}: control solution is type A and location 4")
    if not found:
        raise NotApplicable("no stored test is of control solution")


@examines("GLS-23")
async def dates(exam: GlsExam) -> None:
    """Base times are dates, and do not run backwards."""
    times = [test.base_time.to_datetime() for test in await exam.tests()]
    for before, after in pairwise(times):
        require(after >= before, f"a test of {before} is followed by one of {after}: Base Time is not set by the user")


@examines("GLS-25")
async def numbers(exam: GlsExam) -> None:
    """Each number is one more than the one before."""
    for before, after in pairwise(await exam.numbers()):
        require(after == before + 1, f"test {before} is followed by test {after}")


@examines("GLS-28")
async def context_flag(exam: GlsExam) -> None:
    """The flag is set exactly where a context follows."""
    having = {number_of(octets) for key, octets in await exam.sent() if key == exam.key(CONTEXT)}
    for octets in await exam.stored():
        said, there = bool(octets[0] & 0x10), number_of(octets) in having
        require(said == there, f"the test {shown(octets)}: bit 4 is {said:d}, and {'a' if there else 'no'} context follows")


@examines("GLS-29")
async def context_follows(exam: GlsExam) -> None:
    """A context directly after its test."""
    await exam.contexts()
    last: int | None = None
    for key, octets in await exam.sent():
        if key == exam.key(CONTEXT):
            require(last == number_of(octets), f"the context of {number_of(octets)} does not come after its test")
        last = number_of(octets)


@examines("GLS-30")
async def context_lengths(exam: GlsExam) -> None:
    """A context is as long as its flags say, its fields in their order."""
    for octets in await exam.contexts():
        expected = 3 + sum(size for flag, size in CONTEXT_LENGTHS.items() if octets[0] & flag)
        require(len(octets) == expected, f"the context {shown(octets)}: its flags make {expected} octets")
        CONTEXT.decode_payload(octets)


@examines("GLS-31")
async def context_codes(exam: GlsExam) -> None:
    """Codes that are defined, and an intensity of 100 % at most."""
    for octets in await exam.contexts():
        CONTEXT.decode_payload(octets)


@examines("GLS-32")
async def without_contexts(exam: GlsExam) -> None:
    """Whoever takes no contexts is sent none, and the report succeeds."""
    if not exam.has_context:
        raise NotApplicable("the meter has no contexts")
    await exam.stored()
    await exam.begin()
    await exam.subscribe_all(contexts=False)
    records, answer = await exam.reported()
    require_octets("a report without contexts", answer, SUCCESS)
    require(not exam.device.carrier.unasked(), "contexts come to a client that has not subscribed to them")
    for octets in records:
        require(not octets[0] & 0x10, f"the test {shown(octets)}: bit 4 says that a context follows, and none is subscribed to")


@examines("GLS-33")
async def nothing_unasked(exam: GlsExam) -> None:
    """Nothing is sent without a request."""
    await exam.subscribe_all()
    await exam.quiet(MEASUREMENT, 10 * QUIET_S, "nothing was asked for")


@examines("GLS-60")
async def smallest_mtu(exam: GlsExam) -> None:
    """Every value fits in an ATT_MTU of 23."""
    for _, octets in await exam.sent():
        require(len(octets) <= 20, f"{shown(octets)} has {len(octets)} octets: an ATT_MTU of 23 has room for 20")


@examines("GLS-34")
async def report_all(exam: GlsExam) -> None:
    """Every test in its order, then one success."""
    numbers = await exam.fresh()
    require(numbers == sorted(set(numbers)), f"a report of all has the tests {numbers}: expected ascending ones")
    records, answer = await exam.reported(REPORT_ALL)
    require_octets("the answer to a report", answer, SUCCESS)
    require([number_of(octets) for octets in records][: len(numbers)] == numbers, "two reports of all differ")
    await exam.quiet(gls.RECORD_ACCESS, QUIET_S, "a report has one answer")
