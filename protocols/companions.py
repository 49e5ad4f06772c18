"""The services that stand beside a CGM or a pump: Device Information (180A), Battery (180F), Current Time (1805), Bond
Management (181E), Immediate Alert (1802).

Source: the services' specifications (DIS 1.1, BAS 1.0, CTS 1.1, BMS 1.0, IAS 1.0) and the GATT Specification Supplement.
None of them carries E2E-protection.
"""

from enum import IntEnum, IntFlag

from construct import Bytes, GreedyBytes, GreedyString, Int8ul

from isletbench.protocols.att import ApplicationErrorCode, Property
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import BARE
from isletbench.protocols.fields import TIME_ZONE, DstOffset, Enumerated, Flagged, Int24ul
from isletbench.protocols.packet import ControlPoint, packet, struct_of, wire

DEVICE_INFORMATION = 0x180A
BATTERY = 0x180F
CURRENT_TIME = 0x1805
BOND_MANAGEMENT = 0x181E
IMMEDIATE_ALERT = 0x1802


# Device Information


@packet
class Text:
    """A string characteristic: UTF-8, as long as the value."""

    text: str = wire(GreedyString("utf8"), "UTF-8")


@packet
class SystemId:
    """System ID: who made the device, and which of theirs it is. GATT Specification Supplement, 3.238."""

    value: bytes = wire(Bytes(8), "40 bit identifier of the manufacturer's choice, then its 24 bit OUI")


# Battery


@packet
class BatteryLevel:
    """Battery Level. GATT Specification Supplement, 3.27."""

    level: int = wire(Int8ul, "%", within=(0, 100))


# Current Time


class AdjustReason(IntFlag):
    """Why the time was changed last. GATT Specification Supplement, 3.60."""

    MANUAL_TIME_UPDATE = 1 << 0
    EXTERNAL_REFERENCE_TIME_UPDATE = 1 << 1
    CHANGE_OF_TIME_ZONE = 1 << 2
    CHANGE_OF_DST = 1 << 3


@packet
class CurrentTime:
    """Current Time: date, time and 256ths of a second. GATT Specification Supplement, 3.60 and 3.90."""

    time: DateTime = wire(struct_of(DateTime), "local date and time")
    day_of_week: int = wire(Int8ul, "1 Monday .. 7 Sunday, 0 unknown", within=(0, 7))
    fractions: int = wire(Int8ul, "1/256 s")
    adjust_reason: AdjustReason = wire(Flagged(Int8ul, AdjustReason), "why it was changed last")


@packet
class LocalTimeInformation:
    """Local Time Information. GATT Specification Supplement, 3.153."""

    time_zone: int | None = wire(TIME_ZONE, "quarter hours from UTC; None is unknown")
    dst_offset: DstOffset = wire(Enumerated(Int8ul, DstOffset), "daylight saving time offset")


# Bond Management


class BondErrorCode(ApplicationErrorCode):
    """ATT application errors of the Bond Management Service. BMS 1.0, section 1.6."""

    BOND_OPCODE_NOT_SUPPORTED = 0x80
    """The op code is not one of the service, or the device does not offer it."""
    BOND_OPERATION_FAILED = 0x81
    """The bonds were not deleted, for another reason than authorization."""


class BondFeature(IntFlag):
    """What of bonds a client may delete on LE, and whether it needs an authorization code. BMS 1.0, section 3.2."""

    DELETE_REQUESTING = 1 << 4
    DELETE_REQUESTING_NEEDS_CODE = 1 << 5
    DELETE_ALL = 1 << 10
    DELETE_ALL_NEEDS_CODE = 1 << 11
    DELETE_OTHERS = 1 << 16
    DELETE_OTHERS_NEEDS_CODE = 1 << 17


@packet
class BondManagementFeature:
    """Bond Management Feature. BMS 1.0, section 3.2."""

    features: BondFeature = wire(Flagged(Int24ul, BondFeature), "bit field")


BONDS = ControlPoint("Bond Management Control Point", Int8ul)


@BONDS.operation(0x03)
@packet
class DeleteBondOfRequestingDevice:
    """Delete this client's bond. BMS 1.0, section 3.1."""

    authorization: bytes = wire(GreedyBytes, "authorization code")


@BONDS.operation(0x06)
@packet
class DeleteAllBonds:
    """Delete the bonds of all clients. BMS 1.0, section 3.1."""

    authorization: bytes = wire(GreedyBytes, "authorization code")


@BONDS.operation(0x09)
@packet
class DeleteAllBondsButRequestingDevice:
    """Delete the bonds of all clients but this one. BMS 1.0, section 3.1."""

    authorization: bytes = wire(GreedyBytes, "authorization code")


# Immediate Alert


class AlertLevel(IntEnum):
    """How much a device is to draw attention to itself. GATT Specification Supplement, 3.9."""

    NONE = 0
    MILD = 1
    HIGH = 2


@packet
class Alert:
    """Alert Level. IAS 1.0, section 3.1."""

    level: AlertLevel = wire(Enumerated(Int8ul, AlertLevel), "how much")


READ, WRITE, NOTIFY = Property.READ, Property.WRITE, Property.NOTIFY

MANUFACTURER_NAME = Characteristic("Manufacturer Name String", 0x2A29, READ, Text, BARE)
MODEL_NUMBER = Characteristic("Model Number String", 0x2A24, READ, Text, BARE)
SERIAL_NUMBER = Characteristic("Serial Number String", 0x2A25, READ, Text, BARE)
FIRMWARE_REVISION = Characteristic("Firmware Revision String", 0x2A26, READ, Text, BARE)
SYSTEM_ID = Characteristic("System ID", 0x2A23, READ, SystemId, BARE)
BATTERY_LEVEL = Characteristic("Battery Level", 0x2A19, READ | NOTIFY, BatteryLevel, BARE)
TIME = Characteristic("Current Time", 0x2A2B, READ | WRITE | NOTIFY, CurrentTime, BARE)
LOCAL_TIME = Characteristic("Local Time Information", 0x2A0F, READ | WRITE, LocalTimeInformation, BARE)
BOND_FEATURE = Characteristic("Bond Management Feature", 0x2AA5, READ, BondManagementFeature, BARE)
BOND_POINT = Characteristic("Bond Management Control Point", 0x2AA4, WRITE, BONDS, BARE)
ALERT_LEVEL = Characteristic("Alert Level", 0x2A06, Property.WRITE_WITHOUT_RESPONSE, Alert, BARE)

SERVICES = {
    DEVICE_INFORMATION: (MANUFACTURER_NAME, MODEL_NUMBER, SERIAL_NUMBER, FIRMWARE_REVISION, SYSTEM_ID),
    BATTERY: (BATTERY_LEVEL,),
    CURRENT_TIME: (TIME, LOCAL_TIME),
    BOND_MANAGEMENT: (BOND_FEATURE, BOND_POINT),
    IMMEDIATE_ALERT: (ALERT_LEVEL,),
}
"""The characteristics of each service, in table order."""
