"""Rows of the Insulin Delivery Service on the records themselves."""

from itertools import pairwise

from isletbench.emulator.audit.ids.exam import CORRUPTED, IdsExam, number_of, offset_of
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids

GRAIN_S = 60
"""Some pumps know whole minutes only, s."""
REFERENCE_TIME, BASE_OFFSET, DATA_CORRUPTION = 0x000F, 0x0033, 0x03A6
PAIRS = {
    ids.BolusProgrammed1Of2: ids.BolusProgrammed2Of2,
    ids.BolusDelivered1Of2: ids.BolusDelivered2Of2,
    ids.AnnunciationStatusChanged1Of2: ids.AnnunciationStatusChanged2Of2,
    ids.BolusTemplateChanged1Of2: ids.BolusTemplateChanged2Of2,
}
"""Records that belong together, in their order. IDS 1.0.2, section 3.10.1."""


def _type_of(octets: bytes) -> int:
    return int.from_bytes(octets[:2], "little")


@examines("IDS-128")
async def numbers(exam: IdsExam) -> None:
    """Each number is one more, over connections too; a history that was never full begins at 0."""
    before = await exam.numbers()
    for one, other in pairwise(before):
        require(other == one + 1, f"record {one} is followed by record {other}")
    await exam.fresh()
    records, _ = await exam.reported()
    again = [number for number in map(number_of, records) if number != CORRUPTED]
    require(again[0] == before[0], f"the first record was {before[0]}, and is {again[0]} on the next connection")
    require(before[0] == 0 or len(before) > 100, f"the first of {len(before)} records is number {before[0]}: expected 0")


@examines("IDS-129")
async def offsets(exam: IdsExam) -> None:
    """Offsets count from the last reference time: they rise, begin anew there, and are the time between two of them."""
    last = None
    for octets in await exam.stored():
        if _type_of(octets) in (REFERENCE_TIME, BASE_OFFSET):
            last = 0
        elif number_of(octets) != CORRUPTED and last is not None:
            require(offset_of(octets) >= last, f"the record {shown(octets)} has an offset below the one before, {last} s")
            last = offset_of(octets)
    _require_time_between(await exam.events())


def _require_time_between(records: list[ids.HistoryRecord]) -> None:
    """Raise ``Failed`` unless a periodic reference time has the offset by which its date and time follow the one before."""
    references = [one for one in records if isinstance(one.event, ids.ReferenceTime)]
    for before, after in pairwise(references):
        if after.event.reason is not ids.RecordingReason.PERIODIC:
            continue
        passed = (after.event.time.to_datetime() - before.event.time.to_datetime()).total_seconds()
        require(
            abs(after.relative_offset - passed) <= GRAIN_S,
            f"the reference time in record {after.sequence_number} is {passed:g} s after the one before it, "
            f"and has the offset {after.relative_offset} s",
        )


@examines("IDS-130")
async def reference_times(exam: IdsExam) -> None:
    """A reference time first, and now and then."""
    stored = await exam.stored()
    first = stored[0]
    require(
        _type_of(first) in (REFERENCE_TIME, BASE_OFFSET) or number_of(first) > 0,
        f"the history begins with {shown(first)}: expected a reference time",
    )
    furthest = max(offset_of(octets) for octets in stored)
    require(furthest <= 8 * 3600, f"a record is {furthest} s after its reference time: expected one every few hours")


@examines("IDS-131")
async def one_kind(exam: IdsExam) -> None:
    """One kind of reference time."""
    kinds = {_type_of(octets) for octets in await exam.stored()} & {REFERENCE_TIME, BASE_OFFSET}
    require(len(kinds) < 2, "the history has both kinds of reference time")
    if not kinds:
        raise NotApplicable("the history has no reference time")


@examines("IDS-132")
async def together(exam: IdsExam) -> None:
    """What belongs together stands together, with one offset."""
    records = await exam.events()
    found = 0
    for record, after in zip(records, [*records[1:], None], strict=True):
        second = PAIRS.get(type(record.event))
        if second is None:
            continue
        found += 1
        require(after is not None and isinstance(after.event, second), f"record {record.sequence_number} has no second part")
        assert after is not None
        require(after.relative_offset == record.relative_offset, f"the parts of record {record.sequence_number} differ in time")
    if not found:
        raise NotApplicable("the history has no record of two parts")


@examines("IDS-145")
async def damaged(exam: IdsExam) -> None:
    """A damaged record has no data."""
    found = [octets for octets in await exam.stored() if number_of(octets) == CORRUPTED or _type_of(octets) == DATA_CORRUPTION]
    if not found:
        raise NotApplicable("the history has no damaged record")
    for octets in found:
        good = number_of(octets) == CORRUPTED and _type_of(octets) == DATA_CORRUPTION
        require(good, f"the damaged record {shown(octets)}: expected the type {DATA_CORRUPTION:04X} and the number FFFFFFFF")
        require(len(octets) == 8, f"the damaged record {shown(octets)} has data")
