"""Rows of the Insulin Delivery Service on the reservoir. What they set cannot be put back, so they need both permissions."""

from isletbench.emulator.audit.ids.boluses import FAST, bolus_of, ended, prepared, programmed
from isletbench.emulator.audit.ids.exam import COMMAND, READER, IdsExam, encoded, require_number
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import CounterSelection, CounterType, Response

INSULIN_TIME = CounterType.RESERVOIR_INSULIN_OPERATION_TIME
TOO_MUCH = 2000.0
"""IU that no reservoir of a pump holds."""
LESS = 1.0
"""How much less than what remains the fill level is set to, IU."""


async def _remaining(exam: IdsExam) -> float:
    """What the pump shows to be left, IU. Raises ``NotApplicable``."""
    status = await exam.status()
    amount = status.reservoir_remaining
    if isinstance(amount, Special) or not status.reservoir_attached or amount <= 2 * LESS:
        raise NotApplicable(f"the pump has no reservoir with some insulin: {amount!r} IU are left")
    return amount


async def _set_level(exam: IdsExam, level: float) -> None:
    """Set the fill level. Raises ``NotApplicable`` for a pump that has no such procedure or not now, ``Failed``."""
    octets = encoded(COMMAND, ids.SetInitialReservoirFillLevel(level))
    answer = await exam.ask(COMMAND, octets)
    head = bytes.fromhex("550F") + octets[:2]
    if answer in (head + bytes([Response.OPCODE_NOT_SUPPORTED]), head + bytes([Response.PROCEDURE_NOT_APPLICABLE])):
        raise NotApplicable(f"the fill level cannot be set now: {shown(answer)}")
    exam.changed.append("the fill level of the reservoir was set to what was left and to 1 IU less")
    require(answer == head + bytes([Response.SUCCESS]), f"a fill level of {level} IU is answered with {shown(answer)}")


@examines("IDS-113", turn=1)
async def fill_level(exam: IdsExam) -> None:
    """A fill level is shown as what remains; out of range 73, and nothing is changed."""
    exam.permissions.require_lasting()
    await prepared(exam)
    left = await _remaining(exam)
    try:
        await _set_level(exam, left - LESS)
        now = await _remaining(exam)
        require(
            left - LESS - 0.2 <= now <= left - LESS, f"the fill level was set to {left - LESS:g} IU, and {now:g} IU are left"
        )
        octets = encoded(COMMAND, ids.SetInitialReservoirFillLevel(TOO_MUCH))
        what = f"a fill level of {TOO_MUCH:g} IU"
        await exam.require_response(COMMAND, what, octets, Response.PARAMETER_OUT_OF_RANGE)
        after = await _remaining(exam)
        require(now - 0.2 <= after <= now, f"{what} was refused, and {after:g} IU are left in the place of {now:g} IU")
    finally:
        await exam.fresh()
        await exam.command(ids.SetInitialReservoirFillLevel(left))


@examines("IDS-141", turn=1)
async def remaining_in_history(exam: IdsExam) -> None:
    """What remains is in the history when the fill level is set, and again after a few units."""
    exam.permissions.require_lasting()
    await prepared(exam, FAST)
    left = await _remaining(exam)
    before = await exam.count()
    await _set_level(exam, left)
    amounts = await _levels(exam, before)
    require(
        any(abs(one - left) <= 0.2 for one in amounts),
        f"the fill level was set to {left:g} IU, and the history has the amounts {amounts}",
    )
    before = await exam.count()
    for _ in range(4):
        await ended(exam, await programmed(exam, bolus_of(FAST)))
    now = await _remaining(exam)
    amounts = await _levels(exam, before)
    require(
        any(now <= one < left for one in amounts),
        f"{left - now:g} IU have left the reservoir, and the history has the amounts {amounts}",
    )


async def _levels(exam: IdsExam, before: int) -> list[float]:
    """The remaining amounts in the records after so many. Raises ``Failed``."""
    events = [one.event for one in await exam.newer(before)]
    changes = [one.remaining for one in events if isinstance(one, ids.ReservoirRemainingAmountChanged)]
    return [require_number("the remaining amount of a record", one) for one in changes]


@examines("IDS-114", turn=1)
async def operation_time(exam: IdsExam) -> None:
    """The operation time of the insulin begins anew: none has elapsed, all of it remains."""
    exam.permissions.require_lasting()
    await prepared(exam)
    before = await _minutes(exam, CounterSelection.ELAPSED), await _minutes(exam, CounterSelection.REMAINING)
    octets = encoded(COMMAND, ids.ResetReservoirInsulinOperationTime())
    answer = await exam.ask(COMMAND, octets)
    if answer == bytes.fromhex("550F") + octets[:2] + bytes([Response.OPCODE_NOT_SUPPORTED]):
        raise NotApplicable("the operation time of the insulin cannot be reset")
    exam.changed.append("the operation time of the insulin was reset")
    expected = bytes.fromhex("550F") + octets[:2] + bytes([Response.SUCCESS])
    require(answer == expected, f"a reset of the operation time: expected the answer {shown(expected)}, got {shown(answer)}")
    elapsed, remaining = await _minutes(exam, CounterSelection.ELAPSED), await _minutes(exam, CounterSelection.REMAINING)
    require(elapsed in (0, 1), f"{elapsed} min have elapsed after a reset, {before[0]} min before it")
    whole = sum(before)
    require(abs(remaining - whole) <= 2, f"{remaining} min remain after a reset: expected all of {whole} min")


async def _minutes(exam: IdsExam, selection: CounterSelection) -> int:
    """The counter of the operation time of the insulin, min. Raises ``NotApplicable``."""
    answer = await exam.read_out(ids.GetCounter(INSULIN_TIME, selection))
    if answer[:2] != bytes.fromhex("A903"):
        raise NotApplicable(f"the pump does not count the operation time of the insulin: {shown(answer)}")
    return int(READER.decode_payload(answer).value)
