"""A machine that sleeps: noticed, written down, links lost where a radio would have lost them, and no verdict on a client."""

import asyncio
from collections.abc import Callable

import pytest
from bleak import BleakClient

from isletbench.emulator.bench import sleep_watch
from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.sleep_watch import LOOK_EVERY_S, SLEPT_S, SleepWatch
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.bench_events import MachineSlept
from isletbench.emulator.journal.entries import BenchEntry, Entry, Header
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.rigs.rig import load_rig
from isletbench.emulator.scenarios.judge import Outcome, verdict_on
from isletbench.emulator.scenarios.scenario import load_scenario


class World:
    """The clocks of a computer: how long it was awake, and how long suspended."""

    def __init__(self) -> None:
        self.awake = self.asleep = 0.0

    def clocks(self) -> tuple[float, float]:
        return self.awake, self.asleep


def watched(monkeypatch: pytest.MonkeyPatch, live: Callable[[World], None]) -> list[tuple[MachineSlept, float]]:
    """What is found when ``live`` is called once between two looks; each other look comes in time."""
    world, found = World(), list[tuple[MachineSlept, float]]()
    monkeypatch.setattr(sleep_watch, "awake_and_asleep_s", world.clocks)

    async def main() -> None:
        watch = asyncio.create_task(SleepWatch(lambda slept, silent: found.append((slept, silent))).run())
        for look in range(10):
            await asyncio.sleep(LOOK_EVERY_S / 2)
            if look == 4:
                live(world)
            world.awake += LOOK_EVERY_S
            await asyncio.sleep(LOOK_EVERY_S / 2)
        watch.cancel()

    run(main(), Pace(None))
    return found


def test_a_process_that_was_stopped_wakes_up_late(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(world: World) -> None:
        world.awake += 30

    assert watched(monkeypatch, stop) == [(MachineSlept(30_000, 30_000), 30.0)]


def test_a_computer_that_was_suspended_stops_the_benchs_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def suspend(world: World) -> None:
        world.asleep += 3_600

    assert watched(monkeypatch, suspend) == [(MachineSlept(3_600_000, 0), 3_600.0)]


def test_a_busy_machine_does_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(world: World) -> None:
        world.awake += SLEPT_S

    assert watched(monkeypatch, work) == []


@pytest.mark.parametrize("crashed", [False, True])
def test_a_run_in_which_the_machine_slept_is_not_judged(crashed: bool) -> None:
    entries: list[Entry] = [
        Header("rig", 1, "real", "2026-01-01T08:00:00", {}),
        BenchEntry(90_000, MachineSlept(30_000, 30_000)),
    ]
    assert conversation_of(entries).slept == [(90_000, MachineSlept(30_000, 30_000))]
    verdict = verdict_on(load_scenario("DLV-01"), "serial", entries, crashed=crashed)
    assert verdict.outcome is Outcome.NOT_JUDGED
    assert verdict.why == "the machine slept for 30 s until 0:01:30; play it while the machine is awake"


def test_a_sleep_longer_than_their_supervision_ends_bluetooth_links_only_and_clients_connect_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air):
                wired = LinkCollector(bench.memory["pump"].connect)
                await wired.connect()
                client = BleakClient(bench.ready()["devices"]["cgm"]["ble"]["address"])
                await client.connect()
                bench._woken_up(MachineSlept(200, 200), 0.2)
                await asyncio.sleep(0.1)
                assert client.is_connected, "the supervision timeout is longer"
                bench._woken_up(MachineSlept(30_000, 30_000), 30.0)
                await asyncio.sleep(0.1)
                assert not client.is_connected
                assert wired.is_connected
                assert [name for name, host in bench.hosts.items() if host.endpoint.links] == ["pump"]
                await client.connect()
                assert client.is_connected
                await wired.disconnect()

    run(main(), Pace(None))
    assert [record.getMessage() for record in caplog.records if record.name == "isletbench"] == [
        "isletbench: the machine slept for 0 s",
        "isletbench: the machine slept for 30 s: 1 Bluetooth connection is lost",
    ]
