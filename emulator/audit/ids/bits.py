"""Rows of the Insulin Delivery Service on the bits of Status Changed, and on what is indicated. All of them change therapy."""

from isletbench.emulator.audit.ids.boluses import FAST, bolus_of, ended, prepared, programmed
from isletbench.emulator.audit.ids.exam import IdsExam
from isletbench.emulator.audit.outcomes import require
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.ids import Feature, StatusFlag, TherapyControlState

PAUSE, RUN = TherapyControlState.PAUSE, TherapyControlState.RUN


async def _rises(exam: IdsExam, flag: StatusFlag, what: str) -> None:
    bits = await exam.changed_bits()
    require(bits & flag, f"{what}, and bit {flag.bit_length() - 1} of Status Changed ({bits:04X}) is 0")


@examines("IDS-27")
async def therapy(exam: IdsExam) -> None:
    """Bit 0 with the therapy state, which can be read by then."""
    await prepared(exam)
    await exam.reset_bits()
    await exam.command(ids.SetTherapyControlState(PAUSE))
    await _rises(exam, StatusFlag.THERAPY_CONTROL_STATE, "therapy was paused")
    state = (await exam.status()).therapy_control_state
    await exam.command(ids.SetTherapyControlState(RUN))
    require(state is PAUSE, f"bit 0 says that therapy has changed, and Status has {state.name}")


@examines("IDS-31", "IDS-33", "IDS-29")
async def bolus(exam: IdsExam) -> None:
    """Bit 6 with a bolus that is set and with its end, bit 4 with the end, bit 2 with the reservoir or without."""
    await prepared(exam, FAST)
    await exam.reset_bits()
    before = (await exam.status()).reservoir_remaining
    number = await programmed(exam, bolus_of(FAST))
    await _rises(exam, StatusFlag.ACTIVE_BOLUS, "a bolus was programmed")
    await exam.reset_bits()
    await ended(exam, number)
    await _rises(exam, StatusFlag.TOTAL_DAILY_INSULIN, "a bolus has ended")
    await _rises(exam, StatusFlag.ACTIVE_BOLUS, "a bolus has ended")
    if (await exam.status()).reservoir_remaining != before:
        await _rises(exam, StatusFlag.RESERVOIR, "the remaining amount has changed")


@examines("IDS-32")
async def basal_rate(exam: IdsExam) -> None:
    """Bit 5 with a temporary basal rate."""
    await prepared(exam)
    exam.require_feature(Feature.TBR_ABSOLUTE)
    await exam.command(ids.CancelTbrAdjustment())
    await exam.reset_bits()
    await exam.command(ids.SetTbrAdjustment(ids.TbrType.ABSOLUTE, 0.3, 30))
    await _rises(exam, StatusFlag.ACTIVE_BASAL_RATE, "a TBR was set")
    await exam.reset_bits()
    await exam.command(ids.CancelTbrAdjustment())
    await _rises(exam, StatusFlag.ACTIVE_BASAL_RATE, "a TBR was canceled")


@examines("IDS-34")
async def record(exam: IdsExam) -> None:
    """Bit 7 with a record that can be read."""
    await prepared(exam)
    before = await exam.count()
    await exam.reset_bits()
    await exam.command(ids.SetTherapyControlState(PAUSE))
    await _rises(exam, StatusFlag.HISTORY_EVENT_RECORDED, "therapy was paused")
    after = await exam.count()
    await exam.command(ids.SetTherapyControlState(RUN))
    require(after > before, "bit 7 says that a record was made, and there is none")


@examines("IDS-35", "IDS-38")
async def indicated(exam: IdsExam) -> None:
    """Status Changed is indicated when a bit rises, and once; Status when it changes."""
    await prepared(exam)
    await exam.reset_bits()
    await exam.subscribe(ids.STATUS_CHANGED, ids.STATUS)
    await exam.command(ids.SetTherapyControlState(PAUSE))
    await exam.device.pause(5)
    changes = exam.device.taken(exam.key(ids.STATUS_CHANGED))
    values = exam.device.taken(exam.key(ids.STATUS))
    await exam.command(ids.SetTherapyControlState(RUN))
    require(changes, "a bit of Status Changed has risen, and nothing is indicated")
    bits = [int.from_bytes(exam.opened(ids.STATUS_CHANGED, octets)[:2], "little") for octets in changes]
    require(
        len(set(bits)) == len(bits), f"Status Changed is indicated again without a new bit: {[f'{one:04X}' for one in bits]}"
    )
    require(values, "Status has changed, and nothing is indicated")
