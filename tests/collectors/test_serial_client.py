"""The pyserial client, in a thread of its own, against a device on a pseudo-terminal."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import serial

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ports.pty import PtyPort
from isletbench.emulator.transports.serial_link import SerialLink
from isletbench.protocols.att import AttCode, AttError, Property
from tests.harness.gadget import CONTROL_POINT, INDICATED, READABLE, SERVICE, WRITABLE, Gadget, gadget
from tests.transports.serial.manual import client_in_the_manual

T = TypeVar("T")


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[tuple[Gadget, Host[GattDevice], str]]:
    made, path = gadget(), tmp_path / "gadget"
    host = Host(made.device, [SerialLink("gadget.serial", PtyPort(path), "Gadget")], Clock(), Journal())
    await host.start()
    yield made, host, str(path)
    await host.stop()


async def in_a_thread(work: Callable[[], T]) -> T:
    return await asyncio.wait_for(asyncio.to_thread(work), 20)


async def test_a_client_discovers_reads_writes_and_is_told(device: tuple[Gadget, Host[GattDevice], str]) -> None:
    made, _, path = device

    def talk() -> None:
        with SerialClient(path) as client:
            assert client.name == "Gadget"
            assert client.characteristics[Key(SERVICE, READABLE)] == Property.READ
            assert client.read(Key(SERVICE, READABLE)) == b"\x01\x02\x03"
            client.write(Key(SERVICE, WRITABLE), b"new")
            client.subscribe(Key(SERVICE, CONTROL_POINT))
            client.write(Key(SERVICE, CONTROL_POINT), b"do it")
            assert client.wait(5) == (Key(SERVICE, CONTROL_POINT), b"do it")
            assert client.wait(0) is None
            with pytest.raises(AttError) as refused:
                client.write(Key(SERVICE, CONTROL_POINT), b"\xff")
            assert refused.value.code is AttCode.OUT_OF_RANGE

    await in_a_thread(talk)
    assert made.service.value == b"new"
    assert "confirmed FE05" in made.service.events


async def test_news_of_another_characteristic_is_kept_for_later(device: tuple[Gadget, Host[GattDevice], str]) -> None:
    made, host, path = device
    loop = asyncio.get_running_loop()

    def tell() -> None:
        made.service.news = [(INDICATED, b"news")]
        host.wake()

    def talk() -> None:
        with SerialClient(path) as client:
            client.subscribe(Key(SERVICE, INDICATED))
            client.subscribe(Key(SERVICE, CONTROL_POINT))
            loop.call_soon_threadsafe(tell)
            client.write(Key(SERVICE, CONTROL_POINT), b"answer me")
            assert client.wait(5, Key(SERVICE, CONTROL_POINT)) == (Key(SERVICE, CONTROL_POINT), b"answer me")
            assert client.wait(5, Key(SERVICE, INDICATED)) == (Key(SERVICE, INDICATED), b"news")

    await in_a_thread(talk)


async def test_the_client_in_the_manual_works(device: tuple[Gadget, Host[GattDevice], str]) -> None:
    made, _, path = device

    def talk() -> None:
        names = client_in_the_manual()
        client = names["Device"](path)
        assert client.name == "Gadget"
        table = {(service, uuid): handle for service, uuid, _, handle, _ in client.table()}
        assert table == {(a.service.uuid, a.spec.uuid): a.handle for a in made.device.table.attributes}
        assert client.ask(names["READ"], table[SERVICE, READABLE]) == b"\x00\x01\x02\x03"
        control_point = table[SERVICE, CONTROL_POINT]
        assert client.ask(names["SUBSCRIBE"], control_point, b"\x02\x00") == b"\x00"
        assert client.ask(names["WRITE"], control_point, b"do it") == b"\x00"
        deadline = time.monotonic() + 10
        while not client.notifications and time.monotonic() < deadline:
            assert client.receive() == []
        assert client.notifications == [(control_point, b"do it")]
        with pytest.raises(RuntimeError, match="ERROR 1 to a frame of type 55"):
            client.ask(0x55)
        client.ask(names["READ"], table[SERVICE, READABLE])  # the confirmation has been taken once this is answered
        client.port.close()

    await in_a_thread(talk)
    assert "confirmed FE05" in made.service.events


async def test_told_no_more_and_writing_without_an_answer(device: tuple[Gadget, Host[GattDevice], str]) -> None:
    made, host, path = device
    loop = asyncio.get_running_loop()

    def tell() -> None:
        made.service.news = [(INDICATED, b"news")]
        host.wake()

    def talk() -> None:
        with SerialClient(path) as client:
            client.subscribe(Key(SERVICE, INDICATED))
            client.unsubscribe(Key(SERVICE, INDICATED))
            client.write(Key(SERVICE, WRITABLE), b"quiet", response=False)
            assert client.read(Key(SERVICE, WRITABLE)) == b"quiet"
            loop.call_soon_threadsafe(tell)
            assert client.wait(0.1) is None
            assert client.lost == 0
            with pytest.raises(LookupError, match="no characteristic 2AA7 of 181F here"):
                client.read(Key(0x181F, 0x2AA7))

    await in_a_thread(talk)


async def test_a_device_that_is_unplugged_is_said_to_be_gone(device: tuple[Gadget, Host[GattDevice], str]) -> None:
    _, host, path = device
    loop = asyncio.get_running_loop()

    def talk() -> None:
        with SerialClient(path) as client:
            asyncio.run_coroutine_threadsafe(host.stop(), loop).result(10)
            with pytest.raises(serial.SerialException, match="the device has gone"):
                client.read(Key(SERVICE, READABLE))

    await in_a_thread(talk)


async def test_a_silent_device_is_a_time_out_and_no_hang(tmp_path: Path) -> None:
    class Silent:
        def opened(self) -> None: ...

        def received(self, octets: bytes) -> None: ...

        def closed(self) -> None: ...

    port = PtyPort(tmp_path / "silent")
    await port.start(Silent())

    def talk() -> None:
        with pytest.raises(TimeoutError, match="no answer to HELLO in 3 tries"):
            SerialClient(str(tmp_path / "silent"), timeout=0.05)

    await in_a_thread(talk)
    await port.stop()
