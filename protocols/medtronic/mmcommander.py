"""MMCommander, a firmware of radio sticks on a UART that does the line code itself.

host   00                       which version?           stick  one octet
host   01 LENGTH TIMES DATA     send, so many times      stick  01 LENGTH TIMES, at once
                                                         stick  02 LENGTH DATA for each packet received, 82 with a bad CRC
"""

from dataclasses import dataclass
from typing import TypeAlias

from isletbench.protocols.errors import Unencodable
from isletbench.protocols.medtronic.incremental import Incremental

VERSION = b"\x01"
"""The answer to a question for the version; any octet would do."""
MOST_TIMES = 100
"""The most times that a packet is sent."""
MOST_DATA = 74
"""The longest packet."""


@dataclass(frozen=True)
class GetVersion:
    """Which version is it?"""


@dataclass(frozen=True)
class Send:
    """Send a packet, CRC-8 included, so many times."""

    data: bytes
    times: int = 1


@dataclass(frozen=True)
class Confirmed:
    """The stick sends a packet of so many octets, so many times."""

    length: int
    times: int


@dataclass(frozen=True)
class Received:
    """A packet that the stick has received."""

    data: bytes
    intact: bool = True
    """Whether its CRC is right."""


Command: TypeAlias = GetVersion | Send
Answer: TypeAlias = Confirmed | Received
ONLY_RECEIVES = Confirmed(0, 0)
"""The answer of a stick that sends nothing."""
_CONFIRMED, _RECEIVED, _DAMAGED = 0x01, 0x02, 0x82


def commands() -> Incremental[Command]:
    """A parser of what a client sends. An octet that is no command is left out."""
    return Incremental(_take)


def _take(octets: bytearray, at: int) -> tuple[Command | None, int]:
    if octets[at] == 0:
        return GetVersion(), at + 1
    if octets[at] != 1:
        return None, at + 1
    if len(octets) < at + 3:
        return None, at
    length, times = octets[at + 1], octets[at + 2]
    if not 0 < length <= MOST_DATA or not 0 < times <= MOST_TIMES:
        return None, at + 1
    end = at + 3 + length
    return (None, at) if end > len(octets) else (Send(bytes(octets[at + 3 : end]), times), end)


def request(command: Command) -> bytes:
    """A command as a client sends it. Raises ``Unencodable``."""
    if isinstance(command, GetVersion):
        return b"\x00"
    if not 0 < len(command.data) <= MOST_DATA or not 0 < command.times <= MOST_TIMES:
        raise Unencodable(f"expected 1 to {MOST_DATA} octets, 1 to {MOST_TIMES} times", layout="Send")
    return bytes([1, len(command.data), command.times]) + command.data


def answers() -> Incremental[Answer]:
    """A parser of what the stick sends to a client that does not ask for its version. An octet with which nothing begins is
    left out."""
    return Incremental(_take_answer)


def _take_answer(octets: bytearray, at: int) -> tuple[Answer | None, int]:
    code = octets[at]
    if code not in {_CONFIRMED, _RECEIVED, _DAMAGED}:
        return None, at + 1
    head = at + (3 if code == _CONFIRMED else 2)
    if head > len(octets):
        return None, at
    length = octets[at + 1]
    if code == _CONFIRMED:
        found = Confirmed(length, octets[at + 2])
        sends = 0 < length <= MOST_DATA and 0 < found.times <= MOST_TIMES
        return (found, head) if sends or found == ONLY_RECEIVES else (None, at + 1)
    if not 0 < length <= MOST_DATA:
        return None, at + 1
    end = head + length
    return (None, at) if end > len(octets) else (Received(bytes(octets[head:end]), code == _RECEIVED), end)


def confirmed(command: Send) -> bytes:
    """The confirmation of a packet that is being sent."""
    return bytes([_CONFIRMED, len(command.data), command.times])


def received(data: bytes, *, intact: bool = True) -> bytes:
    """A packet that was received."""
    return bytes([_RECEIVED if intact else _DAMAGED, len(data)]) + data
