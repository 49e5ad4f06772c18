"""Rows of the Insulin Delivery Service on templates of temporary basal rates and boluses. All of them need leave."""

from typing import Any

from isletbench.emulator.audit.ids.boluses import AMOUNT, OF_TYPE, prepared
from isletbench.emulator.audit.ids.exam import COMMAND, READER, IdsExam, encoded
from isletbench.emulator.audit.ids.template_store import configured, emptied, locked, record_of, spares
from isletbench.emulator.audit.outcomes import NotApplicable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusType, Feature, Response, TbrType, TemplateType

UNKNOWN = 255
MINUTES, OTHER_MINUTES = 60, 30


def _tbr(exam: IdsExam, number: int, value: float = 0.4, minutes: int = MINUTES) -> ids.SetTbrTemplate:
    """What the audit writes into a template of temporary basal rates."""
    kind = TbrType.ABSOLUTE if exam.has(Feature.TBR_ABSOLUTE) else TbrType.RELATIVE
    return ids.SetTbrTemplate(number, kind, value, minutes)


def _bolus(exam: IdsExam, number: int, amount: float = AMOUNT) -> ids.SetBolusTemplate:
    """What the audit writes into a template of boluses."""
    delay = 5 if exam.has(Feature.BOLUS_DELAY_TIME) else None
    if exam.has(Feature.MULTIWAVE_BOLUS):
        return ids.SetBolusTemplate(number, BolusType.MULTIWAVE, amount, amount, OTHER_MINUTES, delay, meal=True)
    if exam.has(Feature.EXTENDED_BOLUS):
        return ids.SetBolusTemplate(number, BolusType.EXTENDED, 0.0, amount, OTHER_MINUTES, delay, meal=True)
    return ids.SetBolusTemplate(number, BolusType.FAST, amount, 0.0, 0, delay, meal=True)


async def _store(exam: IdsExam, operation: Any, written: bytes) -> None:
    """Write a template. Raises ``Failed`` unless the answer names it."""
    octets = encoded(COMMAND, operation)
    answer = await exam.ask(COMMAND, octets)
    require_octets(f"a template ({shown(octets)})", answer, written + bytes([operation.template_number]))


async def _stored_and_told(exam: IdsExam, operation: Any, written: bytes, told: bytes, get: Any) -> None:
    """A template is written into an empty one, and told with the same content."""
    number = operation.template_number
    await exam.require_response(COMMAND, "an empty template", encoded(COMMAND, get(number)), Response.PROCEDURE_NOT_APPLICABLE)
    await _store(exam, operation, written)
    answer = await exam.command(get(number))
    require_octets(f"the template {number} after it was written", answer, told + encoded(COMMAND, operation)[2:])


async def _refused(exam: IdsExam, number: int, get: Any, cases: list[tuple[str, Any, Response]]) -> None:
    """Each of these writes gets its response code, and leaves the template that it names as it was."""
    before = await exam.command(get(number))
    for what, operation, code in cases:
        await exam.require_response(COMMAND, what, encoded(COMMAND, operation), code)
    after = await exam.command(get(number))
    require_octets(f"the template {number} after writes that were refused", after, before)
    octets = encoded(COMMAND, get(UNKNOWN))
    await exam.require_response(COMMAND, "the template 255", octets, Response.PARAMETER_OUT_OF_RANGE)


@examines("IDS-96")
async def tbr_templates(exam: IdsExam) -> None:
    """Stored and told as written; values and numbers out of range 73, empty and locked 74, no type 71."""
    exam.permissions.require_delivery()
    record = await record_of(exam, TemplateType.TBR)
    (number,) = spares(record)
    cases: list[tuple[str, Any, Response]] = [
        ("a template of 200 IU/h", _tbr(exam, number, value=200.0), Response.PARAMETER_OUT_OF_RANGE),
        ("a template of 65535 min", _tbr(exam, number, minutes=0xFFFF), Response.PARAMETER_OUT_OF_RANGE),
        ("the template 255", _tbr(exam, UNKNOWN), Response.PARAMETER_OUT_OF_RANGE),
        (
            "a template of the type undetermined",
            ids.SetTbrTemplate(number, TbrType.UNDETERMINED, 0.4, MINUTES),
            Response.INVALID_OPERAND,
        ),
    ]
    for other in locked(record)[:1]:
        own = await exam.told(COMMAND, ids.GetTbrTemplate(other))
        again = ids.SetTbrTemplate(other, own.tbr_type, own.adjustment, own.duration)
        cases.append(("a locked template", again, Response.PROCEDURE_NOT_APPLICABLE))
    async with emptied(exam, number):
        written, told = bytes.fromhex("4411"), bytes.fromhex("2211")
        await _stored_and_told(exam, _tbr(exam, number), written, told, ids.GetTbrTemplate)
        await _refused(exam, number, ids.GetTbrTemplate, cases)


@examines("IDS-106")
async def bolus_templates(exam: IdsExam) -> None:
    """Stored and told as written; amounts and numbers out of range 73, empty 74, no type 71."""
    exam.permissions.require_delivery()
    exam.require_feature(*OF_TYPE.values())
    (number,) = spares(await record_of(exam, TemplateType.BOLUS))
    cases: list[tuple[str, Any, Response]] = [
        ("a template of 200 IU", _bolus(exam, number, 200.0), Response.PARAMETER_OUT_OF_RANGE),
        ("the template 255", _bolus(exam, UNKNOWN), Response.PARAMETER_OUT_OF_RANGE),
        (
            "a template of the type undetermined",
            ids.SetBolusTemplate(number, BolusType.UNDETERMINED, AMOUNT, 0.0, 0),
            Response.INVALID_OPERAND,
        ),
    ]
    async with emptied(exam, number):
        written, told = bytes.fromhex("E111"), bytes.fromhex("D211")
        await _stored_and_told(exam, _bolus(exam, number), written, told, ids.GetBolusTemplate)
        await _refused(exam, number, ids.GetBolusTemplate, cases)


