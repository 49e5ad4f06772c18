"""The one loop: requests and deadlines reach the device, its answers reach the wire, everything reaches the journal."""

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock

import pytest

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.core.octets import Closed, Octets, Opened, Received
from isletbench.emulator.gatt import Connected, Disconnected, Outgoing, Read, ReadResponse, Request, Write, WriteResponse
from isletbench.emulator.journal.entries import Entry, Header
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.cable import Cable
from isletbench.emulator.transports.carrier import Deliver, HasAttributes
from isletbench.emulator.transports.octet_stream import OctetStream
from isletbench.emulator.transports.ports.memory import MemoryPort
from tests.harness.gadget import CONTROL_POINT, READABLE, SERVICE, GadgetMachine, gadget

LINK = "fake#1"


class FakeCarrier(Cable):
    """Delivers what a test says and collects what is sent."""

    def __init__(self, *, taken: bool = False) -> None:
        super().__init__("fake", MemoryPort("fake"))
        self.sent: list[Outgoing] = []
        self.abandoned: list[str] = []
        self.running = False
        self.taken = taken
        self.answer: Callable[[Outgoing], Request | None] = lambda _: None

    async def start(self, endpoint: HasAttributes, deliver: Deliver) -> None:
        if self.taken:
            raise OSError("fake: somebody is there already")
        self.running, self.deliver = True, deliver

    def abandon(self, link: str) -> None:
        self.abandoned.append(link)

    def disconnect(self, link: str) -> None:
        self.deliver(Disconnected(link))

    def send(self, outgoing: Outgoing) -> None:
        self.sent.append(outgoing)
        if request := self.answer(outgoing):
            self.deliver(request)

    async def stop(self) -> None:
        self.running = False


