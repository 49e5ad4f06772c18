"""Templates over the wire: read, written in transactions, stored, reset, activated."""

from dataclasses import replace
from typing import Any

import pytest

from isletbench.emulator.core.quantities import hours, seconds
from isletbench.emulator.pump.profile import PROFILES
from isletbench.emulator.pump.template import ProfileBlock, ProfileTemplate
from isletbench.protocols import ids
from isletbench.protocols.att import AttCode
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import BolusType, CommandResponseCode, Feature, Response, TbrType, TemplateType
from isletbench.protocols.racp import Operation, Operator, Request, Selection
from tests.harness.client import Refused, Talk
from tests.harness.conformance import conforms
from tests.pump.talking import BARE, COMMAND, DATA, PROFILE, RACP, READER, STOP, bolus, events, pump_of, talk

BASAL, ISF, I2CHO, TARGET = 2, 13, 15, 17
"""Numbers of the generic pump's templates."""
KINDS = {
    "basal": (BASAL, ids.ReadBasalRateProfileTemplate, ids.WriteBasalRateProfileTemplate, ids.BasalRateProfileTemplateRecord),
    "isf": (ISF, ids.ReadIsfProfileTemplate, ids.WriteIsfProfileTemplate, ids.IsfProfileTemplateRecord),
    "i2cho": (
        I2CHO,
        ids.ReadI2ChoRatioProfileTemplate,
        ids.WriteI2ChoRatioProfileTemplate,
        ids.I2ChoRatioProfileTemplateRecord,
    ),
    "target": (
        TARGET,
        ids.ReadTargetGlucoseRangeProfileTemplate,
        ids.WriteTargetGlucoseRangeProfileTemplate,
        ids.TargetGlucoseRangeProfileTemplateRecord,
    ),
}
CHANGED = {
    "basal": ids.BasalRateProfileTimeBlockChanged,
    "isf": ids.IsfProfileTimeBlockChanged,
    "i2cho": ids.I2ChoRatioProfileTimeBlockChanged,
    "target": ids.TargetGlucoseRangeProfileTimeBlockChanged,
}
OPCODES = {"basal": (0x0FC3, 0x0FF0), "isf": (0x12D1, 0x12E2), "i2cho": (0x1414, 0x1427), "target": (0x1441, 0x1472)}
"""Of a record in Command Data and of the answer to a written one: IDS 1.0.2, tables 3.10 and 3.20."""
kinds = pytest.mark.parametrize("kind", KINDS)


def block(kind: str, minutes: int, value: float) -> Any:
    return ids.RangeBlock(minutes, value, value + 40) if kind == "target" else ids.Block(minutes, value)


