"""The templates of a pump under examination: which there are, what is in them, and an empty one to write to.

What an audit stores goes into a template that is empty, and is reset afterwards: nothing that was stored is lost.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from isletbench.emulator.audit.ids.exam import COMMAND, DATA, IdsExam, encoded
from isletbench.emulator.audit.ids.procedures import GET_TEMPLATES
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.core.values import dataclass
from isletbench.protocols import ids
from isletbench.protocols.ids import Feature, Response, TemplateType

DAY_MIN = 24 * 60
FEATURES = {
    TemplateType.BASAL_RATE_PROFILE: Feature.BASAL_RATE,
    TemplateType.TBR: Feature.TBR_TEMPLATE,
    TemplateType.BOLUS: Feature.BOLUS_TEMPLATE,
    TemplateType.ISF_PROFILE: Feature.ISF_PROFILE_TEMPLATE,
    TemplateType.I2CHO_RATIO_PROFILE: Feature.I2CHO_RATIO_PROFILE_TEMPLATE,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: Feature.TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """How the templates of one kind of profile are read and written."""

    read: Any
    record: Any
    write: Any
    written: bytes
    """The op code of the answer to a write."""
    width: int
    """How many blocks a record has at most."""
    values: tuple[tuple[float, ...], ...]
    """What the audit writes into the blocks of an empty template, block by block."""


PROFILES = {
    TemplateType.BASAL_RATE_PROFILE: Kind(
        ids.ReadBasalRateProfileTemplate,
        ids.BasalRateProfileTemplateRecord,
        ids.WriteBasalRateProfileTemplate,
        b"\xf0\x0f",
        3,
        ((0.5,), (0.6,), (0.7,), (0.4,)),
    ),
    TemplateType.ISF_PROFILE: Kind(
        ids.ReadIsfProfileTemplate,
        ids.IsfProfileTemplateRecord,
        ids.WriteIsfProfileTemplate,
        b"\xe2\x12",
        3,
        ((50.0,), (45.0,), (40.0,), (55.0,)),
    ),
    TemplateType.I2CHO_RATIO_PROFILE: Kind(
        ids.ReadI2ChoRatioProfileTemplate,
        ids.I2ChoRatioProfileTemplateRecord,
        ids.WriteI2ChoRatioProfileTemplate,
        b"\x27\x14",
        3,
        ((10.0,), (12.0,), (9.0,), (11.0,)),
    ),
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: Kind(
        ids.ReadTargetGlucoseRangeProfileTemplate,
        ids.TargetGlucoseRangeProfileTemplateRecord,
        ids.WriteTargetGlucoseRangeProfileTemplate,
        b"\x72\x14",
        2,
        ((90.0, 110.0), (100.0, 120.0), (95.0, 115.0), (110.0, 140.0)),
    ),
}
MINUTES = (360, 300, 240, 540)
"""How long the blocks are that the audit writes: another time for each, together a day."""


async def kinds(exam: IdsExam) -> dict[TemplateType, Any]:
    """The record of each kind of template. Everything is subscribed to already."""
    exam.require_there(COMMAND, DATA)
    answer = await exam.ask(COMMAND, GET_TEMPLATES)
    if answer == bytes.fromhex("550FEE1170"):
        raise NotApplicable("the pump has no templates")
    records = [DATA.decode_payload(exam.opened(DATA, octets)) for octets in exam.device.taken(exam.key(DATA))]
    return {record.template_type: record for record in records}


async def offered_kinds(exam: IdsExam) -> dict[TemplateType, Any]:
    """The record of each kind of template that the pump has by its feature bits."""
    return {kind: record for kind, record in (await kinds(exam)).items() if exam.has(FEATURES[kind])}


def _having(record: Any, *states: int) -> list[int]:
    """The numbers of a kind whose two bits are one of these: bit 0 configurable, bit 1 configured."""
    places = range(record.number_of_templates)
    return [record.starting_number + place for place in places if record.states[place // 4] >> 2 * (place % 4) & 3 in states]


def configured(record: Any) -> list[int]:
    """The numbers of the templates of a kind that have content."""
    return _having(record, 2, 3)


def locked(record: Any) -> list[int]:
    """The numbers of the templates of a kind that have content and cannot be written."""
    return _having(record, 2)


def empty(record: Any) -> list[int]:
    """The numbers of the templates of a kind that have no content and can be written."""
    return _having(record, 1)


async def record_of(exam: IdsExam, kind: TemplateType) -> Any:
    """Everything subscribed to; the record of a kind of template. Raises ``NotApplicable``, ``Failed``."""
    exam.require_there(COMMAND, DATA)
    exam.require_feature(FEATURES[kind])
    await exam.subscribe_all()
    found = await kinds(exam)
    require(kind in found, f"the feature bit is 1, and there are no templates of {kind.name.lower()}")
    return found[kind]


async def activated(exam: IdsExam) -> tuple[int, ...]:
    """The numbers of the templates that are activated."""
    return tuple((await exam.told(COMMAND, ids.GetActivatedProfileTemplates())).template_numbers)


async def activate(exam: IdsExam, *numbers: int) -> bytes:
    """The answer to an activation."""
    return await exam.command(ids.ActivateProfileTemplates(numbers))


async def blocks_of(exam: IdsExam, kind: TemplateType, number: int) -> list[Any]:
    """The blocks of a template as it is read. Raises ``Failed`` where it is refused, or sent as another one."""
    exam.device.taken(exam.key(DATA))
    octets = encoded(COMMAND, PROFILES[kind].read(number))
    answer = await exam.ask(COMMAND, octets)
    records = [DATA.decode_payload(exam.opened(DATA, one)) for one in exam.device.taken(exam.key(DATA))]
    good = answer == bytes.fromhex("550F") + octets[:2] + bytes([Response.SUCCESS])
    require(good, f"a read of the template {number} ({shown(octets)}) is answered with {shown(answer)}")
    blocks: list[Any] = []
    for record in records:
        require(
            isinstance(record, PROFILES[kind].record),
            f"a read of the template {number} ({shown(octets)}) sends a {type(record).__name__}",
        )
        require(
            record.template_number == number, f"a read of the template {number} sends the template {record.template_number}"
        )
        require(record.first_index == len(blocks) + 1, f"the template {number}: block {record.first_index} after {len(blocks)}")
        blocks += [one for one in (record.first, record.second, getattr(record, "third", None)) if one is not None]
    return blocks


async def write(exam: IdsExam, kind: TemplateType, number: int, blocks: list[Any], first: int, *, end: bool) -> bytes:
    """The answer to one record of a template: these blocks from the index ``first`` on."""
    names = ("second", "third")[: PROFILES[kind].width - 1]
    more = dict(zip(names, blocks[1 : PROFILES[kind].width], strict=False))
    return await exam.command(PROFILES[kind].write(number, first, blocks[0], end_transaction=end, **more))


async def write_all(exam: IdsExam, kind: TemplateType, number: int, blocks: list[Any]) -> None:
    """Write a whole template. Raises ``NotApplicable`` where it cannot be configured, ``Failed``."""
    width = PROFILES[kind].width
    for first in range(0, len(blocks), width):
        end = first + width >= len(blocks)
        answer = await write(exam, kind, number, blocks[first : first + width], first + 1, end=end)
        if answer[:2] == bytes.fromhex("550F") and answer[-1] == Response.PROCEDURE_NOT_APPLICABLE:
            raise NotApplicable("the template cannot be configured")
        expected = PROFILES[kind].written + bytes([end, number, first + 1])
        require(
            answer == expected, f"a write of the template {number}: expected the answer {shown(expected)}, got {shown(answer)}"
        )


def content_for(kind: TemplateType, most_blocks: int) -> list[Any]:
    """A day of blocks, no two alike, as many of four as a template of the kind may have."""
    count = max(1, min(len(MINUTES), most_blocks))
    minutes = [*MINUTES[: count - 1], DAY_MIN - sum(MINUTES[: count - 1])]
    block: Any = ids.RangeBlock if kind is TemplateType.TARGET_GLUCOSE_RANGE_PROFILE else ids.Block
    return [block(lasting, *values) for lasting, values in zip(minutes, PROFILES[kind].values, strict=False)]


def spares(record: Any, count: int = 1) -> list[int]:
    """So many empty templates of a kind. Raises ``NotApplicable`` for a pump that has not as many."""
    found = empty(record)[:count]
    if len(found) < count:
        kind = record.template_type.name.lower()
        raise NotApplicable(f"the pump has {len(found)} empty templates of {kind} that can be written: needs {count}")
    return found


@asynccontextmanager
async def emptied(exam: IdsExam, *numbers: int) -> AsyncIterator[None]:
    """Templates that were empty, and are reset at the end if there is something in them."""
    exam.permissions.require_delivery()
    try:
        yield
    finally:
        await exam.fresh()
        for number in numbers:
            answer = await exam.command(ids.ResetTemplateStatus((number,)))
            if answer == bytes.fromhex("2112") + bytes([1, number]):
                exam.changed.append(f"the empty template {number} was written and reset")
            elif answer != bytes.fromhex("550F1D1274"):
                exam.changed.append(f"the template {number} was empty, and could not be reset: {shown(answer)}")
