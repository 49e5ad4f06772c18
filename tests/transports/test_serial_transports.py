"""The contract on the ports that carry octets: memory, pseudo-terminal and TCP."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from emulator.client.collector import Collector
from emulator.client.lines import socket_line, tty_line
from emulator.client.link_collector import LinkCollector
from emulator.clock import Clock
from emulator.host import Host
from emulator.journal import Journal
from emulator.transports import Port
from emulator.transports.memory import MemoryPort
from emulator.transports.pty import PtyPort
from emulator.transports.serial_link import LINK_MTU, SerialLink
from emulator.transports.tcp import TcpPort
from tests.gadget import gadget
from tests.transports.contract import *  # noqa: F403  # the contract's tests run here
from tests.transports.contract import Arrangement


def vanish(collector: Collector) -> None:
    assert isinstance(collector, LinkCollector)
    collector.hang_up()


@pytest.fixture(params=["memory", "pty", "tcp"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Arrangement]:
    port: Port
    new: Callable[[], Collector]
    if request.param == "memory":
        port = memory = MemoryPort("gadget")
        new = lambda: LinkCollector(memory.connect)  # noqa: E731
    elif request.param == "tcp":
        port = tcp = TcpPort("127.0.0.1", 0)
        new = lambda: LinkCollector(socket_line("127.0.0.1", int(tcp.address.rpartition(":")[2])))  # noqa: E731
    else:
        port = PtyPort(tmp_path / "gadget")
        new = lambda: LinkCollector(tty_line(str(tmp_path / "gadget")))  # noqa: E731
    made = gadget()
    host = Host(made.device, [SerialLink("gadget.serial", port, "Gadget")], Clock(), Journal())
    await host.start()
    yield Arrangement(made, host, new, vanish, LINK_MTU - 3)
    await host.stop()
    assert not host.failed.done()
