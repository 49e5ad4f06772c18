"""Any octets in any chunks: what finds requests in them never hangs or breaks, and finds the same in all chunkings."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench import Bench, Ports, run
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.endpoints.personalities import BUILT_IN
from isletbench.emulator.endpoints.personality import Framed, Personality
from isletbench.emulator.rigs.rig import validated
from isletbench.protocols.dexcom import packets, pages
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import carelink, glucose, line_code, mmcommander, radio, rileylink, subg_rfspy
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.medtronic.records.stored import records_of
from tests.endpoints.paradigm.asking import SERIAL, over_rfspy, short

A_MILLION = pytest.param(1_000_000, marks=pytest.mark.slow)
FEW = settings(max_examples=20)
MODEL = short(Opcode.MODEL)
REQUESTS = {
    "dexcom_receiver": packets.build(packets.Command.READ_TRANSMITTER_ID),
    "paradigm_rfspy": over_rfspy(MODEL),
    "paradigm_rileylink": over_rfspy(MODEL),
    "paradigm_mmcommander": mmcommander.request(mmcommander.Send(radio.encode(MODEL))),
    "paradigm_carelink": carelink.request(carelink.Send(SERIAL, Opcode.MODEL)),
}
DEVICES: dict[str, dict[str, Any]] = {
    "cgm": {"kind": "cgm", "glucose": {"mg_dl": 123}},
    "pump": {"kind": "pump", "profile": "paradigm_x23", "basal": [{"at": "00:00", "rate": "1"}]},
}
ALL = pytest.mark.parametrize("personality", BUILT_IN, ids=lambda personality: personality.name)


def found_in(personality: Personality[Any, Any], chunks: list[bytes]) -> list[Framed]:
    framer = personality.framer(personality.settings())
    return [framed for chunk in chunks for framed in framer.feed(chunk)]


def garbage(request: bytes, count: int) -> Iterator[bytes]:
    """So many octets in chunks of random lengths: any octets, those of a request, and its first one over and over."""
    chance = random.Random(7)
    for alphabet in (bytes(range(256)), request, request[:1] * 9 + request[1:2]):
        left = count // 3
        while left > 0:
            length = min(left, chance.randint(1, 2_000))
            left -= length
            yield bytes(chance.choices(alphabet, k=length))


@ALL
@pytest.mark.parametrize("count", [20_000, A_MILLION])
def test_garbage_is_passed_over_and_a_request_after_it_is_found(personality: Personality[Any, Any], count: int) -> None:
    framer, request = personality.framer(personality.settings()), REQUESTS[personality.name]
    taken = 0
    for chunk in garbage(request, count):
        taken += sum(len(framed.octets) for framed in framer.feed(chunk))
    assert taken <= count, "no octet is in two requests"
    framer.expire()
    (framed,) = framer.feed(request)
    assert framed.octets == request


@cache
def pieces(name: str) -> st.SearchStrategy[list[bytes]]:
    request = REQUESTS[name]
    piece = st.one_of(st.binary(max_size=30), st.just(request), st.integers(1, len(request)).map(lambda end: request[:end]))
    return st.lists(piece, max_size=8)


@ALL
@FEW
@given(data=st.data())
def test_any_chunking_finds_the_same_requests(personality: Personality[Any, Any], data: st.DataObject) -> None:
    octets = b"".join(data.draw(pieces(personality.name)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=12)))
    chunks = [octets[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    assert found_in(personality, chunks) == found_in(personality, [octets])
    assert found_in(personality, [octets[at : at + 1] for at in range(len(octets))]) == found_in(personality, [octets])


@pytest.mark.parametrize("personality", [one for one in BUILT_IN if one.service is None], ids=lambda one: one.name)
@pytest.mark.parametrize("count", [3_000, A_MILLION])
def test_a_device_takes_any_octets_and_answers_the_next_request(personality: Personality[Any, Any], count: int) -> None:
    request = REQUESTS[personality.name]
    awake = {"always_awake": True} if personality.kind == "pump" else {}
    device = {**DEVICES[personality.kind], "serial": "pty:", "speaks": {"personality": personality.name, **awake}}
    rig = validated({"schema": 1, "name": "garbage", "devices": {"device": device}}, "the test")

    async def main() -> None:
        async with Bench(rig, ports=Ports.MEMORY) as bench:
            come = bytearray()
            line = bench.memory["device"].connect(come.extend)
            for chunk in garbage(request, count):
                line.write(chunk)
                await asyncio.sleep(0.01)
                come.clear()
            line.close()
            await asyncio.sleep(100)  # what garbage has asked for, such as a reset, is over
            line = bench.memory["device"].connect(come.extend)
            line.write(request)
            await asyncio.sleep(5)
            assert come, "the request after it has no answer"
            assert not bench.hosts["device"].failed.done()

    run(main(), Pace(None))


PARSERS: dict[str, Any] = {
    "a packet of a receiver": packets.parse,
    "a page of a receiver": lambda octets: pages.parse_page(octets.ljust(packets.PAGE_SIZE, b"\0")[: packets.PAGE_SIZE], 13),
    "a value of a RileyLink": rileylink.command_of,
    "the line code": line_code.decoded,
    "a radio packet": radio.decode,
    "a chunk of a CareLink stick": carelink.chunk_of,
    "records of a 522": lambda octets: list(records_of(octets, Generation.of("522"))),
    "records of a 723": lambda octets: list(records_of(octets, Generation.of("723"))),
    "records of a glucose page": lambda octets: list(glucose.records_of(octets)),
}
"""What takes whole octets: it returns a value or raises ``WireError``."""


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("count", [20_000, A_MILLION])
def test_a_parser_of_whole_octets_refuses_garbage_and_never_breaks(parser: str, count: int) -> None:
    chance = random.Random(8)
    while count > 0:
        octets = chance.randbytes(chance.choice((0, 1, 5, 64, 528, 1_022)))
        count -= max(1, len(octets))
        with suppress(WireError):
            PARSERS[parser](octets)


ANSWERS: dict[str, tuple[Any, bytes]] = {
    "paradigm_rfspy": (subg_rfspy.responses, subg_rfspy.response(subg_rfspy.STATE)),
    "paradigm_mmcommander": (mmcommander.answers, mmcommander.received(radio.encode(MODEL))),
    "paradigm_carelink": (carelink.answers, carelink.chunk(SERIAL, bytes(64), last=True)),
}
"""What a client reads answers with, and an answer."""


@pytest.mark.parametrize("adapter", ANSWERS)
@pytest.mark.parametrize("count", [20_000, A_MILLION])
def test_a_client_passes_over_garbage_and_takes_the_next_answer(adapter: str, count: int) -> None:
    parser, answer = ANSWERS[adapter]
    used = parser()
    for chunk in garbage(answer, count):
        used.feed(chunk)
    used.discard()
    assert len(used.feed(answer)) == 1
    assert not used.waits
