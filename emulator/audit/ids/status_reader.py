"""Rows of the Insulin Delivery Service on what the Status Reader Control Point tells."""

from isletbench.emulator.audit.ids.boluses import EXTENDED, FAST, active, bolus_of, canceled, ended, prepared, programmed
from isletbench.emulator.audit.ids.exam import READER, IdsExam, encoded
from isletbench.emulator.audit.outcomes import NotApplicable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import BolusValueSelection, CounterSelection, CounterType, Feature, Response

UNKNOWN_BOLUS = 0xFFFE
RESERVED_CODE = 0x10
"""No code word of Hamming distance 4."""
ANY_BOLUS = (Feature.FAST_BOLUS, Feature.EXTENDED_BOLUS, Feature.MULTIWAVE_BOLUS)
LARGEST_DAY = 1_000
ACTS_MIN = 25
"""How long a bolus is left to act, min."""


@examines("IDS-52")
async def reset_status(exam: IdsExam) -> None:
    """Reset Status clears the bits that it names."""
    await exam.subscribe_all()
    before = await exam.changed_bits()
    if not before:
        raise NotApplicable("no bit of Status Changed is set")
    one = before & -before
    exam.changed.append("a bit of IDD Status Changed was reset")
    await exam.require_response(READER, "Reset Status", bytes.fromhex("0C03") + one.to_bytes(2, "little"), Response.SUCCESS)
    after = await exam.changed_bits()
    require(not after & one, f"Status Changed is {after:04X} after the bit {one:04X} was reset")
    require(after & before == before & ~one, f"Status Changed was {before:04X}, and is {after:04X} after {one:04X} was reset")


@examines("IDS-53")
async def active_bolus_ids(exam: IdsExam) -> None:
    """The active boluses, at most seven."""
    exam.require_feature(*ANY_BOLUS)
    await exam.subscribe_all()
    answer = await exam.read_out(ids.GetActiveBolusIds())
    require(answer[:2] == bytes.fromhex("3F03"), f"Get Active Bolus IDs answers {shown(answer)}")
    require(len(answer) == 3 + 2 * answer[2] and answer[2] <= 7, f"Get Active Bolus IDs answers {shown(answer)}")
    if exam.permissions.delivery and exam.has(Feature.BOLUS_DELAY_TIME) and exam.has(Feature.FAST_BOLUS):
        await prepared(exam, FAST)
        number = await programmed(exam, bolus_of(FAST, delay_time=10))
        listed = await active(exam)
        await canceled(exam, number)
        require(number in listed, f"the bolus {number} waits for its delay, and is not listed: {listed}")


@examines("IDS-57")
async def unknown_bolus(exam: IdsExam) -> None:
    """An unknown bolus 74, a reserved selection 71."""
    exam.require_feature(*ANY_BOLUS)
    await exam.subscribe_all()
    for selection in BolusValueSelection:
        octets = encoded(READER, ids.GetActiveBolusDelivery(UNKNOWN_BOLUS, selection))
        await exam.require_response(READER, "an unknown bolus", octets, Response.PROCEDURE_NOT_APPLICABLE)
    wrong = octets[:-1] + bytes([RESERVED_CODE])
    await exam.require_response(READER, "a reserved selection", wrong, Response.INVALID_OPERAND)


@examines("IDS-59")
async def active_basal_rate(exam: IdsExam) -> None:
    """The profile's own rate, and the temporary one beside it."""
    exam.require_feature(Feature.BASAL_RATE)
    await exam.subscribe_all()
    answer = await exam.read_out(ids.GetActiveBasalRateDelivery())
    if answer[:2] == bytes.fromhex("0303"):
        raise NotApplicable(f"no basal rate is active: {shown(answer)}")
    told = READER.decode_payload(answer)
    require(
        not isinstance(told.config_value, Special) and 0 <= told.config_value <= 50,
        f"the basal rate is {told.config_value!r} IU/h",
    )
    require(len(answer) >= 6 and answer[2] & 0xF8 == 0, f"the active basal rate {shown(answer)}: reserved flags are set")
    require(told.template_number > 0, f"the active basal rate {shown(answer)} is of template 0")
    if exam.permissions.delivery and exam.has(Feature.TBR_ABSOLUTE) and told.tbr_type is None:
        await _require_rate_beside_tbr(exam, told.config_value)


