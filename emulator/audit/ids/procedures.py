"""Rows of the Insulin Delivery Service on procedures of every control point."""

from typing import Any

from isletbench.emulator.audit.device import ANSWER_S, QUIET_S
from isletbench.emulator.audit.ids.exam import (
    BUSY,
    CCCD_CODE,
    COMMAND,
    COUNT_ALL,
    DATA,
    GET_BOLUS_IDS,
    HISTORY,
    RACP,
    READER,
    REPORT_ALL,
    SUCCESS,
    IdsExam,
    encoded,
)
from isletbench.emulator.audit.outcomes import require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusValueSelection, Feature, Response, TemplateType

UNKNOWN_OPS = (0x0000, 0x03F0, 0x1234, 0xFFFF)
"""Op codes of no operation of either control point."""
GET_TEMPLATES = bytes.fromhex("EE11")


def code_words(code: int | None) -> str:
    """A refusal, or that there was none."""
    return "success" if code is None else f"0x{code:02X}"


@examines("IDS-45")
async def without_indications(exam: IdsExam) -> None:
    """FD while the indications of a control point are off, and nothing is done."""
    for point, payload in ((READER, GET_BOLUS_IDS), (COMMAND, bytes.fromhex("8811")), (RACP, COUNT_ALL)):
        if exam.there(point):
            await exam.begin()
            code = await exam.refusal(point, payload)
            require(code == CCCD_CODE, f"{point} with its indications off: expected ATT error 0xFD, got {code_words(code)}")
    await exam.begin()
    before = await exam.changed_bits()
    await exam.refusal(READER, bytes.fromhex("0C03FF00"))
    after = await exam.changed_bits()
    require(before & after == before, f"Status Changed was {before:04X}, and is {after:04X} after a Reset that was refused")


async def _code_during_report(exam: IdsExam, payload: bytes) -> tuple[int | None, bytes]:
    """What a write to the Status Reader gets while a report runs, or its answer waits to be confirmed; and that answer."""
    await exam.fresh()
    serial = exam.device.carrier.name == "serial"
    exam.device.carrier.confirm(not serial)
    await exam.write(RACP, REPORT_ALL)
    code = await exam.refusal(READER, payload)
    answer = await exam.answer(RACP)
    if code is None and serial:
        await exam.fresh()
        exam.device.carrier.confirm(False)
        await exam.ask(RACP, COUNT_ALL)
        code = await exam.refusal(READER, payload)
    exam.device.carrier.confirm(True)
    return code, answer


@examines("IDS-46")
async def one_at_a_time(exam: IdsExam) -> None:
    """While a procedure runs, writes to every control point get FE."""
    exam.require_there(RACP)
    code, answer = await _code_during_report(exam, GET_BOLUS_IDS)
    require(code == BUSY, f"a second procedure on another control point: expected ATT error 0xFE, got {code_words(code)}")
    require_octets("the answer to the report that it met", answer, SUCCESS)


@examines("IDS-47")
async def unknown_op_codes(exam: IdsExam) -> None:
    """70 and the op code; 02 of record access."""
    await exam.subscribe_all()
    for code in UNKNOWN_OPS:
        octets = code.to_bytes(2, "little")
        for point in (READER, COMMAND):
            if exam.there(point):
                await exam.require_response(point, f"the op code {code:04X}", octets, Response.OPCODE_NOT_SUPPORTED)
    if exam.there(RACP):
        for code in (0x00, 0x01, 0xFF):
            answer = await exam.ask(RACP, bytes([code, 0x33]))
            require_octets(f"record access {code:02X}", answer, bytes([0x0F, 0x0F, code, 0x02]))


@examines("IDS-48")
async def wrong_operands(exam: IdsExam) -> None:
    """71 for a wrong length or a reserved value."""
    await exam.subscribe_all()
    for what, octets in (
        ("an operand after Get Active Bolus IDs", GET_BOLUS_IDS + b"\x00"),
        ("Reset Status without its bits", bytes.fromhex("0C03")),
        ("Reset Status with three octets", bytes.fromhex("0C03000000")),
        ("a bolus id of one octet", bytes.fromhex("560301")),
    ):
        await exam.require_response(READER, what, octets, Response.INVALID_OPERAND)
    if exam.there(COMMAND):
        octets = bytes.fromhex("690F01")
        await exam.require_response(COMMAND, "an annunciation of one octet", octets, Response.INVALID_OPERAND)
    if exam.there(RACP):
        answer = await exam.ask(RACP, bytes.fromhex("33550F0102"))
        require_octets("a number of two octets", answer, bytes.fromhex("0F0F3305"))


@examines("IDS-49")
async def not_now(exam: IdsExam) -> None:
    """74 for what cannot be now."""
    await exam.subscribe_all()
    if exam.has(Feature.FAST_BOLUS):
        octets = encoded(READER, ids.GetActiveBolusDelivery(0xFFFE, BolusValueSelection.DELIVERED))
        await exam.require_response(READER, "a bolus that is not active", octets, Response.PROCEDURE_NOT_APPLICABLE)
    exam.require_there(COMMAND)
    octets = encoded(COMMAND, ids.ConfirmAnnunciation(0xFFFE))
    await exam.require_response(COMMAND, "an unknown annunciation", octets, Response.PROCEDURE_NOT_APPLICABLE)


