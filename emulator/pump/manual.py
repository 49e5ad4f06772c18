"""What only a person with the pump at hand can do, and what befalls it: reservoir, infusion set, battery, power, damage.

Each function takes the pump and the time and returns an ``Outcome``, as the operations of a client do. What the pump does not
let happen raises ``Refused``.
"""

from dataclasses import asdict

from isletbench.emulator.core.quantities import Instant, Insulin, Span, in_units
from isletbench.emulator.pump import events, operations
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.annunciations import BLOCKING
from isletbench.emulator.pump.couplings import follow_schedule, look_at_path, record_reference, settle, stop_therapy
from isletbench.emulator.pump.fluid_path import NORMAL, Condition
from isletbench.emulator.pump.happenings import NOTHING, Announce, FaultFound, Happens, Outcome, PathConditionChanged
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.parts import Parts
from isletbench.emulator.pump.records import Temperature
from isletbench.emulator.pump.states import BolusEvent, Operation, Reason, Refused
from isletbench.protocols.ids import (
    AnnunciationType,
    OperationalState,
    RecordingReason,
    StatusFlag,
    TemperatureContext,
    TherapyControlState,
)

# Reservoir and infusion set


def detach_reservoir(pump: Pump, now: Instant) -> Outcome[None]:
    """Take the reservoir out and throw it away; therapy stops. Raises ``Refused``."""

    def detach(parts: Parts) -> Happens[None]:
        parts.operation.check(Operation.DETACH)
        yield from stop_therapy(parts, True, now)
        yield from parts.reservoir.detach()
        yield from parts.operation.happen(Operation.DETACH)
        yield from parts.reservoir.record_level()

    return pump.perform(now, detach(pump.parts))


def attach_reservoir(pump: Pump, amount: Insulin, now: Instant, *, new_set: bool = True) -> Outcome[None]:
    """Put in a reservoir with so much in it, uU; a ``new_set`` has to be primed. A patch pump is all new. Raises ``Refused``.

    A pump that does not measure what is in it needs its fill level set.
    """

    def attach(parts: Parts) -> Happens[None]:
        profile = parts.profile
        parts.reservoir.check_amount(amount)
        parts.operation.check(Operation.ATTACH)
        yield from parts.reservoir.attach(amount, amount if profile.measures_fill else None)
        parts.counters.new_reservoir(now)
        if new_set:
            yield from parts.infusion_set.replace(profile, now)
        if profile.patch:
            yield from parts.battery.replace(now)
            parts.counters.begin(now)
        elif not profile.primes:
            yield from parts.counters.reset_operation_time(now)
        yield from parts.operation.happen(Operation.ATTACH)
        yield from parts.reservoir.record_level()
        yield from settle(parts, None, now)

    return pump.perform(now, attach(pump.parts))


def replace_pump(pump: Pump, amount: Insulin, now: Instant, *, ready: bool = True, ages: bool = True) -> Outcome[None]:
    """Throw the pump away and put another one of the same make, with so much in it, uU, in its place: another serial number,
    an empty history, numbers that begin anew, the settings its user had in the old one.

    ``ready``: primed, and therapy runs; else it waits to be primed. Without ``ages`` its counters go on where those of the old
    one were. Raises ``Refused``.
    """

    def replace(parts: Parts) -> Happens[None]:
        if not 0 < amount <= parts.profile.reservoir:
            raise out_of_range(f"{in_units(amount)} U is outside 0..{in_units(parts.profile.reservoir)} U")
        if parts.priming.runs:
            yield from operations.stop_priming(parts)
        yield from stop_therapy(parts, True, now)
        if parts.reservoir.attached:
            yield from parts.reservoir.detach()
        yield from _begin_anew(parts, now, ages=ages)
        yield events.PumpReplaced(number=parts.status.number)
        yield from parts.reservoir.attach(amount, amount)
        yield from parts.infusion_set.replace(parts.profile, now)
        parts.operation.state = OperationalState.WAITING
        if ready:
            parts.infusion_set.air, parts.infusion_set.unprimed = 0, False
            yield from settle(parts, None, now)
            yield from operations.set_therapy(parts, TherapyControlState.RUN, now)
        yield from parts.reservoir.record_level()

    return pump.perform(now, replace(pump.parts))


def _begin_anew(parts: Parts, now: Instant, *, ages: bool) -> Happens[None]:
    """Be another pump of the same make, with the same settings and no memory; with ``ages`` its counters begin anew."""
    parts.status.number += 1
    parts.history.clear(now)
    parts.annunciations.clear()
    parts.totals.clear()
    parts.glucose.clear()
    parts.glucose_alerts.restart(now)
    parts.low_suspend.clear()
    parts.boluses.last_id = 0
    parts.battery.renew(now)
    if ages:
        parts.counters.begin(now)
    parts.counters.new_reservoir(now)
    parts.totals.follow(parts.clock, now)
    parts.basal.owe_nothing()
    parts.status.changed = NOTHING
    yield from record_reference(parts, RecordingReason.SET_DATE_TIME, now)


