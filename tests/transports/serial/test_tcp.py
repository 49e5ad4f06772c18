"""The TCP port: one client at a time, the same port again after a restart, and pyserial's socket URL reaches it."""

import asyncio
from contextlib import suppress

import pytest

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ports.tcp import TcpPort
from isletbench.emulator.transports.serial_link import SerialLink
from tests.harness.gadget import READABLE, SERVICE, gadget
from tests.transports.serial.recorder import Events, until


async def test_a_second_client_is_turned_away_and_the_next_one_welcome() -> None:
    port, events = TcpPort("127.0.0.1", 0), Events()
    await port.start(events)
    number = int(port.address.rpartition(":")[2])
    _, first = await asyncio.open_connection("127.0.0.1", number)
    await until(lambda: events.log == ["opened"])
    reader, second = await asyncio.open_connection("127.0.0.1", number)
    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 10) == b"", "the line is closed at once"
    second.close()
    first.write(b"hello")
    await until(lambda: bytes(events.octets) == b"hello")
    first.close()
    await until(lambda: events.log == ["opened", "closed"])
    _, third = await asyncio.open_connection("127.0.0.1", number)
    await until(lambda: events.log == ["opened", "closed", "opened"])
    third.close()
    await port.stop()


async def test_an_address_in_use_is_said_so() -> None:
    port = TcpPort("127.0.0.1", 0)
    await port.start(Events())
    number = int(port.address.rpartition(":")[2])
    with pytest.raises(OSError, match=f"Address already in use: socket://127.0.0.1:{number}"):
        await TcpPort("127.0.0.1", number).start(Events())
    await port.stop()


async def test_pyserial_reaches_it_by_its_url() -> None:
    made, port = gadget(), TcpPort("127.0.0.1", 0)
    host = Host(made.device, [SerialLink("gadget.serial", port, "Gadget")], Clock(), Journal())
    await host.start()

    def talk() -> bytes:
        with SerialClient(port.address) as client:
            return client.read(Key(SERVICE, READABLE))

    assert await asyncio.wait_for(asyncio.to_thread(talk), 20) == b"\x01\x02\x03"
    await host.stop()
