"""Packets, pages and records of the receiver: octets that clients have accepted, and a framer that takes anything."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.protocols.dexcom import packets, pages, records
from isletbench.protocols.dexcom.packets import Command, PacketFramer, Status
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.packet import decode, encode
from isletbench.protocols.streams import Framed

SYSTEM = 564_418_907
DISPLAY = SYSTEM - 18_000
TRANSMITTER = 0x21A45573


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (packets.build(Command.PING), "01 06 00 0a 5e 65"),
        (packets.build(Status.ACK), "01 06 00 01 35 d4"),
        (packets.build(Status.NAK), "01 06 00 02 56 e4"),
        (packets.build(Status.INVALID_COMMAND), "01 06 00 03 77 f4"),
        (packets.build(Status.INVALID_PARAM), "01 06 00 04 90 84"),
        (packets.build(Command.READ_FIRMWARE_HEADER), "01 06 00 0b 7f 75"),
        (packets.build(Command.READ_SYSTEM_TIME), "01 06 00 22 34 c0"),
        (packets.build(Status.ACK, encode(packets.Seconds(SYSTEM))), "01 0a 00 01 5b 59 a4 21 4e 50"),
        (packets.build(Command.READ_DATABASE_PAGE_RANGE, b"\x04"), "01 07 00 10 04 8b b8"),
        (packets.build(Status.ACK, encode(packets.PageRange(0, 1))), "01 0e 00 01 00 00 00 00 01 00 00 00 98 cd"),
        (
            packets.build(Status.ACK, encode(packets.PageRange(pages.EMPTY, pages.EMPTY))),
            "01 0e 00 01 ff ff ff ff ff ff ff ff cd 1d",
        ),
        (
            packets.build(Command.READ_DATABASE_PAGES, encode(packets.PageRequest(4, 7, 1))),
            "01 0c 00 11 04 07 00 00 00 01 1b 24",
        ),
        (packets.build(Command.WRITE_DISPLAY_TIME_OFFSET, encode(packets.Offset(-18_000))), "01 0a 00 1e b0 b9 ff ff df f3"),
        (
            packets.with_crc(encode(pages.PageHeader(0, 2, 4, 2, 0, 0, 0, 0))),
            "00 00 00 00 02 00 00 00 04 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 d3 0a",
        ),
        (pages.sealed(records.EgvG4(SYSTEM, DISPLAY, 123, 0x14)), "5b 59 a4 21 0b 13 a4 21 7b 00 14 9b b7"),
        (
            pages.sealed(records.EgvG5(SYSTEM, DISPLAY, 123, SYSTEM, TRANSMITTER, -3, 0x14, 6)),
            "5b 59 a4 21 0b 13 a4 21 7b 00 5b 59 a4 21 73 55 a4 21 fd 14 06 40 8a",
        ),
        (
            pages.sealed(records.EgvG6(SYSTEM, DISPLAY, 123, SYSTEM, TRANSMITTER, -3, 0x14, 6, 125)),
            "5b 59 a4 21 0b 13 a4 21 7b 00 5b 59 a4 21 73 55 a4 21 fd 14 06 7d 00 92 c2",
        ),
        (pages.sealed(records.MeterG4(SYSTEM, DISPLAY, 110, DISPLAY)), "5b 59 a4 21 0b 13 a4 21 6e 00 0b 13 a4 21 78 d6"),
        (
            pages.sealed(records.MeterG5(SYSTEM, DISPLAY, 110, 0, DISPLAY, TRANSMITTER)),
            "5b 59 a4 21 0b 13 a4 21 6e 00 00 0b 13 a4 21 73 55 a4 21 9e 4d",
        ),
        (
            pages.sealed(records.InsertionG4(SYSTEM, DISPLAY, SYSTEM, records.SessionState.STARTED)),
            "5b 59 a4 21 0b 13 a4 21 5b 59 a4 21 07 7f 80",
        ),
        (
            pages.sealed(records.UserEvent(SYSTEM, DISPLAY, 1, 0, DISPLAY, 45)),
            "5b 59 a4 21 0b 13 a4 21 01 00 0b 13 a4 21 2d 00 00 00 5d ed",
        ),
    ],
)
def test_the_octets_are_those_that_clients_have_accepted(octets: bytes, expected: str) -> None:
    assert octets == bytes.fromhex(expected)


def test_the_crc_is_xmodem() -> None:
    assert packets.with_crc(b"123456789")[-2:] == b"\xc3\x31"


def test_ids_of_transmitters_are_packed_five_bits_a_character() -> None:
    assert records.packed_id("6K111") == 0x698421
    assert records.packed_id("60000") == 0x600000


def test_a_packet_that_is_too_long_and_octets_that_are_none_are_refused() -> None:
    with pytest.raises(Unencodable, match="1585 octets: expected at most 1584"):
        packets.build(Status.ACK, bytes(1_585))
    for octets in (b"", b"\x01\x06\x00\x0a\x5e\x66", b"\x02\x06\x00\x0a\x5e\x65", b"\x01\x07\x00\x0a\x5e\x65"):
        with pytest.raises(WireError):
            packets.parse(octets)


def test_a_page_holds_what_was_put_in_and_refuses_what_does_not_fit() -> None:
    sealed = [pages.sealed(records.EgvG4(SYSTEM + n, DISPLAY + n, 100 + n, 0x14)) for n in range(38)]
    octets = pages.page(pages.PageHeader(38, 38, 4, 2, 1, 0, 0, 0), sealed)
    header, found = pages.parse_page(octets, 13)
    assert (header.first, header.count, header.number) == (38, 38, 1)
    assert [decode(records.EgvG4, record).glucose for record in found] == [100 + n for n in range(38)]
    assert octets[28 + 38 * 13 :] == b"\xff" * 6
    with pytest.raises(Unencodable, match="expected at most 500"):
        pages.page(header, [*sealed, sealed[0]])
    with pytest.raises(WireError, match="record 3"):
        pages.parse_page(octets[: 28 + 40] + b"\0" + octets[28 + 41 :], 13)


REQUESTS = st.builds(
    packets.build,
    st.integers(0, 255),
    st.binary(max_size=12) | st.just(bytes(1_584)),
)
CHUNKS = st.lists(REQUESTS | st.binary(max_size=20), max_size=8).map(b"".join)


@settings(max_examples=60, deadline=None)
@given(CHUNKS, st.randoms(use_true_random=False))
def test_any_chunking_gives_the_same_packets(octets: bytes, chance: random.Random) -> None:
    def framed(cuts: list[int]) -> list[Framed]:
        framer, found = PacketFramer(), list[Framed]()
        for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
            found += framer.feed(octets[begin:end])
        return found + framer.expire()

    whole = framed([])
    assert framed(list(range(1, len(octets)))) == whole
    assert framed(sorted(chance.sample(range(len(octets) + 1), min(len(octets), 5)))) == whole


def test_a_packet_after_garbage_that_announces_nothing_is_found() -> None:
    ping = packets.build(Command.PING)
    assert PacketFramer().feed(b"garbage\x01\x00\x00\x01\xff\xff" + ping) == [Framed("Ping", ping)]


def test_what_is_cut_off_is_given_up_after_a_silence_and_the_next_packet_is_whole() -> None:
    framer, ping = PacketFramer(), packets.build(Command.PING)
    assert framer.feed(ping[:4]) == []
    assert framer.silence == packets.SILENCE
    assert framer.expire() == [Framed("IncompletePacket", ping[:4])]
    assert framer.silence is None
    assert framer.feed(ping) == [Framed("Ping", ping)]


def test_a_hundred_thousand_octets_of_garbage_keep_nothing_back_for_ever() -> None:
    framer, chance = PacketFramer(), random.Random(7)
    for _ in range(100):
        framer.feed(chance.randbytes(1_000))
        assert len(framer._rest) < packets.LONGEST
    framer.expire()
    ping = packets.build(Command.PING)
    assert framer.feed(ping) == [Framed("Ping", ping)]
