"""The contract of a personality: what programs rely on, whatever device it is compatible with. For everybody's test suite.

    class TestMine(PersonalityContract):
        personality = MINE
        device = {"glucose": {"mg_dl": 120}}
        exchanges = ((b"?", b"120"),)

pytest then collects the tests below. They run in virtual time, but for the last three, which open real ports.
"""

import asyncio
import os
import random
import tempfile
import tty
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.endpoints import personalities
from isletbench.emulator.endpoints.personality import Personality
from isletbench.emulator.faults.registry import parse as parse_fault
from isletbench.emulator.interfaces.pytest.contract_clients import (
    PATIENCE,
    Stream,
    connected,
    on_descriptor,
    open_files,
    opened,
)
from isletbench.emulator.journal.entries import Entry, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.rigs.rig import Rig, validated
from isletbench.protocols.streams import Framed

Expected: TypeAlias = bytes | Callable[[bytes], bool] | None
"""The octets of an answer; None where none may come; or what tells whether an answer is right."""
PORTS = {"pty": "pty:{directory}/device", "tcp": "tcp:127.0.0.1:0", "rfc2217": "rfc2217:127.0.0.1:0"}
"""The real ports that a client can open and close, by name, as a rig has them."""
SERIAL = "serial:{path},115200,8N1"
"""That of an adapter with a cable, which shows nobody who comes and goes."""