async def _require_rate_beside_tbr(exam: IdsExam, rate: object) -> None:
    """Raise ``Failed`` unless the profile's own rate stands beside a TBR, whose time runs."""
    exam.changed.append("temporary basal rates were set and canceled")
    await exam.command(ids.SetTbrAdjustment(ids.TbrType.ABSOLUTE, 0.3, 30))
    await exam.device.pause(300)
    told = await exam.told(READER, ids.GetActiveBasalRateDelivery())
    await exam.command(ids.CancelTbrAdjustment())
    require(told.config_value == rate, f"the profile's rate is {rate} IU/h, and {told.config_value} IU/h beside a TBR")
    left = told.tbr_duration_remaining
    require(left is not None and 24 <= left <= 25, f"a TBR of 30 min has {left} min left after 5 min")


@examines("IDS-60")
async def no_active_basal_rate(exam: IdsExam) -> None:
    """74 exactly while therapy does not run."""
    exam.require_feature(Feature.BASAL_RATE)
    await exam.subscribe_all()
    state = (await exam.status()).therapy_control_state
    if state is ids.TherapyControlState.RUN and exam.permissions.delivery:
        await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.STOP))
        answer = await exam.read_out(ids.GetActiveBasalRateDelivery())
        await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.RUN))
        exam.changed.append("therapy was stopped and started again")
        require_octets("the basal rate of a stopped pump", answer, bytes.fromhex("0303650374"))
        return
    if state is ids.TherapyControlState.RUN:
        raise NotApplicable("therapy runs; to stop it needs --allow-delivery")
    octets = encoded(READER, ids.GetActiveBasalRateDelivery())
    await exam.require_response(READER, "the basal rate", octets, Response.PROCEDURE_NOT_APPLICABLE)


@examines("IDS-61")
async def total_daily_insulin(exam: IdsExam) -> None:
    """Bolus and basal make the total."""
    await exam.subscribe_all()
    told = await exam.told(READER, ids.GetTotalDailyInsulinStatus())
    amounts = (told.bolus, told.basal, told.total)
    require(
        all(not isinstance(one, Special) and 0 <= one <= LARGEST_DAY for one in amounts), f"the day's insulin is {amounts!r} IU"
    )
    require(
        abs(told.bolus + told.basal - told.total) <= 0.2,
        f"the day's insulin: {told.bolus} + {told.basal} is not {told.total} IU",
    )


@examines("IDS-62")
async def counters(exam: IdsExam) -> None:
    """Every counter, or 71; a reserved one 71."""
    await exam.subscribe_all()
    supported = 0
    for kind in CounterType:
        for selection in CounterSelection:
            octets = encoded(READER, ids.GetCounter(kind, selection))
            answer = await exam.ask(READER, octets)
            if answer == bytes.fromhex("0303A60370"):
                raise NotApplicable("counters are not supported")
            if answer == bytes.fromhex("0303A60371"):
                continue
            supported += 1
            require(
                len(answer) == 8 and answer[:4] == bytes.fromhex("A903") + octets[2:],
                f"the counter {kind.name}: {shown(answer)}",
            )
            value = int.from_bytes(answer[4:], "little", signed=True)
            require(
                selection is CounterSelection.REMAINING or value >= 0,
                f"{value} min have elapsed of {kind.name}: {shown(answer)}",
            )
    await _require_run_down(exam)
    reserved = bytes.fromhex("A603") + bytes([RESERVED_CODE, CounterSelection.ELAPSED])
    await exam.require_response(READER, "a reserved counter", reserved, Response.INVALID_OPERAND)
    require(supported, "no counter is supported, and the operation is")


async def _require_run_down(exam: IdsExam) -> None:
    """Raise ``Failed`` unless what remains of the lifetime sinks while what has elapsed rises."""
    selections = (CounterSelection.REMAINING, CounterSelection.ELAPSED)
    asked = [encoded(READER, ids.GetCounter(CounterType.LIFETIME, selection)) for selection in selections]
    before = [await exam.ask(READER, octets) for octets in asked]
    await exam.device.pause(121)
    after = [await exam.ask(READER, octets) for octets in asked]
    for octets, one, other, sign in zip(asked, before, after, (-1, 1), strict=True):
        if len(one) == len(other) == 8:
            change = int.from_bytes(other[4:], "little", signed=True) - int.from_bytes(one[4:], "little", signed=True)
            require(change * sign in (2, 3), f"2 min later the counter {shown(octets[2:])} has changed by {change} min")


