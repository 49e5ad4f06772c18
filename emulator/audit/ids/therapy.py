"""Rows of the Insulin Delivery Service on therapy, temporary basal rates, priming and the reservoir. All of them need leave."""

from typing import Any

from isletbench.emulator.audit.ids.boluses import prepared
from isletbench.emulator.audit.ids.exam import COMMAND, READER, IdsExam, encoded, require_number
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import Feature, OperationalState, Response, StatusFlag, TbrType, TherapyControlState

STOP, PAUSE, RUN = TherapyControlState.STOP, TherapyControlState.PAUSE, TherapyControlState.RUN
RATE, MINUTES = 0.5, 30
SHORT_MIN = 15
SHOWS_S, SHOWS_IU = 720.0, 0.15
"""How long a TBR runs to be seen in what is delivered, s, and how much the profile has to deliver in that time, IU."""
RESERVED_CODE = 0x10
PRIME_IU, PRIMED_S = 1.0, 300.0


async def _set_state(exam: IdsExam, state: TherapyControlState) -> None:
    octets = encoded(COMMAND, ids.SetTherapyControlState(state))
    await exam.require_response(COMMAND, f"therapy to {state.name}", octets, Response.SUCCESS)
    exam.changed.append("therapy was stopped, paused and started again")


@examines("IDS-66", "IDS-140")
async def states(exam: IdsExam) -> None:
    """Stop, pause, run: Status and history follow."""
    await prepared(exam)
    before = await exam.count()
    for state in (PAUSE, RUN, STOP, RUN):
        await _set_state(exam, state)
        got = (await exam.status()).therapy_control_state
        require(got is state, f"therapy was set to {state.name}, and Status has {got.name}")
    events = [one.event for one in await exam.newer(before) if isinstance(one.event, ids.TherapyControlStateChanged)]
    require(len(events) == 4, f"therapy was set four times, and the history has {len(events)} changes")


@examines("IDS-67")
async def impossible_states(exam: IdsExam) -> None:
    """Undetermined and reserved 71."""
    await prepared(exam)
    for code in (TherapyControlState.UNDETERMINED, RESERVED_CODE):
        octets = bytes.fromhex("5A0F") + bytes([code])
        await exam.require_response(COMMAND, f"therapy to {code:02X}", octets, Response.INVALID_OPERAND)


def _tbr(kind: TbrType = TbrType.ABSOLUTE, value: float = RATE, minutes: int = MINUTES, **more: Any) -> ids.SetTbrAdjustment:
    return ids.SetTbrAdjustment(kind, value, minutes, **more)


async def _with_tbr(exam: IdsExam) -> None:
    """A pump without a temporary basal rate that may have one."""
    await prepared(exam)
    exam.require_feature(Feature.TBR_ABSOLUTE, Feature.TBR_RELATIVE)
    exam.changed.append("temporary basal rates were set and canceled")
    await exam.command(ids.CancelTbrAdjustment())


async def _respond(exam: IdsExam, what: str, operation: Any, code: Response) -> None:
    await exam.require_response(COMMAND, what, encoded(COMMAND, operation), code)


@examines("IDS-90")
async def temporary_rates(exam: IdsExam) -> None:
    """Absolute and relative: told by the active basal rate and by bits 5 and 7, and delivered."""
    await _with_tbr(exam)
    for kind, feature, value in ((TbrType.ABSOLUTE, Feature.TBR_ABSOLUTE, RATE), (TbrType.RELATIVE, Feature.TBR_RELATIVE, 0.5)):
        if not exam.has(feature):
            continue
        await exam.reset_bits()
        await _respond(exam, f"a TBR {kind.name.lower()}", _tbr(kind, value), Response.SUCCESS)
        told = await exam.told(READER, ids.GetActiveBasalRateDelivery())
        bits = await exam.changed_bits()
        await exam.command(ids.CancelTbrAdjustment())
        got = (told.tbr_type, told.tbr_adjustment, told.tbr_duration_programmed)
        require(got == (kind, value, MINUTES), f"a TBR of {(kind, value, MINUTES)} is told with {got}")
        good = told.tbr_duration_remaining is not None and MINUTES - 1 <= told.tbr_duration_remaining <= MINUTES
        require(good, f"a TBR of {MINUTES} min that has just begun has {told.tbr_duration_remaining} min left")
        for flag in (StatusFlag.ACTIVE_BASAL_RATE, StatusFlag.HISTORY_EVENT_RECORDED):
            require(bits & flag, f"a TBR was set, and bit {flag.bit_length() - 1} of Status Changed ({bits:04X}) is 0")
        await _require_delivered_less(exam, kind, told.config_value)