def day(kind: str, parts: int) -> list[Any]:
    """A day in so many blocks."""
    lengths = [1440 // parts] * (parts - 1)
    return [block(kind, length, 1.0 + n) for n, length in enumerate([*lengths, 1440 - sum(lengths)])]


def write(made: Talk, kind: str, blocks: list[Any], number: int | None = None) -> list[Any]:
    """Write a template record by record; the answers."""
    own, _, writes, _ = KINDS[kind]
    some = 2 if kind == "target" else 3
    answers = []
    for at in range(0, len(blocks), some):
        end = at + some >= len(blocks)
        record = writes(own if number is None else number, at + 1, *blocks[at : at + some], end_transaction=end)
        answers.append(made.ask(COMMAND, record))
    return answers


def read(made: Talk, kind: str) -> tuple[list[Any], Any]:
    """The records of a template, and the answer after them."""
    number, reads, _, _ = KINDS[kind]
    made.heard(DATA)
    answer = made.ask(COMMAND, reads(number))
    return [made.e2e.open(DATA, value) for value in made.heard(DATA)], answer


def blocks_of(records: list[Any]) -> list[Any]:
    every = [(r.first, r.second, getattr(r, "third", None)) for r in records]
    return [found for triple in every for found in triple if found is not None]


def refusal(answer: Any) -> Response:
    assert isinstance(answer, CommandResponseCode), answer
    return answer.code


# Profile templates


@conforms("IDS-72", "IDS-73", "IDS-74", "IDS-75", "IDS-77", "IDS-78", "IDS-79", "IDS-80", "IDS-117", "IDS-138")
@kinds
@pytest.mark.parametrize("parts", [1, 2, 3, 4, 7, 12])
def test_a_template_is_written_and_reads_back_block_for_block(kind: str, parts: int) -> None:
    made, wanted = talk(), day(kind, parts)
    number, reads, _, record = KINDS[kind]
    answers = write(made, kind, wanted)
    assert {ids.COMMAND.opcode_of(answer) for answer in answers} == {OPCODES[kind][1]}
    assert [answer.transaction_completed for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert [(answer.template_number, answer.first_index) for answer in answers] == [
        (number, 1 + n * (2 if kind == "target" else 3)) for n in range(len(answers))
    ]
    records, answer = read(made, kind)
    assert all(isinstance(each, record) and ids.COMMAND_DATA.opcode_of(each) == OPCODES[kind][0] for each in records)
    assert blocks_of(records) == wanted
    assert [each.first_index for each in records] == [answer.first_index for answer in answers]
    assert answer == CommandResponseCode(ids.COMMAND.opcode_of(reads), Response.SUCCESS)
    assert all(len(ids.COMMAND_DATA.encode(each)) <= 2 + 15 for each in records)
    told = [event for event in events(made, CHANGED[kind]) if event.template_number == number]  # type: ignore[attr-defined]
    assert [event.block_number for event in told] == list(range(1, parts + 1))  # type: ignore[attr-defined]
    assert [event.duration for event in told] == [each.duration for each in wanted]  # type: ignore[attr-defined]


@conforms("IDS-50", "IDS-117")
def test_command_data_comes_before_the_one_answer_that_ends_its_procedure() -> None:
    made = talk(rate="1")
    write(made, "basal", day("basal", 7))
    for operation, records in ((ids.ReadBasalRateProfileTemplate(BASAL), 3), (ids.GetTemplateStatusAndDetails(), 6)):
        made.told.clear()
        made.write(COMMAND, operation)
        made.pass_to(made.now + hours(1))
        assert [uuid for uuid, _ in made.told] == [DATA.uuid] * records + [COMMAND.uuid]


@conforms("IDS-76")
@kinds
def test_reading_says_what_cannot_be_read(kind: str) -> None:
    made = talk(BARE)
    number, reads, _, _ = KINDS[kind]
    assert refusal(made.ask(COMMAND, reads(number))) is Response.PROCEDURE_NOT_APPLICABLE
    for wrong in (0, 5, 200):
        assert refusal(made.ask(COMMAND, reads(wrong))) is Response.PARAMETER_OUT_OF_RANGE
    deaf = Talk(made.device, ids.SERVICE, protected=False, link="test#2")
    deaf.subscribe(COMMAND)
    for operation in (reads(number), ids.GetTemplateStatusAndDetails()):
        with pytest.raises(Refused) as refused:
            deaf.write(COMMAND, operation)
        assert refused.value.code is AttCode.CCCD_IMPROPERLY_CONFIGURED
    assert refusal(deaf.ask(COMMAND, ids.SetTherapyControlState(STOP))) is Response.SUCCESS, "no procedure was left open"


@conforms("IDS-81", "IDS-82", "IDS-83", "IDS-84", "IDS-85", "IDS-86", "IDS-87")
@kinds
@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([(0, 1, [720], False), (1, 2, [720], True)], Response.PLAUSIBILITY_CHECK_FAILED),
        ([(0, 1, [720], False), (0, 1, [720, 720], True)], Response.PLAUSIBILITY_CHECK_FAILED),
        ([(0, 1, [720, 719], True)], Response.PLAUSIBILITY_CHECK_FAILED),
        ([(0, 1, [720, 721], True)], Response.PLAUSIBILITY_CHECK_FAILED),
        ([(0, 1, [720], False), (0, 3, [720], True)], Response.PLAUSIBILITY_CHECK_FAILED),
        ([(0, 0, [1440], True)], Response.PARAMETER_OUT_OF_RANGE),
        ([(0, 25, [1440], True)], Response.PARAMETER_OUT_OF_RANGE),
        ([(100, 1, [1440], True)], Response.PARAMETER_OUT_OF_RANGE),
        ([(0, 1, [0], False)], Response.PARAMETER_OUT_OF_RANGE),
    ],
    ids=["another number", "a block twice", "too short", "too long", "a gap", "index 0", "too many", "no number", "no time"],
)
def test_a_transaction_that_goes_wrong_leaves_what_is_stored(
    kind: str, records: list[tuple[int, int, list[int], bool]], code: Response
) -> None:
    made, before = talk(), day(kind, 2)
    write(made, kind, before)
    own, _, writes, _ = KINDS[kind]
    for number, index, lengths, end in records:
        given = [block(kind, length, 5.0) for length in lengths]
        answer = made.ask(COMMAND, writes(own + number, index, *given, end_transaction=end))
    assert refusal(answer) is code
    assert blocks_of(read(made, kind)[0]) == before
    assert write(made, kind, day(kind, 1))[-1].transaction_completed, "a new one can begin"


