"""What adapters are asked on their ports, and answer: the same in any chunks, whatever stands between."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.protocols.errors import BadCrc, ReservedValue, Truncated, Unencodable
from isletbench.protocols.medtronic import carelink, mmcommander, subg_rfspy
from isletbench.protocols.medtronic.subg_rfspy import SendAndListen, SendAndListenHead, SendHead, SendPacket
from isletbench.protocols.packet import encode
from tests.protocols.medtronic.vectors import SERIAL, vectors

_octet = st.integers(0, 255)
_coded = st.binary(max_size=30).map(lambda octets: octets.replace(b"\x00", b"\x55"))
RFSPY = st.one_of(
    st.sampled_from([subg_rfspy.GetState(), subg_rfspy.GetVersion(), subg_rfspy.Interrupt(), subg_rfspy.Reset()]),
    st.builds(subg_rfspy.GetPacket, channel=_octet, timeout=st.integers(0, 1 << 31)),
    st.builds(subg_rfspy.WriteRegister, address=_octet, value=_octet),
    st.builds(subg_rfspy.ReadRegister, address=_octet),
    st.builds(SendPacket, st.builds(SendHead, channel=_octet, repeats=_octet, delay=_octet), _coded),
    st.builds(
        SendAndListen,
        st.builds(
            SendAndListenHead,
            channel=_octet,
            repeats=_octet,
            delay=_octet,
            listen_channel=_octet,
            timeout=st.integers(0, 60_000),
            retries=_octet,
        ),
        _coded,
    ),
)
MMCOMMANDER = st.one_of(
    st.just(mmcommander.GetVersion()),
    st.builds(mmcommander.Send, st.binary(min_size=1, max_size=74), st.integers(1, 100)),
)
CARELINK = st.one_of(
    st.sampled_from([carelink.Product(), carelink.Strength(), carelink.LinkStatus(), carelink.Counters(1)]),
    st.builds(carelink.ReadRadio, st.integers(0, 0xFFFF)),
    st.builds(carelink.Send, st.just(SERIAL), _octet, st.binary(max_size=20), _octet, st.integers(0, 2)),
)
ASKS: dict[Any, Any] = {
    subg_rfspy: subg_rfspy.GetState(),
    mmcommander: mmcommander.GetVersion(),
    carelink: carelink.LinkStatus(),
}


def _octets_of(answer: mmcommander.Answer) -> bytes:
    if isinstance(answer, mmcommander.Received):
        return mmcommander.received(answer.data, intact=answer.intact)
    return bytes([1, answer.length, answer.times])


@pytest.mark.parametrize(
    ("adapter", "requests"), [(subg_rfspy, RFSPY), (mmcommander, MMCOMMANDER), (carelink, CARELINK)], ids=lambda x: str(x)[:40]
)
@settings(max_examples=20)
@given(data=st.data())
def test_any_chunks_make_the_same_requests(adapter: Any, requests: st.SearchStrategy[Any], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(requests, max_size=6))
    octets = b"".join(adapter.request(request) for request in wanted)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    parser = adapter.commands()
    found = [one for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True) for one in parser.feed(octets[begin:end])]
    assert found == wanted
    assert not parser.waits


@pytest.mark.parametrize("adapter", ASKS, ids=lambda adapter: adapter.__name__)
@settings(max_examples=20)
@given(noise=st.binary(max_size=400), size=st.integers(1, 50))
def test_noise_is_the_same_in_any_chunks_and_is_not_gathered_for_ever(adapter: Any, noise: bytes, size: int) -> None:
    whole, chunked = adapter.commands(), adapter.commands()
    at_once = whole.feed(noise)
    assert [one for at in range(0, len(noise), size) for one in chunked.feed(noise[at : at + size])] == at_once
    whole.feed(bytes(300))  # no request is longer
    whole.discard()
    assert whole.feed(adapter.request(ASKS[adapter])) == [ASKS[adapter]]


_MMCOMMANDER_ANSWERS = st.one_of(
    st.builds(mmcommander.Confirmed, st.integers(1, 74), st.integers(1, 100)),
    st.just(mmcommander.ONLY_RECEIVES),
    st.builds(mmcommander.Received, st.binary(min_size=1, max_size=74), st.booleans()),
)
_CARELINK_ANSWERS = st.one_of(
    st.builds(carelink.acknowledged, st.binary(max_size=61)),
    st.builds(carelink.refused, _octet),
    st.builds(carelink.chunk, st.just(SERIAL), st.binary(max_size=64), last=st.booleans()),
)
ANSWERS: dict[str, tuple[Any, st.SearchStrategy[Any], Any]] = {
    "subg_rfspy": (subg_rfspy.responses, _coded, subg_rfspy.response),
    "mmcommander": (mmcommander.answers, _MMCOMMANDER_ANSWERS, _octets_of),
    "carelink": (carelink.answers, _CARELINK_ANSWERS, bytes),
}
"""Of each adapter: the client's parser, what the adapter answers, and the octets of that."""