def journal_of(sink: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_a_request_is_answered_and_written_down_with_the_stage_it_reached() -> None:
    async def main() -> list[dict[str, Any]]:
        sink, carrier, made = io.StringIO(), FakeCarrier(), gadget()
        host = Host(made.device, [carrier], Clock(), Journal(sink))
        await host.start()
        at = made.device.table.of(SERVICE, READABLE).handle
        carrier.deliver(Connected(LINK))
        carrier.deliver(Read(LINK, at))
        assert carrier.sent == [ReadResponse(LINK, at, b"\x01\x02\x03")]
        carrier.deliver(Disconnected(LINK))
        await host.stop()
        assert not carrier.running
        return journal_of(sink)

    assert run(main(), Pace(None)) == [
        {"t": 0, "device": "gadget", "in": "connected", "stage": "received", "link": LINK, "mtu": 23, "security": "OPEN",
         "bonded": False},
        {"t": 0, "device": "gadget", "in": "read", "stage": "received", "link": LINK, "characteristic": "FE01", "handle": 3},
        {"t": 0, "device": "gadget", "out": "read_response", "stage": "reply_sent", "link": LINK, "characteristic": "FE01",
         "handle": 3, "octets": "010203"},
        {"t": 0, "device": "gadget", "in": "disconnected", "stage": "received", "link": LINK},
    ]  # fmt: skip


def test_the_device_is_woken_at_its_own_deadlines() -> None:
    async def main() -> list[dict[str, Any]]:
        sink, made = io.StringIO(), gadget()
        made.machine.due = [1_000, 61_500, 3_600_000]
        host = Host(made.device, [FakeCarrier()], Clock(), Journal(sink))
        await host.start()
        await asyncio.sleep(3_700)
        await host.stop()
        return journal_of(sink)

    assert [(entry["t"], entry["ledger"]) for entry in run(main(), Pace(None))] == [
        (1_000, "woke"),
        (61_500, "woke"),
        (3_600_000, "woke"),
    ]


@pytest.mark.parametrize(("pace", "timers"), [("real", 1), ("jump", 12)])
def test_a_deadline_that_stays_is_set_anew_only_where_the_order_of_events_is_repeated(pace: str, timers: int) -> None:
    async def main() -> int:
        carrier, made, loop = FakeCarrier(), gadget(), asyncio.get_running_loop()
        made.machine.due = [3_600_000]
        host = Host(made.device, [carrier], Clock(), Journal())
        with pytest.MonkeyPatch.context() as patch:
            counted = Mock(wraps=loop.call_at)
            patch.setattr(loop, "call_at", counted)
            await host.start()
            carrier.deliver(Connected(LINK))
            for _ in range(10):
                carrier.deliver(Read(LINK, made.device.table.of(SERVICE, READABLE).handle))
        await host.stop()
        return counted.call_count

    assert run(main(), Pace.parse(pace)) == timers


def test_a_deadline_that_changes_is_met_where_the_order_is_not_repeated() -> None:
    async def main() -> list[int]:
        sink, carrier, made = io.StringIO(), FakeCarrier(), gadget()
        made.machine.due = [50, 3_600_000]
        host = Host(made.device, [carrier], Clock(), Journal(sink))
        await host.start()
        made.machine.due = [20, 40, 3_600_000]
        host.wake()
        while len(journal_of(sink)) < 2:
            await asyncio.sleep(0.01)
        await host.stop()
        return [entry["t"] for entry in journal_of(sink)]

    first, second = run(main(), Pace.parse("60x"))
    assert 20 <= first <= second
    assert second >= 40


def test_a_request_that_comes_while_the_device_answers_waits_its_turn() -> None:
    async def main() -> list[Outgoing]:
        carrier, made = FakeCarrier(), gadget()
        host = Host(made.device, [carrier], Clock(), Journal())
        await host.start()
        carrier.deliver(Connected(LINK))
        point, value = (made.device.table.of(SERVICE, uuid).handle for uuid in (CONTROL_POINT, READABLE))
        cccd = made.device.table.of(SERVICE, CONTROL_POINT).cccd
        assert cccd is not None
        carrier.deliver(Write(LINK, cccd, b"\x02\x00"))
        carrier.sent.clear()
        carrier.answer = lambda outgoing: Read(LINK, value) if isinstance(outgoing, WriteResponse) else None
        carrier.deliver(Write(LINK, point, b"do"))
        return carrier.sent

    assert [type(outgoing).__name__ for outgoing in run(main(), Pace(None))] == ["WriteResponse", "Indicate", "ReadResponse"]


def test_a_device_that_breaks_ends_the_bench_and_does_not_look_silent() -> None:
    async def main() -> None:
        carrier, made = FakeCarrier(), gadget()

        def broken(now: int) -> None:
            raise ZeroDivisionError("a bug of ours")

        host = Host(made.device, [carrier], Clock(), Journal())
        await host.start()
        made.machine.advance = broken  # type: ignore[method-assign]  # breaks it on purpose
        carrier.deliver(Connected(LINK))
        with pytest.raises(ZeroDivisionError):
            await host.failed
        carrier.deliver(Connected(LINK))
        await host.stop()

    run(main(), Pace(None))


def test_when_one_address_is_taken_nothing_stays_open() -> None:
    async def main() -> None:
        first, second = FakeCarrier(), FakeCarrier(taken=True)
        host = Host(gadget().device, [first, second], Clock(), Journal())
        with pytest.raises(OSError, match="somebody is there already"):
            await host.start()
        assert not first.running

    run(main(), Pace(None))


def test_whoever_listens_is_handed_every_entry_until_it_stops() -> None:
    heard: list[Entry] = []
    journal = Journal()
    silence = journal.listen(heard.append)
    journal.open(Header(seed=1))
    silence()
    journal.open(Header(seed=2))
    assert heard == [Header(seed=1)]


@dataclass
class EchoEndpoint:
    """An endpoint without attributes: octets in, the same octets out, and a line of its own every minute."""

    machine: GadgetMachine = field(default_factory=GadgetMachine)
    name: str = "echo"
    links: set[str] = field(default_factory=set)
    next_deadline: int | None = 60_000

    def advance(self, now: int) -> list[Any]:
        if self.next_deadline is None or now < self.next_deadline:
            return []
        self.next_deadline = None
        return [Octets(link, b"tick") for link in self.links]

    def receive(self, request: Opened | Received | Closed, now: int) -> list[Any]:
        match request:
            case Opened(link=link):
                self.links.add(link)
            case Closed(link=link):
                self.links.discard(link)
            case Received(link=link, value=value):
                return [Octets(link, value)]
        return []

    def place_of(self, message: object) -> None:
        """Nothing: it has no attributes."""

    def snapshot(self) -> dict[str, Any]:
        return {}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """It has no bonds."""

    def forget_bonds(self) -> tuple[str, ...]:
        return ()


def test_an_endpoint_without_attributes_is_run_and_written_down_like_any_other() -> None:
    async def main() -> tuple[bytes, list[dict[str, Any]]]:
        sink, port, heard = io.StringIO(), MemoryPort("echo"), bytearray()
        host = Host(EchoEndpoint(), [OctetStream("echo.serial", port)], Clock(), Journal(sink))
        await host.start()
        client = port.connect(heard.extend)
        client.write(b"hello")
        await asyncio.sleep(61)
        assert host.endpoint.links == {"echo.serial#1"}
        host.disconnect()
        assert host.endpoint.links == set()
        client.write(b"again")
        await asyncio.sleep(1)
        await host.stop()
        assert not host.failed.done()
        return bytes(heard), journal_of(sink)

    heard, journal = run(main(), Pace(None))
    assert heard == b"hellotickagain"
    assert [
        (e["t"], e.get("in") or e.get("out"), e["stage"], e["link"], bytes.fromhex(e.get("octets", ""))) for e in journal
    ] == [
        (0, "opened", "received", "echo.serial#1", b""),
        (0, "received", "received", "echo.serial#1", b"hello"),
        (0, "octets", "reply_sent", "echo.serial#1", b"hello"),
        (60_000, "octets", "reply_sent", "echo.serial#1", b"tick"),
        (61_000, "closed", "received", "echo.serial#1", b""),
        (61_000, "opened", "received", "echo.serial#2", b""),
        (61_000, "received", "received", "echo.serial#2", b"again"),
        (61_000, "octets", "reply_sent", "echo.serial#2", b"again"),
        (62_000, "closed", "received", "echo.serial#2", b""),
    ]
