"""subg_rfspy, the firmware of radio sticks on a UART: a command octet, a fixed block of parameters, and data that ends with 00.

Each response ends with 00, and no other 00 is in it. Data are coded (``line_code``): the stick passes them on as they are.
Source: the firmware's own description in its public repository, version 0.8.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from construct import Int8ub, Int32ub

from isletbench.protocols.errors import Unencodable
from isletbench.protocols.medtronic.incremental import Incremental
from isletbench.protocols.packet import decode, encode, packet, size_of, wire

VERSION = "subg_rfspy 0.8"
"""What the firmware calls itself; clients take the second word as its version."""
STATE = b"OK"
"""The answer to Get State."""
END = b"\x00"
"""Ends a response, and the data of a request."""
TIMEOUT, INTERRUPTED, ZERO_DATA = b"\xaa", b"\xbb", b"\xcc"
"""What is answered in place of a received packet."""
DONE, BAD_REGISTER = b"\x01", b"\x02"
"""Answers to Write Register."""
MOST_DATA = 255
"""Octets of data that the stick holds; a request with more is dropped."""
MHZ_PER_STEP = 24 / 65536
"""What a step of the frequency registers is, MHz: a crystal of 24 MHz."""
FREQUENCY = (0x09, 0x0A, 0x0B)
"""The registers that set the frequency, highest octet first."""
MOST_REGISTER = 0x3E
"""The highest address of a register."""
RSSI_OFFSET = 73
"""dBm = signed(rssi) / 2 - 73."""


@packet
class Interrupt:
    """Stop what runs."""


@packet
class GetState:
    """Is there a stick?"""


@packet
class GetVersion:
    """Which firmware is it?"""


@packet
class GetPacket:
    """Listen for a packet."""

    channel: int = wire(Int8ub, "channel")
    timeout: int = wire(Int32ub, "ms, 0 for ever")


@packet
class WriteRegister:
    """Set a register of the radio."""

    address: int = wire(Int8ub, "register")
    value: int = wire(Int8ub, "its content")


@packet
class ReadRegister:
    """Read a register of the radio."""

    address: int = wire(Int8ub, "register")


@packet
class Reset:
    """Begin anew; nothing is answered."""


@packet
class _Send:
    """How often a packet is sent."""

    channel: int = wire(Int8ub, "channel")
    repeats: int = wire(Int8ub, "times after the first one")
    delay: int = wire(Int8ub, "ms between two of them")


@packet
class SendHead(_Send):
    """The parameters of Send Packet."""


@packet
class SendAndListenHead(_Send):
    """The parameters of Send And Listen."""

    listen_channel: int = wire(Int8ub, "channel")
    timeout: int = wire(Int32ub, "ms, 0 for ever")
    retries: int = wire(Int8ub, "how often all of it is tried again")


@dataclass(frozen=True)
class SendPacket:
    """Send a packet."""

    head: SendHead
    data: bytes
    """The packet as it goes on the air."""


@dataclass(frozen=True)
class SendAndListen:
    """Send a packet and listen for one."""

    head: SendAndListenHead
    data: bytes
    """The packet as it goes on the air."""


Command: TypeAlias = Any
"""One of the above."""
PLAIN: dict[int, type[Any]] = {
    0x00: Interrupt,
    0x01: GetState,
    0x02: GetVersion,
    0x03: GetPacket,
    0x06: WriteRegister,
    0x07: Reset,
    0x09: ReadRegister,
}
"""Commands without data, by their octet."""
WITH_DATA: dict[int, tuple[type[Any], type[Any]]] = {0x04: (SendPacket, SendHead), 0x05: (SendAndListen, SendAndListenHead)}
"""Commands with data: the command, and its parameters."""
_PLAIN_CODES = {kind: code for code, kind in PLAIN.items()}
_DATA_CODES = {kind: code for code, (kind, _) in WITH_DATA.items()}


def commands() -> Incremental[Command]:
    """A parser of what a client sends on a UART. An octet that is no command is left out."""
    return Incremental(_take)


def _take(octets: bytearray, at: int) -> tuple[Command | None, int]:
    code, begin = octets[at], at + 1
    if (plain := PLAIN.get(code)) is not None:
        end = begin + (size_of(plain) or 0)
        return (None, at) if end > len(octets) else (decode(plain, bytes(octets[begin:end])), end)
    if code not in WITH_DATA:
        return None, begin
    data_from = begin + (size_of(WITH_DATA[code][1]) or 0)
    data_to = octets.find(END, data_from, data_from + MOST_DATA + 1)
    if data_to >= 0:
        return with_data(code, bytes(octets[begin:data_to])), data_to + 1
    too_long = len(octets) > data_from + MOST_DATA
    return None, data_from + MOST_DATA + 1 if too_long else at


def with_data(code: int, parameters: bytes) -> Command:
    """The command with data that these octets are, its parameters first; data ends where a 00 is. Raises ``Truncated``."""
    kind, head = WITH_DATA[code]
    size = size_of(head) or 0
    return kind(decode(head, parameters[:size]), parameters[size:].partition(END)[0])


def request(command: Command) -> bytes:
    """A command as a client sends it on a UART. Raises ``Unencodable``."""
    if type(command) in _DATA_CODES:
        if END in command.data or len(command.data) > MOST_DATA:
            raise Unencodable(
                f"data must be at most {MOST_DATA} octets without 00", layout=type(command).__name__, field="data"
            )
        return b"".join((bytes([_DATA_CODES[type(command)]]), encode(command.head), command.data, END))
    return bytes([_PLAIN_CODES[type(command)]]) + encode(command)


def responses() -> Incremental[bytes]:
    """A parser of what the stick sends on a UART: each response without the 00 that ends it."""
    return Incremental(_take_response)


def _take_response(octets: bytearray, at: int) -> tuple[bytes | None, int]:
    end = octets.find(END, at)
    return (None, at) if end < 0 else (bytes(octets[at:end]), end + 1)


def response(octets: bytes) -> bytes:
    """A response as the stick sends it on a UART. Raises ``Unencodable`` for octets with a 00."""
    if END in octets:
        raise Unencodable("a response cannot hold 00", layout="Response")
    return octets + END


def received(rssi: int, counter: int, data: bytes) -> bytes:
    """A received packet in a response: its strength, a running number and what came. Neither number is 0."""
    return bytes([rssi or 1, counter or 1]) + data


def rssi_of(dbm: float) -> int:
    """A signal strength as the stick says it."""
    return max(-128, min(127, round((dbm + RSSI_OFFSET) * 2))) & 0xFF


def dbm_of(rssi: int) -> float:
    """A signal strength in dBm."""
    return (rssi - 256 if rssi > 127 else rssi) / 2 - RSSI_OFFSET
