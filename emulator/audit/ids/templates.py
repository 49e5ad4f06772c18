"""Rows of the Insulin Delivery Service on templates."""

from typing import Any

from isletbench.emulator.audit.ids.exam import CCCD_CODE, COMMAND, DATA, IdsExam, encoded
from isletbench.emulator.audit.ids.procedures import GET_TEMPLATES, code_words
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import Feature, Response, TemplateType

DAY_MIN = 24 * 60
READS = {
    TemplateType.BASAL_RATE_PROFILE: ids.ReadBasalRateProfileTemplate,
    TemplateType.ISF_PROFILE: ids.ReadIsfProfileTemplate,
    TemplateType.I2CHO_RATIO_PROFILE: ids.ReadI2ChoRatioProfileTemplate,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: ids.ReadTargetGlucoseRangeProfileTemplate,
}
WRITES = {
    TemplateType.BASAL_RATE_PROFILE: ids.WriteBasalRateProfileTemplate,
    TemplateType.ISF_PROFILE: ids.WriteIsfProfileTemplate,
    TemplateType.I2CHO_RATIO_PROFILE: ids.WriteI2ChoRatioProfileTemplate,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: ids.WriteTargetGlucoseRangeProfileTemplate,
}
WRITTEN = {
    TemplateType.BASAL_RATE_PROFILE: b"\xf0\x0f",
    TemplateType.ISF_PROFILE: b"\xe2\x12",
    TemplateType.I2CHO_RATIO_PROFILE: b"\x27\x14",
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: b"\x72\x14",
}
"""The op codes of the answers to a write."""
FEATURES = {
    TemplateType.BASAL_RATE_PROFILE: Feature.BASAL_RATE,
    TemplateType.TBR: Feature.TBR_TEMPLATE,
    TemplateType.BOLUS: Feature.BOLUS_TEMPLATE,
    TemplateType.ISF_PROFILE: Feature.ISF_PROFILE_TEMPLATE,
    TemplateType.I2CHO_RATIO_PROFILE: Feature.I2CHO_RATIO_PROFILE_TEMPLATE,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: Feature.TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE,
}


async def _kinds(exam: IdsExam) -> dict[TemplateType, Any]:
    """The record of each kind of template. Everything is subscribed to already."""
    exam.require_there(COMMAND, DATA)
    answer = await exam.ask(COMMAND, GET_TEMPLATES)
    if answer == bytes.fromhex("550FEE1170"):
        raise NotApplicable("the pump has no templates")
    records = [DATA.decode_payload(exam.opened(DATA, octets)) for octets in exam.device.taken(exam.key(DATA))]
    return {record.template_type: record for record in records}


