"""A physical serial port: a USB-serial adapter, or another tty or COM port of this machine, through serialx.

A UART does not detect a client. A client is assumed as soon as the port is open; with a wire from the client's DTR to the DSR
of this adapter, a falling DSR means that the client has closed its port. Removal of the adapter ends the client's session, and
the port is opened again when an adapter of that name is present.
"""

import asyncio
from typing import Any, cast

import serialx

from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.ports.settings import Settings

REOPEN_INTERVAL_S = 0.5
DSR_POLL_INTERVAL_S = 0.2
MAX_QUEUED = 1 << 20
"""Octets queued for a line that is not ready; further ones are dropped."""


class SerialPort:
    """A ``Port`` on an adapter. Raises ``OSError`` from ``start`` when none of that name exists or it is in use."""

    def __init__(self, path: str, settings: Settings) -> None:
        self._path, self._settings = path, settings
        self._events: PortEvents | None = None
        self._line: _Line | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """The path of the adapter."""
        return self._path

    async def start(self, events: PortEvents) -> None:
        """Open the adapter. Raises ``OSError`` when it does not exist or is in use."""
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
        """Send octets; without an adapter, or beyond ``MAX_QUEUED``, they are dropped."""
        if self._line is not None:
            self._line.write(octets)

    async def stop(self) -> None:
        """Close the adapter. Idempotent."""
        self._events = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if (line := self._line) is not None:
            self._line = None
            await line.drop()

    async def _watch(self) -> None:
        """Poll the client's DSR, and for an adapter that is present again."""
        was_present = False
        while True:
            if self._line is None:
                await asyncio.sleep(REOPEN_INTERVAL_S)
                was_present = False
                try:
                    await self._open()
                except OSError:
                    continue
            await asyncio.sleep(DSR_POLL_INTERVAL_S)
            present = await self._dsr()
            if was_present and present is False and self._events is not None:
                self._events.closed()
                self._events.opened()
            was_present = present is True

    async def _dsr(self) -> bool | None:
        """Whether DSR is active; None for an adapter without this line."""
        if self._line is None:
            return None
        try:
            return await self._line.ready()
        except (OSError, serialx.SerialException):
            return None

    # Events of the adapter

    def line_opened(self, line: "_Line") -> None:
        """The adapter is open."""
        self._line = line
        if self._events is not None:
            self._events.opened()

    def received(self, octets: bytes) -> None:
        """Octets from the line have arrived."""
        if self._events is not None:
            self._events.received(octets)

    def line_lost(self, line: "_Line") -> None:
        """The adapter is removed."""
        if line is self._line:
            self._line = None
            if self._events is not None:
                self._events.closed()


class _Line(asyncio.Protocol):
    """The open adapter."""

    def __init__(self, port: SerialPort) -> None:
        self._port = port
        self._transport: Any = None
        self._closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("serialx.BaseSerialTransport", transport)
        self._port.line_opened(self)

    def data_received(self, data: bytes) -> None:
        self._port.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.line_lost(self)
        if not self._closed.done():
            self._closed.set_result(None)

    def write(self, octets: bytes) -> None:
        if not self._transport.is_closing() and self._transport.get_write_buffer_size() < MAX_QUEUED:
            self._transport.write(octets)

    async def ready(self) -> bool | None:
        pins = await self._transport.get_modem_pins()
        ready: bool | None = pins.dsr.to_bool()
        return ready

    async def drop(self) -> None:
        self._transport.abort()
        await self._closed
