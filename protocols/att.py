"""The Attribute Protocol's error codes and characteristic properties, as every service of ours uses them.

Source: Bluetooth Core Specification, Vol 3, Part F, section 3.4.1.1 (error codes) and Part G, section 3.3.1.1
(properties); the codes from 0xFC up are the Core Specification Supplement's common profile and service codes.
"""

from enum import IntEnum, IntFlag
from typing import TypeAlias


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
    """Why an attribute request was refused.

    These codes mean the same for every service. Core Vol 3, Part F, 3.4.1.1; Core Specification Supplement, Part B, 1.2.
    """

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
    WRITE_REQUEST_REJECTED = 0xFC
    """The write cannot be carried out, for another reason than permissions."""
    CCCD_IMPROPERLY_CONFIGURED = 0xFD
    PROCEDURE_ALREADY_IN_PROGRESS = 0xFE
    OUT_OF_RANGE = 0xFF


class ApplicationErrorCode(IntEnum):
    """An application error, 0x80 to 0x9F. It means what the service of the attribute says, so each service has its own
    enumeration; ``isletbench.protocols.error_codes`` lists them. Core Vol 3, Part F, 3.4.1.1.
    """


FIRST_APPLICATION_CODE, FIRST_PROFILE_CODE = 0x80, 0xE0
"""Where the application errors begin, and the common profile and service error codes. Core Vol 3, Part F, 3.4.1.1."""

ErrorCode: TypeAlias = AttCode | ApplicationErrorCode
"""The code of an ATT Error Response."""


class AttError(Exception):
    """An attribute request that is refused with an ATT Error Response."""

    def __init__(self, code: ErrorCode, why: str = "") -> None:
        self.code = code
        self.why = why
        super().__init__(f"{code.name} (0x{code:02X}){': ' + why if why else ''}")