async def _require_delivered_less(exam: IdsExam, kind: TbrType, rate: float) -> None:
    """Raise ``Failed`` unless a TBR of 0 delivers nothing, where the profile's own rate would show in the time."""
    scheduled = rate * SHOWS_S / 3600
    if scheduled < SHOWS_IU:
        return
    await exam.command(_tbr(kind, 0.0))
    before = await exam.read_out(ids.GetDeliveredInsulin())
    await exam.device.pause(SHOWS_S)
    after = await exam.read_out(ids.GetDeliveredInsulin())
    await exam.command(ids.CancelTbrAdjustment())
    if before[:2] == after[:2] == bytes.fromhex("CF03"):
        delivered = READER.decode_payload(after).basal - READER.decode_payload(before).basal
        what = f"a TBR {kind.name.lower()} of 0 over {rate} IU/h"
        require(delivered < scheduled / 2, f"{what}: {delivered:.3f} IU of basal insulin in {SHOWS_S / 60:g} min")


@examines("IDS-92")
async def second_rate(exam: IdsExam) -> None:
    """A second one 74, a change without one 74, a change overwrites."""
    await _with_tbr(exam)
    await _respond(exam, "a change without a TBR", _tbr(change=True), Response.PROCEDURE_NOT_APPLICABLE)
    await _respond(exam, "a TBR", _tbr(), Response.SUCCESS)
    await _respond(exam, "a second TBR", _tbr(), Response.PROCEDURE_NOT_APPLICABLE)
    await _respond(exam, "a change", _tbr(value=0.2, minutes=60, change=True), Response.SUCCESS)
    told = await exam.told(READER, ids.GetActiveBasalRateDelivery())
    await exam.command(ids.CancelTbrAdjustment())
    got = (told.tbr_adjustment, told.tbr_duration_programmed)
    require(got == (0.2, 60), f"a TBR that was changed to 0.2 IU/h for 60 min is told with {got}")


@examines("IDS-93")
async def rates_out_of_range(exam: IdsExam) -> None:
    """Value and duration out of range 73."""
    await _with_tbr(exam)
    for what, operation in (("a TBR of 200 IU/h", _tbr(value=200.0)), ("a TBR of 65535 min", _tbr(minutes=0xFFFF))):
        await _respond(exam, what, operation, Response.PARAMETER_OUT_OF_RANGE)


@examines("IDS-94")
async def rates_of_no_type(exam: IdsExam) -> None:
    """An undetermined type, and a reserved one, 71."""
    await _with_tbr(exam)
    await _respond(exam, "a TBR undetermined", _tbr(TbrType.UNDETERMINED), Response.INVALID_OPERAND)
    octets = encoded(COMMAND, _tbr())
    reserved = octets[:3] + bytes([RESERVED_CODE]) + octets[4:]
    await exam.require_response(COMMAND, "a TBR of a reserved type", reserved, Response.INVALID_OPERAND)
    if not exam.has(Feature.TBR_TEMPLATE):
        await _respond(exam, "a TBR by template without the feature", _tbr(template_number=1), Response.INVALID_OPERAND)


