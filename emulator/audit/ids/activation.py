"""Rows of the Insulin Delivery Service on templates that are reset and activated. What changes therapy needs leave."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from isletbench.emulator.audit.ids.exam import COMMAND, DATA, READER, IdsExam
from isletbench.emulator.audit.ids.template_store import (
    PROFILES,
    activate,
    activated,
    blocks_of,
    configured,
    content_for,
    emptied,
    empty,
    locked,
    offered_kinds,
    record_of,
    spares,
    write_all,
)
from isletbench.emulator.audit.outcomes import NotApplicable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import Feature, TemplateType

BASAL = TemplateType.BASAL_RATE_PROFILE
RESET_REFUSED, ACTIVATION_REFUSED = bytes.fromhex("550F1D1274"), bytes.fromhex("550F2E1274")
UNKNOWN = 255


async def _reset(exam: IdsExam, *numbers: int) -> bytes:
    return await exam.command(ids.ResetTemplateStatus(numbers))


@examines("IDS-108")
async def resets(exam: IdsExam) -> None:
    """Several at once; one that is unknown, empty, locked or activated 74, and none is reset."""
    exam.permissions.require_delivery()
    record = await record_of(exam, BASAL)
    one, other = spares(record, 2)
    blocks = content_for(BASAL, record.max_blocks)
    active = await activated(exam)
    found = await offered_kinds(exam)
    holding = next((number for number in configured(record) if number in active), None)
    kept = await blocks_of(exam, BASAL, holding) if holding is not None else []
    wrong = [("an unknown one", UNKNOWN), ("an empty one", other)]
    wrong += [("an activated one", number) for number in (holding,) if number is not None]
    wrong += [("a locked one", number) for each in found.values() for number in locked(each)[:1]]
    async with emptied(exam, one, other):
        await write_all(exam, BASAL, one, blocks)
        for what, number in wrong:
            answer = await _reset(exam, one, number)
            if number == holding and answer != RESET_REFUSED:
                await write_all(exam, BASAL, number, kept)
                await activate(exam, number)
            require_octets(f"a reset of the templates {one} and {number}, {what}", answer, RESET_REFUSED)
            again = await blocks_of(exam, BASAL, one)
            require(again == blocks, f"a reset with {what} was refused, and the template {one} reads {again}")
        await write_all(exam, BASAL, other, blocks)
        answer = await _reset(exam, one, other)
        require_octets("a reset of two templates", answer, bytes.fromhex("211202") + bytes([one, other]))
        left = {one, other} & set(configured(await record_of(exam, BASAL)))
        require(not left, f"the templates {one} and {other} were reset, and {left} are configured")


@asynccontextmanager
async def _another_basal(exam: IdsExam) -> AsyncIterator[tuple[int, int, list[Any]]]:
    """The activated template of basal rates, and an empty one that was written with other blocks; the first one in the end."""
    exam.permissions.require_delivery()
    record = await record_of(exam, BASAL)
    active = set(await activated(exam)) & set(configured(record))
    if not active:
        raise NotApplicable("no template of basal rates is activated, and what is activated then could not be undone")
    (old,) = active
    (new,) = spares(record)
    blocks = content_for(BASAL, record.max_blocks)
    async with emptied(exam, new):
        await write_all(exam, BASAL, new, blocks)
        exam.changed.append(f"the template {new} was activated in the place of the template {old} for a moment")
        try:
            yield old, new, blocks
        finally:
            await exam.fresh()
            answer = await activate(exam, old)
            if answer != bytes.fromhex("471201") + bytes([old]):
                exam.changed.append(f"the template {old} could not be activated again: {shown(answer)}")


@examines("IDS-109")
async def activations(exam: IdsExam) -> None:
    """Unknown, empty, and two of one type 74, and none is activated; another one, and several at once."""
    async with _another_basal(exam) as (old, new, _):
        before = await activated(exam)
        wrong = [("an unknown template", (new, UNKNOWN)), ("two of one type", (old, new))]
        for kind, record in (await offered_kinds(exam)).items():
            if kind in PROFILES:
                wrong += [(f"an empty template of {kind.name.lower()}", (new, number)) for number in empty(record)[:1]]
            else:
                wrong += [(f"a template of {kind.name.lower()}", (new, number)) for number in configured(record)[:1]]
        for what, numbers in wrong:
            answer = await activate(exam, *numbers)
            require_octets(f"an activation of {numbers}, {what}", answer, ACTIVATION_REFUSED)
            now = await activated(exam)
            require(
                now == before, f"an activation with {what} was refused, and the activated templates are {now}, not {before}"
            )
        together = tuple(new if number == old else number for number in before)
        answer = await activate(exam, *together)
        expected = bytes.fromhex("4712") + bytes([len(together), *together])
        require_octets(f"an activation of {together}", answer, expected)
        now = await activated(exam)
        require(sorted(now) == sorted(together), f"the templates {together} were activated, and activated are {now}")
        if (await exam.status()).therapy_control_state is ids.TherapyControlState.RUN:
            told = await exam.told(READER, ids.GetActiveBasalRateDelivery())
            require(told.template_number == new, f"the template {new} was activated, and template {told.template_number} runs")


@examines("IDS-110", turn=1)
async def activated_templates(exam: IdsExam) -> None:
    """The activated templates: of each kind one at most; the basal rate is of one of them; one more with leave."""
    exam.require_there(COMMAND, DATA)
    await exam.subscribe_all()
    active = await activated(exam)
    require(len(set(active)) == len(active), f"the activated templates are {active}")
    found = await offered_kinds(exam)
    for kind, record in found.items():
        of_kind = set(active) & set(configured(record))
        require(len(of_kind) < 2, f"of {kind.name.lower()} the templates {of_kind} are activated")
    if (await exam.status()).therapy_control_state is ids.TherapyControlState.RUN and exam.has(Feature.BASAL_RATE):
        told = await exam.told(READER, ids.GetActiveBasalRateDelivery())
        require(
            told.template_number in active,
            f"the active basal rate is of the template {told.template_number}, activated are {active}",
        )
    if len(active) < 2 and exam.permissions.delivery and exam.permissions.lasting:
        await _require_one_more(exam, found, active)


async def _require_one_more(exam: IdsExam, found: dict[TemplateType, Any], active: tuple[int, ...]) -> None:
    """Raise ``Failed`` unless a template that is activated beside the others is told with them. It cannot be undone."""
    for kind in PROFILES:
        if kind is BASAL or kind not in found or not empty(found[kind]):
            continue
        (number,) = spares(found[kind])
        await write_all(exam, kind, number, content_for(kind, found[kind].max_blocks))
        together = (*active, number)
        answer = await activate(exam, *together)
        expected = bytes.fromhex("4712") + bytes([len(together), *together])
        require_octets(f"an activation of {together}, each of a type of its own", answer, expected)
        exam.changed.append(f"the empty template {number} was written and activated, which cannot be undone")
        now = await activated(exam)
        require(
            sorted(now) == sorted(together), f"the template {number} was activated beside {active}, and activated are {now}"
        )
        return


@examines("IDS-137")
async def activation_in_history(exam: IdsExam) -> None:
    """A template is activated in the history, in the place of which."""
    async with _another_basal(exam) as (old, new, _):
        before = await exam.count()
        await activate(exam, new)
        events = [one.event for one in await exam.newer(before)]
        made = [one for one in events if isinstance(one, ids.ProfileTemplateActivated)]
        got = [(one.profile_type, one.old_number, one.new_number) for one in made]
        expected = [(ids.ProfileType.BASAL_RATE, old, new)]
        require(got == expected, f"the template {new} was activated in the place of {old}: expected {expected}, got {got}")


BLOCKS = {
    TemplateType.BASAL_RATE_PROFILE: ids.BasalRateProfileTimeBlockChanged,
    TemplateType.ISF_PROFILE: ids.IsfProfileTimeBlockChanged,
    TemplateType.I2CHO_RATIO_PROFILE: ids.I2ChoRatioProfileTimeBlockChanged,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: ids.TargetGlucoseRangeProfileTimeBlockChanged,
}


@examines("IDS-138")
async def blocks_in_history(exam: IdsExam) -> None:
    """Every block of a template that was written, with its number from 1, its duration and its value."""
    exam.permissions.require_delivery()
    exam.require_there(COMMAND, DATA)
    await exam.subscribe_all()
    examined = 0
    for kind, record in (await offered_kinds(exam)).items():
        if kind not in BLOCKS or not empty(record):
            continue
        (number,) = spares(record)
        blocks = content_for(kind, record.max_blocks)
        before = await exam.count()
        async with emptied(exam, number):
            await write_all(exam, kind, number, blocks)
            events = [one.event for one in await exam.newer(before) if isinstance(one.event, BLOCKS[kind])]
            expected = [_changed(kind, number, place, block) for place, block in enumerate(blocks, 1)]
            require(events == expected, f"the template {number} was written: expected the records {expected}, got {events}")
        examined += 1
    if not examined:
        raise NotApplicable("the pump has no empty template of a profile that can be written")


def _changed(kind: TemplateType, number: int, place: int, block: Any) -> Any:
    """The record of a block that was written."""
    values = (block.lower, block.upper) if isinstance(block, ids.RangeBlock) else (block.value,)
    record: Any = BLOCKS[kind]
    return record(number, place, block.duration, *values)
