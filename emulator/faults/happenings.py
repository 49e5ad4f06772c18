"""What happens to a link, a radio, a clock or a device as a whole: it begins when the fault is armed, and ends with it."""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import Field

from isletbench.emulator.core.models import DeviceTime, Duration, SignedDuration, shown
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults.declared import Fault, FaultError, Name, Where
from isletbench.emulator.transports.ble.radio import LONGEST_STORM, Conditions, Quiet
from isletbench.emulator.transports.ports.line import LineConditions
from isletbench.emulator.transports.ports.settings import FASTEST_BAUD


class Reach(Protocol):
    """What faults can lay hands on: the bench, as far as they know it. Every method raises ``ValueError`` for what is not
    there."""

    def carriers(self, device: str) -> tuple[str, ...]:
        """Over what a device can be reached: ``serial``, ``ble``."""

    def hang_up(self, device: str) -> None:
        """The device ends every connection it has."""

    def vanish(self, device: str, over: str | None) -> None:
        """It cannot be reached any more over this carrier, or over all."""

    def appear(self, device: str, over: str | None) -> None:
        """It can again."""

    def blink(self, device: str, over: str | None, away: Span) -> None:
        """It vanishes, and appears again so long after."""

    def conditions(self, device: str) -> Conditions:
        """How its radio is heard."""

    def change_radio(self, device: str, **changes: Any) -> None:
        """It is heard in another way from now on."""

    def line(self, device: str) -> LineConditions:
        """How its serial line behaves."""

    def change_line(self, device: str, **changes: Any) -> None:
        """It behaves in another way from now on."""

    def drop_connection(self, device: str, storm: int = 0) -> None:
        """Its radio loses the connection, and the next ``storm`` ones."""

    def verbs(self, device: str) -> tuple[str, ...]:
        """What can be done to it."""

    def check(self, device: str, verb: str, arguments: dict[str, Any]) -> None:
        """Whether that can be done with these arguments, in some state."""

    def do(self, device: str, verb: str, arguments: dict[str, Any]) -> None:
        """Do it."""

    def forget_bonds(self, device: str) -> None:
        """It knows none of its bonded clients any more."""

    def refuse_pairing(self, device: str, on: bool) -> None:
        """Nobody can pair with it any more, or everybody can again."""

    def whisper(self, device: str, quiet: Quiet) -> None:
        """It advertises in another way from now on."""

    def clock(self, device: str) -> datetime:
        """What its own clock shows."""

    def set_clock(self, device: str, shown: datetime) -> None:
        """Make it show something else."""


class Happening(Fault):
    """A fault that strikes when it is armed, or again and again from then on, and is undone when it is over."""

    at_once: ClassVar[bool] = True
    """Whether it strikes when it is armed, not a tick later."""
    stays: ClassVar[bool] = False
    """Whether it has an end that undoes it; else it is over as soon as it has struck."""

    def check(self, reach: Reach) -> None:
        """Whether it can befall this device at all. Raises ``ValueError``."""

    def strike(self, reach: Reach) -> None:
        """It happens. Raises ``ValueError`` when it cannot."""
        raise NotImplementedError

    def end(self, reach: Reach, before: Any) -> None:
        """It is over; ``before`` is what ``remember`` gave."""

    def remember(self, reach: Reach) -> Any:
        """What has to be known when it ends."""

    def tick(self) -> Span | None:
        """From one stroke to the next; None for one that strikes once."""
        return None


# Links


class HangUp(Happening):
    """The device ends the connection by itself, and can be connected to again at once (LNK-01)."""

    where: ClassVar = Where.DEVICE
    fault: Literal["hang_up"] = "hang_up"
    every: Duration | None = None
    """Again and again, so long after the last time."""

    def strike(self, reach: Reach) -> None:
        reach.hang_up(self.device)

    def tick(self) -> Span | None:
        return self.every


def demand_carrier(reach: Reach, device: str, over: str | None) -> None:
    """Raises ``FaultError`` for a carrier that a device does not have."""
    there = reach.carriers(device)
    if over is not None and over not in there:
        raise FaultError(f"over: device {device!r} is reached over {' and '.join(there)}, not {over}")


class _Absence(Happening):
    stays: ClassVar = True
    over: Literal["serial", "ble"] | None = None
    """Only on this carrier; on all when left out."""

    def check(self, reach: Reach) -> None:
        demand_carrier(reach, self.device, self.over)

    def strike(self, reach: Reach) -> None:
        reach.vanish(self.device, self.over)

    def end(self, reach: Reach, before: Any) -> None:
        reach.appear(self.device, self.over)


class Vanish(_Absence):
    """The device is not there: its port is gone, its radio out of range. It runs on and can be reached again afterwards
    (DLV-04, CGM-02)."""

    where: ClassVar = Where.LINK
    fault: Literal["vanish"] = "vanish"


