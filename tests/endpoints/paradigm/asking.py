"""Requests to a Paradigm pump as clients send them."""

from isletbench.protocols.medtronic import line_code, radio, subg_rfspy
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.subg_rfspy import SendAndListen, SendAndListenHead

SERIAL = "208850"


def short(opcode: int, code: int = 0) -> RadioPacket:
    """A packet without parameters."""
    return RadioPacket(SERIAL, opcode, bytes([code]))


def long(opcode: int, parameters: bytes) -> RadioPacket:
    """A packet with parameters."""
    return RadioPacket(SERIAL, opcode, radio.counted(parameters))


def over_rfspy(packet: RadioPacket, *, repeats: int = 0, timeout: int = 500) -> bytes:
    """A packet as the command of a subg_rfspy stick."""
    head = SendAndListenHead(0, repeats, 0, 0, timeout, 0)
    return subg_rfspy.request(SendAndListen(head, line_code.coded(radio.encode(packet))))


def from_rfspy(response: bytes) -> RadioPacket | bytes:
    """The packet in the answer of such a stick, or its error."""
    body = response.removesuffix(subg_rfspy.END)
    return radio.decode(line_code.decoded(body[2:])) if len(body) > 2 else body
