"""The adapters of a Paradigm pump pass the published contract of a personality."""

from collections.abc import Callable
from typing import Any, ClassVar

from isletbench import PersonalityContract
from isletbench.emulator.endpoints.paradigm.carelink import CARELINK
from isletbench.emulator.endpoints.paradigm.mmcommander import MMCOMMANDER
from isletbench.emulator.endpoints.paradigm.rfspy import RFSPY
from isletbench.protocols.medtronic import answers, carelink, mmcommander, radio
from isletbench.protocols.medtronic.opcodes import NakCode, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.packet import decode, encode
from tests.endpoints.paradigm.asking import SERIAL, from_rfspy, long, over_rfspy, short

DEVICE: dict[str, Any] = {"profile": "paradigm_x23", "basal": [{"at": "00:00", "rate": "1"}], "reservoir": "150"}
AWAKE = {"always_awake": True, "answers_after": "0ms"}
MODEL = RadioPacket(SERIAL, Opcode.MODEL, radio.counted(encode(answers.Model("723"))))
ACK, TOO_MUCH = short(Opcode.ACK), short(Opcode.NAK, NakCode.OUT_OF_RANGE)


def packet_is(expected: RadioPacket) -> Callable[[bytes], bool]:
    return lambda answer: from_rfspy(answer) == expected


def model_in(chunk: bytes) -> str:
    return decode(answers.Model, carelink.chunk_of(chunk)[0][:9]).digits


def sent(packet: RadioPacket) -> bytes:
    return mmcommander.request(mmcommander.Send(radio.encode(packet)))


class TestRfspy(PersonalityContract):
    """Its own commands, and messages to the pump."""

    personality = RFSPY
    settings: ClassVar = AWAKE
    device: ClassVar = DEVICE
    garbage: ClassVar = 3_000
    exchanges = (
        (b"\x01", lambda answer: answer.removeprefix(b"\xbb\x00") == b"OK\x00"),  # it may have to stop listening first
        (b"\x07", None),
        (b"\x02", b"subg_rfspy 0.8\x00"),
        (over_rfspy(short(Opcode.MODEL)), packet_is(MODEL)),
        (over_rfspy(short(Opcode.BOLUS)), packet_is(ACK)),
        (over_rfspy(long(Opcode.BOLUS, b"\xff\xff")), packet_is(TOO_MUCH)),
        (over_rfspy(RadioPacket("123456", Opcode.MODEL)), b"\xaa\x00"),
        (b"\x06\x09\x26", b"\x01\x00"),
        (b"\x06\x7f\x26", b"\x02\x00"),
        (b"\x09\x09", b"\x26\x00"),
        (b"\x03\x00\x00\x00\x00\x32", b"\xaa\x00"),
    )


class TestMmcommander(PersonalityContract):
    """Its own command, and messages to the pump."""

    personality = MMCOMMANDER
    settings: ClassVar = AWAKE
    device: ClassVar = DEVICE
    garbage: ClassVar = 3_000
    exchanges = (
        (b"\x00", b"\x01"),
        (sent(short(Opcode.MODEL)), b"\x01\x07\x01" + mmcommander.received(radio.encode(MODEL))),
    )


class TestCarelink(PersonalityContract):
    """Its own commands, and messages to the pump."""

    personality = CARELINK
    settings: ClassVar = AWAKE
    device: ClassVar = DEVICE
    garbage: ClassVar = 3_000
    exchanges = (
        (b"\x04\x00\x00", lambda answer: answer[:3] == b"\x01\x55\x00" and b"ComLink II" in answer and len(answer) == 64),
        (b"\x06\x00\x00", lambda answer: answer[3] >= 50 and len(answer) == 64),
        (b"\x05\x00\x00", lambda answer: len(answer) == 64),
        (b"\x03\x00\x00", lambda answer: len(answer) == 64),
        (carelink.request(carelink.Send(SERIAL, Opcode.MODEL)), carelink.acknowledged()),
        (b"\x0c\x00\x00\x4e\x95", lambda answer: answer == carelink.refused() or model_in(answer) == "723"),
        (b"\x0c\x00\x00\x4e\x00", carelink.refused()),
    )
