"""Rows of the Insulin Delivery Service on boluses. All of them deliver insulin, or ask for some that must be refused."""

from typing import Any

from isletbench.emulator.audit.ids.exam import COMMAND, READER, IdsExam, encoded, require_number
from isletbench.emulator.audit.outcomes import require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusType, BolusValueSelection, Feature, Response

FAST, EXTENDED, MULTIWAVE = BolusType.FAST, BolusType.EXTENDED, BolusType.MULTIWAVE
AMOUNT = 0.5
"""IU of each bolus of the audit."""
LONG_MIN = 30
RUNS_MIN = 10
"""How long a long bolus runs before it is canceled."""
PATIENCE_S = 240.0
"""How long half a unit may take to be delivered, s."""
SETTLED_S = 5.0
OF_TYPE = {FAST: Feature.FAST_BOLUS, EXTENDED: Feature.EXTENDED_BOLUS, MULTIWAVE: Feature.MULTIWAVE_BOLUS}
AVAILABLE = {
    FAST: ids.AvailableBoluses.FAST,
    EXTENDED: ids.AvailableBoluses.EXTENDED,
    MULTIWAVE: ids.AvailableBoluses.MULTIWAVE,
}


def bolus_of(kind: BolusType, amount: float = AMOUNT, **options: Any) -> ids.SetBolus:
    """A bolus of the audit."""
    fast, extended, duration = {
        FAST: (amount, 0.0, 0),
        EXTENDED: (0.0, amount, LONG_MIN),
        MULTIWAVE: (amount, amount, LONG_MIN),
    }[kind]
    return ids.SetBolus(kind, fast, extended, duration, **options)


async def prepared(exam: IdsExam, *kinds: BolusType) -> None:
    """Everything subscribed to on a pump that has these boluses and may deliver them."""
    exam.permissions.require_delivery()
    exam.require_there(COMMAND)
    for kind in kinds:
        exam.require_feature(OF_TYPE[kind])
    await exam.subscribe_all()
    if (await exam.status()).therapy_control_state is not ids.TherapyControlState.RUN:
        answer = await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.RUN))
        exam.changed.append("therapy was started")
        require(answer == bytes.fromhex("550F5A0F0F"), f"therapy cannot be started: {shown(answer)}")


async def programmed(exam: IdsExam, bolus: ids.SetBolus) -> int:
    """The id of a bolus that is programmed."""
    exam.changed.append(f"a bolus was programmed: {bolus.bolus_type.name.lower()}")
    answer = await exam.command(bolus)
    require(len(answer) == 4 and answer[:2] == bytes.fromhex("7711"), f"a bolus ({bolus}) is answered with {shown(answer)}")
    return int.from_bytes(answer[2:], "little")


async def active(exam: IdsExam) -> tuple[int, ...]:
    """The ids of the active boluses."""
    told = await exam.told(READER, ids.GetActiveBolusIds())
    return tuple(told.bolus_ids)


async def canceled(exam: IdsExam, number: int) -> bytes:
    """The answer to the cancellation of a bolus."""
    return await exam.command(ids.CancelBolus(number))


async def ended(exam: IdsExam, number: int) -> None:
    """Wait until a bolus is active no more. Raises ``Failed``."""
    for _ in range(int(PATIENCE_S / SETTLED_S)):
        if number not in await active(exam):
            return
        await exam.device.pause(SETTLED_S)
    require(False, f"the bolus {number} of {AMOUNT} IU is active after {PATIENCE_S:g} s")


async def _amounts(exam: IdsExam, number: int, selection: BolusValueSelection) -> Any:
    return await exam.told(READER, ids.GetActiveBolusDelivery(number, selection))


@examines("IDS-54")
async def programmed_amounts(exam: IdsExam) -> None:
    """What was programmed."""
    await prepared(exam, EXTENDED)
    number = await programmed(exam, bolus_of(EXTENDED))
    told = await _amounts(exam, number, BolusValueSelection.PROGRAMMED)
    await canceled(exam, number)
    got = (told.fast_amount, told.extended_amount, told.duration)
    require(got == (0.0, AMOUNT, LONG_MIN), f"programmed: expected {(0.0, AMOUNT, LONG_MIN)}, got {got}")


async def _after_a_while(exam: IdsExam, selection: BolusValueSelection, **options: Any) -> Any:
    await prepared(exam, EXTENDED)
    number = await programmed(exam, bolus_of(EXTENDED, 1.0, **options))
    await exam.device.pause(600)
    told = await _amounts(exam, number, selection)
    await canceled(exam, number)
    return told


