"""Actions on a sensor: what a person does to it, and what the world does."""

from pydantic import Field

from isletbench.emulator.cgm.calibration import LATEST, Reference
from isletbench.emulator.cgm.effects import Bias, CompressionLow, Drift, Gain, Spike, Stuck
from isletbench.emulator.cgm.measurement import Disturbance
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.states import Reason, Refused
from isletbench.emulator.core.actions import Action, Actions
from isletbench.emulator.core.models import DeviceTime, Lasting
from isletbench.emulator.core.quantities import Instant
from isletbench.protocols.cgms import SampleLocation, SampleType

# The sensor's life


class Insert(Action[Sensor]):
    """Insert a new sensor, another one with errors of its own. One in place has to be removed first."""

    fits: bool = True
    """Whether it is of the type that the device is made for."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.insert(now, fits=self.fits)


class Remove(Action[Sensor]):
    """Take the sensor out; a session that runs ends."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.remove(now)


class Replace(Action[Sensor]):
    """Take the sensor out and insert a new one."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.remove(now)
        machine.insert(now)


class Start(Action[Sensor]):
    """Start a session on the device itself."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.start(now)


class Stop(Action[Sensor]):
    """Stop the session on the device itself."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.stop(now)


class Fail(Action[Sensor]):
    """The sensor fails for the rest of its life: no readings, session stopped, sensor malfunction (CGM-12)."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.fail(now)


class Shorten(Action[Sensor]):
    """The session will end sooner: its life, before any grace, is corrected to so long after its start (CGM-18)."""

    life: Lasting

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.shorten(self.life, now)


class Calibrate(Action[Sensor]):
    """Measure glucose with a finger stick, and enter it on the device itself."""

    mg_dl: float | None = Field(default=None, ge=10, le=1000)
    """What the meter shows; left out, the meter is exact."""

    def do(self, machine: Sensor, now: Instant) -> None:
        shown = machine.source(now) if self.mg_dl is None else self.mg_dl
        if shown is None:
            raise Refused(Reason.NOT_NOW, "there is no glucose to measure")
        origin = SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.FINGER
        machine.calibrate(Reference(float(round(shown)), machine.session.time_offset(now), *origin, next_time=LATEST), now)


# What it measures


class _Disturb(Action[Sensor]):
    """Disturb what the sensor measures, from now on."""

    def disturbance(self, now: Instant) -> Disturbance:
        """The effect that is added to those of the sensor."""
        raise NotImplementedError

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.disturb(self.disturbance(now))


class Stick(_Disturb):
    """The same value again and again, while records and time offsets go on (CGM-10)."""

    lasts: Lasting = Field(default=1_800_000)

    def disturbance(self, now: Instant) -> Disturbance:
        return Stuck(now, self.lasts)


class Jump(_Disturb):
    """An outlier: readings that are too high, or too low, for a while (CGM-16)."""

    mg_dl: float = Field(ge=-400, le=400)
    lasts: Lasting = Field(default=300_000)

    def disturbance(self, now: Instant) -> Disturbance:
        return Spike(self.mg_dl, now, self.lasts)


class Compress(_Disturb):
    """Somebody lies on the sensor: readings sink, and recover when they turn over (CGM-16)."""

    depth: float = Field(default=50, ge=0, le=400)
    """How far they sink, mg/dL."""
    lasts: Lasting = Field(default=2_400_000)

    def disturbance(self, now: Instant) -> Disturbance:
        return CompressionLow(self.depth, now, self.lasts)


class Offset(_Disturb):
    """Readings that are so much too high, or too low, from now on (CGM-16)."""

    mg_dl: float = Field(ge=-400, le=400)

    def disturbance(self, now: Instant) -> Disturbance:
        return Bias(self.mg_dl, now)


class Wander(_Disturb):
    """Readings that drift by so much every day (CGM-16)."""

    mg_dl_per_day: float = Field(ge=-400, le=400)

    def disturbance(self, now: Instant) -> Disturbance:
        return Drift(self.mg_dl_per_day, now)


class Miscalibrate(_Disturb):
    """Readings that are a factor too high, or too low, as after a calibration with a wrong reference."""

    factor: float = Field(gt=0, le=5)

    def disturbance(self, now: Instant) -> Disturbance:
        return Gain(self.factor)


class Attenuate(Action[Sensor]):
    """The signal is too weak for a result: readings without a number, as the profile has it, until mended (CGM-15)."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.conditions.attenuated = True


class Malfunction(Action[Sensor]):
    """The sensor cannot measure: readings that are not a number and a sensor malfunction, until mended (CGM-15)."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.conditions.malfunction = True


class Break(Action[Sensor]):
    """Something else in the device is broken: a general device fault in its status, until mended."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.conditions.general_fault = True


class Temperature(Action[Sensor]):
    """Set the temperature of the sensor; it measures nothing outside the range of its profile (LIF-09)."""

    celsius: float = Field(ge=-40, le=85)

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.conditions.temperature = self.celsius


class Mend(Action[Sensor]):
    """Undo what other actions have disturbed in measuring; a failed sensor stays failed."""

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.mend()


# What it runs on


class Battery(Action[Sensor]):
    """Insert a battery with so much in it; it drains from there (CGM-18)."""

    percent: float = Field(ge=0, le=100)

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.set_battery(self.percent, now)


class SetClock(Action[Sensor]):
    """Set its date and time. The session's time offset runs on."""

    to: DeviceTime

    def do(self, machine: Sensor, now: Instant) -> None:
        machine.set_clock(self.to, now)


ACTIONS: Actions[Sensor] = Actions(
    "cgm",
    (
        *(Insert, Remove, Replace, Start, Stop, Fail, Shorten, Calibrate),
        *(Stick, Jump, Compress, Offset, Wander, Miscalibrate, Attenuate, Malfunction, Break, Temperature, Mend),
        *(Battery, SetClock),
    ),
    refused=(Refused,),
    clock=Sensor.clock,
    set_clock=Sensor.set_clock,
)
"""Everything that can be done to a sensor."""