@examines("IDS-95")
async def cancellation(exam: IdsExam) -> None:
    """Cancel, and without one 74."""
    await _with_tbr(exam)
    await _respond(exam, "a cancellation without a TBR", ids.CancelTbrAdjustment(), Response.PROCEDURE_NOT_APPLICABLE)
    await _respond(exam, "a TBR", _tbr(), Response.SUCCESS)
    await _respond(exam, "its cancellation", ids.CancelTbrAdjustment(), Response.SUCCESS)
    told = await exam.told(READER, ids.GetActiveBasalRateDelivery())
    require(told.tbr_type is None, "a TBR is active after its cancellation")


@examines("IDS-135", "IDS-136")
async def rates_in_history(exam: IdsExam) -> None:
    """A TBR is started, changed and ended in the history, each with the rate it makes and how long it ran; and why it ended."""
    await _with_tbr(exam)
    before = await exam.count()
    profile = (await exam.told(READER, ids.GetActiveBasalRateDelivery())).config_value
    await exam.command(_tbr())
    await exam.device.pause(180)
    await exam.command(_tbr(value=0.2, change=True))
    await exam.device.pause(180)
    await exam.command(ids.CancelTbrAdjustment())
    events = [one.event for one in await exam.newer(before)]
    kinds = (ids.TbrAdjustmentStarted, ids.TbrAdjustmentChanged, ids.TbrAdjustmentEnded)
    got = [type(one) for one in events if isinstance(one, kinds)]
    require(got == list(kinds), f"a TBR started, changed and canceled leaves {[kind.__name__ for kind in got]}")
    (started,) = (one for one in events if isinstance(one, ids.TbrAdjustmentStarted))
    (changed,) = (one for one in events if isinstance(one, ids.TbrAdjustmentChanged))
    (ended,) = (one for one in events if isinstance(one, ids.TbrAdjustmentEnded))
    rates = [one for one in events if isinstance(one, ids.DeliveredBasalRateChanged)]
    steps = [(one.old_rate, one.new_rate) for one in rates]
    expected = [(profile, RATE), (RATE, 0.2), (0.2, profile)]
    require(steps == expected, f"the delivered rate changes by {steps}: expected {expected}")
    for record, value in ((started, RATE), (changed, 0.2)):
        content = (record.tbr_type, record.adjustment, record.duration)
        expected_tbr = (TbrType.ABSOLUTE, value, MINUTES)
        require(content == expected_tbr, f"a TBR of {value} IU/h for {MINUTES} min is recorded as {record}")
    require(2 <= changed.elapsed <= 4, f"a TBR that was changed after 3 min had run {changed.elapsed} min in the history")
    require(5 <= ended.duration <= 7, f"a TBR that was canceled after 6 min has run {ended.duration} min in the history")
    require(ended.end_reason is ids.TbrEndReason.CANCELED, f"a canceled TBR ends with {ended.end_reason.name}")
    await _require_time_over(exam)


async def _require_time_over(exam: IdsExam) -> None:
    """Raise ``Failed`` unless a short TBR whose time is over says so in the history, where the pump takes one that short."""
    before = await exam.count()
    answer = await exam.command(_tbr(minutes=SHORT_MIN))
    if answer != bytes.fromhex("550FFF0F0F"):
        return
    await exam.device.pause(SHORT_MIN * 60 + 60)
    over = [one.event for one in await exam.newer(before) if isinstance(one.event, ids.TbrAdjustmentEnded)]
    got = [(one.end_reason, one.duration) for one in over]
    expected = [(ids.TbrEndReason.DURATION_OVER, SHORT_MIN)]
    require(got == expected, f"the {SHORT_MIN} min of a TBR are over: expected {expected}, got {got}")


