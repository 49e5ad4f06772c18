"""A port whose address another program has taken while its device was away is asked for again until it is free."""

import asyncio
import socket

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.bench_events import CarrierCannotReturn, CarrierGone, CarrierThere
from isletbench.emulator.journal.entries import BenchEntry, Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.rigs import rig
from tests.bench.killed import RIG


def test_it_is_said_once_and_in_the_status_and_over_when_the_device_is_back() -> None:
    entries: list[Entry] = []

    def happened() -> list[type]:
        kinds = (CarrierGone, CarrierCannotReturn, CarrierThere)
        return [type(e.event) for e in entries if isinstance(e, BenchEntry) and isinstance(e.event, kinds)]

    async def until(count: int) -> None:
        async with asyncio.timeout(600):
            while len(happened()) < count:
                await asyncio.sleep(0.1)

    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            number = probe.getsockname()[1]
        text = RIG.replace('"pty:"', f'"tcp:127.0.0.1:{number}"')
        async with Bench(rig.parse(text, "fixed"), ports=Ports.REAL, journal=recorded(entries)) as bench:
            bench.steering.vanish("pump")
            await until(1)
            with socket.create_server(("127.0.0.1", number)):
                bench.steering.appear("pump")
                await until(2)
                await asyncio.sleep(5)  # of bench time: it is asked for several times
                (problem,) = bench.status()["problems"]
                assert problem.startswith("pump.serial cannot return: ")
                assert problem.endswith("; it is tried again every second")
            await until(3)
            assert bench.status()["problems"] == []
            bench.steering.vanish("pump")
            await until(4)
            with socket.create_server(("127.0.0.1", number)):
                bench.steering.appear("pump")
                await until(5)  # and the bench ends while it is asked for

    run(main(), Pace(10.0))
    assert happened() == [CarrierGone, CarrierCannotReturn, CarrierThere, CarrierGone, CarrierCannotReturn]
