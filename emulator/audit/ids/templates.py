"""Rows of the Insulin Delivery Service on templates of profiles: which there are, how they are read and written."""

from typing import Any

from isletbench.emulator.audit.ids.exam import CCCD_CODE, COMMAND, DATA, IdsExam, encoded
from isletbench.emulator.audit.ids.procedures import code_words
from isletbench.emulator.audit.ids.template_store import (
    DAY_MIN,
    FEATURES,
    activated,
    blocks_of,
    configured,
    content_for,
    emptied,
    empty,
    kinds,
    record_of,
    spares,
    write,
    write_all,
)
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import Response, TemplateType

BASAL, ISF = TemplateType.BASAL_RATE_PROFILE, TemplateType.ISF_PROFILE
RATIO, TARGET = TemplateType.I2CHO_RATIO_PROFILE, TemplateType.TARGET_GLUCOSE_RANGE_PROFILE


async def _stored(exam: IdsExam, kind: TemplateType) -> tuple[int, list[Any]]:
    """A template of the kind that is configured, and its blocks, which make a day."""
    numbers = configured(await record_of(exam, kind))
    if not numbers:
        raise NotApplicable("no template of this kind is configured")
    blocks = await blocks_of(exam, kind, numbers[0])
    minutes = sum(block.duration for block in blocks)
    require(minutes == DAY_MIN, f"the blocks of the template {numbers[0]} make {minutes} min: expected a day")
    return numbers[0], blocks


async def _reads_back(exam: IdsExam, kind: TemplateType) -> None:
    """An empty template that is written reads back as it was written."""
    record = await record_of(exam, kind)
    (number,) = spares(record)
    blocks = content_for(kind, record.max_blocks)
    async with emptied(exam, number):
        await write_all(exam, kind, number, blocks)
        again = await blocks_of(exam, kind, number)
        require(again == blocks, f"the template {number} was written with {blocks}, and reads {again}")
        now = configured(await record_of(exam, kind))
        require(number in now, f"the template {number} was written, and its two bits do not say so: {now} are configured")


async def _read_one(exam: IdsExam, kind: TemplateType) -> None:
    """A template that is configured; where none is, and the audit may write one, an empty one."""
    record = await record_of(exam, kind)
    if configured(record) or not exam.permissions.delivery:
        await _stored(exam, kind)
    else:
        await _reads_back(exam, kind)


@examines("IDS-72")
async def basal_template(exam: IdsExam) -> None:
    """A basal rate template is read."""
    await _read_one(exam, BASAL)


@examines("IDS-73")
async def isf_template(exam: IdsExam) -> None:
    """An ISF template is read."""
    await _read_one(exam, ISF)


@examines("IDS-74")
async def ratio_template(exam: IdsExam) -> None:
    """An I:CHO ratio template is read."""
    await _read_one(exam, RATIO)


@examines("IDS-75")
async def target_template(exam: IdsExam) -> None:
    """A target glucose range template is read."""
    await _read_one(exam, TARGET)


@examines("IDS-76")
async def reading_refused(exam: IdsExam) -> None:
    """A number out of range 73, an empty template 74, Command Data off FD."""
    record = await record_of(exam, BASAL)
    octets = encoded(COMMAND, ids.ReadBasalRateProfileTemplate(255))
    await exam.require_response(COMMAND, "the template 255", octets, Response.PARAMETER_OUT_OF_RANGE)
    for number in empty(record)[:1]:
        octets = encoded(COMMAND, ids.ReadBasalRateProfileTemplate(number))
        await exam.require_response(COMMAND, "an empty template", octets, Response.PROCEDURE_NOT_APPLICABLE)
    await exam.begin()
    await exam.subscribe(COMMAND)
    code = await exam.refusal(COMMAND, encoded(COMMAND, ids.ReadBasalRateProfileTemplate(record.starting_number)))
    require(code == CCCD_CODE, f"a read with Command Data off: expected ATT error 0xFD, got {code_words(code)}")


