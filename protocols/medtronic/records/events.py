"""Records of the pump itself: alarms, clock, battery, reservoir, settings, linked devices."""

from datetime import datetime
from enum import IntEnum

from construct import Bytes, Int8ub, Padded

from isletbench.protocols.fields import Enumerated
from isletbench.protocols.medtronic.dates import TIME
from isletbench.protocols.medtronic.records.declared import EVERY, record
from isletbench.protocols.packet import packet, wire


class AlarmCode(IntEnum):
    """Why a pump has alarmed."""

    BATTERY_OUT_LIMIT = 0x03
    NO_DELIVERY = 0x04
    BATTERY_DEPLETED = 0x05
    AUTO_OFF = 0x06
    DEVICE_RESET = 0x10
    EMPTY_RESERVOIR = 0x3E


@record(0x06, *EVERY)
@packet
class Alarm:
    """The pump has alarmed."""

    code: AlarmCode = wire(Padded(3, Enumerated(Int8ub, AlarmCode)), "why")
    at: datetime = wire(TIME, "pump time")


@record(0x0C, *EVERY)
@packet
class AlarmCleared:
    """Its user has cleared an alarm."""

    code: AlarmCode = wire(Enumerated(Int8ub, AlarmCode), "which")
    at: datetime = wire(TIME, "pump time")


@record(0x34, *EVERY)
@packet
class LowReservoir:
    """Little is left in the reservoir."""

    tenths: int = wire(Int8ub, "1/10 U")
    at: datetime = wire(TIME, "pump time")


@record(0x26, *EVERY)
@packet
class RemoteEnabled:
    """Remote controls were set up."""

    on: int = wire(Int8ub, "1 yes")
    at: datetime = wire(TIME, "pump time")
    remotes: bytes = wire(Bytes(14), "not interpreted", default=bytes(14))


@record(0x7D, *EVERY)
@packet
class OtherDevice:
    """A device was linked."""

    device: int = wire(Int8ub, "which")
    at: datetime = wire(TIME, "pump time")
    details: bytes = wire(Bytes(30), "not interpreted", default=bytes(30))


@packet
class _Pairing:
    """A device was added or removed."""

    device: int = wire(Int8ub, "which")
    at: datetime = wire(TIME, "pump time")
    details: bytes = wire(Bytes(5), "not interpreted", default=bytes(5))


@record(0x81, *EVERY)
@packet
class DeviceAdded(_Pairing):
    """A device was added."""


@record(0x82, *EVERY)
@packet
class DeviceRemoved(_Pairing):
    """A device was removed."""


@packet
class Marked:
    """A record that is only an argument and a stamp."""

    argument: int = wire(Int8ub, "see the record")
    at: datetime = wire(TIME, "pump time")


def _marked(code: int, name: str, about: str) -> type[Marked]:
    """Declare a record that is only an argument and a stamp."""
    cls: type[Marked] = packet(type(name, (Marked,), {"__doc__": about, "__module__": __name__, "__annotations__": {}}))
    return record(code, *EVERY)(cls)


ClockChanged = _marked(0x17, "ClockChanged", "The clock was set: what it showed before.")
NewClock = _marked(0x18, "NewClock", "The clock was set: what it shows since.")
LowBattery = _marked(0x19, "LowBattery", "The battery is low.")
BatteryChanged = _marked(0x1A, "BatteryChanged", "A battery was put in.")
AutoOffSet = _marked(0x1B, "AutoOffSet", "The pump goes off after so many hours (the argument) without a key pressed.")
Rewound = _marked(0x21, "Rewound", "The motor was rewound: the reservoir was taken out.")
WizardSwitched = _marked(0x2D, "WizardSwitched", "The bolus wizard was switched on (1) or off (0).")
TempBasalTypeSet = _marked(0x62, "TempBasalTypeSet", "Temp basals are absolute (0) or percent (1).")
AlarmTypeSet = _marked(0x61, "AlarmTypeSet", "Alarms sound or vibrate.")
ReminderSet = _marked(0x60, "ReminderSet", "Reminders of glucose were switched on or off.")
ReservoirWarningSet = _marked(0x64, "ReservoirWarningSet", "When the pump warns of a low reservoir was set.")
TimeFormatSet = _marked(0x63, "TimeFormatSet", "Times are shown with 12 or 24 hours.")
ReservoirWarningTypeSet = _marked(0x7C, "ReservoirWarningTypeSet", "How the pump warns of a low reservoir was set.")
CaptureSwitched = _marked(0x83, "CaptureSwitched", "Capturing events was switched on or off.")