@examines("IDS-55")
async def remaining_amounts(exam: IdsExam) -> None:
    """A third of the time is over."""
    told = await _after_a_while(exam, BolusValueSelection.REMAINING)
    require(0.5 <= told.extended_amount <= 0.85, f"1 IU in 30 min, 10 min later: {told.extended_amount} IU remain")
    require(19 <= told.duration <= 21, f"30 min, 10 min later: {told.duration} min remain")


@examines("IDS-56")
async def delivered_amounts(exam: IdsExam) -> None:
    """A third of the amount is delivered; with a delay a sixth, in a time that counts from programming, and the delay FFFF."""
    told = await _after_a_while(exam, BolusValueSelection.DELIVERED)
    require(0.15 <= told.extended_amount <= 0.5, f"1 IU in 30 min, 10 min later: {told.extended_amount} IU are delivered")
    require(9 <= told.duration <= 11, f"10 min after programming: {told.duration} min have elapsed")
    require(told.delay_time in (None, 0xFFFF), f"delivered amounts have the delay {told.delay_time}: expected FFFF or none")
    if exam.has(Feature.BOLUS_DELAY_TIME):
        late = await _after_a_while(exam, BolusValueSelection.DELIVERED, delay_time=5)
        what = "1 IU in 30 min with a delay of 5 min, 10 min later"
        require(0.0 <= late.extended_amount <= 0.3, f"{what}: {late.extended_amount} IU are delivered")
        require(9 <= late.duration <= 11, f"{what}: {late.duration} min have elapsed since programming")
        require(late.delay_time == 0xFFFF, f"{what}: delivered amounts have the delay {late.delay_time}: expected FFFF")


@examines("IDS-58")
async def parts_of_types(exam: IdsExam) -> None:
    """Parts that a type has not are 0."""
    await prepared(exam, FAST, EXTENDED)
    for kind in (FAST, EXTENDED):
        number = await programmed(exam, bolus_of(kind))
        told = await _amounts(exam, number, BolusValueSelection.PROGRAMMED)
        await canceled(exam, number)
        absent = (told.extended_amount, told.duration) if kind is FAST else (told.fast_amount, 0)
        require(absent == (0.0, 0), f"a {kind.name.lower()} bolus has parts that are not of its type: {absent}")


async def _delivered(exam: IdsExam, kind: BolusType) -> None:
    """A bolus: its id, active, delivered, remembered with its end."""
    await prepared(exam, kind)
    before = await exam.count()
    number = await programmed(exam, bolus_of(kind))
    require(number in await active(exam), f"the bolus {number} was programmed, and is not active")
    if kind is not FAST:
        await exam.device.pause(RUNS_MIN * 60)
        require(number in await active(exam), f"the bolus {number} of {LONG_MIN} min is over at once")
        await canceled(exam, number)
    await ended(exam, number)
    events = [record.event for record in await exam.newer(before)]
    made = [one for one in events if isinstance(one, ids.BolusProgrammed1Of2)]
    expected = bolus_of(kind)
    good = len(made) == 1 and (made[0].bolus_id, made[0].bolus_type) == (number, kind)
    require(good, f"the bolus {number} is programmed in the history {len(made)} times: {made}")
    require(
        (made[0].fast_amount, made[0].extended_amount) == (expected.fast_amount, expected.extended_amount),
        f"the history says that the bolus {number} was programmed with {made[0].fast_amount} and {made[0].extended_amount} IU",
    )
    over = [one for one in events if isinstance(one, ids.BolusDelivered1Of2)]
    require(len(over) == 1 and over[0].bolus_id == number, f"the end of the bolus {number} is in the history {len(over)} times")
    if kind is not EXTENDED:
        require(over[0].fast_amount == AMOUNT, f"a bolus of {AMOUNT} IU has delivered {over[0].fast_amount} IU")
    if kind is EXTENDED:
        share = AMOUNT * RUNS_MIN / LONG_MIN
        got = require_number("the extended amount of a delivered bolus", over[0].extended_amount)
        what = f"{AMOUNT} IU in {LONG_MIN} min that were canceled after {RUNS_MIN} min"
        require(abs(got - share) <= 0.1, f"{what} have delivered {got} IU: expected about {share:.2f} IU")
        lasted = over[0].duration
        require(RUNS_MIN - 1 <= lasted <= RUNS_MIN + 1, f"{what} have lasted {lasted} min in the history")