@conforms("IDS-86")
def test_a_locked_template_cannot_be_written() -> None:
    locked = replace(PROFILE, factory={**PROFILE.factory, 2: ProfileTemplate((ProfileBlock(1440, (1.0,)),))})
    assert refusal(write(talk(locked), "basal", day("basal", 1))[0]) is Response.PROCEDURE_NOT_APPLICABLE


@conforms("IDS-88", "IDS-89")
@pytest.mark.parametrize(
    ("point", "operation"),
    [
        (READER, ids.GetActiveBolusIds()),
        (READER, ids.GetActiveBolusDelivery(9, ids.BolusValueSelection.DELIVERED)),
        (COMMAND, ids.GetAvailableBoluses()),
        (COMMAND, ids.CancelBolus(9)),
        (COMMAND, ids.ReadBasalRateProfileTemplate(1)),
        (COMMAND, ids.WriteIsfProfileTemplate(ISF, 1, ids.Block(1440, 50.0), end_transaction=True)),
        (RACP, Request(Operation.COUNT, Selection(Operator.ALL))),
        (RACP, Request(Operation.REPORT, Selection(Operator.AT_LEAST, None, 9_999))),
    ],
    ids=str,
)
def test_another_procedure_in_between_discards_the_transaction(point: Any, operation: Any) -> None:
    made = talk()
    write(made, "isf", day("isf", 2))
    _, _, writes, _ = KINDS["basal"]
    assert not made.ask(COMMAND, writes(BASAL, 1, ids.Block(720, 1.0))).transaction_completed
    made.ask(point, operation)
    answer = made.ask(COMMAND, writes(BASAL, 2, ids.Block(720, 1.0), end_transaction=True))
    assert refusal(answer) is Response.PLAUSIBILITY_CHECK_FAILED
    assert BASAL not in pump_of(made).parts.templates.configured
    assert ISF in pump_of(made).parts.templates.configured, "what was completed before is not touched"


@conforms("IDS-88")
def test_the_end_of_the_connection_discards_it_as_well() -> None:
    made = talk()
    _, _, writes, _ = KINDS["basal"]
    made.ask(COMMAND, writes(BASAL, 1, ids.Block(720, 1.0)))
    made.disconnect()
    again = Talk(made.device, ids.SERVICE, link="test#2")
    again.subscribe(COMMAND, DATA)
    answer = again.ask(COMMAND, writes(BASAL, 2, ids.Block(720, 1.0), end_transaction=True))
    assert refusal(answer) is Response.PLAUSIBILITY_CHECK_FAILED


def test_records_may_come_in_any_order() -> None:
    made = talk()
    _, _, writes, _ = KINDS["basal"]
    made.ask(COMMAND, writes(BASAL, 4, ids.Block(240, 4.0)))
    done = made.ask(COMMAND, writes(BASAL, 1, *(ids.Block(400, float(n)) for n in (1, 2, 3)), end_transaction=True))
    assert done.transaction_completed
    assert [each.value for each in blocks_of(read(made, "basal")[0])] == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("value", [Special.NAN, Special.POSITIVE_INFINITY])
