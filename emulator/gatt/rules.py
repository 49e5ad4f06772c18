"""What may be read and written: handle, property, security, CCCD. Each rule raises ``AttError`` with the code for it.

Source: Bluetooth Core Specification, Vol 3, Part C (GAP), Part F (ATT) and Part G (GATT).
"""

from isletbench.emulator.gatt.messages import Write
from isletbench.emulator.gatt.service import Peer
from isletbench.emulator.gatt.table import Attribute, Handle, Security, Table
from isletbench.protocols.att import AttCode, AttError, Cccd, Property


def attribute_to_read(table: Table, handle: Handle, peer: Peer) -> Attribute:
    """The characteristic whose value a client may read under this handle."""
    attribute = _attribute(table, handle)
    if not attribute.spec.properties & Property.READ:
        raise AttError(AttCode.READ_NOT_PERMITTED)
    demand(peer, attribute.spec.security)
    return attribute


def attribute_to_write(table: Table, request: Write, peer: Peer) -> Attribute:
    """The characteristic whose value a client may write with this request."""
    attribute = _attribute(table, request.handle)
    allowed = Property.WRITE if request.response else Property.WRITE_WITHOUT_RESPONSE
    if not attribute.spec.properties & allowed:
        raise AttError(AttCode.WRITE_NOT_PERMITTED)
    demand(peer, attribute.spec.security)
    return attribute


def check_queued_write(table: Table, handle: Handle, peer: Peer) -> None:
    """Whether a client may write under this handle at all: asked of each part of a long value, before the value is known.

    Core Vol 3, Part F, 3.4.6.1: property and security are judged now, offset and length when the queue is executed.
    """
    if attribute := table.by_cccd.get(handle):
        demand(peer, attribute.spec.security)
    else:
        attribute_to_write(table, Write(peer.link, handle, b""), peer)


def read_cccd(attribute: Attribute, peer: Peer) -> bytes:
    """The CCCD of a characteristic as this client has written it."""
    assert attribute.cccd is not None
    needed = attribute.spec.cccd_read_security
    demand(peer, attribute.spec.security if needed is None else needed)
    return peer.cccds.get(attribute.cccd, Cccd.OFF).to_bytes(2, "little")


def write_cccd(attribute: Attribute, value: bytes, peer: Peer) -> None:
    """Subscribe a client to a characteristic, or unsubscribe it."""
    assert attribute.cccd is not None
    demand(peer, attribute.spec.security)
    if len(value) != 2:
        raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, f"a CCCD has 2 octets, not {len(value)}")
    wanted = int.from_bytes(value, "little")
    properties = attribute.spec.properties
    offered = (Cccd.NOTIFY if properties & Property.NOTIFY else Cccd.OFF) | (
        Cccd.INDICATE if properties & Property.INDICATE else Cccd.OFF
    )
    if wanted & ~int(offered):  # ~ of a flag knows the defined bits only
        raise AttError(AttCode.VALUE_NOT_ALLOWED, f"CCCD {wanted:04X} where {offered:04X} is offered")
    peer.cccds[attribute.cccd] = Cccd(wanted)


def demand(peer: Peer, needed: Security) -> None:
    """Demand that the link is protected, as far as it can be with this device.

    Core Vol 3, Part C, 10.3.1: which error says what the client has to do next.
    """
    needed = min(needed, peer.reachable)
    if peer.security >= needed:
        return
    if peer.security is Security.OPEN and peer.bonded:
        raise AttError(AttCode.INSUFFICIENT_ENCRYPTION, "the link is not encrypted with the bond's key")
    raise AttError(AttCode.INSUFFICIENT_AUTHENTICATION, f"needs a link that is {needed.name.lower()}")


def _attribute(table: Table, handle: Handle) -> Attribute:
    try:
        return table.by_handle[handle]
    except KeyError:
        raise AttError(AttCode.INVALID_HANDLE, f"no attribute 0x{handle:04X}") from None