@examines("IDS-91")
async def tbr_by_template(exam: IdsExam) -> None:
    """A temporary basal rate by template has its values, whatever the operand says; an empty one 74, an unknown one 73."""
    await prepared(exam)
    number, vacant = spares(await record_of(exam, TemplateType.TBR), 2)
    template = _tbr(exam, number)
    exam.changed.append("temporary basal rates were set and canceled")
    await exam.command(ids.CancelTbrAdjustment())
    async with emptied(exam, number, vacant):
        await _store(exam, template, bytes.fromhex("4411"))
        for what, other, code in (
            ("an empty template", vacant, Response.PROCEDURE_NOT_APPLICABLE),
            ("the template 255", UNKNOWN, Response.PARAMETER_OUT_OF_RANGE),
        ):
            octets = encoded(COMMAND, ids.SetTbrAdjustment(template.tbr_type, 0.2, OTHER_MINUTES, template_number=other))
            await exam.require_response(COMMAND, f"a TBR by {what}", octets, code)
        octets = encoded(COMMAND, ids.SetTbrAdjustment(template.tbr_type, 0.2, OTHER_MINUTES, template_number=number))
        await exam.require_response(COMMAND, "a TBR by template", octets, Response.SUCCESS)
        told = await exam.told(READER, ids.GetActiveBasalRateDelivery())
        await exam.command(ids.CancelTbrAdjustment())
        got = (told.tbr_type, told.tbr_adjustment, told.tbr_duration_programmed, told.tbr_template_number)
        expected = (template.tbr_type, template.adjustment, template.duration, number)
        require(got == expected, f"a TBR by the template {number} with {expected} is told with {got}")


@examines("IDS-144")
async def settings_in_history(exam: IdsExam) -> None:
    """Templates of TBRs and boluses and the maximum bolus are in the history with what was set."""
    exam.permissions.require_delivery()
    exam.require_there(COMMAND)
    await exam.subscribe_all()
    examined = 0
    for kind, feature in ((TemplateType.TBR, Feature.TBR_TEMPLATE), (TemplateType.BOLUS, Feature.BOLUS_TEMPLATE)):
        if exam.has(feature):
            await _require_template_in_history(exam, kind)
            examined += 1
    answer = await exam.command(ids.GetMaxBolusAmount())
    if answer[:2] == bytes.fromhex("8214"):
        await _require_maximum_in_history(exam, COMMAND.decode_payload(answer).amount)
        examined += 1
    if not examined:
        raise NotApplicable("the pump has no such template and no maximum bolus")


async def _require_template_in_history(exam: IdsExam, kind: TemplateType) -> None:
    """Raise ``Failed`` unless an empty template that is written is in the history with its content."""
    (number,) = spares(await record_of(exam, kind))
    before = await exam.count()
    async with emptied(exam, number):
        expected: list[Any]
        if kind is TemplateType.TBR:
            tbr = _tbr(exam, number)
            await _store(exam, tbr, bytes.fromhex("4411"))
            expected = [ids.TbrTemplateChanged(number, tbr.tbr_type, tbr.adjustment, tbr.duration)]
        else:
            bolus = _bolus(exam, number)
            await _store(exam, bolus, bytes.fromhex("E111"))
            amounts = (bolus.bolus_type, bolus.fast_amount, bolus.extended_amount, bolus.duration)
            expected = [
                ids.BolusTemplateChanged1Of2(number, *amounts),
                ids.BolusTemplateChanged2Of2(bolus.delay_time, correction=bolus.correction, meal=bolus.meal),
            ]
        events = [one.event for one in await exam.newer(before)]
        kinds = tuple(map(type, expected))
        got = [one for one in events if isinstance(one, kinds)]
        require(got == expected, f"the template {number} was written: expected the records {expected}, got {got}")
        require(number in configured(await record_of(exam, kind)), f"the template {number} was written, and is empty")


async def _require_maximum_in_history(exam: IdsExam, amount: float) -> None:
    """Raise ``Failed`` unless the maximum bolus is in the history with what it was, when it is set and when it is put back."""
    before = await exam.count()

    async def undo() -> None:
        await exam.fresh()
        octets = encoded(COMMAND, ids.SetMaxBolusAmount(amount))
        await exam.require_response(COMMAND, "the maximum bolus", octets, Response.SUCCESS)

    exam.put_back("maximum bolus", undo)
    lower = 2.0 if amount != 2.0 else 1.0
    octets = encoded(COMMAND, ids.SetMaxBolusAmount(lower))
    await exam.require_response(COMMAND, f"a maximum bolus of {lower} IU", octets, Response.SUCCESS)
    events = [one.event for one in await exam.newer(before)]
    await exam.command(ids.SetMaxBolusAmount(amount))
    got = [(one.old_amount, one.new_amount) for one in events if isinstance(one, ids.MaxBolusAmountChanged)]
    require(got == [(amount, lower)], f"the maximum bolus was set to {lower} IU: expected {[(amount, lower)]}, got {got}")
