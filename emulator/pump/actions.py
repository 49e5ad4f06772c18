"""What can be done to a pump, and what befalls it, as a table: the functions of ``manual`` with arguments that people write."""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from isletbench.emulator.core.actions import Action, Actions
from isletbench.emulator.core.models import DeviceTime, Duration, Interval, SignedDuration, Units
from isletbench.emulator.core.quantities import Instant, shown, units
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.fluid_path import Condition
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.states import Refused
from isletbench.protocols.ids import AnnunciationType, BolusActivation, BolusType, TherapyControlState

Issue = Literal[
    "system_issue",
    "mechanical_issue",
    "reservoir_issue",
    "infusion_set_incomplete",
    "infusion_set_detached",
    "power_source_insufficient",
    "air_pressure_out_of_range",
]


# Therapy, on the pump itself


class Suspend(Action[Pump]):
    """Its user stops therapy on the pump itself: boluses and basal end (DLV-14)."""

    def do(self, machine: Pump, now: Instant) -> None:
        machine.set_therapy(TherapyControlState.STOP, now)


class Pause(Action[Pump]):
    """Its user pauses therapy on the pump itself: a bolus that runs waits for its end, or is dropped (DLV-13)."""

    def do(self, machine: Pump, now: Instant) -> None:
        machine.set_therapy(TherapyControlState.PAUSE, now)


class Resume(Action[Pump]):
    """Its user starts therapy again on the pump itself (DLV-14)."""

    def do(self, machine: Pump, now: Instant) -> None:
        machine.set_therapy(TherapyControlState.RUN, now)


class Bolus(Action[Pump]):
    """Its user gives a fast bolus on the pump itself, which no client has asked for (DLV-28)."""

    units: Units
    """How much, U."""

    def do(self, machine: Pump, now: Instant) -> None:
        fast = units(self.units)
        machine.set_bolus(Prescription(type=BolusType.FAST, fast=fast, activation=BolusActivation.MANUAL, by_hand=True), now)


class CancelBolus(Action[Pump]):
    """Its user ends the bolus that runs, and what waits behind it, on the pump itself; therapy goes on (DLV-31)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.cancel_boluses(machine, now)


class MisreportProgress(Action[Pump]):
    """From now on it reports a wrong progress of boluses: so many percent of what it has delivered; 0 stands still (DLV-34)."""

    percent: int = Field(ge=0, le=10_000)

    def do(self, machine: Pump, now: Instant) -> None:
        manual.misreport_progress(machine, self.percent, now)


class DropTbr(Action[Pump]):
    """Its temp basal is lost: it follows its profile again, and no record and no annunciation says so (DLV-16)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.drop_tbr(machine, now)


class Acknowledge(Action[Pump]):
    """Its user confirms on the pump itself everything that it shows (LNK-14)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.acknowledge(machine, now)


class ResumeBasal(Action[Pump]):
    """Its user lets basal insulin flow again that the pump has suspended by itself because of low glucose."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.resume_basal(machine, now)


class LowSuspend(Action[Pump]):
    """Its user switches suspension because of low glucose on or off."""

    on: bool

    def do(self, machine: Pump, now: Instant) -> None:
        manual.switch_low_suspend(machine, now, on=self.on)


# Reservoir and infusion set


class Detach(Action[Pump]):
    """Take the reservoir out and throw it away; therapy stops."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.detach_reservoir(machine, now)


class Attach(Action[Pump]):
    """Put a reservoir in, with a new infusion set that has to be primed, unless ``new_set`` is false."""

    reservoir: Units
    """What is in it, U."""
    new_set: bool = True

    def do(self, machine: Pump, now: Instant) -> None:
        manual.attach_reservoir(machine, units(self.reservoir), now, new_set=self.new_set)


class Prime(Action[Pump]):
    """Its user primes a new infusion set on the pump itself."""

    units: Units
    """How much is pushed through it, U."""

    def do(self, machine: Pump, now: Instant) -> None:
        machine.start_priming(units(self.units), now)


class SetFillLevel(Action[Pump]):
    """Its user enters on the pump itself how much is in the reservoir, where it does not measure that."""

    units: Units

    def do(self, machine: Pump, now: Instant) -> None:
        machine.set_fill_level(units(self.units), now)


class Occlude(Action[Pump]):
    """The path is blocked: pressure builds up, and an alarm follows when the pump feels it (DLV-09, DLV-10)."""

    resistance: float | None = Field(default=None, gt=0, le=1e6)
    """Of the obstruction, kPa for each U/min; nothing passes when left out."""
    opens_every: Interval | None = None
    """A kink that opens by itself, for the last ``opens_for`` of each of these spans."""
    opens_for: Duration = 0
    leak: float | None = Field(default=None, gt=0, le=1e6)
    """Of a way out before the obstruction, kPa for each U/min: with a small one the pump never feels any pressure."""

    @model_validator(mode="after")
    def _opens_for_less(self) -> Self:
        if self.opens_every is not None and self.opens_for >= self.opens_every:
            raise ValueError(
                f"opens_for: expected less than opens_every, {shown(self.opens_every)}, got {shown(self.opens_for)}"
            )
        return self

    def do(self, machine: Pump, now: Instant) -> None:
        block = math.inf if self.resistance is None else self.resistance
        kink = Condition(block=block, leak=self.leak, opens_every=self.opens_every, opens_for=self.opens_for)
        manual.set_condition(machine, kink, now)


class Leak(Action[Pump]):
    """Insulin leaves the path before the tissue: the pump delivers and notices nothing (DLV-20)."""

    resistance: float = Field(default=1.0, gt=0, le=1e6)
    """Of the way out, kPa for each U/min."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.set_condition(machine, Condition(leak=self.resistance), now)


