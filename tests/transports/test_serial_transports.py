"""The contract on everything that carries octets: memory, pseudo-terminal, adapter, TCP, RFC 2217."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.client_ports import socket_port, tty_port
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import ClientPort, LinkCollector, OpenPort
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.carrier import Port
from isletbench.emulator.transports.ports.memory import MemoryPort
from isletbench.emulator.transports.ports.pty import PtyPort
from isletbench.emulator.transports.ports.rfc2217 import COM_PORT, Rfc2217Port
from isletbench.emulator.transports.ports.serial import SerialPort
from isletbench.emulator.transports.ports.settings import Settings
from isletbench.emulator.transports.ports.tcp import TcpPort
from isletbench.emulator.transports.ports.telnet import DO, IAC, SB, SE, WILL
from isletbench.emulator.transports.serial_link import LINK_MTU, SerialLink
from tests.harness.gadget import gadget
from tests.transports.contract import *  # noqa: F403  # the contract's tests run here
from tests.transports.contract import Arrangement
from tests.transports.serial.cables import crossed_ptys, socat

needs_socat = pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")


def vanish(collector: Collector) -> None:
    assert isinstance(collector, LinkCollector)
    collector.close()


def telnet_line(host: str, port: int) -> OpenPort:
    """The least that a client of RFC 2217 is: it asks for the option, doubles IAC and steps over commands."""

    def open_line(received: Callable[[bytes], None], closed: Callable[[], None]) -> ClientPort:
        pending = bytearray()

        def data_of(octets: bytes) -> None:
            pending.extend(octets)
            data = bytearray()
            while pending:
                if pending[0] != IAC:
                    data.append(pending.pop(0))
                elif pending[1:2] == bytes([IAC]):
                    data.append(IAC)
                    del pending[:2]
                elif pending[1:2] == bytes([SB]) and bytes([IAC, SE]) in pending:
                    del pending[: pending.index(bytes([IAC, SE])) + 2]
                elif len(pending) >= 3 and pending[1] != SB:
                    del pending[:3]
                else:
                    break
            if data:
                received(bytes(data))

        line = socket_port(host, port)(data_of, closed)
        line.write(bytes([IAC, WILL, COM_PORT, IAC, DO, COM_PORT]))
        return _Escaping(line)

    return open_line


class _Escaping:
    def __init__(self, line: ClientPort) -> None:
        self._line = line
        self.close = line.close

    def write(self, octets: bytes) -> None:
        self._line.write(octets.replace(b"\xff", b"\xff\xff"))


@pytest.fixture(params=["memory", "pty", "tcp", "rfc2217", "crossed", pytest.param("socat", marks=needs_socat)])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Arrangement]:
    port: Port
    new: Callable[[], Collector]
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            port = memory = MemoryPort("gadget")
            new = lambda: LinkCollector(memory.connect)  # noqa: E731
        elif request.param == "tcp":
            port = tcp = TcpPort("127.0.0.1", 0)
            new = lambda: LinkCollector(socket_port("127.0.0.1", number(tcp)))  # noqa: E731
        elif request.param == "rfc2217":
            port = rfc = Rfc2217Port("127.0.0.1", 0)
            new = lambda: LinkCollector(telnet_line("127.0.0.1", number(rfc)))  # noqa: E731
        elif request.param == "pty":
            port = PtyPort(tmp_path / "gadget")
            new = lambda: LinkCollector(tty_port(str(tmp_path / "gadget")))  # noqa: E731
        else:
            cable = socat if request.param == "socat" else crossed_ptys
            ours, theirs = await stack.enter_async_context(cable(tmp_path))
            port = SerialPort(ours, Settings())
            new = lambda: LinkCollector(tty_port(theirs))  # noqa: E731
        made = gadget()
        host = Host(made.device, [SerialLink("gadget.serial", port, "Gadget")], Clock(), Journal())
        await host.start()
        notices = request.param not in {"crossed", "socat"}
        yield Arrangement(made, host, new, vanish, LINK_MTU - 3, notices)
        await host.stop()
    assert not host.failed.done()


def number(port: TcpPort) -> int:
    return int(port.address.rpartition(":")[2])


async def test_a_second_client_of_a_socket_is_turned_away() -> None:
    port = TcpPort("127.0.0.1", 0)
    host = Host(gadget().device, [SerialLink("gadget.serial", port, "Gadget")], Clock(), Journal())
    await host.start()
    first, second = (socket.create_connection(("127.0.0.1", number(port))) for _ in range(2))
    loop = asyncio.get_running_loop()
    second.setblocking(False)
    assert await asyncio.wait_for(loop.sock_recv(second, 1), 10) == b""
    first.close()
    second.close()
    await host.stop()
