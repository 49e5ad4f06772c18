"""Devices on real controllers. The dongle is a virtual one behind a socket, which is all that a host sees of any."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from bleak import BleakClient, BleakScanner
from bumble import hci
from bumble.controller import Controller
from bumble.core import UUID
from bumble.device import Device, Peer
from bumble.host import Host as HciHost
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, StreamPacketSink, StreamPacketSource

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.rigs.rig import RigError, load_rig, parse
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.dongle import power_on
from isletbench.emulator.transports.ble.hci import HciServer
from isletbench.emulator.transports.ble.host import KEYBOARD, pairing
from isletbench.emulator.transports.ble.specs import SpecError
from tests.interfaces.cli.test_cli import process
from tests.rigs.test_rig import DEFAULT
from tests.transports.ble.test_radio import until

CGM, PUMP = "F0:10:00:00:00:01", "F0:10:00:00:00:02"
CGM_FEATURE = "00002aa8-0000-1000-8000-00805f9b34fb"


class Street:
    """The world outside the bench: an air of its own, and a socket to each dongle that stands there."""

    def __init__(self, server: HciServer, air: Air) -> None:
        self.air, self.dongle = air, server.spec.replace("tcp:", "tcp-client:")


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    air = Air()
    async with HciServer("tcp:127.0.0.1:0", air) as server:
        yield Street(server, air)


async def found_on(air: Air) -> set[str]:
    with virtual_bluetooth(air):
        return {device.address for device in await BleakScanner.discover(timeout=0.25)}


async def test_a_device_on_a_dongle_is_served_as_on_the_air(street: Street) -> None:
    async with Bench(load_rig(), ports=Ports.MEMORY, radio=[street.dongle]) as bench:
        assert bench.controllers == {"cgm": street.dongle}
        assert bench.ready()["devices"]["cgm"]["ble"] == {"address": CGM, "name": "IB-CGM", "radio": street.dongle}
        assert await found_on(street.air) == {CGM}
        assert bench.air is not None
        assert await found_on(bench.air) == {PUMP}
        with virtual_bluetooth(street.air, passkey=123456):
            for _ in range(2):
                async with BleakClient(CGM) as client:
                    assert len(await client.read_gatt_char(CGM_FEATURE)) == 6, "paired at first, bonded then"
                await until(lambda: not bench.hosts["cgm"].endpoint.peers)
    await until(lambda: not street.air.radios)


async def test_each_device_can_have_a_dongle_of_its_own(street: Street) -> None:
    async with Bench(load_rig(), ports=Ports.MEMORY, radio=[f"pump={street.dongle}", street.dongle]) as bench:
        assert bench.controllers == {"pump": street.dongle, "cgm": street.dongle}
        assert bench.air is None
        assert await found_on(street.air) == {CGM, PUMP}


async def test_a_rig_may_name_its_controllers_and_the_call_others(street: Street) -> None:
    own = DEFAULT.replace("passkey = 123456 }", 'passkey = 123456, controller = "usb:7" }')
    async with Bench(parse(own, "own.toml"), ports=Ports.MEMORY, radio=[f"cgm={street.dongle}", street.dongle]) as bench:
        assert bench.controllers == {"cgm": street.dongle, "pump": street.dongle}
    elsewhere = own.replace("usb:7", street.dongle)
    async with Bench(parse(elsewhere, "own.toml"), ports=Ports.MEMORY) as bench:
        assert bench.air is None
        assert await found_on(street.air) == {CGM, PUMP}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["usb:0", "usb:1", "usb:2"], "radio usb:2: not for any device: expected one with Bluetooth LE and no radio yet: none"),
        (["toaster=usb:0"], "radio toaster=usb:0: not for device 'toaster': expected one"),
        (
            ["cgm=usb:0", "cgm=usb:1"],
            "radio cgm=usb:1: not for device 'cgm': expected one with Bluetooth LE",
        ),
    ],
)
def test_more_radios_than_devices_are_told(given: list[str], words: str) -> None:
    with pytest.raises(RigError) as told:
        run(_made(given))
    assert str(told.value).startswith(words)


async def _made(radio: list[str]) -> Bench:
    return Bench(load_rig(), ports=Ports.MEMORY, radio=radio)


def test_jump_pace_has_no_time_for_a_real_radio() -> None:
    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, radio=["usb:0"]):
            pytest.fail("it started")

    with pytest.raises(RigError, match="jump pace"):
        run(main(), Pace(None))


async def test_a_radio_that_is_not_there_is_told_and_everything_is_closed() -> None:
    for spec in ("serial:/nowhere", "tcp-client:127.0.0.1:1", "carrier-pigeon:0"):
        with pytest.raises(SpecError, match=f"radio {spec}: cannot be opened: ."):
            await Bench(load_rig(), ports=Ports.MEMORY, radio=[spec]).__aenter__()


async def test_a_radio_that_does_not_speak_hci_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RESPONSE_TIMEOUT_S", "RESET_TIMEOUT_S"):
        monkeypatch.setattr(f"isletbench.emulator.transports.ble.dongle.{name}", 0.1)
    silent: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: silent.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(SpecError, match=r"no answer to HCI within 0\.1 s"):
        await Bench(load_rig(), ports=Ports.MEMORY, radio=[f"tcp-client:127.0.0.1:{port}"]).__aenter__()
    for writer in silent:
        writer.close()
    server.close()


def test_a_controller_has_ten_real_seconds_to_answer_at_any_pace() -> None:
    """At 600x ten seconds of the bench are 17 ms: on a busy machine a bench did not come up."""

    class Slow:
        async def power_on(self) -> None:
            await asyncio.sleep(60)  # 0.1 s of the world

    run(power_on(cast("Device", Slow()), "usb:0"), Pace(600))


async def test_a_dongle_that_is_unplugged_ends_its_connections_and_the_bench_goes_on(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    async with Bench(load_rig(), ports=Ports.MEMORY, radio=[street.dongle]) as bench:
        with virtual_bluetooth(street.air, passkey=123456):
            async with BleakClient(CGM) as client:
                await client.read_gatt_char(CGM_FEATURE)
                dongle = next(radio for radio in street.air.radios if radio.le_legacy_advertiser.advertising_data)
                host: Any = dongle.hci_sink
                host._write.__self__.drop()
                await until(lambda: not bench.hosts["cgm"].endpoint.peers)
        assert f"cgm.ble: the controller {street.dongle} is disconnected" in caplog.text
        assert bench.air is not None
        assert await found_on(bench.air) == {PUMP}
        assert not bench.hosts["cgm"].failed.done()


async def test_up_warns_before_it_goes_on_the_air(street: Street, tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text(DEFAULT.split("[devices.pump]", maxsplit=1)[0])
    assert list(parse(rig.read_text(), "rig.toml").devices) == ["cgm"]
    words = ["up", str(rig), "--for", "0s", "--json", "--radio", street.dongle]
    ended = await asyncio.to_thread(process, *words, directory=tmp_path)
    assert ended.returncode == 0, ended.stderr
    ready = json.loads(ended.stdout)
    assert ready["devices"]["cgm"]["ble"]["radio"] == street.dongle
    assert ready["hci"] == [], "nothing is on the virtual air"
    assert f"WARNING: cgm goes on the air for real ({street.dongle})" in ended.stderr


def test_a_wrong_radio_is_one_sentence_on_the_command_line(tmp_path: Path) -> None:
    ended = process("up", "--for", "0s", "--radio", "serial:/nowhere", directory=tmp_path)
    assert ended.returncode == 2
    assert "devices.cgm: radio serial:/nowhere: cannot be opened:" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_dongle_with_extended_advertising_serves_as_well() -> None:
    """Most real controllers have it, ours have not: this one is bumble's own, and so is the client."""
    link = LocalLink()  # type: ignore[no-untyped-call]  # bumble's own has no annotations

    class Socket(StreamPacketSource):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            Controller("dongle", host_source=self, host_sink=StreamPacketSink(transport), link=link)

    server = await asyncio.get_running_loop().create_server(Socket, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    near = Controller("near", link=link)
    client = Device("client", hci.Address("C1:00:00:00:00:09"), host=HciHost(near, AsyncPipeSink(near)))
    client.pairing_config_factory = lambda _: pairing(KEYBOARD, 123456, man_in_the_middle=True)
    await client.power_on()
    async with Bench(load_rig(), ports=Ports.MEMORY, radio=[f"tcp-client:127.0.0.1:{port}"]) as bench:
        connection = await client.connect(hci.Address(CGM), timeout=10)
        await connection.pair()
        (value,) = await Peer(connection).read_characteristics_by_uuid(UUID.from_16_bits(0x2AA8))
        assert len(value) == 6
        await connection.disconnect()
        await until(lambda: not bench.hosts["cgm"].endpoint.peers)
        again = await client.connect(hci.Address(CGM), timeout=10)
        assert again.handle in client.connections, "it advertises again"
        await again.disconnect()
    server.close()
