"""HCI for other programs: whoever connects to the socket has a Bluetooth controller of its own, on our air.

Specs: ``tcp:HOST:PORT`` (port 0 is a free one) and ``unix:PATH``. The octets are H4 (Core Vol 4, Part A), as a serial
controller speaks.
"""

import asyncio
import itertools
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from bumble.transport.common import StreamPacketSink, StreamPacketSource

from emulator.transports.ble.air import Air
from emulator.transports.ble.controller import AirController


class SpecError(OSError):
    """A place HCI cannot be offered at or found."""


def parse_spec(spec: str) -> tuple[str, str | tuple[str, int]]:
    """``("tcp", (host, port))`` or ``("unix", path)``. Raises ``SpecError`` saying what was expected."""
    kind, _, rest = spec.partition(":")
    host, _, port = rest.rpartition(":")
    if kind == "unix" and rest:
        return kind, rest
    if kind == "tcp" and host and port.isdecimal() and int(port) < 1 << 16:
        return kind, (host, int(port))
    raise SpecError(f"HCI {spec!r}: expected tcp:HOST:PORT or unix:PATH")


class _Sink(StreamPacketSink):
    """Where packets for a program go; one that is leaving gets no more."""

    def on_packet(self, packet: bytes) -> None:
        if not self.transport.is_closing():
            super().on_packet(packet)


class _Host(StreamPacketSource):
    """One program's end: what it sends goes to a controller of its own."""

    def __init__(self, air: Air, name: str, hosts: "set[_Host]") -> None:
        super().__init__()
        self._air, self._name, self._hosts = air, name, hosts
        self._transport: asyncio.Transport | None = None
        self._controller: AirController | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._hosts.add(self)
        self._controller = AirController(self._name, self._air, host_source=self, host_sink=_Sink(transport))

    def data_received(self, data: bytes) -> None:
        """Octets that are no HCI end this host's connection and nobody else's."""
        try:
            super().data_received(data)
        except Exception:  # whatever bumble's parser or controller makes of a stranger's octets
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._hosts.discard(self)
        if self._controller is not None:
            self._controller.silence()
            self._controller = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class HciServer:
    """Offers controllers on ``air`` at ``spec`` while it is entered; then ``spec`` tells the real port."""

    def __init__(self, spec: str, air: Air) -> None:
        self.spec = spec
        self._air = air
        self._numbers = itertools.count(1)
        self._hosts: set[_Host] = set()

    async def __aenter__(self) -> Self:
        kind, place = parse_spec(self.spec)
        loop = asyncio.get_running_loop()
        try:
            if isinstance(place, str):
                _remove_stale(Path(place))
                self._server = await loop.create_unix_server(self._host, place)
            else:
                self._server = await loop.create_server(self._host, *place)
                host, port = self._server.sockets[0].getsockname()[:2]
                self.spec = f"{kind}:{host}:{port}"
        except OSError as error:
            raise SpecError(f"HCI {self.spec}: {os.strerror(error.errno) if error.errno else error}") from None
        return self

    def _host(self) -> _Host:
        return _Host(self._air, f"host-{next(self._numbers)}", self._hosts)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for host in tuple(self._hosts):
            host.close()
        await asyncio.sleep(0)
        if self.spec.startswith("unix:"):
            _remove_stale(Path(self.spec.removeprefix("unix:")))


def _remove_stale(path: Path) -> None:
    """A socket nobody listens on any more is in the way; one that answers is somebody's."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