class Air(Action[Pump]):
    """A bubble has come into the path: it passes instead of insulin."""

    bubble: Units
    """How much insulin it displaces, U."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.set_condition(machine, Condition(air=units(self.bubble)), now)


class PullOut(Action[Pump]):
    """The cannula comes out of the tissue: the pump feels nothing, and nothing reaches anybody (DLV-20)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.set_condition(machine, Condition(cannula_out=True), now)


class Stall(Action[Pump]):
    """Its plunger does not move: it counts and reports every pulse, and no insulin leaves the reservoir (DLV-20)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.stall(machine, now)


class Clear(Action[Pump]):
    """Nothing is wrong any more with plunger and path."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.clear(machine, now)


class Replace(Action[Pump]):
    """Another pump of the same make is put in its place: other serial number, empty history, numbers from 1 (LIF-05)."""

    reservoir: Units
    """What is in it, U."""
    ready: bool = True
    """Primed and running; else it waits to be primed."""
    ages: bool = True
    """Its counters begin anew; else they go on where those of the old one were (CLK-07)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.replace_pump(machine, units(self.reservoir), now, ready=self.ready, ages=self.ages)


# Power


class Battery(Action[Pump]):
    """Put in a battery with so much of its life left."""

    percent: int = Field(default=100, ge=1, le=100)

    def do(self, machine: Pump, now: Instant) -> None:
        manual.replace_battery(machine, now, level=self.percent)


class StandBy(Action[Pump]):
    """Put it to sleep: deliveries end."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.stand_by(machine, now)


class Wake(Action[Pump]):
    """Wake it."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.wake(machine, now)


class PowerOff(Action[Pump]):
    """Switch it off: deliveries end (DLV-24)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.power_off(machine, now)


class PowerOn(Action[Pump]):
    """Switch it on; therapy stays stopped."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.power_on(machine, now)


class Reboot(Action[Pump]):
    """Its power is cut for a moment: what ran has ended, and is announced (DLV-23)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.lose_power(machine, now)


# Clock and memory


class LoseCounters(Action[Pump]):
    """A fault resets it: its totals begin anew at 0, and no record says how much of a bolus was delivered (DLV-08)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.lose_counters(machine, now)


class SetClock(Action[Pump]):
    """Its user sets its date and time on the pump itself (CLK-01, CLK-02)."""

    to: DeviceTime

    def do(self, machine: Pump, now: Instant) -> None:
        machine.set_clock(self.to, now)


class LoseClock(Action[Pump]):
    """Its date and time are lost: it shows that of the factory, and says so (CLK-04)."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.lose_clock(machine, now)


class LockClock(Action[Pump]):
    """No client may set its date and time from now on (``on`` = true), or clients may again: a refused setting (CLK-08)."""

    on: bool = True

    def do(self, machine: Pump, now: Instant) -> None:
        manual.lock_clock(machine, now, on=self.on)


class Drift(Action[Pump]):
    """From now on its clock runs so many millionths too fast, or too slow (CLK-03)."""

    ppm: int = Field(ge=-100_000, le=100_000)

    def do(self, machine: Pump, now: Instant) -> None:
        manual.drift(machine, self.ppm, now)


class MisreadClock(Action[Pump]):
    """Its date and time are read wrong for once; its clock is right (CLK-05)."""

    by: SignedDuration
    """How far off that is."""
    times: int = Field(default=1, ge=1, le=1_000)
    """How often."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.misread_clock(machine, self.by, self.times, now)


class Misdate(Action[Pump]):
    """The next date that it writes into its history is one that there is not (HIS-04)."""

    year: int = Field(default=0, ge=0, le=9999)
    month: int = Field(default=0, ge=0, le=12)
    day: int = Field(default=0, ge=0, le=31)

    def do(self, machine: Pump, now: Instant) -> None:
        manual.misdate(machine, (self.year, self.month, self.day), now)


# What it announces


class Temperature(Action[Pump]):
    """It has measured its temperature, and announces it; too warm or too cold is another annunciation (LIF-09)."""

    celsius: float = Field(ge=-40, le=85)

    def do(self, machine: Pump, now: Instant) -> None:
        manual.report_temperature(machine, self.celsius, now)


class Silence(Action[Pump]):
    """Its annunciations are raised, and do not sound, or clients are not notified of them, or neither (LIF-12)."""

    sounds: bool = False
    """Whether they sound or vibrate from now on."""
    sends: bool = False
    """Whether clients are notified of them from now on; they can be read all the same."""

    def do(self, machine: Pump, now: Instant) -> None:
        manual.silence(machine, now, sounds=self.sounds, sends=self.sends)


class Fail(Action[Pump]):
    """Something else is wrong with it; what is grave stops therapy (DLV-07)."""

    issue: Issue = "system_issue"

    def do(self, machine: Pump, now: Instant) -> None:
        manual.report_issue(machine, AnnunciationType[self.issue.upper()], now)


ACTIONS: Actions[Pump] = Actions(
    "pump",
    (
        *(Suspend, Pause, Resume, Bolus, CancelBolus, MisreportProgress, DropTbr, Acknowledge, ResumeBasal, LowSuspend),
        *(Detach, Attach, Prime, SetFillLevel, Occlude, Leak, Air, PullOut, Stall, Clear, Replace),
        *(Battery, StandBy, Wake, PowerOff, PowerOn, Reboot, LoseCounters, SetClock, LoseClock, LockClock, Drift),
        *(MisreadClock, Misdate, Silence, Temperature, Fail),
    ),
    refused=(Refused, ValueError),
    clock=Pump.shows,
    set_clock=Pump.set_clock,
)
"""Everything that can be done to a pump."""
