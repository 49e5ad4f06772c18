"""A real serial port: a USB-serial adapter, or whatever this machine calls a tty or a COM port, through serialx.

A UART does not know whether anybody is at its other end. A client is taken to be there from the moment the port is open; a wire
from the client's DTR to our DSR tells more: when it falls, the client has gone. An adapter that is pulled out ends the client's
session, and the port waits until one of that name is there again.
"""

import asyncio
from typing import Any, cast

import serialx

from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.ports.settings import Settings

REOPEN_EVERY_S = 0.5
LOOK_AT_LINES_EVERY_S = 0.2
MAX_QUEUED = 1 << 20
"""Octets kept for a line that does not take them."""


class SerialPort:
    """A ``Port`` on an adapter. Raises ``OSError`` from ``start`` when there is none of that name, or somebody else has it."""

    def __init__(self, path: str, settings: Settings) -> None:
        self._path, self._settings = path, settings
        self._events: PortEvents | None = None
        self._line: _Line | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return self._path

    async def start(self, events: PortEvents) -> None:
        self._events = events
        try:
            await self._open()
        except OSError:
            self._events = None
            raise
        self._watching = asyncio.create_task(self._watch())

    async def _open(self) -> None:
        settings = self._settings
        try:
            await serialx.create_serial_connection(
                asyncio.get_running_loop(),
                lambda: _Line(self),
                self._path,
                baudrate=settings.baud,
                byte_size=settings.bits,
                parity=serialx.Parity(settings.parity),
                stopbits=serialx.StopBits(settings.stop),
                rtscts=settings.rtscts,
                exclusive=True,
            )
        except (serialx.SerialException, ValueError) as error:
            raise OSError(f"{self._path} at {settings}: {error}") from None
        except OSError as error:
            raise OSError(error.errno, f"{self._path} at {settings}: {error.strerror or error}") from None

    def write(self, octets: bytes) -> None:
        if self._line is not None:
            self._line.write(octets)

    async def stop(self) -> None:
        self._events = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if (line := self._line) is not None:
            self._line = None
            await line.drop()

    async def _watch(self) -> None:
        """Look at the client's line, and for an adapter that comes back."""
        seen = False
        while True:
            if self._line is None:
                await asyncio.sleep(REOPEN_EVERY_S)
                seen = False
                try:
                    await self._open()
                except OSError:
                    continue
            await asyncio.sleep(LOOK_AT_LINES_EVERY_S)
            present = await self._client_line()
            if seen and present is False and self._events is not None:
                self._events.closed()
                self._events.opened()
            seen = present is True

    async def _client_line(self) -> bool | None:
        """Whether DSR is up; None where there is no such line."""
        if self._line is None:
            return None
        try:
            return await self._line.ready()
        except (OSError, serialx.SerialException):
            return None

    # What the line tells

    def came(self, line: "_Line") -> None:
        """The adapter is open."""
        self._line = line
        if self._events is not None:
            self._events.opened()

    def received(self, octets: bytes) -> None:
        """Octets from the line."""
        if self._events is not None:
            self._events.received(octets)

    def lost(self, line: "_Line") -> None:
        """The adapter is gone."""
        if line is self._line:
            self._line = None
            if self._events is not None:
                self._events.closed()


class _Line(asyncio.Protocol):
    """One opening of the adapter."""

    def __init__(self, port: SerialPort) -> None:
        self._port = port
        self._transport: Any = None
        self._gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("serialx.BaseSerialTransport", transport)
        self._port.came(self)

    def data_received(self, data: bytes) -> None:
        self._port.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.lost(self)
        if not self._gone.done():
            self._gone.set_result(None)

    def write(self, octets: bytes) -> None:
        if not self._transport.is_closing() and self._transport.get_write_buffer_size() < MAX_QUEUED:
            self._transport.write(octets)

    async def ready(self) -> bool | None:
        pins = await self._transport.get_modem_pins()
        ready: bool | None = pins.dsr.to_bool()
        return ready

    async def drop(self) -> None:
        self._transport.abort()
        await self._gone