class Flap(Happening):
    """The port or the radio comes and goes, again and again: a connection is lost soon after it has begun (LNK-02)."""

    where: ClassVar = Where.LINK
    fault: Literal["flap"] = "flap"
    over: Literal["serial", "ble"] | None = None
    """Only on this carrier; on all when left out."""
    every: Duration = 5_000
    """From one absence to the next."""
    away: Duration = 1_000
    """How long each lasts."""

    def check(self, reach: Reach) -> None:
        demand_carrier(reach, self.device, self.over)
        if not 0 < self.away < self.every:
            raise FaultError(f"away: expected less than every, {shown(self.every)}, got {shown(self.away)}")

    def strike(self, reach: Reach) -> None:
        reach.blink(self.device, self.over, self.away)

    def tick(self) -> Span | None:
        return self.every


class Reboot(_Absence):
    """The connection is lost, the device is absent for a moment, and knows nothing of the connection afterwards.

    What it keeps in its memory it still has. A device that has a verb ``reboot`` is rebooted, too.
    """

    where: ClassVar = Where.DEVICE
    fault: Literal["reboot"] = "reboot"
    lasts: Duration | None = 3_000

    def strike(self, reach: Reach) -> None:
        super().strike(reach)
        if "reboot" in reach.verbs(self.device):
            reach.do(self.device, "reboot", {})


class _OnTheRadio(Happening):
    where: ClassVar = Where.LINK

    def check(self, reach: Reach) -> None:
        reach.conditions(self.device)


class ForgetBonds(_OnTheRadio):
    """The device has lost the keys of its bonds: no connection can be encrypted until the client forgets them, too, and pairs
    anew (LNK-04)."""

    where: ClassVar = Where.DEVICE
    fault: Literal["forget_bonds"] = "forget_bonds"

    def strike(self, reach: Reach) -> None:
        reach.forget_bonds(self.device)


class RefusePairing(_OnTheRadio):
    """Every attempt to pair is refused, as after too many with a wrong passkey, or while one is stuck half-way (LNK-05).

    Who has a bond can connect; with ``forget_bonds`` before it, nobody can.
    """

    where: ClassVar = Where.DEVICE
    fault: Literal["refuse_pairing"] = "refuse_pairing"
    stays: ClassVar = True

    def strike(self, reach: Reach) -> None:
        reach.refuse_pairing(self.device, on=True)

    def end(self, reach: Reach, before: Any) -> None:
        reach.refuse_pairing(self.device, on=False)


class Whisper(_OnTheRadio):
    """The device advertises rarely, or without its name or its services: whoever looks for these finds nothing (LNK-18)."""

    where: ClassVar = Where.DEVICE
    fault: Literal["whisper"] = "whisper"
    stays: ClassVar = True
    hides_name: bool = True
    hides_services: bool = True
    every: Annotated[Duration, Field(ge=20, le=10_240)] = 10_240
    """From one advertisement to the next; the longest is that of Core Vol 4, Part E, 7.8.5."""

    def strike(self, reach: Reach) -> None:
        reach.whisper(self.device, Quiet(self.hides_name, self.hides_services, self.every))

    def end(self, reach: Reach, before: Any) -> None:
        reach.whisper(self.device, Quiet())


class RadioBreak(_OnTheRadio):
    """The radio loses the connection: both sides see a supervision time-out; then a storm of connections that break again
    (LNK-02)."""

    fault: Literal["radio_break"] = "radio_break"
    storm: int = Field(default=0, ge=0, le=LONGEST_STORM)
    """How many connections in a row break soon after they begin."""
    every: Duration | None = None
    """Again and again, so long after the last time."""

    def strike(self, reach: Reach) -> None:
        reach.drop_connection(self.device, self.storm)

    def tick(self) -> Span | None:
        return self.every


class WeakRadio(_OnTheRadio):
    """Advertisements are missed, everything comes late, and after the supervision time-out the connection is gone.

    Nothing is ever lost or changed on a connection that lives: a radio delays and then is gone. What is left out stays as it
    is.
    """

    fault: Literal["weak_radio"] = "weak_radio"
    stays: ClassVar = True
    loss: float | None = Field(default=None, ge=0, le=1)
    """Probability that a packet is not heard at one connection event."""
    delay_events: int | None = Field(default=None, ge=0, le=500)
    """Connection events that every packet waits for."""
    distance_m: float | None = Field(default=None, ge=0.01, le=10_000)
    """Metres to whoever listens."""
    fading_db: float | None = Field(default=None, ge=0, le=30)
    """Standard deviation of the signal strength, dB."""
    drops_per_hour: float | None = Field(default=None, ge=0, le=3_600)
    """How often an hour a connection breaks for no reason."""
    storm_length: int | None = Field(default=None, ge=0, le=LONGEST_STORM)
    """How many connections in a row break after such a break."""

    def _changes(self) -> dict[str, Any]:
        keys = ("loss", "delay_events", "distance_m", "fading_db", "drops_per_hour", "storm_length")
        return {key: getattr(self, key) for key in keys if getattr(self, key) is not None}

    def check(self, reach: Reach) -> None:
        super().check(reach)
        if not self._changes():
            raise FaultError("weak_radio: expected at least one of loss, delay_events, distance_m, fading_db, drops_per_hour")

    def remember(self, reach: Reach) -> Any:
        conditions = reach.conditions(self.device)
        return {key: getattr(conditions, key) for key in self._changes()}

    def strike(self, reach: Reach) -> None:
        reach.change_radio(self.device, **self._changes())

    def end(self, reach: Reach, before: Any) -> None:
        reach.change_radio(self.device, **before)


