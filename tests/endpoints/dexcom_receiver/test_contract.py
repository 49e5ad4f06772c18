"""The receiver passes the published contract of personalities, in every generation."""

from typing import ClassVar

from isletbench import PersonalityContract
from isletbench.emulator.endpoints.dexcom_receiver.personality import DEXCOM_RECEIVER
from isletbench.protocols.dexcom import packets
from isletbench.protocols.dexcom.packets import Command, Status, build, intact
from isletbench.protocols.packet import encode

ACK = build(Status.ACK)
PAGE = encode(packets.PageRequest(4, 0, 1))


def acknowledged(answer: bytes) -> bool:
    """An answer whose content depends on the time."""
    return intact(answer) and answer[3] == Status.ACK and int.from_bytes(answer[1:3], "little") == len(answer)


class TestG4(PersonalityContract):
    """Reads, writes, pages, and each answer to what is no request."""

    personality = DEXCOM_RECEIVER
    device: ClassVar = {"glucose": {"mg_dl": 123}}
    exchanges = (
        (build(Command.PING), ACK),
        (build(Command.READ_TRANSMITTER_ID), build(Status.ACK, b"6K111")),
        (build(Command.READ_SYSTEM_TIME), acknowledged),
        (build(Command.WRITE_DISPLAY_TIME_OFFSET, encode(packets.Offset(-18_000))), ACK),
        (build(Command.READ_DISPLAY_TIME_OFFSET), build(Status.ACK, encode(packets.Offset(-18_000)))),
        (build(Command.READ_DATABASE_PAGES, PAGE), acknowledged),
        (build(Command.READ_DATABASE_PAGES, encode(packets.PageRequest(4, 99_999, 1))), build(Status.INVALID_PARAM)),
        (build(200), build(Status.INVALID_COMMAND)),
        (build(Command.PING)[:-1] + b"\0", build(Status.NAK)),
    )


class TestG6(PersonalityContract):
    """With other records, on a touchscreen."""

    personality = DEXCOM_RECEIVER
    settings: ClassVar = {"generation": "g6", "touchscreen": True}
    device: ClassVar = {"glucose": {"mg_dl": 123}}
    exchanges = (
        (build(Command.READ_DATABASE_PAGES, PAGE), acknowledged),
        (build(Command.READ_DATABASE_PAGE_RANGE, b"\x12"), build(Status.ACK, b"\xff" * 8)),
        (build(Command.WRITE_GLUCOSE_UNIT, b"\x02"), ACK),
        (build(Command.READ_GLUCOSE_UNIT), build(Status.ACK, b"\x02")),
    )