def set_condition(pump: Pump, condition: Condition, now: Instant) -> Outcome[None]:
    """Something is wrong with the infusion set, or no longer wrong."""
    return pump.perform(now, _set_condition(pump.parts, condition, now))


def _set_condition(parts: Parts, condition: Condition, now: Instant) -> Happens[None]:
    yield PathConditionChanged(condition)
    yield events.FluidPathChanged(condition=asdict(condition))
    yield from look_at_path(parts, None, now)


def stall(pump: Pump, now: Instant) -> Outcome[None]:
    """The plunger does not move from now on; the pump does not notice, and goes on counting."""
    return pump.perform(now, pump.parts.delivery.stall())


def clear(pump: Pump, now: Instant) -> Outcome[None]:
    """Nothing is wrong any more with the way of the insulin, from the motor to the tissue."""
    pump.parts.delivery.stalled = False
    return set_condition(pump, NORMAL, now)


# Therapy and annunciations


def acknowledge(pump: Pump, now: Instant) -> Outcome[None]:
    """The user confirms everything that the pump shows."""

    def confirm_all(parts: Parts) -> Happens[None]:
        for instance_id in tuple(parts.annunciations.active):
            yield from parts.annunciations.confirm(instance_id)

    return pump.perform(now, confirm_all(pump.parts))


def drop_tbr(pump: Pump, now: Instant) -> Outcome[None]:
    """The TBR is lost: basal insulin follows the profile, and no record and no annunciation says so. Raises ``Refused``."""

    def drop(parts: Parts) -> Happens[None]:
        yield from parts.tbr.drop()
        yield from follow_schedule(parts, None, now)

    return pump.perform(now, drop(pump.parts))


def cancel_boluses(pump: Pump, now: Instant) -> Outcome[None]:
    """The user ends every bolus on the pump itself, those that wait included; therapy goes on. Raises ``Refused`` without
    one."""

    def cancel(parts: Parts) -> Happens[None]:
        if not parts.boluses.active:
            raise Refused(Reason.NOT_POSSIBLE, "no bolus is active")
        yield from parts.boluses.abandon(BolusEvent.CANCEL, now, announced=parts.profile.habits.announces_stop)

    return pump.perform(now, cancel(pump.parts))


def misreport_progress(pump: Pump, percent: int, now: Instant) -> Outcome[None]:
    """From now on the pump reports so many percent of what it delivers as the progress of a bolus."""
    return pump.perform(now, pump.parts.boluses.misreport(percent))


def lose_counters(pump: Pump, now: Instant) -> Outcome[None]:
    """A fault resets the pump: totals begin anew at 0, and no record says how much of a running bolus was delivered."""

    def lose(parts: Parts) -> Happens[None]:
        yield from parts.boluses.lose()
        parts.totals.clear()
        yield StatusFlag.ACTIVE_BOLUS | StatusFlag.TOTAL_DAILY_INSULIN
        yield events.CountersLost()
        yield FaultFound(AnnunciationType.SYSTEM_ISSUE)

    return pump.perform(now, lose(pump.parts))


def silence(pump: Pump, now: Instant, *, sounds: bool, sends: bool) -> Outcome[None]:
    """Whether annunciations sound from now on, and whether clients are notified of them; they are raised all the same."""
    return pump.perform(now, pump.parts.annunciations.silence(sounds=sounds, sends=sends))


def report_temperature(
    pump: Pump,
    celsius: float,
    now: Instant,
    *,
    bounds: tuple[float, float] = (5.0, 40.0),
    context: TemperatureContext = TemperatureContext.DEVICE,
) -> Outcome[None]:
    """The pump has measured its temperature, and announces it; outside its bounds that is another annunciation as well."""

    def report() -> Happens[None]:
        low, high = bounds
        yield Announce(AnnunciationType.TEMPERATURE, Temperature(celsius, context, low, high))
        if not low <= celsius <= high:
            yield Announce(AnnunciationType.TEMPERATURE_OUT_OF_RANGE)

    return pump.perform(now, report())


def report_issue(pump: Pump, type_: AnnunciationType, now: Instant) -> Outcome[None]:
    """Something else is wrong: a mechanical issue, an infusion set that came off. A blocking one stops therapy."""

    def report() -> Happens[None]:
        yield FaultFound(type_) if type_ in BLOCKING else Announce(type_)

    return pump.perform(now, report())


# Glucose


def resume_basal(pump: Pump, now: Instant) -> Outcome[None]:
    """The user lets basal insulin flow that the pump has suspended by itself. Raises ``Refused``."""
    return pump.perform(now, pump.parts.low_suspend.resume(now))


