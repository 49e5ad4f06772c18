"""PDUs of the Attribute Protocol. Source: Bluetooth Core Specification, Vol 3, Part F, section 3.4."""

from enum import IntEnum
from typing import TypeAlias

from construct import GreedyBytes, Int8ul, Int16ul

from isletbench.protocols.att import Property
from isletbench.protocols.fields import Flagged
from isletbench.protocols.packet import encode, packet, wire

PRIMARY_SERVICE, CHARACTERISTIC_DECLARATION = 0x2800, 0x2803
"""The types of the attributes that declare a service and a characteristic. Core Vol 3, Part G, 3.1 and 3.3.1."""


class PduOpcode(IntEnum):
    """Which PDU it is. Core Vol 3, Part F, 3.4.8."""

    ERROR_RESPONSE = 0x01
    EXCHANGE_MTU_REQUEST = 0x02
    EXCHANGE_MTU_RESPONSE = 0x03
    FIND_INFORMATION_REQUEST = 0x04
    FIND_INFORMATION_RESPONSE = 0x05
    READ_BY_TYPE_REQUEST = 0x08
    READ_BY_TYPE_RESPONSE = 0x09
    READ_REQUEST = 0x0A
    READ_RESPONSE = 0x0B
    READ_BY_GROUP_TYPE_REQUEST = 0x10
    READ_BY_GROUP_TYPE_RESPONSE = 0x11
    WRITE_REQUEST = 0x12
    WRITE_RESPONSE = 0x13
    NOTIFICATION = 0x1B
    INDICATION = 0x1D
    CONFIRMATION = 0x1E
    WRITE_COMMAND = 0x52


@packet
class Nothing:
    """A PDU that is its op code alone: a write response, a confirmation."""


@packet
class Refusal:
    """Error Response, 3.4.1.1."""

    request: int = wire(Int8ul, "op code of the request")
    handle: int = wire(Int16ul, "attribute, 0 where none is meant")
    code: int = wire(Int8ul, "why")


@packet
class Mtu:
    """Exchange MTU Request and Response, 3.4.2."""

    mtu: int = wire(Int16ul, "octets that the sender can receive")


@packet
class Range:
    """Find Information Request, 3.4.3.1."""

    first: int = wire(Int16ul, "handle")
    last: int = wire(Int16ul, "handle")


@packet
class Information:
    """Find Information Response with one attribute, 3.4.3.2."""

    format: int = wire(Int8ul, "1: UUIDs of 16 bits")
    handle: int = wire(Int16ul, "attribute")
    uuid: int = wire(Int16ul, "its type")


@packet
class RangeOfType(Range):
    """Read By Type Request and Read By Group Type Request, 3.4.4.1 and 3.4.4.9."""

    type: int = wire(Int16ul, "UUID of the attributes to read")


@packet
class Declaration:
    """Read By Type Response with one declaration of a characteristic, 3.4.4.2 and Part G, 3.3.1."""

    length: int = wire(Int8ul, "octets of each handle and value")
    handle: int = wire(Int16ul, "of the declaration")
    properties: Property = wire(Flagged(Int8ul, Property), "what may be done with it")
    value_handle: int = wire(Int16ul, "of the value")
    uuid: int = wire(Int16ul, "of the characteristic")


@packet
class Group:
    """Read By Group Type Response with one service, 3.4.4.10."""

    length: int = wire(Int8ul, "octets of each service")
    first: int = wire(Int16ul, "handle")
    last: int = wire(Int16ul, "handle")
    uuid: int = wire(Int16ul, "of the service")


@packet
class Attribute:
    """Read Request, 3.4.4.3."""

    handle: int = wire(Int16ul, "attribute")


@packet
class Value:
    """Read Response, 3.4.4.4."""

    value: bytes = wire(GreedyBytes, "the value")


@packet
class HandleValue:
    """Write Request and Command, Notification, Indication: 3.4.5.1, 3.4.5.3, 3.4.7."""

    handle: int = wire(Int16ul, "attribute")
    value: bytes = wire(GreedyBytes, "the value")


Parameters: TypeAlias = (
    Nothing | Refusal | Mtu | Range | RangeOfType | Information | Declaration | Group | Attribute | Value | HandleValue
)


def pdu(opcode: PduOpcode, parameters: Parameters) -> bytes:
    """The octets of a PDU."""
    return bytes([opcode]) + encode(parameters)