def test_a_value_that_is_no_number_is_invalid(value: Special) -> None:
    made = talk()
    wrong = ids.WriteBasalRateProfileTemplate(BASAL, 1, ids.Block(1440, value), end_transaction=True)
    assert refusal(made.ask(COMMAND, wrong)) is Response.INVALID_OPERAND


def test_a_third_block_without_a_second_is_invalid() -> None:
    made = talk(BARE)
    made.write_octets(COMMAND, bytes.fromhex("CC0F 05 02 01 A005 0AF0 A005 0AF0"))
    (answer,) = made.heard(COMMAND)
    assert answer == bytes.fromhex("550F CC0F 71")


@pytest.mark.parametrize("rate", [-0.1, 30.5, 0.005])
def test_a_rate_that_cannot_be_is_out_of_range(rate: float) -> None:
    answer = write(talk(), "basal", [ids.Block(1440, rate)])[0]
    assert refusal(answer) is Response.PARAMETER_OUT_OF_RANGE


def test_a_range_upside_down_is_out_of_range() -> None:
    wrong = ids.WriteTargetGlucoseRangeProfileTemplate(TARGET, 1, ids.RangeBlock(1440, 140.0, 90.0), end_transaction=True)
    assert refusal(talk().ask(COMMAND, wrong)) is Response.PARAMETER_OUT_OF_RANGE


# TBR and bolus templates


@conforms("IDS-96", "IDS-144")
def test_a_tbr_template_is_stored_told_and_used() -> None:
    made = talk(rate="1")
    assert refusal(made.ask(COMMAND, ids.GetTbrTemplate(5))) is Response.PROCEDURE_NOT_APPLICABLE
    assert made.ask(COMMAND, ids.SetTbrTemplate(5, TbrType.RELATIVE, 1.5, 90)) == ids.SetTbrTemplateResponse(5)
    assert made.ask(COMMAND, ids.GetTbrTemplate(5)) == ids.GetTbrTemplateResponse(5, TbrType.RELATIVE, 1.5, 90)
    assert events(made, ids.TbrTemplateChanged) == [ids.TbrTemplateChanged(5, TbrType.RELATIVE, 1.5, 90)]
    made.ask(COMMAND, ids.SetTbrAdjustment(TbrType.ABSOLUTE, 0.0, 1, template_number=5))
    assert pump_of(made).parts.basal.delivered_rate == 1_500_000


@conforms("IDS-96")
@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (ids.SetTbrTemplate(4, TbrType.RELATIVE, 1.5, 90), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrTemplate(5, TbrType.RELATIVE, 2.6, 90), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrTemplate(5, TbrType.RELATIVE, 1.5, 1441), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrTemplate(8, TbrType.RELATIVE, 1.5, 90), Response.PROCEDURE_NOT_APPLICABLE),
        (ids.SetTbrTemplate(5, TbrType.UNDETERMINED, 1.5, 90), Response.INVALID_OPERAND),
        (ids.SetTbrTemplate(5, TbrType.RELATIVE, Special.NAN, 90), Response.INVALID_OPERAND),
        (ids.GetTbrTemplate(9), Response.PARAMETER_OUT_OF_RANGE),
    ],
    ids=str,
)
def test_a_tbr_template_that_cannot_be_is_refused(operation: Any, code: Response) -> None:
    assert refusal(talk().ask(COMMAND, operation)) is code


@conforms("IDS-106", "IDS-144")
def test_a_bolus_template_is_stored_told_and_used() -> None:
    made = talk()
    template = ids.SetBolusTemplate(9, BolusType.MULTIWAVE, 1.0, 2.0, 60, delay_time=5, meal=True)
    assert made.ask(COMMAND, template) == ids.SetBolusTemplateResponse(9)
    told = made.ask(COMMAND, ids.GetBolusTemplate(9))
    assert told == ids.GetBolusTemplateResponse(9, BolusType.MULTIWAVE, 1.0, 2.0, 60, 5, meal=True)
    assert events(made, ids.BolusTemplateChanged1Of2) == [ids.BolusTemplateChanged1Of2(9, BolusType.MULTIWAVE, 1.0, 2.0, 60)]
    assert events(made, ids.BolusTemplateChanged2Of2) == [ids.BolusTemplateChanged2Of2(5, meal=True)]