@examines("IDS-111", "IDS-112", "IDS-143")
async def priming(exam: IdsExam) -> None:
    """Priming is a state, ends at its amount or when it is stopped; out of range 73, not priming 74."""
    await prepared(exam)
    await _set_state(exam, STOP)
    exam.changed.append("the pump was primed")
    before = await exam.count()
    try:
        answer = await exam.command(ids.StartPriming(PRIME_IU))
        if answer == bytes.fromhex("550F7B1270"):
            raise NotApplicable("the pump does not prime by command")
        require(answer == bytes.fromhex("550F7B120F"), f"Start Priming of {PRIME_IU} IU is answered with {shown(answer)}")
        got = (await exam.status()).operational_state
        require(got is OperationalState.PRIMING, f"the pump primes, and the operational state is {got.name}")
        await exam.device.pause(PRIMED_S)
        got = (await exam.status()).operational_state
        require(got is not OperationalState.PRIMING, f"the pump primes {PRIMED_S:g} s after it began with {PRIME_IU} IU")
        await _require_primed(exam, before, PRIME_IU, ids.PrimingEndReason.AMOUNT_REACHED)
        await _respond(exam, "Stop Priming while nothing is primed", ids.StopPriming(), Response.PROCEDURE_NOT_APPLICABLE)
        await _respond(exam, "priming of 1500 IU", ids.StartPriming(1500.0), Response.PARAMETER_OUT_OF_RANGE)
        before = await exam.count()
        await exam.command(ids.StartPriming(10.0))
        await _respond(exam, "Stop Priming", ids.StopPriming(), Response.SUCCESS)
        got = (await exam.status()).operational_state
        require(got is not OperationalState.PRIMING, "the pump primes after Stop Priming")
        await _require_primed(exam, before, 10.0, ids.PrimingEndReason.ABORTED_BY_USER)
    finally:
        await exam.fresh()
        await exam.command(ids.SetTherapyControlState(RUN))


async def _require_primed(exam: IdsExam, before: int, amount: float, reason: ids.PrimingEndReason) -> None:
    """Raise ``Failed`` unless the records after so many have the start of priming, its end, and why it ended."""
    events = [one.event for one in await exam.newer(before)]
    started = [one.programmed for one in events if isinstance(one, ids.PrimingStarted)]
    require(started == [amount], f"priming of {amount} IU is started in the history with {started}")
    done = [one for one in events if isinstance(one, ids.PrimingDone)]
    got = [one.reason for one in done]
    require(got == [reason], f"priming of {amount} IU ends in the history with {got}: expected {[reason]}")
    delivered = require_number("the delivered amount of priming", done[0].delivered)
    good = delivered == amount if reason is ids.PrimingEndReason.AMOUNT_REACHED else 0 <= delivered < amount
    require(good, f"priming of {amount} IU that ends with {reason.name} has delivered {delivered} IU in the history")


@examines("IDS-115")
async def largest_bolus(exam: IdsExam) -> None:
    """Read, set, put back; out of range 73; it limits boluses."""
    await prepared(exam)
    answer = await exam.command(ids.GetMaxBolusAmount())
    if answer == bytes.fromhex("550F7D1470"):
        raise NotApplicable("the pump has no maximum bolus")
    before = COMMAND.decode_payload(answer).amount
    require(not isinstance(before, Special) and before > 0, f"the maximum bolus is {before!r} IU")

    async def undo() -> None:
        await exam.fresh()
        await _respond(exam, "the maximum bolus", ids.SetMaxBolusAmount(before), Response.SUCCESS)

    exam.put_back("maximum bolus", undo)
    await _respond(exam, "a maximum bolus of 2 IU", ids.SetMaxBolusAmount(2.0), Response.SUCCESS)
    got = (await exam.told(COMMAND, ids.GetMaxBolusAmount())).amount
    require(got == 2.0, f"the maximum bolus was set to 2 IU, and is {got!r} IU")
    bolus = ids.SetBolus(ids.BolusType.FAST, 2.5, 0.0, 0)
    await _respond(exam, "a bolus of 2.5 IU above it", bolus, Response.PARAMETER_OUT_OF_RANGE)
    if exam.has(Feature.MULTIWAVE_BOLUS):
        both = ids.SetBolus(ids.BolusType.MULTIWAVE, 1.5, 1.5, MINUTES)
        await _respond(exam, "two parts of 1.5 IU", both, Response.PARAMETER_OUT_OF_RANGE)
    await _respond(exam, "a maximum of 2000 IU", ids.SetMaxBolusAmount(2000.0), Response.PARAMETER_OUT_OF_RANGE)