class PersonalityContract:
    """Subclass it in a test module, and say which personality and which exchanges are tested."""

    personality: ClassVar[Personality[Any, Any]]
    """The personality; it need not be registered."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """What the rig sets of it."""
    device: ClassVar[Mapping[str, Any]] = {}
    """More keys of the device's table in the rig."""
    exchanges: ClassVar[Sequence[tuple[bytes, Expected]]]
    """Requests and their answers, in an order in which they can be asked one after another, again and again."""
    garbage: ClassVar[int] = 20_000
    """How many octets of garbage it is given."""
    carriers: ClassVar[Sequence[str]] = tuple(PORTS)
    """The real ports that it is tried on."""

    # In memory, in virtual time

    def test_every_request_has_the_answer_of_the_data_sheet(self) -> None:
        """Each request alone, in one piece."""

        async def client(stream: Stream) -> None:
            for request, expected in self.exchanges:
                await self._ask(stream, request, expected)

        self._play(client)

    def test_any_chunking_of_a_request_gives_the_same_answer(self) -> None:
        """Octet by octet with pauses, in two pieces at every place, and in pieces of random lengths."""

        async def client(stream: Stream) -> None:
            chance = random.Random(1)  # not for cryptography
            for request, expected in self.exchanges:
                await self._ask(stream, request, expected, chunks=[request[i : i + 1] for i in range(len(request))])
                for cut in range(1, min(len(request), 24)):
                    await self._ask(stream, request, expected, chunks=[request[:cut], request[cut:]])
                for _ in range(5):
                    await self._ask(stream, request, expected, chunks=_cut(request, chance))

        self._play(client)

    def test_the_framer_finds_the_same_requests_in_any_chunking(self) -> None:
        """All requests with garbage between them, as one piece and in random pieces."""
        chance = random.Random(2)
        requests = [request for request, _ in self.exchanges] * 5
        octets = b"".join(request + chance.randbytes(chance.choice((0, 0, 3))) for request in requests)
        whole = self._framed([octets])
        for _ in range(20):
            assert self._framed(_cut(octets, chance)) == whole

    def test_garbage_neither_hangs_nor_breaks_it(self) -> None:
        """After any garbage, and a silence, the next request is answered."""

        async def client(stream: Stream) -> None:
            chance = random.Random(3)
            requests = b"".join(request for request, _ in self.exchanges)
            for alphabet in (bytes(range(256)), requests, requests[:1]):
                for _ in range(max(1, self.garbage // 3_000)):
                    stream.write(bytes(chance.choices(alphabet, k=1_000)))
                await asyncio.sleep(PATIENCE)
                stream.received.clear()
                for request, expected in self.exchanges[:3]:
                    await self._ask(stream, request, expected)

        self._play(client)

    def test_a_client_that_is_unplugged_in_mid_request_leaves_it_to_the_next(self) -> None:
        """At every place of every request: the half of it changes nothing for the next client."""

        async def main(bench: Bench) -> None:
            for request, expected in self.exchanges:
                for cut in range(1, min(len(request), 12)):
                    with connected(bench) as stream:
                        stream.write(request[:cut])
                        await asyncio.sleep(0.01)
                    with connected(bench) as stream:
                        await self._ask(stream, request, expected)

        self._on_a_bench(main)

    def test_ten_clients_one_after_another_are_served_alike(self) -> None:
        """Ten times opened, used and closed."""

        async def main(bench: Bench) -> None:
            for _ in range(10):
                with connected(bench) as stream:
                    for request, expected in self.exchanges:
                        await self._ask(stream, request, expected)
                assert not bench.hosts["device"].endpoint.links

        self._on_a_bench(main)

    def test_it_says_nothing_unasked(self) -> None:
        """A client that only listens for an hour receives nothing."""

        async def client(stream: Stream) -> None:
            await asyncio.sleep(3_600)
            assert not stream.received, f"it sends {stream.received.hex()} unasked"

        self._play(client)

    def test_every_exchange_is_in_the_journal_with_its_operation(self) -> None:
        """Request and answer, in one of the words that the personality declares."""
        journal = self._play(self._everything)
        asked = [entry.request for entry in journal if isinstance(entry, RequestEntry) and isinstance(entry.request, Command)]
        answered = [one.outgoing for one in journal if isinstance(one, OutgoingEntry) and isinstance(one.outgoing, Answer)]
        assert [command.value for command in asked] == [request for request, _ in self.exchanges]
        assert len(answered) >= sum(expected is not None for _, expected in self.exchanges)
        words = {command.operation for command in asked} | {answer.operation for answer in answered}
        assert words <= set(self.personality.operations), f"not declared: {words - set(self.personality.operations)}"

    def test_faults_reach_its_answers(self) -> None:
        """Lost, late, repeated and damaged answers, as on any other link."""
        request, expected = next((r, e) for r, e in self.exchanges if e is not None)

        async def main(bench: Bench) -> None:
            with connected(bench) as stream:
                whole = await stream.ask(request)
                assert _is(expected, whole)
                for fault, lengths in (("lose_reply", 0), ("lose_request", 0), ("repeat_reply", 2), ("corrupt_reply", 1)):
                    bench.steering.inject(parse_fault({"fault": fault, "device": "device"}))
                    received = await stream.ask(request)
                    assert len(received) == lengths * len(whole), fault
                    assert (received == whole * lengths) == (fault != "corrupt_reply"), fault
                bench.steering.inject(parse_fault({"fault": "delay_reply", "device": "device", "by": "50s"}))
                assert await stream.ask(request) == b""
                await asyncio.sleep(50)
                assert bytes(stream.received) == whole

        self._on_a_bench(main)

    def test_a_fault_can_be_aimed_at_each_of_its_operations(self) -> None:
        """``on`` takes the operation with the personality's name, and the others are answered."""
        asked = {framed.operation for request, _ in self.exchanges for framed in self._framed([request])}
        others = [word for word in self.personality.operations if word not in asked]
        self._on_a_bench(partial(self._with_lost, others))
        for word in asked:
            self._on_a_bench(partial(self._with_lost, [word]))

    async def _with_lost(self, words: Sequence[str], bench: Bench) -> None:
        """Requests of these operations have no answer, and the others have theirs."""
        for word in words:
            on = f"{self.personality.name}.{word}"
            bench.steering.inject(parse_fault({"fault": "lose_request", "device": "device", "on": on, "count": "all"}))
        with connected(bench) as stream:
            for request, expected in self.exchanges:
                (framed,) = self._framed([request])
                answer = await stream.ask(request)
                assert bool(answer) == (expected is not None and framed.operation not in words), request.hex()

    # On real ports

    def test_ten_programs_open_and_close_a_real_port(self) -> None:
        """A pseudo-terminal, a socket, a socket with line settings: each opened anew by every client."""
        for carrier in self.carriers:
            self._on_a_bench(self._ten_programs, PORTS[carrier])

    def test_ten_programs_at_the_other_end_of_a_cable(self) -> None:
        """The device holds an adapter open, and does not see who is at the other end."""
        ours, adapter = os.openpty()
        tty.setraw(adapter)
        os.set_blocking(ours, False)

        async def main(bench: Bench) -> None:
            for _ in range(10):
                with on_descriptor(ours) as stream:
                    await self._first_exchanges(stream)

        try:
            self._on_a_bench(main, SERIAL.format(path=os.ttyname(adapter)))
        finally:
            os.close(ours)
            os.close(adapter)

    def test_nothing_is_open_and_nothing_is_done_while_no_client_is_there(self) -> None:
        """Nobody has the port open, as programs check with ``fuser``, and the processor rests."""
        for carrier in self.carriers:
            self._on_a_bench(self._idle, PORTS[carrier])

    async def _ten_programs(self, bench: Bench) -> None:
        for _ in range(10):
            async with opened(_address(bench)) as stream:
                await self._first_exchanges(stream)

    async def _first_exchanges(self, stream: Stream) -> None:
        for request, expected in self.exchanges[:2]:
            if expected is not None:
                answer = await stream.ask_until(request, partial(_is, expected))
                assert _is(expected, answer), f"{request.hex()} is answered by {answer.hex() or 'nothing'}"

    async def _idle(self, bench: Bench) -> None:
        address = _address(bench)
        async with opened(address) as stream:
            await self._first_exchanges(stream)
        await asyncio.sleep(0.2)
        assert not bench.hosts["device"].endpoint.links
        assert address not in open_files(), "the port is open though no client is there: `fuser` shows it as in use"
        begun = os.times()
        await asyncio.sleep(0.5)
        used = os.times().user - begun.user + os.times().system - begun.system
        assert used < 0.25, f"it has worked for {used:.2f} s of half a second without a client"

    # How it is done

    def _rig(self, port: str) -> Rig:
        personalities.add(self.personality)
        speaks = {"personality": self.personality.name, **self.settings}
        device = {"kind": self.personality.kind, "serial": port, "speaks": speaks, **self.device}
        return validated({"schema": 1, "name": "contract", "devices": {"device": device}}, "the contract's rig")

    def _on_a_bench(self, main: Callable[[Bench], Coroutine[Any, Any, None]], port: str | None = None) -> list[Entry]:
        """Run it with a bench on a real port, or with one in memory and in virtual time."""
        entries: list[Entry] = []
        ports = Ports.MEMORY if port is None else Ports.REAL

        async def session() -> None:
            with tempfile.TemporaryDirectory() as directory:
                rig = self._rig((port or "pty:").format(directory=directory))
                async with Bench(rig, ports=ports, journal=recorded(entries)) as bench:
                    await main(bench)
                    assert not bench.hosts["device"].failed.done(), "the face has raised an exception"

        run(session(), Pace(None) if port is None else None)
        return entries

    def _play(self, client: Callable[[Stream], Coroutine[Any, Any, None]]) -> list[Entry]:
        async def main(bench: Bench) -> None:
            with connected(bench) as stream:
                await client(stream)

        return self._on_a_bench(main)

    async def _everything(self, stream: Stream) -> None:
        for request, expected in self.exchanges:
            await self._ask(stream, request, expected)

    async def _ask(self, stream: Stream, request: bytes, expected: Expected, *, chunks: Iterable[bytes] | None = None) -> None:
        answer = await stream.ask(request, chunks)
        assert _is(expected, answer), f"{request.hex()} is answered by {answer.hex() or 'nothing'}, expected {_shown(expected)}"

    def _framed(self, chunks: Iterable[bytes]) -> list[Framed]:
        framer = self.personality.framer(self.personality.settings.model_validate(dict(self.settings)))
        return [framed for chunk in chunks for framed in framer.feed(chunk)]


def _is(expected: Expected, answer: bytes) -> bool:
    if expected is None:
        return answer == b""
    return answer == expected if isinstance(expected, bytes) else bool(answer) and expected(answer)


def _shown(expected: Expected) -> str:
    if expected is None:
        return "nothing"
    return expected.hex() if isinstance(expected, bytes) else "another answer"


def _cut(octets: bytes, chance: random.Random) -> list[bytes]:
    """The octets in pieces of random lengths."""
    pieces = []
    while octets:
        length = chance.randint(1, 40)
        pieces.append(octets[:length])
        octets = octets[length:]
    return pieces


def _address(bench: Bench) -> str:
    """What a client opens: a URL, or the terminal behind the name of the device's port."""
    place: str = bench.ready()["devices"]["device"]["serial"]
    return place if "://" in place else str(Path(place).resolve())