@conforms("IDS-106")
@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (ids.SetBolusTemplate(8, BolusType.FAST, 1.0, 0.0, 0), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolusTemplate(9, BolusType.FAST, 30.5, 0.0, 0), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolusTemplate(9, BolusType.EXTENDED, 0.0, 1.0, 500), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolusTemplate(9, BolusType.FAST, 1.0, 0.0, 0, delay_time=481), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolusTemplate(12, BolusType.FAST, 1.0, 0.0, 0), Response.PROCEDURE_NOT_APPLICABLE),
        (ids.SetBolusTemplate(9, BolusType.UNDETERMINED, 1.0, 0.0, 0), Response.INVALID_OPERAND),
        (ids.SetBolusTemplate(9, BolusType.FAST, 1.0, 1.0, 0), Response.INVALID_OPERAND),
        (ids.SetBolusTemplate(9, BolusType.EXTENDED, 1.0, 1.0, 30), Response.INVALID_OPERAND),
        (ids.GetBolusTemplate(9), Response.PROCEDURE_NOT_APPLICABLE),
        (ids.GetBolusTemplate(13), Response.PARAMETER_OUT_OF_RANGE),
    ],
    ids=str,
)
def test_a_bolus_template_that_cannot_be_is_refused(operation: Any, code: Response) -> None:
    assert refusal(talk().ask(COMMAND, operation)) is code


# Templates of every kind


@conforms("IDS-107")
def test_template_status_tells_of_each_type_what_is_locked_and_what_is_stored() -> None:
    made = talk()
    write(made, "isf", day("isf", 1))
    made.heard(DATA)
    answer = made.ask(COMMAND, ids.GetTemplateStatusAndDetails())
    assert refusal(answer) is Response.SUCCESS
    records = [made.e2e.open(DATA, value) for value in made.heard(DATA)]
    assert [(r.template_type, r.starting_number, r.number_of_templates, r.max_blocks, r.states.hex()) for r in records] == [
        (TemplateType.BASAL_RATE_PROFILE, 1, 4, 24, "57"),
        (TemplateType.TBR, 5, 4, 0, "95"),
        (TemplateType.BOLUS, 9, 4, 0, "95"),
        (TemplateType.ISF_PROFILE, 13, 2, 12, "07"),
        (TemplateType.I2CHO_RATIO_PROFILE, 15, 2, 12, "05"),
        (TemplateType.TARGET_GLUCOSE_RANGE_PROFILE, 17, 2, 12, "05"),
    ]


@conforms("IDS-108")
def test_templates_are_reset_all_or_none() -> None:
    made = talk()
    write(made, "isf", day("isf", 1))
    made.ask(COMMAND, ids.SetTbrTemplate(5, TbrType.RELATIVE, 1.5, 90))
    for wrong in ((5, 99), (5, 6), (5, 8), (5, 1)):
        answer = made.ask(COMMAND, ids.ResetTemplateStatus(wrong))
        assert refusal(answer) is Response.PROCEDURE_NOT_APPLICABLE
        assert 5 in pump_of(made).parts.templates.configured
    for invalid in ((), (5, 5), tuple(range(20, 35))):
        assert refusal(made.ask(COMMAND, ids.ResetTemplateStatus(invalid))) is Response.INVALID_OPERAND
    assert made.ask(COMMAND, ids.ResetTemplateStatus((ISF, 5))) == ids.ResetTemplateStatusResponse((ISF, 5))
    assert refusal(made.ask(COMMAND, ids.GetTbrTemplate(5))) is Response.PROCEDURE_NOT_APPLICABLE