@examines("IDS-97", "IDS-133")
async def fast_bolus(exam: IdsExam) -> None:
    """A fast bolus."""
    await _delivered(exam, FAST)


@examines("IDS-98")
async def extended_bolus(exam: IdsExam) -> None:
    """An extended bolus."""
    await _delivered(exam, EXTENDED)


@examines("IDS-99")
async def multiwave_bolus(exam: IdsExam) -> None:
    """A multiwave bolus."""
    await _delivered(exam, MULTIWAVE)


@examines("IDS-100")
async def options(exam: IdsExam) -> None:
    """Delay, reasons, and who wanted it."""
    await prepared(exam, FAST)
    delay = 10 if exam.has(Feature.BOLUS_DELAY_TIME) else None
    who = ids.BolusActivation.COMMANDED if exam.has(Feature.BOLUS_ACTIVATION_TYPE) else None
    number = await programmed(exam, bolus_of(FAST, delay_time=delay, activation_type=who, correction=True))
    told = await _amounts(exam, number, BolusValueSelection.PROGRAMMED)
    await exam.device.pause(120)
    after = await _amounts(exam, number, BolusValueSelection.DELIVERED) if delay else None
    await canceled(exam, number)
    got = (told.delay_time, told.activation_type, told.correction, told.meal)
    require(got == (delay, who, True, False), f"a bolus with {(delay, who, True, False)} is told with {got}")
    require(after is None or after.fast_amount == 0.0, "a bolus with a delay of 10 min is delivered at once")


async def _refusals(exam: IdsExam, code: Response, *cases: tuple[str, ids.SetBolus]) -> None:
    for what, bolus in cases:
        octets = encoded(COMMAND, bolus)
        answer = await exam.ask(COMMAND, octets)
        if answer[:2] == bytes.fromhex("7711"):
            await canceled(exam, int.from_bytes(answer[2:4], "little"))
            exam.changed.append(f"{what} was programmed, and canceled at once")
        expected = bytes.fromhex("550F") + octets[:2] + bytes([code])
        require(answer == expected, f"{what} ({shown(octets)}): expected the answer {shown(expected)}, got {shown(answer)}")


@examines("IDS-102")
async def out_of_range(exam: IdsExam) -> None:
    """Amounts and durations out of range: 73."""
    await prepared(exam, FAST)
    await _refusals(exam, Response.PARAMETER_OUT_OF_RANGE, ("a bolus of 200 IU", bolus_of(FAST, 200.0)))
    if exam.has(Feature.EXTENDED_BOLUS):
        endless = ids.SetBolus(EXTENDED, 0.0, AMOUNT, 0xFFFF)
        await _refusals(exam, Response.PARAMETER_OUT_OF_RANGE, ("a bolus of 65535 min", endless))
    if exam.has(Feature.BOLUS_DELAY_TIME):
        late = bolus_of(FAST, delay_time=0xFFFF)
        await _refusals(exam, Response.PARAMETER_OUT_OF_RANGE, ("a delay of 65535 min", late))


@examines("IDS-103")
async def parts_that_do_not_go(exam: IdsExam) -> None:
    """Parts that do not go with the type: 71."""
    await prepared(exam, FAST)
    cases = [
        ("a fast bolus with a duration", ids.SetBolus(FAST, AMOUNT, 0.0, LONG_MIN)),
        ("a fast bolus with an extended part", ids.SetBolus(FAST, AMOUNT, AMOUNT, 0)),
        ("a bolus of the type undetermined", ids.SetBolus(BolusType.UNDETERMINED, AMOUNT, 0.0, 0)),
    ]
    if exam.has(Feature.EXTENDED_BOLUS):
        cases.append(("an extended bolus with a fast part", ids.SetBolus(EXTENDED, AMOUNT, AMOUNT, LONG_MIN)))
    if not exam.has(Feature.BOLUS_DELAY_TIME):
        cases.append(("a delay without its feature", bolus_of(FAST, delay_time=5)))
    await _refusals(exam, Response.INVALID_OPERAND, *cases)