@examines("IDS-50")
async def one_indication(exam: IdsExam) -> None:
    """One indication, after every notification."""
    await exam.subscribe_all()
    for point, data, payload in ((RACP, HISTORY, REPORT_ALL), (COMMAND, DATA, GET_TEMPLATES)):
        if not exam.there(point, data):
            continue
        before = len(exam.device.arrivals())
        await exam.ask(point, payload)
        await exam.quiet(point, QUIET_S, "one indication ends a procedure")
        keys = [key for key, _ in exam.device.arrivals()[before:]]
        require(exam.key(data) not in keys[keys.index(exam.key(point)) :], f"{data} comes after the answer of {point}")


@examines("IDS-51")
async def unconfirmed(exam: IdsExam) -> None:
    """An answer that nobody confirms for 30 s ends its procedure."""
    exam.require_serial("the library of this carrier confirms every indication")
    await exam.subscribe_all()
    exam.device.carrier.confirm(False)
    await exam.ask(READER, GET_BOLUS_IDS)
    await exam.quiet(READER, ANSWER_S + 5, "its answer was not confirmed")
    exam.device.carrier.confirm(True)
    code = await exam.refusal(READER, GET_BOLUS_IDS)
    require(code is None, f"35 s after an answer that was not confirmed a request is refused with {code_words(code)}")
    await exam.answer(READER)


@examines("IDS-71")
async def unknown_annunciation(exam: IdsExam) -> None:
    """Snooze and confirm of an unknown annunciation: 74."""
    exam.require_there(COMMAND)
    await exam.subscribe_all()
    for operation in (ids.SnoozeAnnunciation(0xFFFE), ids.ConfirmAnnunciation(0xFFFE)):
        octets = encoded(COMMAND, operation)
        await exam.require_response(COMMAND, "an unknown annunciation", octets, Response.PROCEDURE_NOT_APPLICABLE)


@examines("IDS-117")
async def command_data(exam: IdsExam) -> None:
    """Command Data within its procedure, with its op code, within 15 octets of operand."""
    exam.require_there(COMMAND, DATA)
    await exam.subscribe_all()
    found = await _data_of(exam, "Get Template Status and Details", GET_TEMPLATES, bytes.fromhex("1212"))
    for record in found:
        if record.template_type is TemplateType.BASAL_RATE_PROFILE and record.states[0] & 2:
            octets = encoded(COMMAND, ids.ReadBasalRateProfileTemplate(record.starting_number))
            await _data_of(exam, "Read Basal Rate Profile Template", octets, bytes.fromhex("C30F"))
    await exam.ask(COMMAND, bytes.fromhex("4812"))
    require(not exam.device.taken(exam.key(DATA)), "Command Data comes with Get Activated Profile Templates")
    await exam.quiet(DATA, QUIET_S, "no procedure runs")


async def _data_of(exam: IdsExam, what: str, request: bytes, opcode: bytes) -> list[Any]:
    """What a procedure sends through Command Data, all of it before its answer. Raises ``Failed``, ``WireError``."""
    before = len(exam.device.arrivals())
    answer = await exam.ask(COMMAND, request)
    require_octets(what, answer, bytes.fromhex("550F") + request[:2] + bytes([Response.SUCCESS]))
    await exam.quiet(COMMAND, QUIET_S, "a procedure has one answer")
    came = exam.device.arrivals()[before:]
    require(came[-1][0] == exam.key(COMMAND), f"{what}: Command Data comes after its answer")
    payloads = [exam.opened(DATA, octets) for octets in exam.device.taken(exam.key(DATA))]
    require(payloads, f"{what} sends no Command Data")
    for payload in payloads:
        require(payload[:2] == opcode, f"Command Data {shown(payload)}: expected the op code {shown(opcode)}")
        require(len(payload) <= 17, f"Command Data {shown(payload)}: expected an operand of 15 octets at most")
    return [DATA.decode_payload(payload) for payload in payloads]


@examines("IDS-116")
async def absent_features(exam: IdsExam) -> None:
    """70 for the commands of what the pump has not; a right answer or another refusal for what it has."""
    exam.require_there(COMMAND)
    await exam.subscribe_all()
    boluses = (Feature.FAST_BOLUS, Feature.EXTENDED_BOLUS, Feature.MULTIWAVE_BOLUS)
    for operation, features in (
        (ids.GetAvailableBoluses(), boluses),
        (ids.GetTbrTemplate(255), (Feature.TBR_TEMPLATE,)),
        (ids.GetBolusTemplate(255), (Feature.BOLUS_TEMPLATE,)),
        (ids.ReadBasalRateProfileTemplate(255), (Feature.BASAL_RATE,)),
        (ids.ReadIsfProfileTemplate(255), (Feature.ISF_PROFILE_TEMPLATE,)),
        (ids.ReadI2ChoRatioProfileTemplate(255), (Feature.I2CHO_RATIO_PROFILE_TEMPLATE,)),
        (ids.ReadTargetGlucoseRangeProfileTemplate(255), (Feature.TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE,)),
    ):
        octets = encoded(COMMAND, operation)
        answer = await exam.ask(COMMAND, octets)
        unsupported = answer == bytes.fromhex("550F") + octets[:2] + bytes([Response.OPCODE_NOT_SUPPORTED])
        there = any(map(exam.has, features))
        name = (features[0].name or "").lower().replace("_", " ")
        require(unsupported != there, f"the feature bit of {name} is {there:d}, and {shown(octets)} answers {shown(answer)}")
