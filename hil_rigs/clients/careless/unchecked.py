"""A serial port as a client sees it that checks no CRC: on the way to it each wrong one is replaced by the right one."""

from collections.abc import Callable

from cobs import cobs

from isletbench.emulator.collectors.link_collector import ClientPort, OpenPort
from isletbench.protocols.e2e import CRC_SIZE, split_records, with_crc
from isletbench.protocols.errors import WireError
from isletbench.protocols.frames import HEADER, FrameType

END = b"\x00"
_HEADER_SIZE = HEADER.sizeof()


def unchecked(open_port: OpenPort) -> OpenPort:
    """Opens the same port; frames that are damaged on the line arrive as if they were whole."""

    def opened(received: Callable[[bytes], None], closed: Callable[[], None]) -> ClientPort:
        rest = b""

        def take(octets: bytes) -> None:
            nonlocal rest
            *frames, rest = (rest + octets).split(END)
            received(b"".join(_believed(frame) + END for frame in frames))

        return open_port(take, closed)

    return opened


def _believed(octets: bytes) -> bytes:
    """The octets of a frame on the wire, with CRCs that are right; those that are no frame at all as they are."""
    try:
        plain: bytes = cobs.decode(octets)
    except cobs.DecodeError:
        return octets
    header, content = plain[:_HEADER_SIZE], plain[_HEADER_SIZE:-CRC_SIZE]
    if len(plain) < _HEADER_SIZE + CRC_SIZE:
        return octets
    if header[0] == FrameType.NOTIFY:
        content = _believed_records(content)
    believed: bytes = cobs.encode(with_crc(header + content))
    return believed


def _believed_records(value: bytes) -> bytes:
    """The records of a value with CRCs that are right."""
    try:
        records = split_records(value)
    except WireError:
        return value
    return b"".join(with_crc(record[:-CRC_SIZE]) for record in records)
