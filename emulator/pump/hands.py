"""What only somebody with the pump in hand can do, or what befalls it: reservoir, infusion set, battery, power, damage.

Each takes the pump and the time, as a client's commands do; what it will not let happen is ``Refused``.
"""

from isletbench.emulator.core.quantities import Instant, Insulin, Span, in_units
from isletbench.emulator.pump import events
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.annunciations import BLOCKING
from isletbench.emulator.pump.fluid_path import NORMAL, Condition
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.memory import Battery
from isletbench.emulator.pump.records import Temperature
from isletbench.emulator.pump.states import (
    OPERATIONAL,
    PRIMING,
    BolusEvent,
    Operation,
    PrimingEvent,
    Reason,
    Refused,
    TbrEvent,
    after,
)
from isletbench.emulator.pump.totals import Totals
from isletbench.emulator.pump.wall_clock import FACTORY
from isletbench.protocols.ids import (
    AnnunciationType,
    OperationalState,
    PrimingEndReason,
    RecordingReason,
    StatusFlag,
    TemperatureContext,
    TherapyControlState,
)
from isletbench.protocols.plain import to_plain


def detach_reservoir(pump: Pump, now: Instant) -> None:
    """Take the reservoir out and throw it away; therapy stops. Raises ``Refused``."""
    after(OPERATIONAL, pump.operational, Operation.DETACH)
    pump.stop_by_itself(now)
    pump.reservoir.detach()
    pump.log(now, events.ReservoirDetached())
    pump.operate(Operation.DETACH, now)
    pump.tell_level(now)


def attach_reservoir(pump: Pump, amount: Insulin, now: Instant, *, new_set: bool = True) -> None:
    """Put a reservoir in with so much in it, uU; a ``new_set`` has to be primed. A patch pump is all new. Raises ``Refused``.

    A pump that measures what is in it needs not be told.
    """
    if not 0 <= amount <= pump.profile.reservoir:
        raise out_of_range(f"{in_units(amount)} U is outside 0..{in_units(pump.profile.reservoir)} U")
    after(OPERATIONAL, pump.operational, Operation.ATTACH)
    pump.reservoir.attach(amount, amount if pump.profile.measures_fill else None)
    pump.log(now, events.ReservoirAttached(uu=amount))
    pump.reservoir_since, pump.worn_out, pump.advised_at = now, False, None
    pump.low_told = pump.profile.measures_fill and amount <= pump.profile.low_reservoir
    if new_set:
        pump.new_set(now)
    if pump.profile.patch:
        replace_battery(pump, now)
        pump.counters = dict.fromkeys(pump.profile.counters, now)
    elif not pump.profile.primes:
        pump.reset_operation_time(now)
    pump.operate(Operation.ATTACH, now)
    pump.tell_level(now)
    pump.settle(now)


def replace_pump(pump: Pump, amount: Insulin, now: Instant, *, ready: bool = True, ages: bool = True) -> None:
    """Throw it away and put another one of the same make, with so much in it, uU, in its place: another serial number, an
    empty history, numbers that begin anew, the settings its user had in the old one.

    ``ready``: primed, and therapy runs; else it waits to be primed. Without ``ages`` its counters go on where those of the old
    one were. Raises ``Refused``.
    """
    if not 0 < amount <= pump.profile.reservoir:
        raise out_of_range(f"{in_units(amount)} U is outside 0..{in_units(pump.profile.reservoir)} U")
    if pump.priming:
        pump.stop_priming(now)
    pump.stop_by_itself(now)
    if pump.reservoir.attached:
        pump.reservoir.detach()
        pump.log(now, events.ReservoirDetached())
    pump.begin_anew(now, ages=ages)
    pump.log(now, events.PumpReplaced(number=pump.number))
    pump.reservoir.attach(amount, amount)
    pump.log(now, events.ReservoirAttached(uu=amount))
    pump.low_told = amount <= pump.profile.low_reservoir
    pump.new_set(now)
    pump.operational = OperationalState.WAITING
    if ready:
        pump.air, pump.unprimed = 0, False
        pump.settle(now)
        pump.set_therapy(TherapyControlState.RUN, now)
    pump.tell_level(now)


def stall(pump: Pump, now: Instant) -> None:
    """Its plunger stands still from now on; it notices nothing, and goes on counting."""
    pump.stalled = True
    pump.log(now, events.Stalled())


def clear(pump: Pump, now: Instant) -> None:
    """Nothing is wrong any more with the way of the insulin, from the motor to the tissue."""
    pump.stalled = False
    set_condition(pump, NORMAL, now)


def acknowledge(pump: Pump, now: Instant) -> None:
    """Its user confirms everything that it shows."""
    for instance_id in tuple(pump.annunciations.active):
        pump.confirm(instance_id, now)


def drop_tbr(pump: Pump, now: Instant) -> None:
    """The TBR is gone: it follows its profile, and no record and no annunciation tells of the end. Raises ``Refused``."""
    if pump.tbr is None:
        raise Refused(Reason.NOT_POSSIBLE, "no TBR is active")
    pump.tbr = None
    pump.log(now, events.TbrEnded(reason="DROPPED"))
    pump.follow_schedule(now)


def lose_counters(pump: Pump, now: Instant) -> None:
    """A fault resets it: totals begin anew at 0, and no record tells how much of a running bolus was delivered."""
    for bolus in tuple(pump.boluses.values()):
        del pump.boluses[bolus.id]
        pump.log(now, events.BolusEnded(bolus_id=bolus.id, delivered_uu=bolus.delivered, reason="FORGOTTEN"))
    pump.path.bolus_runs(False, now)
    pump.totals = Totals(day_began=pump.totals.day_began)
    pump.changes(StatusFlag.ACTIVE_BOLUS | StatusFlag.TOTAL_DAILY_INSULIN)
    pump.log(now, events.CountersLost())
    pump.fault(AnnunciationType.SYSTEM_ISSUE, now)