def switch_low_suspend(pump: Pump, now: Instant, *, on: bool) -> Outcome[None]:
    """The user switches suspension by the pump itself on or off. Raises ``Refused``."""
    return pump.perform(now, pump.parts.low_suspend.switch(now, on=on))


# Power


def replace_battery(pump: Pump, now: Instant, *, level: int = 100) -> Outcome[None]:
    """Put in a battery with so many percent of its life left. Raises ``Refused``."""
    return pump.perform(now, pump.parts.battery.replace(now, level=level))


def stand_by(pump: Pump, now: Instant) -> Outcome[None]:
    """Put the pump to sleep: deliveries end. Raises ``Refused``."""

    def sleep(parts: Parts) -> Happens[None]:
        parts.operation.check(Operation.SLEEP)
        yield from stop_therapy(parts, True, now)
        yield from parts.operation.happen(Operation.SLEEP)

    return pump.perform(now, sleep(pump.parts))


def wake(pump: Pump, now: Instant) -> Outcome[None]:
    """Wake the pump. Raises ``Refused``."""
    return pump.perform(now, pump.parts.operation.happen(Operation.WAKE))


def power_off(pump: Pump, now: Instant) -> Outcome[None]:
    """Switch the pump off: deliveries end. Raises ``Refused``."""

    def switch_off(parts: Parts) -> Happens[None]:
        parts.operation.check(Operation.SWITCH_OFF)
        if parts.priming.runs:
            yield from operations.stop_priming(parts)
        yield from stop_therapy(parts, True, now)
        yield from parts.operation.happen(Operation.SWITCH_OFF)

    return pump.perform(now, switch_off(pump.parts))


def power_on(pump: Pump, now: Instant) -> Outcome[None]:
    """Switch the pump on; therapy stays stopped. Raises ``Refused``."""

    def switch_on(parts: Parts) -> Happens[None]:
        yield from parts.operation.happen(Operation.SWITCH_ON)
        yield from settle(parts, None, now)

    return pump.perform(now, switch_on(pump.parts))


def lose_power(pump: Pump, now: Instant, *, since: Instant | None = None) -> Outcome[None]:
    """The pump's power was cut, ``since`` an earlier instant or for a moment: what ran has ended, and is announced.

    Nothing flowed meanwhile and nothing is made up for. Therapy goes on, or stays stopped, as the profile has it.
    """

    def resume(parts: Parts) -> Happens[None]:
        parts.now = now
        parts.basal.skip_to(now)
        yield from record_reference(parts, RecordingReason.PERIODIC, now)
        yield from follow_schedule(parts, None, now)
        yield events.PowerLost(since=now if since is None else since)

    return pump.perform(now, resume(pump.parts))


# Clock and memory


def lose_clock(pump: Pump, now: Instant) -> Outcome[None]:
    """Date and time are lost: the pump shows those of the factory, and announces it."""

    def lose(parts: Parts) -> Happens[None]:
        yield from parts.clock.lose(now)
        yield Announce(AnnunciationType.DATE_TIME_ISSUE)

    return pump.perform(now, lose(pump.parts))


def drift(pump: Pump, ppm: int, now: Instant) -> Outcome[None]:
    """From now on the clock runs so many millionths too fast."""
    return pump.perform(now, pump.parts.clock.drift(ppm, now))


def lock_clock(pump: Pump, now: Instant, *, on: bool) -> Outcome[None]:
    """From now on no client may set date and time, or clients may again as the profile has it."""
    return pump.perform(now, pump.parts.clock.lock(on=on))


def misread_clock(pump: Pump, by: Span, times: int, now: Instant) -> Outcome[None]:
    """The next readings of date and time are wrong by so much, ms; what the pump shows, and goes by, is right."""
    return pump.perform(now, pump.parts.clock.misread(by, times))


def corrupt_record(pump: Pump, number: int, now: Instant) -> Outcome[None]:
    """An entry of the history is damaged: whoever reads it finds it so. Raises ``Refused``."""

    def corrupt(parts: Parts) -> Happens[None]:
        if all(entry.number != number for entry in parts.history.entries):
            raise out_of_range(f"there is no record {number}")
        parts.history.corrupt(number)
        yield events.RecordCorrupted(number=number)
        yield StatusFlag.HISTORY_EVENT_RECORDED

    return pump.perform(now, corrupt(pump.parts))


def misdate(pump: Pump, date: tuple[int, int, int], now: Instant) -> Outcome[None]:
    """The next reference time of the history is to carry this year, month and day: a date that need not exist."""

    def mark(parts: Parts) -> Happens[None]:
        parts.history.wrong_date = date
        yield events.Misdated()

    return pump.perform(now, mark(pump.parts))
