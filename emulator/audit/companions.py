"""What the profiles require beside their service: device information, advertisements, CCCDs."""

from isletbench.emulator.audit.device import Device
from isletbench.emulator.audit.exam import Exam
from isletbench.emulator.audit.outcomes import Failed, NotTestable, require, shown
from isletbench.emulator.collectors.collector import Attribute, Key
from isletbench.protocols.att import Property
from isletbench.protocols.characteristic import Characteristic

DEVICE_INFORMATION = 0x180A
BOND_MANAGEMENT = 0x181E
MANUFACTURER, MODEL, SYSTEM_ID = (Key(DEVICE_INFORMATION, uuid) for uuid in (0x2A29, 0x2A24, 0x2A23))
ANSWERED = Property.NOTIFY | Property.INDICATE


def attribute_of(exam: Exam, characteristic: Characteristic) -> Attribute:
    """The characteristic as it was discovered. Raises ``Failed`` unless it is there exactly once."""
    found = [one for one in exam.device.attributes if one.key == exam.key(characteristic)]
    require(len(found) == 1, f"{characteristic} ({characteristic.uuid:04X}) is there {len(found)} times: expected once")
    return found[0]


def require_properties(exam: Exam, characteristic: Characteristic) -> None:
    """Raise ``Failed`` unless a characteristic has exactly its properties."""
    found = attribute_of(exam, characteristic)
    if found.properties != characteristic.properties:
        raise Failed(
            f"{characteristic}: expected the properties {characteristic.properties:02X}, got {int(found.properties):02X}"
        )


def require_cccd(exam: Exam, characteristic: Characteristic) -> None:
    """Raise ``Failed`` unless a characteristic has a CCCD exactly when it is notified or indicated."""
    found, expected = attribute_of(exam, characteristic), bool(characteristic.properties & ANSWERED)
    if found.has_cccd != expected:
        raise Failed(f"{characteristic}: expected {'a' if expected else 'no'} CCCD")


async def require_cccd_octets(exam: Exam, characteristic: Characteristic, expected: bytes) -> None:
    """Raise ``Failed`` unless a CCCD reads like this."""
    octets = await exam.device.read_cccd(exam.key(characteristic))
    if octets != expected:
        raise Failed(f"the CCCD of {characteristic}: expected {shown(expected)}, got {shown(octets)}")


def on_of(characteristic: Characteristic) -> bytes:
    """What the CCCD of a characteristic is while it is subscribed to."""
    return b"\x01\x00" if characteristic.properties & Property.NOTIFY else b"\x02\x00"


async def require_cccds_read_back(exam: Exam) -> None:
    """Raise ``Failed`` unless every CCCD reads back as it was written, on and off."""
    for characteristic in exam.characteristics:
        if characteristic.properties & ANSWERED:
            await exam.subscribe(characteristic)
            await require_cccd_octets(exam, characteristic, on_of(characteristic))
            await exam.unsubscribe(characteristic)
            await require_cccd_octets(exam, characteristic, b"\x00\x00")


async def require_cccds_kept(exam: Exam) -> None:
    """Raise ``Failed`` unless the CCCDs of a bonded client are as they were on its next connection."""
    exam.require_ble()
    told = [one for one in exam.characteristics if one.properties & ANSWERED]
    await exam.subscribe(*told)
    await exam.begin(keep=True)
    for characteristic in told:
        await require_cccd_octets(exam, characteristic, on_of(characteristic))


async def require_device_information(device: Device) -> None:
    """Raise ``Failed`` unless manufacturer, model and system ID can be read."""
    for what, key in (("manufacturer name", MANUFACTURER), ("model number", MODEL), ("system ID", SYSTEM_ID)):
        if not device.has(key):
            raise Failed(f"Device Information has no {what} ({key.uuid:04X})")
        octets = await device.read(key)
        require(octets, f"the {what} ({key.uuid:04X}) is empty")
        require(key is not SYSTEM_ID or len(octets) == 8, f"the system ID: expected 8 octets, got {shown(octets)}")


async def require_advertised(exam: Exam) -> None:
    """Raise ``Failed`` unless the device advertises its service and a name."""
    exam.require_ble()
    await exam.device.end()
    advertised = await exam.device.carrier.advertisement()
    if advertised is None:
        raise NotTestable("no advertisement of the device was received")
    require(exam.service in advertised.services, f"the advertisement does not have the service {exam.service:04X}")
    require(advertised.name, "neither advertisement nor scan response has a name")