@examines("IDS-107")
async def template_status(exam: IdsExam) -> None:
    """A record a type, unique numbers, two bits each."""
    exam.require_there(COMMAND, DATA)
    await exam.subscribe_all()
    found = await kinds(exam)
    for kind, feature in FEATURES.items():
        require((kind in found) == exam.has(feature), f"templates of {kind.name.lower()}: feature bit {exam.has(feature):d}")
    seen: set[int] = set()
    for kind, record in found.items():
        numbers = set(range(record.starting_number, record.starting_number + record.number_of_templates))
        require(not numbers & seen, f"the templates of {kind.name.lower()} have numbers of another kind: {numbers & seen}")
        seen |= numbers
        size = -(-record.number_of_templates // 4)
        require(
            len(record.states) == size, f"{record.number_of_templates} templates have {len(record.states)} octets of states"
        )
        without = kind in (TemplateType.TBR, TemplateType.BOLUS)
        require(bool(record.max_blocks) != without, f"templates of {kind.name.lower()} have {record.max_blocks} blocks at most")
    for number in await activated(exam):
        holder = next((one for one in found.values() if number in configured(one)), None)
        require(holder is not None, f"the template {number} is activated, and is not configured by its two bits")
    record = found.get(BASAL)
    for number in configured(record) if record else ():
        await blocks_of(exam, BASAL, number)


async def _rewrite(exam: IdsExam, kind: TemplateType) -> None:
    """An empty template reads back as it was written; where none is empty, one is written with its own content."""
    exam.permissions.require_delivery()
    if empty(await record_of(exam, kind)):
        await _reads_back(exam, kind)
        return
    number, blocks = await _stored(exam, kind)
    exam.changed.append(f"the template {number} was written with its own content")
    await write_all(exam, kind, number, blocks)
    again = await blocks_of(exam, kind, number)
    require(again == blocks, f"the template {number} was written with {blocks}, and reads {again}")


@examines("IDS-77")
async def write_basal(exam: IdsExam) -> None:
    """A basal rate template."""
    await _rewrite(exam, BASAL)


@examines("IDS-78")
async def write_isf(exam: IdsExam) -> None:
    """An ISF template."""
    await _rewrite(exam, ISF)


@examines("IDS-79")
async def write_ratio(exam: IdsExam) -> None:
    """An I:CHO ratio template."""
    await _rewrite(exam, RATIO)


@examines("IDS-80")
async def write_target(exam: IdsExam) -> None:
    """A target glucose range template."""
    await _rewrite(exam, TARGET)


async def _refused_write(exam: IdsExam, what: str, code: Response, parts: list[tuple[list[Any], int, bool]]) -> None:
    """The last of these writes gets a response code, and the template is as it was."""
    exam.permissions.require_delivery()
    number, blocks = await _stored(exam, BASAL)
    answer = b""
    for part, first, end in parts:
        answer = await write(exam, BASAL, number, part, first, end=end)
    expected = bytes.fromhex("550FCC0F") + bytes([code])
    require(answer == expected, f"{what}: expected the answer {shown(expected)}, got {shown(answer)}")
    again = await blocks_of(exam, BASAL, number)
    require(again == blocks, f"{what} was refused, and the template {number} reads {again} in the place of {blocks}")


def _block(minutes: int) -> ids.Block:
    return ids.Block(minutes, 0.5)


@examines("IDS-82")
async def block_twice(exam: IdsExam) -> None:
    """A block sent twice 75."""
    parts = [([_block(600)], 1, False), ([_block(600)], 1, False)]
    await _refused_write(exam, "a block that is sent twice", Response.PLAUSIBILITY_CHECK_FAILED, parts)


@examines("IDS-83", "IDS-87")
async def no_day(exam: IdsExam) -> None:
    """Blocks that make no day 75, and nothing is changed."""
    parts = [([_block(600)], 1, True)]
    await _refused_write(exam, "a block of ten hours alone", Response.PLAUSIBILITY_CHECK_FAILED, parts)


@examines("IDS-84")
async def gap(exam: IdsExam) -> None:
    """A gap in the blocks 75."""
    parts = [([_block(600)], 1, False), ([_block(840)], 3, True)]
    await _refused_write(exam, "a gap in the blocks", Response.PLAUSIBILITY_CHECK_FAILED, parts)


@examines("IDS-85")
async def index_out_of_range(exam: IdsExam) -> None:
    """The index 0, and one beyond the most, 73."""
    for what, first in (("the index 0", 0), ("the index 200", 200)):
        await _refused_write(exam, what, Response.PARAMETER_OUT_OF_RANGE, [([_block(DAY_MIN)], first, True)])
        await exam.begin()