@conforms("IDS-109", "IDS-110", "IDS-137")
def test_templates_of_several_types_are_activated_all_or_none() -> None:
    made = talk(rate="1")
    assert made.ask(COMMAND, ids.GetActivatedProfileTemplates()) == ids.GetActivatedProfileTemplatesResponse((1,))
    write(made, "basal", [ids.Block(1440, 2.0)])
    write(made, "isf", day("isf", 1))
    for wrong in ((BASAL, 99), (BASAL, I2CHO), (BASAL, 5), (BASAL, 1)):
        answer = made.ask(COMMAND, ids.ActivateProfileTemplates(wrong))
        assert refusal(answer) is Response.PROCEDURE_NOT_APPLICABLE
    assert made.ask(COMMAND, ids.GetActivatedProfileTemplates()).template_numbers == (1,)
    assert made.ask(COMMAND, ids.ActivateProfileTemplates((ISF, BASAL))).template_numbers == (ISF, BASAL)
    assert made.ask(COMMAND, ids.GetActivatedProfileTemplates()).template_numbers == (BASAL, ISF)
    assert events(made, ids.ProfileTemplateActivated) == [
        ids.ProfileTemplateActivated(ids.ProfileType.BASAL_RATE, 0, 1),
        ids.ProfileTemplateActivated(ids.ProfileType.ISF, 0, ISF),
        ids.ProfileTemplateActivated(ids.ProfileType.BASAL_RATE, 1, BASAL),
    ]
    assert pump_of(made).parts.basal.delivered_rate == 2_000_000


@conforms("IDS-110")
def test_a_pump_without_an_activated_template_says_so_and_does_not_run() -> None:
    made = talk(BARE)
    pump_of(made).parts.templates.activated.clear()
    made.write_octets(COMMAND, bytes.fromhex("4812"))
    assert made.heard(COMMAND) == [bytes.fromhex("7412 00")]


def test_the_activated_template_takes_effect_as_it_is_written() -> None:
    made = talk(rate="1")
    write(made, "basal", [ids.Block(600, 1.0), ids.Block(840, 3.0)], number=1)
    made.pass_to(hours(2) + seconds(1))
    assert pump_of(made).parts.basal.delivered_rate == 3_000_000


@conforms("IDS-116")
@pytest.mark.parametrize(
    ("feature", "operations"),
    [
        (Feature.TBR_TEMPLATE, [ids.GetTbrTemplate(5), ids.SetTbrTemplate(5, TbrType.RELATIVE, 1.0, 30)]),
        (Feature.BOLUS_TEMPLATE, [ids.GetBolusTemplate(9), ids.SetBolusTemplate(9, BolusType.FAST, 1.0, 0.0, 0)]),
        (Feature.ISF_PROFILE_TEMPLATE, [ids.ReadIsfProfileTemplate(13)]),
        (Feature.I2CHO_RATIO_PROFILE_TEMPLATE, [ids.ReadI2ChoRatioProfileTemplate(15)]),
        (Feature.TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE, [ids.ReadTargetGlucoseRangeProfileTemplate(17)]),
        (Feature.TBR_ABSOLUTE | Feature.TBR_RELATIVE, [ids.CancelTbrAdjustment()]),
        (
            Feature.FAST_BOLUS | Feature.EXTENDED_BOLUS | Feature.MULTIWAVE_BOLUS,
            [bolus(1.0), ids.CancelBolus(1), ids.GetAvailableBoluses()],
        ),
    ],
    ids=str,
)
def test_what_a_pump_has_not_got_is_not_supported(feature: Feature, operations: list[Any]) -> None:
    made = talk(replace(PROFILE, features=PROFILE.features & ~feature))
    for operation in operations:
        assert refusal(made.ask(COMMAND, operation)) is Response.OPCODE_NOT_SUPPORTED


@conforms("IDS-116")
@pytest.mark.parametrize(
    "operation",
    [
        ids.StartPriming(1.0),
        ids.StopPriming(),
        ids.SetInitialReservoirFillLevel(100.0),
        ids.ResetReservoirInsulinOperationTime(),
        ids.GetMaxBolusAmount(),
        ids.SetMaxBolusAmount(5.0),
    ],
    ids=str,
)
def test_what_is_optional_may_be_missing(operation: Any) -> None:
    made = talk(replace(PROFILE, primes=False, sets_max_bolus=False))
    assert refusal(made.ask(COMMAND, operation)) is Response.OPCODE_NOT_SUPPORTED
    assert refusal(talk(PROFILES["patch"]).ask(COMMAND, ids.GetMaxBolusAmount())) is Response.OPCODE_NOT_SUPPORTED
