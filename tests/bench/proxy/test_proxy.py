"""A recorder in front of a real device: over pseudo-terminals, with a bench as the real device."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.proxy.proxy import Asked, proxied, recorded_rig, rig_of
from isletbench.emulator.bench.proxy.real_port import port_of
from isletbench.emulator.collectors.client_ports import socket_port, tty_port
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.endpoints.recorded import stand_in
from isletbench.emulator.faults import parse as fault
from isletbench.emulator.gatt import Indicate, Write
from isletbench.emulator.interfaces.terminal.lines import line_of
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.bench_events import Proxied, RealDeviceGone, RealDeviceThere
from isletbench.emulator.journal.entries import BenchEntry, Entry, FrameEntry, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.replay import Recording
from isletbench.emulator.journal.writer import recorded, to_text
from isletbench.emulator.rigs.rig import RigError
from isletbench.protocols import ids
from isletbench.protocols.att import AttError
from isletbench.protocols.ids import BolusType
from tests.bench.test_day import Conversation

PATIENCE_S = 60


def real(place: str, kind: str = "pump", **keys: Any) -> Any:
    return rig_of(kind, kind, keys.get("speaks"), place)


@asynccontextmanager
async def behind_a_proxy(
    tmp_path: Path, seen: list[Entry], *, client: str = "", **keys: Any
) -> AsyncIterator[tuple[Bench, Bench]]:
    """A bench as the real pump, and the proxy in front of it."""
    place = f"pty:{tmp_path / 'real'}"
    asked = Asked(serial=str(tmp_path / "real"), client=client or f"pty:{tmp_path / 'virtual'}", speaks=keys.get("speaks"))
    async with Bench(real(place, **keys), ports=Ports.REAL) as device, proxied(asked, recorded(seen)) as proxy:
        yield device, proxy


def over(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await main()

    run(limited(), Pace())


async def bolus(collector: LinkCollector, amount: float) -> Any:
    await collector.connect()
    talk = Conversation(collector, ids.SERVICE, protected=True)
    await talk.listen(ids.COMMAND_POINT)
    return await talk.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, amount, 0.0, 0))


def test_a_client_reaches_the_real_device_and_the_journal_has_both_sides(tmp_path: Path) -> None:
    entries: list[Entry] = []

    async def main() -> None:
        async with behind_a_proxy(tmp_path, entries) as (device, proxy):
            collector = LinkCollector(tty_port(str(tmp_path / "virtual")))
            answer = await bolus(collector, 1.0)
            assert isinstance(answer, ids.SetBolusResponse)
            assert proxy.rig.participants == {"pump": "pump"}
            with pytest.raises(AttError):
                await collector.write(Conversation(collector, ids.SERVICE, protected=True).key(ids.COMMAND_POINT), b"\x00")
            await collector.disconnect()
            running = [e.event for e in device.hosts["pump"].endpoint.machine.ledger.entries]
            assert any(type(event).__name__.startswith("Bolus") for event in running)
            assert line_of(proxy.status()["devices"]["pump"]).startswith("a real device")

    over(main)
    assert next(e.event for e in entries if isinstance(e, BenchEntry)) == Proxied("pump", None)
    writes = [e for e in entries if isinstance(e, RequestEntry) and isinstance(e.request, Write)]
    answers = [e for e in entries if isinstance(e, OutgoingEntry) and isinstance(e.outgoing, Indicate)]
    assert writes
    assert [e.stage for e in answers] == [Stage.REPLY_SENT]
    assert answers[0].place is not None
    text = to_text(entries)
    assert '"note":"SetBolus","stage":"decoded","operand":{' in text
    assert '"fast_amount":1.0' in text
    assert to_text(reader.read(text.splitlines())) == text
    client, device = (
        {e.octets for e in entries if isinstance(e, FrameEntry) and e.carrier == carrier and e.direction == "out"}
        for carrier in ("pump.serial", "pump.device")
    )
    assert client == device  # whole frames, octet for octet


def test_faults_of_messages_act_in_front_of_the_real_device(tmp_path: Path) -> None:
    entries: list[Entry] = []

    async def main() -> None:
        async with behind_a_proxy(tmp_path, entries) as (device, proxy):
            proxy.steering.inject(fault({"fault": "lose_reply", "device": "pump", "on": "SetBolus"}))
            collector = LinkCollector(tty_port(str(tmp_path / "virtual")))
            asking = asyncio.ensure_future(bolus(collector, 1.0))
            pump = device.hosts["pump"].endpoint.machine
            while not [e for e in pump.ledger.entries if type(e.event).__name__.startswith("Bolus")]:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            assert not asking.done()  # the pump has done it, and the client does not know
            asking.cancel()
            with pytest.raises(CannotDo, match="real device"):
                proxy.steering.do("pump", "occlude", {})
            with pytest.raises(ValueError, match="real device"):
                proxy.steering.clock("pump")
            with pytest.raises(CannotDo, match="real device: its time passes at pace real"):
                await proxy.steering.step(60_000)
            for pace in ("60x", "paused"):
                with pytest.raises(CannotDo, match="real device: its time passes at pace real"):
                    proxy.steering.change_pace(Pace.parse(pace))

    over(main)
    (lost,) = [e for e in entries if isinstance(e, OutgoingEntry) and isinstance(e.outgoing, Indicate)]
    assert (lost.stage, lost.faults) == (Stage.REPLY_QUEUED, ("lose_reply",))


def test_faults_of_the_line_act_in_front_of_the_real_device(tmp_path: Path) -> None:
    async def main() -> None:
        async with behind_a_proxy(tmp_path, [], client="tcp:127.0.0.1:0") as (_, proxy):
            port = int(re.findall(r"\d+$", proxy.ready()["devices"]["pump"]["serial"])[0])
            came = bytearray()
            client = socket_port("127.0.0.1", port)(came.extend, lambda: None)
            proxy.steering.inject(fault({"fault": "bad_line", "device": "pump", "echo": True}))
            await until(lambda: proxy.steering.line("pump").echo)
            client.write(b"half a frame")
            await until(lambda: bytes(came) == b"half a frame")
            client.close()

    over(main)


def test_a_device_that_is_unplugged_is_gone_and_found_again(tmp_path: Path) -> None:
    entries: list[Entry] = []

    async def main() -> None:
        place = tmp_path / "real"
        asked = Asked(serial=str(place), client=f"pty:{tmp_path / 'virtual'}")
        async with Bench(real(f"pty:{place}"), ports=Ports.REAL) as device, proxied(asked, recorded(entries)):
            collector = LinkCollector(tty_port(str(tmp_path / "virtual")))
            await collector.connect()
            status = Conversation(collector, ids.SERVICE, protected=True).key(ids.STATUS)
            await collector.read(status)
            device.steering.vanish("pump")
            await until(lambda: RealDeviceGone("pump") in happened(entries))
            device.steering.appear("pump")
            await until(lambda: RealDeviceThere("pump") in happened(entries))
            await collector.connect()
            await collector.read(status)

    over(main)


def happened(entries: list[Entry]) -> list[Any]:
    return [entry.event for entry in entries if isinstance(entry, BenchEntry)]


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.02)


def test_a_receiver_behind_a_proxy_answers_as_it_is(tmp_path: Path) -> None:
    entries: list[Entry] = []
    ping = bytes.fromhex("010600 0a 5e65".replace(" ", ""))

    async def main() -> None:
        async with behind_a_proxy(tmp_path, entries, kind="cgm", speaks="dexcom_receiver"):
            came = bytearray()
            client = tty_port(str(tmp_path / "virtual"))(came.extend, lambda: None)
            client.write(ping)
            await until(lambda: bool(came))
            client.close()

    over(main)
    (asked,) = [e.request for e in entries if isinstance(e, RequestEntry) and isinstance(e.request, Command)]
    (answered,) = [e.outgoing for e in entries if isinstance(e, OutgoingEntry) and isinstance(e.outgoing, Answer)]
    assert (asked.operation, asked.value, answered.operation) == ("Ping", ping, "Ping")
    assert [e.octets for e in entries if isinstance(e, FrameEntry)] == [ping, answered.value]


def test_its_journal_is_replayed_without_the_device(tmp_path: Path) -> None:
    entries: list[Entry] = []

    async def main() -> None:
        async with behind_a_proxy(tmp_path, entries):
            await bolus(LinkCollector(tty_port(str(tmp_path / "virtual"))), 1.0)

    over(main)
    recording = Recording(reader.read(to_text(entries).splitlines()))
    rig = recorded_rig(recording.entries, recording.header.devices)
    assert rig is not None

    async def replayed() -> None:
        async with Bench(rig, ports=Ports.MEMORY, stand_in=lambda device: stand_in(recording, device)) as bench:
            answer = await bolus(LinkCollector(bench.memory["pump"].connect), 1.0)
            assert isinstance(answer, ids.SetBolusResponse)
            assert not recording.divergences

    run(replayed(), Pace(None))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(serial="/dev/nonexistent-port"), "No such file"),
        (Asked(serial="tcp:nowhere"), "expected PATH"),
        (Asked(serial="x,1,2,3"), "8N1"),
    ],
    ids=["no port", "no number", "no settings"],
)
def test_a_port_that_cannot_be_had_is_one_sentence(asked: Asked, said: str) -> None:
    async def main() -> None:
        async with proxied(asked, recorded([])):
            raise AssertionError("unreachable")

    with pytest.raises((OSError, RigError), match=said):
        run(main(), Pace())
    if asked.serial.startswith("/dev"):
        assert port_of(asked.serial).address == asked.serial