def set_condition(pump: Pump, condition: Condition, now: Instant) -> None:
    """Something is wrong with the infusion set, or no longer wrong."""
    pump.path.set_condition(condition, now)
    pump.log(now, events.FluidPathChanged(condition=to_plain(condition)))
    pump.look_at_path(now)


def replace_battery(pump: Pump, now: Instant, *, level: int = 100) -> None:
    """Put in a battery with so many percent of its life left."""
    if not 0 < level <= 100:
        raise out_of_range(f"a battery at {level} % is no battery to put in")
    life = pump.profile.battery_life
    pump.battery = Battery(now - life * (100 - level) // 100, life, warned=level)
    pump.log(now, events.BatteryReplaced(percent=level))
    pump.revision += 1


def stand_by(pump: Pump, now: Instant) -> None:
    """Put it to sleep: deliveries end. Raises ``Refused``."""
    after(OPERATIONAL, pump.operational, Operation.SLEEP)
    pump.stop_by_itself(now)
    pump.operate(Operation.SLEEP, now)


def wake(pump: Pump, now: Instant) -> None:
    """Wake it. Raises ``Refused``."""
    pump.operate(Operation.WAKE, now)


def power_off(pump: Pump, now: Instant) -> None:
    """Switch it off: deliveries end. Raises ``Refused``."""
    after(OPERATIONAL, pump.operational, Operation.SWITCH_OFF)
    if pump.priming:
        pump.stop_priming(now)
    pump.stop_by_itself(now)
    pump.operate(Operation.SWITCH_OFF, now)


def power_on(pump: Pump, now: Instant) -> None:
    """Switch it on; therapy stays stopped. Raises ``Refused``."""
    pump.operate(Operation.SWITCH_ON, now)
    pump.settle(now)


def lose_power(pump: Pump, now: Instant, *, since: Instant | None = None) -> None:
    """Its power was cut, ``since`` an earlier instant or for a moment: what ran has ended, and it tells.

    Nothing flowed meanwhile and nothing is made up for. Therapy goes on, or stays stopped, as the profile has it.
    """
    pump.resume_at(now)
    pump.log(now, events.PowerLost(since=now if since is None else since))
    pump.end_boluses(BolusEvent.FAULT, now, announced=True)
    pump.abandon_tbr(TbrEvent.FAULT, now, announced=True)
    if pump.priming:
        raised = pump.announce(AnnunciationType.PRIMING_ISSUE, now)
        after(PRIMING, pump.priming_state, PrimingEvent.FAULT)
        pump.primed(PrimingEndReason.ERROR_ABORT, now, raised)
    if not pump.profile.habits.runs_after_reset:
        pump.stop_by_itself(now)


def lose_clock(pump: Pump, now: Instant) -> None:
    """Its date and time are lost: it shows that of the factory, and says so."""
    pump.clock.set(FACTORY, now)
    pump.log(now, events.ClockLost())
    pump.clock_changed(now, RecordingReason.DATE_TIME_LOSS)
    pump.announce(AnnunciationType.DATE_TIME_ISSUE, now)


def drift(pump: Pump, ppm: int, now: Instant) -> None:
    """From now on its clock runs so many millionths too fast."""
    pump.clock.drift(ppm, now)
    pump.log(now, events.ClockDrift(ppm=ppm))
    pump.next_midnight = pump.clock.midnight_after(now)
    pump.follow_schedule(now)


def corrupt_record(pump: Pump, number: int, now: Instant) -> None:
    """A record of its history is damaged: whoever reads it is told that it is. Raises ``Refused``."""
    if all(entry.number != number for entry in pump.history.entries):
        raise out_of_range(f"there is no record {number}")
    pump.history.corrupt(number)
    pump.log(now, events.RecordCorrupted(number=number))
    pump.changes(StatusFlag.HISTORY_EVENT_RECORDED)


def misread_clock(pump: Pump, by: Span, times: int, now: Instant) -> None:
    """Whoever asks it for its date and time gets another one, so many times; what it shows, and goes by, is right."""
    pump.misread_times, pump.misread_by = times, by
    pump.log(now, events.ClockMisread(by_ms=by, times=times))


def misdate(pump: Pump, date: tuple[int, int, int], now: Instant) -> None:
    """The next reference time of its history is to carry this year, month and day: a date that need not exist."""
    pump.history.wrong_date = date
    pump.log(now, events.Misdated())


def report_temperature(
    pump: Pump,
    celsius: float,
    now: Instant,
    *,
    bounds: tuple[float, float] = (5.0, 40.0),
    context: TemperatureContext = TemperatureContext.DEVICE,
) -> None:
    """It has measured its temperature, and tells; outside its bounds that is another annunciation as well."""
    low, high = bounds
    pump.announce(AnnunciationType.TEMPERATURE, now, Temperature(celsius, context, low, high))
    if not low <= celsius <= high:
        pump.announce(AnnunciationType.TEMPERATURE_OUT_OF_RANGE, now)


def report_issue(pump: Pump, type_: AnnunciationType, now: Instant) -> None:
    """Something else is wrong: a mechanical issue, an infusion set that came off. A blocking one stops therapy."""
    if type_ in BLOCKING:
        pump.fault(type_, now)
    else:
        pump.announce(type_, now)
