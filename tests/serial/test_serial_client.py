"""The pyserial client, in a thread of its own, against a device on a pseudo-terminal."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from emulator.client.collector import Key
from emulator.client.serial_client import SerialClient
from emulator.clock import Clock
from emulator.host import Host
from emulator.journal import Journal
from emulator.transports.pty import PtyPort
from emulator.transports.serial_link import SerialLink
from protocols.att import AttCode, AttError, Property
from tests.gadget import CONTROL_POINT, INDICATED, READABLE, SERVICE, WRITABLE, Gadget, gadget

T = TypeVar("T")


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[tuple[Gadget, Host, str]]:
    made, path = gadget(), tmp_path / "gadget"
    host = Host(made.device, [SerialLink("gadget.serial", PtyPort(path), "Gadget")], Clock(), Journal())
    await host.start()
    yield made, host, str(path)
    await host.stop()


async def in_a_thread(work: Callable[[], T]) -> T:
    return await asyncio.wait_for(asyncio.to_thread(work), 20)


async def test_a_client_discovers_reads_writes_and_is_told(device: tuple[Gadget, Host, str]) -> None:
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


async def test_news_of_another_characteristic_is_kept_for_later(device: tuple[Gadget, Host, str]) -> None:
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
