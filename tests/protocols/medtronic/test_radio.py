"""CRCs, the line code and radio packets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.errors import BadCrc, ReservedValue, Truncated, Unencodable, WireError
from isletbench.protocols.medtronic import line_code, radio
from isletbench.protocols.medtronic.checks import crc8, crc16
from isletbench.protocols.medtronic.radio import RadioPacket
from tests.protocols.medtronic.vectors import SERIAL, vectors


@pytest.mark.parametrize("vector", vectors("check"), ids=lambda vector: vector["name"])
def test_the_crcs_are_those_of_their_catalogue(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["octets"])
    if "crc8" in vector:
        assert crc8(octets) == vector["crc8"]
    else:
        assert crc16(octets) == vector["crc16"]


@pytest.mark.parametrize("vector", vectors("radio"), ids=lambda vector: vector["name"])
def test_a_packet_and_its_octets_are_the_same_thing_on_the_air_too(vector: dict[str, Any]) -> None:
    packet = RadioPacket(SERIAL, vector["opcode"], bytes.fromhex(vector["payload"]))
    octets, coded = bytes.fromhex(vector["octets"]), bytes.fromhex(vector["coded"])
    assert radio.encode(packet) == octets
    assert radio.decode(octets) == packet
    assert line_code.coded(octets) == coded
    assert line_code.decoded(coded) == octets


@given(st.binary(max_size=120))
def test_coded_octets_hold_no_zero_and_decode_to_what_they_were(octets: bytes) -> None:
    coded = line_code.coded(octets)
    assert 0 not in coded
    assert line_code.decoded(coded) == octets


@given(st.binary(max_size=90))
def test_decoding_stops_at_what_is_no_code(noise: bytes) -> None:
    decoded = line_code.decoded(noise)
    assert line_code.coded(decoded)[: len(decoded) * 12 // 8] == noise[: len(decoded) * 12 // 8]


@given(st.binary(max_size=90))
def test_noise_is_a_packet_or_a_wire_error(noise: bytes) -> None:
    try:
        packet = radio.decode(noise)
    except WireError:
        return
    assert noise.startswith(radio.encode(packet))


def test_a_packet_with_one_octet_changed_is_none() -> None:
    whole = radio.encode(RadioPacket(SERIAL, 0x8D))
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        with pytest.raises((BadCrc, ReservedValue)):
            radio.decode(bytes(damaged))
    with pytest.raises(Truncated):
        radio.decode(whole[:-1])


def test_data_of_several_frames_are_numbered_and_the_last_frame_says_so() -> None:
    data = bytes(range(256)) * 4
    frames = [radio.opened(frame) for frame in radio.frames(data)]
    assert [frame.frame for frame in frames] == list(range(1, 17))
    assert [frame.is_last for frame in frames] == [False] * 15 + [True]
    assert b"".join(frame.data for frame in frames) == data
    with pytest.raises(Unencodable, match="1 to 127 frames"):
        radio.frames(b"")


def test_what_is_no_serial_number_or_no_payload_never_leaves() -> None:
    for packet in (RadioPacket("20885", 1), RadioPacket("20885x", 1), RadioPacket(SERIAL, 1, b"12")):
        with pytest.raises(Unencodable):
            radio.encode(packet)
    with pytest.raises(Unencodable, match="65 octets"):
        radio.counted(bytes(65))


def test_a_lead_octet_counts_no_more_data_than_there_are() -> None:
    assert radio.opened(radio.counted(b"abc")).meant == b"abc"
    with pytest.raises(ReservedValue, match="65 octets"):
        _ = radio.opened(radio.long_payload(65, b"")).meant
