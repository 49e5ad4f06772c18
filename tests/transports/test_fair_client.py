"""A client that floods gets its share of each loop turn and no more, and one that does not read is not read."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from isletbench.emulator.transports.ble import hci
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.hci import HciServer
from isletbench.emulator.transports.carrier import Port, PortEvents
from isletbench.emulator.transports.fair_client import SHARE
from isletbench.emulator.transports.ports.pty import PtyPort
from isletbench.emulator.transports.ports.rfc2217 import Rfc2217Port
from isletbench.emulator.transports.ports.tcp import TcpPort

FLOOD = 64 * 1_024
READ_BD_ADDR = bytes.fromhex("01091000")


class Device:
    """Counts octets, and in how many turns of the loop they came; answers each share with ``answer``."""

    def __init__(self) -> None:
        self.port: Port | None = None
        self.answer = b""
        self.octets = self.shares = self.most = 0
        self.turns = 0
        self.seen: list[int] = []

    def opened(self) -> None:
        asyncio.get_running_loop().call_soon(self.turn)

    def turn(self) -> None:
        """Another client of the same loop."""
        self.turns += 1
        asyncio.get_running_loop().call_soon(self.turn)

    def received(self, octets: bytes) -> None:
        self.octets += len(octets)
        self.shares += 1
        self.most = max(self.most, len(octets))
        self.seen.append(self.turns)
        if self.answer and self.port is not None:
            self.port.write(self.answer)

    def closed(self) -> None:
        pass


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


async def opened(port: Port, device: PortEvents) -> socket.socket:
    await port.start(device)
    client = socket.create_connection(("127.0.0.1", int(port.address.rpartition(":")[2])))
    client.setblocking(False)
    return client


@pytest.mark.parametrize("kind", [TcpPort, Rfc2217Port])
async def test_a_flood_on_a_socket_comes_in_shares_with_a_turn_of_the_others_between_them(kind: type[TcpPort]) -> None:
    port, device = kind("127.0.0.1", 0), Device()
    with await opened(port, device) as client:
        sending = asyncio.get_running_loop().create_task(asyncio.get_running_loop().sock_sendall(client, b"x" * FLOOD))
        await until(lambda: device.octets >= FLOOD)
        await sending
    assert device.most <= SHARE
    assert len(set(device.seen)) == device.shares, "no two shares in one turn"
    await port.stop()


async def test_a_flood_on_a_pseudo_terminal_comes_in_shares_too(tmp_path: Path) -> None:
    port, device = PtyPort(tmp_path / "port"), Device()
    await port.start(device)
    client = os.open(tmp_path / "port", os.O_RDWR | os.O_NOCTTY)
    await asyncio.get_running_loop().run_in_executor(None, os.write, client, b"x" * 3_000)
    await until(lambda: device.octets >= 3_000)
    assert device.most <= SHARE
    assert len(set(device.seen)) == device.shares
    os.close(client)
    await port.stop()


async def test_a_client_that_does_not_read_is_not_read_until_it_does() -> None:
    port, device = TcpPort("127.0.0.1", 0), Device()
    device.port, device.answer = port, b"y" * 100_000
    with await opened(port, device) as client:
        sending = asyncio.get_running_loop().create_task(asyncio.get_running_loop().sock_sendall(client, b"x" * 16 * FLOOD))
        before = -1
        while device.shares != before:  # it stops by itself
            before = device.shares
            for _ in range(200):
                await asyncio.sleep(0)
        assert 0 < device.octets < FLOOD
        device.answer = b""
        while device.octets < 16 * FLOOD:
            with contextlib.suppress(BlockingIOError):
                client.recv(1 << 20)
            await asyncio.sleep(0)
        await sending
    await port.stop()


async def test_a_bluetooth_host_that_never_reads_has_its_commands_wait_and_nothing_grows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a Unix socket: it holds less than TCP, which takes a million of commands to fill."""
    handled = 0
    received = hci._ExternalHost.received

    def counted(self: hci._ExternalHost, octets: bytes) -> bool:
        nonlocal handled
        handled += len(octets)
        assert len(octets) <= SHARE
        return received(self, octets)

    monkeypatch.setattr(hci._ExternalHost, "received", counted)
    async with HciServer(f"unix:{tmp_path}/hci", Air()):
        client = socket.socket(socket.AF_UNIX)
        client.connect(f"{tmp_path}/hci")
        client.setblocking(False)
        with client:
            sent, before = 0, -1
            while handled != before:
                before = handled
                for _ in range(50):
                    with contextlib.suppress(BlockingIOError):
                        sent += client.send(READ_BD_ADDR * 16_000)
                    await asyncio.sleep(0)
                if handled > 4 << 20:
                    pytest.fail("its commands never wait")
            assert handled < sent


class Pipe(asyncio.Transport):
    """A connection whose other end reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.queued, self.aborted = 0, False

    def is_closing(self) -> bool:
        return self.aborted

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.queued += len(data)

    def get_write_buffer_size(self) -> int:
        return self.queued

    def abort(self) -> None:
        self.aborted = True


async def test_a_bluetooth_host_that_leaves_too_much_unread_is_disconnected_though_it_asks_for_nothing_more() -> None:
    """What it is told unasked has no other end: reports of a scan, notifications."""
    pipe, air = Pipe(), Air()
    host = hci._SocketHost(lambda write: hci._ExternalHost(air, "host", write), set())
    host.connection_made(pipe)
    report = bytes(1_000)
    for _ in range(3 * hci.MAX_QUEUED // len(report)):
        host._write(report)
    assert pipe.aborted
    assert pipe.queued <= hci.MAX_QUEUED + len(report)
