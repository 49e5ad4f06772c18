"""The Attribute Protocol's error codes and characteristic properties, as every service of ours uses them.

Source: Bluetooth Core Specification, Vol 3, Part F, section 3.4.1.1 (error codes) and Part G, section 3.3.1.1
(properties); the codes from 0xFC up are the Core Specification Supplement's common profile and service codes.
"""

from enum import IntEnum, IntFlag


class Property(IntFlag):
    """Characteristic properties, one octet. Core Vol 3, Part G, 3.3.1.1."""

    READ = 0x02
    WRITE_WITHOUT_RESPONSE = 0x04
    WRITE = 0x08
    NOTIFY = 0x10
    INDICATE = 0x20


class Cccd(IntFlag):
    """Client Characteristic Configuration, two octets, little endian. Core Vol 3, Part G, 3.3.3.3."""

    OFF = 0x0000
    NOTIFY = 0x0001
    INDICATE = 0x0002


class AttCode(IntEnum):
    """Why an attribute request was refused."""

    SUCCESS = 0x00
    """Not an error: the status octet of an accepted request on the serial link."""
    INVALID_HANDLE = 0x01
    READ_NOT_PERMITTED = 0x02
    WRITE_NOT_PERMITTED = 0x03
    INSUFFICIENT_AUTHENTICATION = 0x05
    REQUEST_NOT_SUPPORTED = 0x06
    INSUFFICIENT_AUTHORIZATION = 0x08
    INVALID_ATTRIBUTE_VALUE_LENGTH = 0x0D
    UNLIKELY_ERROR = 0x0E
    INSUFFICIENT_ENCRYPTION = 0x0F
    VALUE_NOT_ALLOWED = 0x13
    MISSING_CRC = 0x80
    """CGMS 1.0.1, section 1.8."""
    INVALID_CRC = 0x81
    """CGMS 1.0.1, section 1.8; IDS 1.0.2, section 1.8."""
    BOND_OPCODE_NOT_SUPPORTED = 0x80
    """BMS 1.0, section 1.6: application codes mean what their service says."""
    BOND_OPERATION_FAILED = 0x81
    INVALID_COUNTER = 0x82
    """IDS 1.0.2, section 1.8."""
    CCCD_IMPROPERLY_CONFIGURED = 0xFD
    PROCEDURE_ALREADY_IN_PROGRESS = 0xFE
    OUT_OF_RANGE = 0xFF


class AttError(Exception):
    """An attribute request that is refused with an ATT Error Response."""

    def __init__(self, code: AttCode, why: str = "") -> None:
        self.code = code
        self.why = why
        super().__init__(f"{code.name} (0x{code:02X}){': ' + why if why else ''}")