# Serial lines


class BadLine(Happening):
    """Octets on the serial line are slow, damaged, lost, cut in pieces, stuck together or echoed (LNK-08, LNK-10).

    What is left out stays as it is. The octets are real ones: frames that no longer check are for both ends to throw away.
    """

    where: ClassVar = Where.LINK
    fault: Literal["bad_line"] = "bad_line"
    stays: ClassVar = True
    baud: int | None = Field(default=None, ge=50, le=FASTEST_BAUD)
    """Octets arrive at this speed, bits a second."""
    noise: float | None = Field(default=None, ge=0, le=1)
    """Probability that an octet arrives with one bit turned."""
    loss: float | None = Field(default=None, ge=0, le=1)
    """Probability that an octet does not arrive."""
    breaks_per_hour: float | None = Field(default=None, ge=0, le=3_600)
    """How often an hour the device hears a stray octet 00."""
    split: int | None = Field(default=None, ge=1, le=4_096)
    """The longest piece in which octets are handed over."""
    pause_ms: int | None = Field(default=None, ge=0, le=60_000)
    """Between two pieces of what was sent as one: a pause inside a frame."""
    glue_ms: int | None = Field(default=None, ge=0, le=60_000)
    """How long octets are collected and then handed over as one."""
    echo: bool | None = None
    """Whether the client hears its own octets."""

    def _changes(self) -> dict[str, Any]:
        keys = ("baud", "noise", "loss", "breaks_per_hour", "split", "pause_ms", "glue_ms", "echo")
        return {key: getattr(self, key) for key in keys if getattr(self, key) is not None}

    def check(self, reach: Reach) -> None:
        reach.line(self.device)
        if not self._changes():
            raise FaultError("bad_line: expected at least one of baud, noise, loss, breaks_per_hour, split, glue_ms, echo")

    def remember(self, reach: Reach) -> Any:
        conditions = reach.line(self.device)
        return {key: getattr(conditions, key) for key in self._changes()}

    def strike(self, reach: Reach) -> None:
        reach.change_line(self.device, **self._changes())

    def end(self, reach: Reach, before: Any) -> None:
        reach.change_line(self.device, **before)


# Clocks


class _OnTheClock(Happening):
    where: ClassVar = Where.CLOCK

    def check(self, reach: Reach) -> None:
        reach.clock(self.device)


class ClockStep(_OnTheClock):
    """The device's date and time jump: records before and after do not fit together (CLK-01, CLK-02, CLK-06)."""

    fault: Literal["clock_step"] = "clock_step"
    by: SignedDuration
    """How far it jumps, for example ``1h`` or ``-1h``."""

    def strike(self, reach: Reach) -> None:
        reach.set_clock(self.device, _moved(reach.clock(self.device), self.by))


class ClockReset(_OnTheClock):
    """The device's date and time begin anew at its epoch, as after a change of battery (CLK-04)."""

    fault: Literal["clock_reset"] = "clock_reset"
    to: DeviceTime = datetime(2007, 1, 1)  # noqa: DTZ001  # a device knows no zone
    """What it shows then."""

    def strike(self, reach: Reach) -> None:
        reach.set_clock(self.device, self.to)


class ClockDrift(_OnTheClock):
    """The device's clock runs fast or slow, until it disagrees with the client's by more than its matching window (CLK-03).

    It is moved by a second whenever it has gone wrong by one, which is the least that it shows.
    """

    fault: Literal["clock_drift"] = "clock_drift"
    at_once: ClassVar = False
    ppm: float = Field(ge=-100_000, le=100_000)
    """Parts per million that it runs fast; slow if negative. 10 s a day are 116 ppm."""

    def check(self, reach: Reach) -> None:
        super().check(reach)
        if abs(self.ppm) < 1:
            raise FaultError(f"ppm: expected at least 1 or at most -1, got {self.ppm:g}")

    def strike(self, reach: Reach) -> None:
        reach.set_clock(self.device, _moved(reach.clock(self.device), 1_000 if self.ppm > 0 else -1_000))

    def tick(self) -> Span | None:
        return round(1_000 * 1_000_000 / abs(self.ppm))


def _moved(shown: datetime, by: Span) -> datetime:
    try:
        return shown + timedelta(milliseconds=by)
    except OverflowError:
        raise FaultError("by: the calendar ends there") from None


# Verbs


class Do(Happening):
    """Something happens to the device, or somebody does it: any of its verbs, as `isletbench verbs` lists them."""

    where: ClassVar = Where.HAND
    fault: Literal["do"] = "do"
    verb: Name
    arguments: dict[str, Any] = Field(default_factory=dict)
    every: Duration | None = None
    """Again and again, so long after the last time."""

    def check(self, reach: Reach) -> None:
        reach.check(self.device, self.verb, self.arguments)

    def strike(self, reach: Reach) -> None:
        reach.do(self.device, self.verb, self.arguments)

    def tick(self) -> Span | None:
        return self.every