@pytest.mark.parametrize("adapter", ANSWERS)
@settings(max_examples=20)
@given(data=st.data())
def test_any_chunks_make_the_same_answers(adapter: str, data: st.DataObject) -> None:
    made, answers, octets_of = ANSWERS[adapter]
    wanted = data.draw(st.lists(answers, max_size=6))
    octets = b"".join(octets_of(answer) for answer in wanted)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    parser = made()
    found = [one for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True) for one in parser.feed(octets[begin:end])]
    assert found == wanted
    assert not parser.waits


@pytest.mark.parametrize("adapter", ANSWERS)
@settings(max_examples=20)
@given(noise=st.binary(max_size=400), size=st.integers(1, 50))
def test_noisy_answers_are_the_same_in_any_chunks(adapter: str, noise: bytes, size: int) -> None:
    made, _, _ = ANSWERS[adapter]
    chunked = made()
    assert [one for at in range(0, len(noise), size) for one in chunked.feed(noise[at : at + size])] == made().feed(noise)


def test_a_chunk_with_a_damaged_size_does_not_take_the_next_one_with_it() -> None:
    chunk = carelink.chunk(SERIAL, bytes(64), last=True)
    damaged = bytearray(chunk)
    damaged[5] ^= 0x40
    assert carelink.answers().feed(bytes(damaged) + chunk) == [chunk]


def test_data_that_never_end_are_dropped_and_the_stick_goes_on() -> None:
    parser = subg_rfspy.commands()
    head = b"\x04\x00\x00\x00"
    assert parser.feed(head + b"\x55" * 254) == []
    assert parser.feed(b"\x55" * 1) == []
    assert parser.feed(b"\x55\x01") == [subg_rfspy.GetState()]


@pytest.mark.parametrize("vector", vectors("carelink"), ids=lambda vector: vector["name"])
def test_a_stick_reads_what_clients_send(vector: dict[str, Any]) -> None:
    octets, parameters = bytes.fromhex(vector["octets"]), bytes.fromhex(vector["parameters"])
    send = carelink.Send(SERIAL, vector["opcode"], parameters, vector["retries"], vector["frames"])
    assert carelink.request(send) == octets
    assert carelink.commands().feed(octets) == [send]


def test_a_stick_answers_with_exactly_64_octets_and_chunks_as_captured() -> None:
    assert len(carelink.acknowledged()) == len(carelink.refused(8)) == len(carelink.status(carelink.NOTHING)) == 64
    assert carelink.status(carelink.ready(64))[:8].hex(" ") == "01 55 00 00 02 01 00 4e"
    assert carelink.request(carelink.ReadRadio(78)).hex(" ") == "0c 00 00 4e 95"
    chunk = carelink.chunk(SERIAL, bytes(64), last=True)
    assert chunk[:13].hex(" ") == "02 00 03 00 d6 80 40 a7 01 20 88 50 52"  # a published capture of a real stick
    assert carelink.chunk_of(chunk) == (bytes(64), True)
    for damaged, error in ((chunk[:-1], ReservedValue), (chunk[:5], Truncated), (chunk[:-1] + b"\x01", BadCrc)):
        with pytest.raises(error):
            carelink.chunk_of(damaged)


def test_a_stick_refuses_a_request_with_a_wrong_crc() -> None:
    octets = bytearray(carelink.request(carelink.Send(SERIAL, 0x42, b"\x05")))
    octets[-1] ^= 1
    assert carelink.commands().feed(bytes(octets)) == [carelink.Malformed("a CRC of Send is wrong")]
    assert carelink.commands().feed(b"\x0c\x00\x00\x4e\x00") == [carelink.Malformed("the CRC of Read Radio is wrong")]


def test_a_signal_strength_is_told_in_half_decibels() -> None:
    assert subg_rfspy.dbm_of(0x30) == -49
    assert subg_rfspy.rssi_of(-49) == 0x30
    assert subg_rfspy.dbm_of(subg_rfspy.rssi_of(-90)) == -90
    assert 0 not in subg_rfspy.received(0, 0, b"\x55")


def test_a_response_holds_no_zero() -> None:
    assert subg_rfspy.response(subg_rfspy.STATE) == b"OK\x00"
    with pytest.raises(Unencodable):
        subg_rfspy.response(b"\x01\x00")
    with pytest.raises(Unencodable):
        subg_rfspy.request(SendPacket(SendHead(0, 0, 0), b"\x00"))
    assert encode(SendHead(1, 2, 3)) == b"\x01\x02\x03"
