"""Ports that a client opens on the event loop, without a thread: a tty, set raw, or a TCP socket."""

import asyncio
import contextlib
import os
import socket
import termios
import tty
from collections.abc import Callable
from urllib.parse import urlsplit

from isletbench.emulator.collectors.link_collector import ClientPort, OpenPort

READ_SIZE = 65_536


CONNECT_TIMEOUT_S = 5.0


class _DescriptorPort:
    """A ``ClientPort`` on an open descriptor that does not block."""

    def __init__(self, fd: int, received: Callable[[bytes], None], closed: Callable[[], None]) -> None:
        self._received, self._closed = received, closed
        self._unsent = bytearray()
        self._fd: int | None = fd
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    def write(self, octets: bytes) -> None:
        if self._fd is None:
            raise ConnectionResetError("the port is closed")
        self._unsent += octets
        self._writable()

    def _writable(self) -> None:
        assert self._fd is not None
        try:
            del self._unsent[: os.write(self._fd, self._unsent)]
        except BlockingIOError:
            pass
        except OSError:  # EIO: the far side has gone
            self.close()
            return
        loop = asyncio.get_running_loop()
        if self._unsent:
            loop.add_writer(self._fd, self._writable)
        else:
            loop.remove_writer(self._fd)

    def _readable(self) -> None:
        assert self._fd is not None
        try:
            octets = os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:  # EIO: the far side has gone
            octets = b""
        if octets:
            self._received(octets)
        else:
            self.close()

    def close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(fd)
            loop.remove_writer(fd)
            os.close(fd)
            self._closed()


def tty_port(path: str, baud: int | None = None) -> OpenPort:
    """Opens the tty at ``path`` at a speed, or at the one it has; for ``LinkCollector``. Raises ``OSError`` when it cannot be
    opened.
    """

    def open_port(received: Callable[[bytes], None], closed: Callable[[], None]) -> ClientPort:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        with contextlib.suppress(termios.error):
            tty.setraw(fd, termios.TCSANOW)
            if speed := getattr(termios, f"B{baud}", None):
                settings = termios.tcgetattr(fd)
                settings[4:6] = [speed, speed]
                termios.tcsetattr(fd, termios.TCSANOW, settings)
        return _DescriptorPort(fd, received, closed)

    return open_port


def socket_port(host: str, port: int) -> OpenPort:
    """Connects to ``host:port``; for ``LinkCollector``. Raises ``OSError`` when nobody is there."""

    def open_port(received: Callable[[bytes], None], closed: Callable[[], None]) -> ClientPort:
        with socket.create_connection((host, port), CONNECT_TIMEOUT_S) as connected:
            connected.setblocking(False)
            return _DescriptorPort(connected.detach(), received, closed)

    return open_port


def port_at(place: str, baud: int | None = None) -> OpenPort:
    """Opens the port of a device by what the ready line calls it: the path of a tty, at a speed, or ``socket://HOST:PORT``.

    Raises ``LookupError`` with what was expected.
    """
    expected = f"{place}: expected the path of a tty, or socket://HOST:PORT"
    try:
        url = urlsplit(place)
        host, port = url.hostname, url.port
    except ValueError:
        raise LookupError(expected) from None
    if not url.scheme:
        return tty_port(place, baud)
    if url.scheme == "socket" and host and port:
        return socket_port(host, port)
    raise LookupError(expected)