@examines("IDS-104")
async def cancellation(exam: IdsExam) -> None:
    """A bolus that runs can be canceled, once."""
    await prepared(exam, FAST)
    kinds = [kind for kind, feature in OF_TYPE.items() if exam.has(feature)]
    options = [bolus_of(kind) for kind in kinds]
    if exam.has(Feature.BOLUS_DELAY_TIME):
        options.append(bolus_of(FAST, delay_time=10))
    for bolus in options:
        number = await programmed(exam, bolus)
        if bolus.bolus_type is MULTIWAVE:
            await exam.device.pause(120)
        answer = await canceled(exam, number)
        expected = bytes.fromhex("8711") + number.to_bytes(2, "little")
        require(answer == expected, f"the cancellation of {bolus}: expected {shown(expected)}, got {shown(answer)}")
        require(number not in await active(exam), f"the bolus {number} is active after its cancellation")
    for what, over in (("a bolus that has ended", number), ("an unknown bolus", 0xFFFE)):
        octets = encoded(COMMAND, ids.CancelBolus(over))
        await exam.require_response(COMMAND, f"the cancellation of {what}", octets, Response.PROCEDURE_NOT_APPLICABLE)


MOST = 7
"""As many boluses as Get Active Bolus IDs can tell: IDS 1.0.2, section 3.6.2.2."""


@examines("IDS-101", "IDS-105")
async def available(exam: IdsExam) -> None:
    """What can be set follows what runs, until one too many is refused with 76; and what a stopped pump can do."""
    await prepared(exam, EXTENDED)
    free = await _available(exam)
    for kind, feature in OF_TYPE.items():
        require(bool(free & AVAILABLE[kind]) == exam.has(feature), f"no bolus runs, and available are {free!r}")
    running: list[int] = []
    octets = encoded(COMMAND, bolus_of(EXTENDED))
    try:
        for _ in range(MOST + 1):
            left = await _available(exam)
            answer = await exam.ask(COMMAND, octets)
            if answer[:2] != bytes.fromhex("7711"):
                break
            running.append(int.from_bytes(answer[2:4], "little"))
            exam.changed.append("boluses were programmed: extended")
            require(left & AVAILABLE[EXTENDED], f"an extended bolus is not available ({left!r}), and is programmed")
    finally:
        for number in running:
            await canceled(exam, number)
    require(len(running) <= MOST, f"{len(running)} boluses are active at once: at most {MOST} can be told")
    require(not left & AVAILABLE[EXTENDED], f"{len(running)} run and another is refused, and available are {left!r}")
    expected = bytes.fromhex("550F") + octets[:2] + bytes([Response.MAXIMUM_BOLUS_NUMBER_REACHED])
    require(answer == expected, f"a bolus too many: expected the answer {shown(expected)}, got {shown(answer)}")
    await _require_available_while_stopped(exam)


async def _available(exam: IdsExam) -> ids.AvailableBoluses:
    """The boluses that can be programmed now, as the pump says."""
    told = await exam.told(COMMAND, ids.GetAvailableBoluses())
    return ids.AvailableBoluses(told.available)


async def _require_available_while_stopped(exam: IdsExam) -> None:
    """Raise ``Failed`` for a pump that refuses while it is stopped a bolus that it says is available."""
    exam.changed.append("therapy was stopped and started again")
    await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.STOP))
    try:
        free = await _available(exam)
        answer = await exam.command(bolus_of(EXTENDED))
        if answer[:2] == bytes.fromhex("7711"):
            await canceled(exam, int.from_bytes(answer[2:4], "little"))
        accepted = answer[:2] == bytes.fromhex("7711")
        require(
            bool(free & AVAILABLE[EXTENDED]) == accepted,
            f"therapy is stopped, available are {free!r}, and an extended bolus is answered with {shown(answer)}",
        )
    finally:
        await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.RUN))


@examines("IDS-134")
async def ends_and_why(exam: IdsExam) -> None:
    """A bolus that was delivered, and one that was canceled."""
    await prepared(exam, FAST, EXTENDED)
    for kind, reason in ((FAST, ids.BolusEndReason.AMOUNT_DELIVERED), (EXTENDED, ids.BolusEndReason.CANCELED)):
        before = await exam.count()
        number = await programmed(exam, bolus_of(kind))
        if kind is EXTENDED:
            await canceled(exam, number)
        await ended(exam, number)
        over = [one.event for one in await exam.newer(before) if isinstance(one.event, ids.BolusDelivered2Of2)]
        got = [one.end_reason for one in over]
        require(got == [reason], f"a {kind.name.lower()} bolus that is {reason.name.lower()} ends with {got}")
