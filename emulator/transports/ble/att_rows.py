"""The attributes of a peripheral as discovery shows them: those of the device, and those of the Bluetooth stack.

Handles of the device's attributes are those of its table. The services of the stack, Generic Access and Generic Attribute, are
numbered from ``STACK_HANDLES`` on: they keep their handles when the device's services change, as Core Vol 3, Part G, 7.1
demands of Service Changed. Source: Core Vol 3, Part C, 12 and Part G, 3 and 7.
"""

from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import algorithms

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import Handle, Table
from isletbench.protocols.att import Property

STACK_HANDLES: Handle = 0xFF00
"""Where the services of the Bluetooth stack begin: above every device's."""
PRIMARY_SERVICE, SECONDARY_SERVICE, CHARACTERISTIC, CCCD = 0x2800, 0x2801, 0x2803, 0x2902
_HASHED_WITH_VALUE = {kind.to_bytes(2, "little") for kind in (0x2800, 0x2801, 0x2802, 0x2803, 0x2900)}
"""Declarations and extended properties. Core Vol 3, Part G, 7.3.1."""
_HASHED_WITHOUT_VALUE = {kind.to_bytes(2, "little") for kind in (0x2901, 0x2902, 0x2903, 0x2904, 0x2905)}
"""The other descriptors."""
_BASE_UUID = bytes.fromhex("FB349B5F8000008000100000")
"""The end of the Bluetooth Base UUID, least significant octet first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute."""

    handle: Handle
    type: bytes
    """Its UUID as PDUs carry it: 2 or 16 octets, least significant first."""
    value: bytes | None
    """What a client reads; None where the peripheral finds the value when it is asked for."""
    end: Handle
    """The last handle of the group that a declaration begins; of another attribute its own handle."""


def short_uuid(octets: bytes) -> bytes:
    """Return a UUID of a PDU in 2 octets where it is an assigned one. Core Vol 3, Part B, 2.5.1."""
    is_assigned = len(octets) == 16 and octets[:12] == _BASE_UUID and octets[14:] == bytes(2)
    return octets[12:14] if is_assigned else octets


def uuid_octets(uuid: int) -> bytes:
    """Return a UUID as PDUs carry it: 2 octets for an assigned one, else 16, least significant first."""
    return uuid.to_bytes(2 if uuid <= 0xFFFF else 16, "little")


def device_rows(table: Table, moved: int = 0) -> list[Row]:
    """Return the rows of a device's table, ``moved`` handles further than there."""
    rows: list[Row] = []
    for service in table.services:
        of_service = [attribute for attribute in table.attributes if attribute.service is service]
        first = of_service[0].handle - 2 + moved if of_service else (rows[-1].handle if rows else moved) + 1
        rows += service_rows(first, service.uuid, [(one.spec.uuid, one.spec.properties, None) for one in of_service])
    return rows


def service_rows(first: Handle, uuid: int, characteristics: Sequence[tuple[int, Property, bytes | None]]) -> list[Row]:
    """Return the rows of a service from handle ``first`` on: of each characteristic its UUID, properties and fixed value."""
    rows, handle = list[Row](), first
    for kind, properties, value in characteristics:
        has_cccd = bool(properties & (Property.NOTIFY | Property.INDICATE))
        declaration = bytes([properties]) + (handle + 2).to_bytes(2, "little") + uuid_octets(kind)
        rows.append(Row(handle + 1, uuid_octets(CHARACTERISTIC), declaration, handle + 2 + has_cccd))
        rows.append(Row(handle + 2, uuid_octets(kind), value, handle + 2))
        if has_cccd:
            rows.append(Row(handle + 3, uuid_octets(CCCD), None, handle + 3))
        handle += 2 + has_cccd
    return [Row(first, uuid_octets(PRIMARY_SERVICE), uuid_octets(uuid), handle), *rows]


def database_hash(rows: Iterable[Row]) -> bytes:
    """Return the hash of an attribute table, as a client reads it. Core Vol 3, Part G, 7.3.1."""
    hashed = b""
    for row in rows:
        octets = row.handle.to_bytes(2, "little") + row.type
        if row.type in _HASHED_WITH_VALUE:
            hashed += octets + (row.value or b"")
        elif row.type in _HASHED_WITHOUT_VALUE:
            hashed += octets
    mac = cmac.CMAC(algorithms.AES(bytes(16)))
    mac.update(hashed)
    return mac.finalize()