@examines("IDS-63")
async def delivered_insulin(exam: IdsExam) -> None:
    """The insulin of the whole operation time."""
    await exam.subscribe_all()
    answer = await exam.read_out(ids.GetDeliveredInsulin())
    if answer == bytes.fromhex("0303C00370"):
        raise NotApplicable("it is not supported")
    require(len(answer) == 10 and answer[:2] == bytes.fromhex("CF03"), f"Get Delivered Insulin answers {shown(answer)}")
    told = READER.decode_payload(answer)
    today = await exam.told(READER, ids.GetTotalDailyInsulinStatus())
    for what, ever, day in (("bolus", told.bolus, today.bolus), ("basal", told.basal, today.basal)):
        good = not isinstance(ever, Special) and 0 <= ever < 80_000 and ever >= day - 0.2
        require(good, f"{ever!r} IU of {what} insulin ever, and {day!r} IU today")
    if exam.permissions.delivery and exam.has(Feature.EXTENDED_BOLUS):
        await _require_canceled_counted(exam)


async def _require_canceled_counted(exam: IdsExam) -> None:
    """Raise ``Failed`` unless what a canceled bolus has delivered counts."""
    await prepared(exam, EXTENDED)
    before = (await exam.told(READER, ids.GetDeliveredInsulin())).bolus
    number = await programmed(exam, bolus_of(EXTENDED, 1.0))
    await exam.device.pause(600)
    amounts = await exam.told(READER, ids.GetActiveBolusDelivery(number, BolusValueSelection.DELIVERED))
    await canceled(exam, number)
    after = (await exam.told(READER, ids.GetDeliveredInsulin())).bolus
    delivered = amounts.extended_amount
    require(
        delivered > 0 and abs(after - before - delivered) <= 0.1,
        f"a bolus was canceled after {delivered} IU, and the bolus insulin ever was {before} IU and is {after} IU",
    )


@examines("IDS-64")
async def insulin_on_board(exam: IdsExam) -> None:
    """The insulin on board."""
    exam.require_feature(Feature.INSULIN_ON_BOARD)
    await exam.subscribe_all()
    answer = await exam.read_out(ids.GetInsulinOnBoard())
    told = READER.decode_payload(answer)
    require(isinstance(told, ids.GetInsulinOnBoardResponse), f"Get Insulin On Board answers {shown(answer)}")
    amount = told.insulin_on_board
    require(not isinstance(amount, Special) and 0 <= amount < 200, f"{amount!r} IU are on board")
    require((told.remaining_duration or 0) <= 24 * 60, f"insulin is on board for {told.remaining_duration} min")
    if exam.permissions.delivery and exam.has(Feature.FAST_BOLUS):
        await _require_acting(exam)


async def _require_acting(exam: IdsExam) -> None:
    """Raise ``Failed`` unless a bolus is on board once it is delivered, and less of it half an hour later."""
    await prepared(exam, FAST)
    none = (await exam.told(READER, ids.GetInsulinOnBoard())).insulin_on_board
    await ended(exam, await programmed(exam, bolus_of(FAST)))
    first = await exam.told(READER, ids.GetInsulinOnBoard())
    require(first.insulin_on_board > none, f"{none} IU were on board, and {first.insulin_on_board} IU after a bolus")
    await exam.device.pause(ACTS_MIN * 60)
    later = await exam.told(READER, ids.GetInsulinOnBoard())
    require(
        later.insulin_on_board < first.insulin_on_board,
        f"{first.insulin_on_board} IU were on board after a bolus, and {later.insulin_on_board} IU {ACTS_MIN} min later",
    )
    if first.remaining_duration is not None:
        ran = first.remaining_duration - (later.remaining_duration or 0)
        require(ACTS_MIN - 1 <= ran <= ACTS_MIN + 1, f"in {ACTS_MIN} min the remaining duration has sunk by {ran} min")


@examines("IDS-65")
async def absent_features(exam: IdsExam) -> None:
    """70 for what the pump has not, and not for what it has."""
    await exam.subscribe_all()
    for operation, features in (
        (ids.GetActiveBolusIds(), ANY_BOLUS),
        (ids.GetActiveBasalRateDelivery(), (Feature.BASAL_RATE,)),
        (ids.GetInsulinOnBoard(), (Feature.INSULIN_ON_BOARD,)),
    ):
        octets = encoded(READER, operation)
        answer = await exam.ask(READER, octets)
        unsupported = answer == bytes.fromhex("0303") + octets + bytes([Response.OPCODE_NOT_SUPPORTED])
        there = any(map(exam.has, features))
        name = (features[0].name or "").lower().replace("_", " ")
        require(unsupported != there, f"the feature bit of {name} is {there:d}, and {shown(octets)} answers {shown(answer)}")
