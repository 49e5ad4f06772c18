"""What a central receives while it scans: advertisements, read into plain values."""

from dataclasses import field
from typing import Any

from bumble import core
from bumble.core import AdvertisingData

from isletbench.emulator.core.values import dataclass


def uuid_text(octets: bytes) -> str:
    """Return the 128-bit text of a UUID of 2, 4 or 16 octets, least significant first."""
    if len(octets) == 16:
        return core.UUID.from_bytes(octets).to_hex_str("-").lower()
    return f"{int.from_bytes(octets, 'little'):08x}-0000-1000-8000-00805f9b34fb"


@dataclass(slots=True)
class ReceivedAdvertisement:
    """An advertisement that a scanner received. UUIDs are 128-bit text, ``rssi`` and ``tx_power`` dBm."""

    address: str
    rssi: int
    name: str | None = None
    service_uuids: list[str] = field(default_factory=list)
    service_data: dict[str, bytes] = field(default_factory=dict)
    manufacturer_data: dict[int, bytes] = field(default_factory=dict)
    tx_power: int | None = None


def read_advertisement(advertisement: Any) -> ReceivedAdvertisement:
    """Parse the AD structures that a scanner needs. Core Specification Supplement, Part A."""
    received = ReceivedAdvertisement(advertisement.address.to_string(False), advertisement.rssi)
    for kind, octets in advertisement.data.ad_structures:
        match kind:
            case AdvertisingData.COMPLETE_LOCAL_NAME | AdvertisingData.SHORTENED_LOCAL_NAME:
                received.name = octets.decode("utf-8", "replace")
            case 0x02 | 0x03 | 0x04 | 0x05 | 0x06 | 0x07:  # service UUIDs: 16, 32 and 128 bits, incomplete and complete
                size = {1: 2, 2: 4, 3: 16}[kind >> 1]
                received.service_uuids += [uuid_text(octets[at : at + size]) for at in range(0, len(octets), size)]
            case AdvertisingData.SERVICE_DATA_16_BIT_UUID:
                received.service_data[uuid_text(octets[:2])] = octets[2:]
            case AdvertisingData.SERVICE_DATA_128_BIT_UUID:
                received.service_data[uuid_text(octets[:16])] = octets[16:]
            case AdvertisingData.MANUFACTURER_SPECIFIC_DATA:
                received.manufacturer_data[int.from_bytes(octets[:2], "little")] = octets[2:]
            case AdvertisingData.TX_POWER_LEVEL:
                received.tx_power = int.from_bytes(octets[:1], "little", signed=True)
            case _:
                pass
    return received
