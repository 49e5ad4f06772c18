"""Rows of the CGM Service on periodic measurements: each of them waits for some."""

from isletbench.emulator.audit.cgms.exam import COUNT_ALL, CYCLE_S, MEASUREMENT, RACP, SOCP, CgmsExam, offset_of
from isletbench.emulator.audit.cgms.values import cadence_of
from isletbench.emulator.audit.outcomes import require
from isletbench.emulator.audit.registry import examines


@examines("CGMS-29")
async def rounds(exam: CgmsExam) -> None:
    """A round carries every record since the one before."""
    await exam.require_running()
    cadence = cadence_of(await exam.offsets())
    await exam.begin()
    await exam.subscribe(MEASUREMENT, SOCP)
    await exam.set_interval(2 * cadence)
    wait = 2 * 60 * cadence + 30
    first = [offset_of(record) for record in await exam.next_round(wait)]
    second = [offset_of(record) for record in await exam.next_round(wait)]
    expected = list(range(first[-1] + cadence, second[-1] + 1, cadence))
    require(second == expected, f"a round of {2 * cadence} min has the records {second}: expected {expected}")


@examines("CGMS-30")
async def silence(exam: CgmsExam) -> None:
    """Nothing is notified to whoever has not subscribed, and everything is stored."""
    await exam.require_running()
    offsets = await exam.offsets()
    exam.require_serial("the library of this carrier drops what nobody has subscribed to")
    await exam.begin()
    await exam.device.pause(CYCLE_S)
    require(not exam.device.carrier.unasked(), f"{exam.device.carrier.unasked()} values come that nobody has subscribed to")
    await exam.subscribe(MEASUREMENT, RACP)
    records, _ = await exam.reported(bytes.fromhex("0101"))
    require(offset_of(records[-1]) > offsets[-1], f"nothing is stored in {CYCLE_S:g} s without a subscription")
    exam.facts.pop("notifications", None)


@examines("CGMS-31")
async def waits_for_procedure(exam: CgmsExam) -> None:
    """A measurement waits until the answer of a procedure is confirmed."""
    await exam.require_running()
    exam.require_serial("the library of this carrier confirms every indication")
    cadence = cadence_of(await exam.offsets())
    await exam.begin()
    await exam.subscribe(MEASUREMENT, RACP, SOCP)
    await exam.set_interval(255)
    await exam.next_round()
    await exam.device.pause(60 * cadence - 15)
    exam.device.carrier.confirm(False)
    await exam.ask(RACP, COUNT_ALL)
    await exam.quiet(MEASUREMENT, 25, "a procedure is open until its answer is confirmed")
    exam.device.carrier.confirm(True)
    await exam.next_round()
