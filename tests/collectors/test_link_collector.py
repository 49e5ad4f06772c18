"""The collector on the loop, at jump pace: retries, silence and a day's conversation cost no wall time."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.core.quantities import days, minutes
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ports.memory import MemoryClient, MemoryPort
from isletbench.emulator.transports.serial_link import SerialLink
from isletbench.protocols import frames
from isletbench.protocols.att import AttError
from isletbench.protocols.frames import Frame
from tests.harness.gadget import CONTROL_POINT, NOTIFIED, READABLE, SERVICE, WRITABLE, Gadget, gadget


@dataclass
class Noisy:
    """A line to a device of which ``lost`` says what does not get through."""

    port: MemoryPort
    lost: Callable[[str, Frame], bool]
    seen: list[tuple[str, Frame]] = field(default_factory=list)
    client: MemoryClient | None = None

    def _passes(self, way: str, octets: bytes) -> bool:
        (frame, _), *_ = frames.FrameReader().feed(octets)
        self.seen.append((way, frame))
        return not self.lost(way, frame)

    def open(self, received: Callable[[bytes], None], closed: Callable[[], None]) -> "Noisy":
        self.client = self.port.connect(lambda octets: received(octets) if self._passes("out", octets) else None, closed)
        return self

    def write(self, octets: bytes) -> None:
        assert self.client is not None
        if self._passes("in", octets):
            self.client.write(octets)

    def close(self) -> None:
        assert self.client is not None
        self.client.close()


@dataclass
class Bench:
    gadget: Gadget
    port: MemoryPort
    host: Host[GattDevice]


def at_jump_pace(main: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        made, port = gadget(), MemoryPort("gadget")
        host = Host(made.device, [SerialLink("gadget.serial", port, "Gadget")], Clock(), Journal())
        await host.start()
        await main(Bench(made, port, host))
        await host.stop()
        assert not host.failed.done()

    run(whole(), Pace(None))


@pytest.mark.parametrize("lost_way", ["in", "out"])
def test_a_frame_lost_on_the_line_is_made_good_and_nothing_is_done_twice(lost_way: str) -> None:
    async def main(bench: Bench) -> None:
        copies: dict[tuple[str, Frame], int] = {}

        def first_of_each(way: str, frame: Frame) -> bool:
            copies[way, frame] = copies.get((way, frame), 0) + 1
            return way == lost_way and copies[way, frame] == 1

        line = Noisy(bench.port, first_of_each)
        collector = LinkCollector(line.open)
        await collector.connect()
        await collector.write(Key(SERVICE, CONTROL_POINT), b"bolus")
        assert await collector.read(Key(SERVICE, READABLE)) == b"\x01\x02\x03"
        assert bench.gadget.service.written == [b"bolus"]
        with pytest.raises(AttError):
            await collector.write(Key(SERVICE, CONTROL_POINT), b"\xff")
        await collector.disconnect()

    at_jump_pace(main)


def test_silence_is_believed_after_three_seconds_and_the_port_is_closed() -> None:
    async def main(bench: Bench) -> None:
        line = Noisy(bench.port, lambda way, frame: way == "out")
        collector, loop = LinkCollector(line.open), asyncio.get_running_loop()
        before = loop.time()
        with pytest.raises(TimeoutError, match="no answer to HELLO in 3 tries of 1 s"):
            await collector.connect()
        assert loop.time() - before == pytest.approx(3, abs=0.01)
        assert len([frame for way, frame in line.seen if way == "in"]) == 3
        assert not collector.is_connected
        again = LinkCollector(bench.port.connect)
        await again.connect()
        await again.disconnect()

    at_jump_pace(main)


def test_a_line_that_dies_ends_the_request_at_once() -> None:
    async def main(bench: Bench) -> None:
        line = Noisy(bench.port, lambda way, frame: frame.type == frames.FrameType.READ)
        collector = LinkCollector(line.open)
        await collector.connect()
        reading = asyncio.ensure_future(collector.read(Key(SERVICE, READABLE)))
        await asyncio.sleep(0.5)
        await bench.host.stop()
        with pytest.raises(ConnectionError, match="the device has gone"):
            await reading
        assert not collector.is_connected
        with pytest.raises(ConnectionError, match="not connected"):
            await collector.read(Key(SERVICE, READABLE))

    at_jump_pace(main)


def test_requests_of_many_tasks_take_turns() -> None:
    async def main(bench: Bench) -> None:
        collector = LinkCollector(bench.port.connect)
        await collector.connect()
        await asyncio.gather(*(collector.write(Key(SERVICE, WRITABLE), bytes([n])) for n in range(50)))
        assert bench.gadget.service.written == [bytes([n]) for n in range(50)]
        await collector.disconnect()

    at_jump_pace(main)


def test_what_is_sent_before_closing_arrives_before_the_end() -> None:
    async def main(bench: Bench) -> None:
        collector = LinkCollector(bench.port.connect)
        await collector.connect()
        await collector.write(Key(SERVICE, WRITABLE), b"last words", response=False)
        await collector.disconnect()
        assert bench.gadget.service.written == [b"last words"]
        assert not bench.gadget.device.peers

    at_jump_pace(main)


def test_connecting_again_leaves_the_first_connection_behind() -> None:
    async def main(bench: Bench) -> None:
        collector = LinkCollector(bench.port.connect)
        for _ in range(3):
            await collector.connect()
        assert list(bench.gadget.device.peers) == ["gadget.serial#3"]
        await collector.disconnect()

    at_jump_pace(main)


def test_a_listener_may_hang_up() -> None:
    async def main(bench: Bench) -> None:
        collector, heard = LinkCollector(bench.port.connect), list[bytes]()

        def enough(value: bytes) -> None:
            heard.append(value)
            collector.close()

        await collector.connect()
        await collector.subscribe(Key(SERVICE, NOTIFIED), enough)
        bench.gadget.service.news = [(NOTIFIED, b"1"), (NOTIFIED, b"2")]
        bench.host.wake()
        await asyncio.sleep(1)
        assert heard == [b"1"]
        assert not bench.gadget.device.peers

    at_jump_pace(main)


def test_a_day_of_readings_every_five_minutes_arrives_whole() -> None:
    async def main(bench: Bench) -> None:
        heard: list[tuple[float, bytes]] = []
        loop = asyncio.get_running_loop()
        collector = LinkCollector(bench.port.connect)
        await collector.connect()
        await collector.subscribe(Key(SERVICE, NOTIFIED), lambda value: heard.append((loop.time(), value)))

        def read() -> None:
            bench.gadget.service.news = [(NOTIFIED, len(heard).to_bytes(2, "little"))]
            bench.host.wake()

        for instant in range(0, days(1), minutes(5)):
            loop.call_at(instant / 1000 + 1, read)
        await asyncio.sleep(days(1) / 1000)
        assert [value for _, value in heard] == [n.to_bytes(2, "little") for n in range(288)]
        assert [round(at) for at, _ in heard] == [1 + 300 * n for n in range(288)]
        await collector.disconnect()

    at_jump_pace(main)


def test_a_port_that_is_unplugged_or_taken_says_so() -> None:
    async def main(bench: Bench) -> None:
        first = LinkCollector(bench.port.connect)
        await first.connect()
        with pytest.raises(BlockingIOError, match="memory:gadget is open already"):
            await LinkCollector(bench.port.connect).connect()
        await bench.host.stop()
        with pytest.raises(ConnectionRefusedError, match="memory:gadget is unplugged"):
            await LinkCollector(bench.port.connect).connect()

    at_jump_pace(main)