def _configured(record: Any) -> list[int]:
    """The numbers of the templates of a kind that have content."""
    states = range(record.number_of_templates)
    return [record.starting_number + index for index in states if record.states[index // 4] >> 2 * (index % 4) & 2]


async def _blocks(exam: IdsExam, kind: TemplateType, number: int) -> list[Any]:
    """The blocks of a template as it is read, or the answer in octets where it is refused."""
    answer = await exam.command(READS[kind](number))
    records = [DATA.decode_payload(exam.opened(DATA, octets)) for octets in exam.device.taken(exam.key(DATA))]
    good = answer == bytes.fromhex("550F") + encoded(COMMAND, READS[kind](number))[:2] + bytes([Response.SUCCESS])
    require(good, f"a read of the template {number} is answered with {shown(answer)}")
    blocks: list[Any] = []
    for record in records:
        require(
            record.template_number == number, f"a read of the template {number} sends the template {record.template_number}"
        )
        require(record.first_index == len(blocks) + 1, f"the template {number}: block {record.first_index} after {len(blocks)}")
        blocks += [one for one in (record.first, record.second, getattr(record, "third", None)) if one is not None]
    return blocks


async def _read_one(exam: IdsExam, kind: TemplateType) -> tuple[int, list[Any]]:
    exam.require_there(COMMAND, DATA)
    exam.require_feature(FEATURES[kind])
    await exam.subscribe_all()
    kinds = await _kinds(exam)
    require(kind in kinds, f"the feature bit is 1, and there are no templates of {kind.name.lower()}")
    numbers = _configured(kinds[kind])
    if not numbers:
        raise NotApplicable("no template of this kind is configured")
    blocks = await _blocks(exam, kind, numbers[0])
    minutes = sum(block.duration for block in blocks)
    require(minutes == DAY_MIN, f"the blocks of the template {numbers[0]} make {minutes} min: expected a day")
    return numbers[0], blocks


@examines("IDS-72")
async def basal_template(exam: IdsExam) -> None:
    """A basal rate template is read."""
    await _read_one(exam, TemplateType.BASAL_RATE_PROFILE)


@examines("IDS-73")
async def isf_template(exam: IdsExam) -> None:
    """An ISF template is read."""
    await _read_one(exam, TemplateType.ISF_PROFILE)


@examines("IDS-74")
async def ratio_template(exam: IdsExam) -> None:
    """An I:CHO ratio template is read."""
    await _read_one(exam, TemplateType.I2CHO_RATIO_PROFILE)


@examines("IDS-75")
async def target_template(exam: IdsExam) -> None:
    """A target glucose range template is read."""
    await _read_one(exam, TemplateType.TARGET_GLUCOSE_RANGE_PROFILE)


@examines("IDS-76")
async def reading_refused(exam: IdsExam) -> None:
    """A number out of range 73, an empty template 74, Command Data off FD."""
    exam.require_feature(Feature.BASAL_RATE)
    exam.require_there(COMMAND, DATA)
    await exam.subscribe_all()
    kinds = await _kinds(exam)
    record = kinds[TemplateType.BASAL_RATE_PROFILE]
    octets = encoded(COMMAND, ids.ReadBasalRateProfileTemplate(255))
    await exam.require_response(COMMAND, "the template 255", octets, Response.PARAMETER_OUT_OF_RANGE)
    empty = set(range(record.starting_number, record.starting_number + record.number_of_templates)) - set(_configured(record))
    if empty:
        octets = encoded(COMMAND, ids.ReadBasalRateProfileTemplate(min(empty)))
        await exam.require_response(COMMAND, "an empty template", octets, Response.PROCEDURE_NOT_APPLICABLE)
    await exam.begin()
    await exam.subscribe(COMMAND)
    code = await exam.refusal(COMMAND, encoded(COMMAND, ids.ReadBasalRateProfileTemplate(record.starting_number)))
    require(code == CCCD_CODE, f"a read with Command Data off: expected ATT error 0xFD, got {code_words(code)}")


@examines("IDS-107")
async def template_status(exam: IdsExam) -> None:
    """A record a type, unique numbers, two bits each."""
    await exam.subscribe_all()
    kinds = await _kinds(exam)
    for kind, feature in FEATURES.items():
        require((kind in kinds) == exam.has(feature), f"templates of {kind.name.lower()}: feature bit {exam.has(feature):d}")
    seen: set[int] = set()
    for kind, record in kinds.items():
        numbers = set(range(record.starting_number, record.starting_number + record.number_of_templates))
        require(not numbers & seen, f"the templates of {kind.name.lower()} have numbers of another kind: {numbers & seen}")
        seen |= numbers
        size = -(-record.number_of_templates // 4)
        require(
            len(record.states) == size, f"{record.number_of_templates} templates have {len(record.states)} octets of states"
        )
        without = kind in (TemplateType.TBR, TemplateType.BOLUS)
        require(bool(record.max_blocks) != without, f"templates of {kind.name.lower()} have {record.max_blocks} blocks at most")
    active = (await exam.told(COMMAND, ids.GetActivatedProfileTemplates())).template_numbers
    for number in active:
        holder = next((one for one in kinds.values() if number in _configured(one)), None)
        require(holder is not None, f"the template {number} is activated, and is not configured by its two bits")
    record = kinds.get(TemplateType.BASAL_RATE_PROFILE)
    for number in _configured(record) if record else ():
        await _blocks(exam, TemplateType.BASAL_RATE_PROFILE, number)


@examines("IDS-110")
async def activated(exam: IdsExam) -> None:
    """The activated templates: of each kind one at most, and the active basal rate is of one of them."""
    exam.require_there(COMMAND, DATA)
    await exam.subscribe_all()
    active = (await exam.told(COMMAND, ids.GetActivatedProfileTemplates())).template_numbers
    require(len(set(active)) == len(active), f"the activated templates are {active}")
    if (await exam.status()).therapy_control_state is ids.TherapyControlState.RUN and exam.has(Feature.BASAL_RATE):
        told = await exam.told(ids.STATUS_READER_POINT, ids.GetActiveBasalRateDelivery())
        require(
            told.template_number in active,
            f"the active basal rate is of the template {told.template_number}, activated are {active}",
        )


async def _write(exam: IdsExam, kind: TemplateType, number: int, blocks: list[Any], first: int, *, end: bool) -> bytes:
    operation: Any = WRITES[kind]
    width = 2 if kind is TemplateType.TARGET_GLUCOSE_RANGE_PROFILE else 3
    names = ("second", "third")[: width - 1]
    more = dict(zip(names, blocks[1:width], strict=False))
    return await exam.command(operation(number, first, blocks[0], end_transaction=end, **more))


async def _rewrite(exam: IdsExam, kind: TemplateType) -> None:
    """A template is written as it was read, and reads back the same."""
    exam.permissions.require_delivery()
    number, blocks = await _read_one(exam, kind)
    width = 2 if kind is TemplateType.TARGET_GLUCOSE_RANGE_PROFILE else 3
    exam.changed.append(f"the template {number} was written with its own content")
    for first in range(0, len(blocks), width):
        answer = await _write(exam, kind, number, blocks[first : first + width], first + 1, end=first + width >= len(blocks))
        if answer[-1] == Response.PROCEDURE_NOT_APPLICABLE:
            raise NotApplicable("the template cannot be configured")
        require(
            len(answer) == 5 and answer[:2] == WRITTEN[kind] and answer[3:5] == bytes([number, first + 1]),
            f"a write of a template answers {shown(answer)}",
        )
    again = await _blocks(exam, kind, number)
    require(again == blocks, f"the template {number} was written with {blocks}, and reads {again}")


@examines("IDS-77")
async def write_basal(exam: IdsExam) -> None:
    """A basal rate template."""
    await _rewrite(exam, TemplateType.BASAL_RATE_PROFILE)


@examines("IDS-78")
async def write_isf(exam: IdsExam) -> None:
    """An ISF template."""
    await _rewrite(exam, TemplateType.ISF_PROFILE)


@examines("IDS-79")
async def write_ratio(exam: IdsExam) -> None:
    """An I:CHO ratio template."""
    await _rewrite(exam, TemplateType.I2CHO_RATIO_PROFILE)


@examines("IDS-80")
async def write_target(exam: IdsExam) -> None:
    """A target glucose range template."""
    await _rewrite(exam, TemplateType.TARGET_GLUCOSE_RANGE_PROFILE)


async def _refused_write(exam: IdsExam, what: str, code: Response, parts: list[tuple[list[Any], int, bool]]) -> None:
    """The last of these writes gets a response code, and the template is as it was."""
    exam.permissions.require_delivery()
    number, blocks = await _read_one(exam, TemplateType.BASAL_RATE_PROFILE)
    answer = b""
    for part, first, end in parts:
        answer = await _write(exam, TemplateType.BASAL_RATE_PROFILE, number, part, first, end=end)
    expected = bytes.fromhex("550FCC0F") + bytes([code])
    require(answer == expected, f"{what}: expected the answer {shown(expected)}, got {shown(answer)}")
    again = await _blocks(exam, TemplateType.BASAL_RATE_PROFILE, number)
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
