"""The serial link's frames: any chunking, any garbage, never a wrong frame and never an answer to a damaged one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols import frames
from isletbench.protocols.att import AttCode, Property
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.frames import Frame, FrameReader, LinkError, decode_frame, encode_frame
from isletbench.protocols.packet import decode, encode
from tests.transports.serial.manual import MANUAL, VECTORS, client_in_the_manual

some_frames = st.builds(
    Frame, st.integers(0, 255), st.integers(0, 255), st.integers(0, 0xFFFF), st.binary(max_size=frames.MAX_CONTENT)
)


def read(octets: bytes) -> list[Frame]:
    return [frame for frame, _ in FrameReader().feed(octets)]


@pytest.mark.parametrize(
    "vector", VECTORS["frame"] + VECTORS["conversation"] + VECTORS["long"], ids=lambda vector: str(vector["name"])
)
def test_frame_and_octets_are_the_same_thing(vector: dict[str, Any]) -> None:
    frame = Frame(vector["type"], vector["seq"], vector["handle"], bytes.fromhex(vector["content"]))
    wire = bytes.fromhex(vector["wire"])
    assert encode_frame(frame) == wire
    assert read(wire) == [frame]


@pytest.mark.parametrize("vector", VECTORS["frame"] + VECTORS["conversation"], ids=lambda vector: str(vector["name"]))
def test_the_manual_shows_the_same_octets(vector: dict[str, Any]) -> None:
    assert f"`{vector['wire'].upper()}`" in MANUAL


@given(some_frames)
def test_the_manual_s_own_cobs_and_crc_agree_with_ours(frame: Frame) -> None:
    """An independent witness: they are written out bit by bit there."""
    manual = client_in_the_manual()
    plain = bytes([frame.type, frame.seq]) + frame.handle.to_bytes(2, "little") + frame.content
    plain += manual["crc16"](plain)
    assert manual["unstuff"](encode_frame(frame)[:-1]) == plain
    assert decode_frame(manual["stuff"](plain)) == frame


@given(some_frames)
def test_the_compiled_header_is_the_declared_one(frame: Frame) -> None:
    header = frames.HEADER.build({"type": frame.type, "seq": frame.seq, "handle": frame.handle})
    assert client_in_the_manual()["unstuff"](encode_frame(frame)[:-1]).startswith(header)
    parsed = frames.HEADER.parse(header)
    assert (parsed.type, parsed.seq, parsed.handle) == frame[:3]


@given(st.lists(st.one_of(st.binary(max_size=700), some_frames.map(encode_frame)), max_size=5))
def test_a_chunk_means_what_its_octets_mean_one_by_one(pieces: list[bytes]) -> None:
    """Frames, the octets of damaged ones, their number and what is left over."""
    octets, found = b"".join(pieces), []
    for chunks in ([octets], [octets[place : place + 1] for place in range(len(octets))]):
        damaged: list[bytes] = []
        reader = FrameReader(damaged.append)
        read_ones = [one for chunk in chunks for one in reader.feed(chunk)]
        found.append((read_ones, damaged, reader.damaged, reader._rest))
    assert found[0] == found[1]


@pytest.mark.parametrize("vector", VECTORS["damaged"], ids=lambda vector: str(vector["name"]))
def test_a_damaged_frame_is_dropped_and_counted(vector: dict[str, Any]) -> None:
    reader = FrameReader()
    assert list(reader.feed(bytes.fromhex(vector["wire"]))) == []
    assert reader.damaged == 1


@given(st.lists(some_frames, max_size=6), st.lists(st.integers(1, 40), min_size=1, max_size=50))
def test_frames_survive_any_chunking(sent: list[Frame], sizes: list[int]) -> None:
    octets = b"".join(encode_frame(frame) for frame in sent)
    reader, got, at, turn = FrameReader(), [], 0, 0
    while at < len(octets):
        size = sizes[turn % len(sizes)]
        got += [frame for frame, _ in reader.feed(octets[at : at + size])]
        at, turn = at + size, turn + 1
    assert got == sent
    assert reader.damaged == 0


@given(some_frames, some_frames, st.binary(max_size=60))
def test_a_frame_after_garbage_and_a_delimiter_is_read(first: Frame, second: Frame, garbage: bytes) -> None:
    got = read(encode_frame(first) + garbage + b"\x00" + encode_frame(second))
    assert got[0] == first
    assert got[-1] == second


@pytest.mark.parametrize(
    "vector", VECTORS["frame"] + VECTORS["conversation"] + VECTORS["long"][:1], ids=lambda v: str(v["name"])
)
def test_no_single_flipped_bit_makes_a_frame(vector: dict[str, Any]) -> None:
    wire = bytearray.fromhex(vector["wire"])
    for bit in range(8 * (len(wire) - 1)):
        wire[bit // 8] ^= 1 << bit % 8
        assert read(bytes(wire)) == []
        wire[bit // 8] ^= 1 << bit % 8


@given(st.binary(max_size=2_000))
def test_no_octets_break_the_reader_or_fill_the_memory(octets: bytes) -> None:
    reader = FrameReader()
    for frame, wire in reader.feed(octets):
        assert decode_frame(wire[:-1]) == frame
    assert len(reader._rest) <= frames.MAX_WIRE


def test_a_stream_without_delimiters_is_one_damaged_frame() -> None:
    reader = FrameReader()
    assert list(reader.feed(b"\x55" * 100_000 + b"\x00" + encode_frame(Frame(1, 2, 3)))) != []
    assert reader.damaged == 1


def test_the_octets_of_a_damaged_frame_are_told_for_the_record() -> None:
    told: list[bytes] = []
    reader = FrameReader(told.append)
    list(reader.feed(b"\x02" + bytes.fromhex("07 20 01 02 01 97 f5 00") + b"\x55" * 1_000 + b"\x00"))
    assert told == [bytes.fromhex("02 07 20 01 02 01 97 f5 00"), b"\x55" * frames.MAX_WIRE + b"\x00"]


def test_delimiters_between_frames_mean_nothing() -> None:
    reader = FrameReader()
    assert [f for f, _ in reader.feed(b"\x00\x00" + encode_frame(Frame(1, 2, 3)) + b"\x00\x00")] == [Frame(1, 2, 3)]
    assert reader.damaged == 0


def test_the_longest_value_fits_and_no_longer_one() -> None:
    assert len(encode_frame(Frame(0x21, 1, 2, b"\x55" * frames.MAX_CONTENT))) <= frames.MAX_WIRE
    with pytest.raises(Unencodable, match="514 octets are more than 513"):
        encode_frame(Frame(0x21, 1, 2, bytes(frames.MAX_CONTENT + 1)))


@pytest.mark.parametrize(
    "content",
    [
        frames.Hello(1),
        frames.HelloResponse(1, 512, 0xBEEF, "IB-Pump ü"),
        frames.TableResponse(()),
        frames.TableResponse((frames.TableEntry(0x181F, 0x2A52, Property.WRITE | Property.INDICATE, 12, 13),)),
        frames.ReadResponse(AttCode.SUCCESS, b"\x01\x02"),
        frames.StatusResponse(AttCode.PROCEDURE_ALREADY_IN_PROGRESS),
        frames.Subscribe(2),
        frames.Error(LinkError.UNKNOWN_TYPE, 0x55),
    ],
    ids=lambda content: type(content).__name__,
)
def test_the_content_of_every_type_survives_the_wire(content: object) -> None:
    assert decode(type(content), encode(content)) == content


def test_the_manual_tells_every_type_and_code() -> None:
    for kind in frames.FrameType:
        assert f"| {kind:02X} | {kind.name} |" in MANUAL
    for code in LinkError:
        assert f"{code:02X} {code.name.lower().replace('_', ' ')}" in MANUAL
    assert f"0..{frames.ENTRIES_PER_FRAME} entries of {frames.ENTRY_SIZE} octets" in MANUAL
    assert f"{frames.MAX_WIRE} on the wire" in MANUAL


def test_a_frame_that_is_not_cobs_says_so() -> None:
    with pytest.raises(WireError, match="not COBS"):
        decode_frame(b"\xff\x01")
