"""What a host and a controller exchange about a connection. Source: Bluetooth Core Specification, Vol 4, Part E."""

from enum import IntEnum

from construct import Bytes, Int8ul, Int16ul

from isletbench.protocols.packet import encode, packet, wire

ATT_CHANNEL = 0x0004
"""Channel of the Attribute Protocol on an LE link. Core Vol 3, Part A, 2.1."""
FIRST_FLUSHABLE = 0x2000
"""Packet boundary flag: the first packet of a PDU, towards the host. Core Vol 4, Part E, 5.4.2."""


class EventCode(IntEnum):
    """Which event it is. Core Vol 4, Part E, 7.7."""

    DISCONNECTION_COMPLETE = 0x05
    ENCRYPTION_CHANGE = 0x08
    LE_META = 0x3E


@packet
class LeConnectionComplete:
    """A connection as peripheral. 7.7.65.1."""

    subevent: int = wire(Int8ul, "1")
    status: int = wire(Int8ul, "0: success")
    handle: int = wire(Int16ul, "of the connection")
    role: int = wire(Int8ul, "1: peripheral")
    peer_address_type: int = wire(Int8ul, "1: random")
    peer_address: bytes = wire(Bytes(6), "of the central, lowest octet first")
    interval: int = wire(Int16ul, "1.25 ms")
    latency: int = wire(Int16ul, "connection events")
    timeout: int = wire(Int16ul, "10 ms")
    clock_accuracy: int = wire(Int8ul, "of the central")


@packet
class DisconnectionComplete:
    """The end of a connection. 7.7.5."""

    status: int = wire(Int8ul, "0: success")
    handle: int = wire(Int16ul, "of the connection")
    reason: int = wire(Int8ul, "error code")


@packet
class EncryptionChange:
    """The link is encrypted. 7.7.8."""

    status: int = wire(Int8ul, "0: success")
    handle: int = wire(Int16ul, "of the connection")
    enabled: int = wire(Int8ul, "1: AES-CCM")


@packet
class AclHeader:
    """What every packet of a connection begins with: its header and that of L2CAP. 5.4.2; Vol 3, Part A, 3.1."""

    handle: int = wire(Int16ul, "of the connection, with the packet boundary flag")
    acl_length: int = wire(Int16ul, "octets that follow")
    length: int = wire(Int16ul, "octets of the PDU")
    channel: int = wire(Int16ul, "its channel")


def event(code: EventCode, parameters: LeConnectionComplete | DisconnectionComplete | EncryptionChange) -> bytes:
    """The octets of an event."""
    octets = encode(parameters)
    return bytes([code, len(octets)]) + octets


def acl(connection: int, pdu: bytes) -> bytes:
    """The octets of a packet that carries a PDU of the Attribute Protocol."""
    return encode(AclHeader(connection | FIRST_FLUSHABLE, len(pdu) + 4, len(pdu), ATT_CHANNEL)) + pdu
