"""The parameters of commands: what a client sends in a second, long packet after the pump has acknowledged the op code."""

from construct import Int8ub, Int16ub, Int32ub

from isletbench.protocols.packet import packet, wire


@packet
class BolusTenths:
    """A bolus of a pump with ten strokes a unit."""

    strokes: int = wire(Int8ub, "1/10 U")


@packet
class BolusFortieths:
    """A bolus of a pump with forty strokes a unit."""

    strokes: int = wire(Int16ub, "1/40 U")


@packet
class TempBasal:
    """A temp basal rate in place of the profile's; 0 half hours cancel the one in force."""

    rate: int = wire(Int16ub, "1/40 U/h")
    half_hours: int = wire(Int8ub, "half hours, 0..48")


@packet
class TempBasalPercent:
    """A temp basal rate as a percentage of the profile's; 0 half hours cancel the one in force."""

    percent: int = wire(Int8ub, "%, 0..200")
    half_hours: int = wire(Int8ub, "half hours, 0..48")


@packet
class Suspend:
    """Suspend all delivery, or resume it."""

    on: int = wire(Int8ub, "1 suspend, 0 resume", within=(0, 1))


@packet
class SelectPattern:
    """The basal profile that is followed from now on."""

    pattern: int = wire(Int8ub, "0 standard, 1 A, 2 B", within=(0, 2))


@packet
class MaxBolus:
    """The most that a single bolus may be."""

    tenths: int = wire(Int8ub, "1/10 U")


@packet
class MaxBasal:
    """The highest basal rate."""

    fortieths: int = wire(Int16ub, "1/40 U/h")


@packet
class Button:
    """A key of the pump is pressed."""

    key: int = wire(Int8ub, "0 easy bolus, 1 ESC, 2 ACT, 3 UP, 4 DOWN", within=(0, 4))


@packet
class RadioOn:
    """Keep the radio awake."""

    one: int = wire(Int8ub, "1")
    minutes: int = wire(Int8ub, "min")


@packet
class PageNumber:
    """A page of the history or of the sensor's vcntr memory."""

    number: int = wire(Int8ub, "page")


@packet
class GlucosePageNumber:
    """A page of glucose readings or of sensor current."""

    number: int = wire(Int32ub, "page")
