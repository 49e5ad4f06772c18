"""Rows of the Insulin Delivery Service on the transactions that write a profile template. All of them need leave."""

from typing import Any

from isletbench.emulator.audit.ids.exam import COMMAND, COUNT_ALL, GET_BOLUS_IDS, RACP, READER, IdsExam, encoded
from isletbench.emulator.audit.ids.template_store import (
    PROFILES,
    blocks_of,
    content_for,
    emptied,
    locked,
    offered_kinds,
    record_of,
    spares,
    write,
    write_all,
)
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import Response, TemplateType

BASAL = TemplateType.BASAL_RATE_PROFILE
GET_ACTIVATED = bytes.fromhex("4812")
HALVES = ([ids.Block(600, 0.5)], [ids.Block(840, 0.6)])
"""A day in two records of one block each."""


def _refused(code: Response) -> bytes:
    """How a write of a basal rate template is refused."""
    return bytes.fromhex("550FCC0F") + bytes([code])


async def _require_empty(exam: IdsExam, number: int, after: str) -> None:
    """Raise ``Failed`` unless an empty template of basal rates is empty after what was done."""
    octets = encoded(COMMAND, ids.ReadBasalRateProfileTemplate(number))
    await exam.require_response(COMMAND, f"a template after {after}", octets, Response.PROCEDURE_NOT_APPLICABLE)


async def _begun(exam: IdsExam, number: int) -> None:
    """The first of two records of a template was written."""
    answer = await write(exam, BASAL, number, HALVES[0], 1, end=False)
    expected = bytes.fromhex("F00F00") + bytes([number, 1])
    require(answer == expected, f"a first record: expected the answer {shown(expected)}, got {shown(answer)}")


@examines("IDS-81")
async def another_number(exam: IdsExam) -> None:
    """Another template number within a transaction 75, and neither is stored."""
    exam.permissions.require_delivery()
    one, other = spares(await record_of(exam, BASAL), 2)
    async with emptied(exam, one, other):
        await _begun(exam, one)
        answer = await write(exam, BASAL, other, HALVES[1], 2, end=True)
        expected = _refused(Response.PLAUSIBILITY_CHECK_FAILED)
        require(
            answer == expected,
            f"template {other} in a transaction on template {one}: expected the answer {shown(expected)}, got {shown(answer)}",
        )
        for number in (one, other):
            await _require_empty(exam, number, "a transaction that failed")


@examines("IDS-86")
async def not_configurable(exam: IdsExam) -> None:
    """A template that is configured and locked 74: it is written with its own content, so nothing can be lost."""
    exam.permissions.require_delivery()
    exam.require_there(COMMAND)
    await exam.subscribe_all()
    examined = 0
    for kind, record in (await offered_kinds(exam)).items():
        for number in locked(record):
            operation = await _own_content(exam, kind, number)
            octets = encoded(COMMAND, operation)
            what = f"a write of the locked template {number}"
            await exam.require_response(COMMAND, what, octets, Response.PROCEDURE_NOT_APPLICABLE)
            examined += 1
    if not examined:
        raise NotApplicable("every template of the pump can be written")


async def _own_content(exam: IdsExam, kind: TemplateType, number: int) -> Any:
    """The operation that writes into a template what is in it; of a profile the first record, which completes nothing."""
    if kind is TemplateType.TBR:
        tbr = await exam.told(COMMAND, ids.GetTbrTemplate(number))
        return ids.SetTbrTemplate(number, tbr.tbr_type, tbr.adjustment, tbr.duration)
    if kind is TemplateType.BOLUS:
        bolus = await exam.told(COMMAND, ids.GetBolusTemplate(number))
        amounts = (bolus.bolus_type, bolus.fast_amount, bolus.extended_amount, bolus.duration)
        return ids.SetBolusTemplate(number, *amounts, bolus.delay_time, correction=bolus.correction, meal=bolus.meal)
    blocks = await blocks_of(exam, kind, number)
    return PROFILES[kind].write(number, 1, blocks[0])


@examines("IDS-88")
async def discarded(exam: IdsExam) -> None:
    """Another procedure on each control point discards the transaction: its last record leaves a gap, 75."""
    exam.permissions.require_delivery()
    (number,) = spares(await record_of(exam, BASAL))
    async with emptied(exam, number):
        for point, between in ((COMMAND, GET_ACTIVATED), (READER, GET_BOLUS_IDS), (RACP, COUNT_ALL)):
            if not exam.there(point):
                continue
            await _begun(exam, number)
            await exam.ask(point, between)
            answer = await write(exam, BASAL, number, HALVES[1], 2, end=True)
            expected = _refused(Response.PLAUSIBILITY_CHECK_FAILED)
            require(
                answer == expected,
                f"the last record of a template after {shown(between)} on {point}: "
                f"expected the answer {shown(expected)}, got {shown(answer)}",
            )
            await _require_empty(exam, number, f"{shown(between)} on {point}")


@examines("IDS-89")
async def earlier_transactions(exam: IdsExam) -> None:
    """A template that was stored is as it was after a later transaction on it, and on another, has failed."""
    exam.permissions.require_delivery()
    record = await record_of(exam, BASAL)
    one, other = spares(record, 2)
    blocks = content_for(BASAL, record.max_blocks)
    async with emptied(exam, one, other):
        await write_all(exam, BASAL, one, blocks)
        for number in (one, other):
            answer = await write(exam, BASAL, number, HALVES[0], 1, end=True)
            expected = _refused(Response.PLAUSIBILITY_CHECK_FAILED)
            require(answer == expected, f"ten hours alone: expected the answer {shown(expected)}, got {shown(answer)}")
            again = await blocks_of(exam, BASAL, one)
            require(again == blocks, f"a later transaction has failed, and the template {one} reads {again}, not {blocks}")
        await _require_empty(exam, other, "a transaction that failed")
