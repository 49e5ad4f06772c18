"""A pseudo-terminal as a serial port, for an unmodified client on this machine.

Measured behaviour of a pty, and how this port handles it:

* Without a client every read of the master fails with EIO and every poll returns POLLHUP immediately, so a reader would use
  all processor time. The reader is registered only while a client has the port open.
* Octets written without a client, and octets that a client did not read, are delivered to the next client. The port writes
  nothing without a client and discards unread octets.
* A new pty is in cooked mode with echo. The port sets it raw through the master before it publishes the name, and again after
  each client, because the settings of a client persist: an echoing port would return the device's own octets.
* Some clients reject a port that another process has open. The descriptor of the slave is closed immediately.
* There are no modem lines; parity and data bits are not visible; the baud rate has no effect.

On Linux inotify reports that a client opens the port, so an unused port costs no processor time; elsewhere the port polls.
"""

import asyncio
import contextlib
import os
import re
import select
import termios
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.fair_client import SHARE
from isletbench.emulator.transports.ports import opens
from isletbench.emulator.transports.ports.port_name import PortName

MAX_QUEUED = 1 << 20
"""Octets queued for a client that does not read; further ones are dropped, as on a physical line."""
POLL_INTERVAL_S = 0.05
SPEEDS = {code: int(name[1:]) for name, code in vars(termios).items() if re.fullmatch(r"B\d+", name)}
"""Baud rates by the code of the terminal."""


class PtyPort:
    """A ``Port`` that clients open by the path ``link``: a symlink to the pseudo-terminal, whose number changes at each start.

    ``start`` replaces the stale link of a bench that has ended, and raises ``NameTaken`` for a name in use or another file.
    """

    def __init__(self, link: Path) -> None:
        self._name = PortName(link)
        self._master: int | None = None
        self._slave_path = ""
        self._raw: list[Any] = []
        self._events: PortEvents | None = None
        self._client = False
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._watch: _Watch | None = None
        self._writing = False

    @property
    def address(self) -> str:
        """The path of the link."""
        return str(self._name.link)

    @property
    def baud(self) -> int | None:
        """The baud rate that the client has set, bit/s; None when the port is stopped or the rate has no code."""
        if self._master is None:
            return None
        return SPEEDS.get(termios.tcgetattr(self._master)[5])

    async def start(self, events: PortEvents) -> None:
        """Open a pseudo-terminal and publish its name. Raises ``NameTaken`` and ``OSError``."""
        self._name.take()
        try:
            self._open()
        except OSError:
            self._name.release()
            raise
        self._events = events
        self._watch = _Watch(self._slave_path, self._client_opened, self._hung_up)

    def _open(self) -> None:
        master, slave = os.openpty()
        try:
            tty.setraw(master, termios.TCSANOW)
            self._raw = termios.tcgetattr(master)
            os.set_blocking(master, False)
            self._slave_path = os.ttyname(slave)
            self._name.point_to(self._slave_path)
        except OSError:
            os.close(master)
            raise
        finally:
            os.close(slave)
        self._master = master

    async def stop(self) -> None:
        """Close the pseudo-terminal and remove its name. Idempotent."""
        if self._master is None:
            return
        self._drop_client()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        self._events = None
        os.close(self._master)
        self._master = None
        self._name.release()

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return any(event & select.POLLHUP for _, event in poll.poll(0))

    @property
    def _fd(self) -> int:
        assert self._master is not None
        return self._master

    def _client_opened(self) -> None:
        """Register the reader for a client that has opened the slave, even if the client has closed it already."""
        if self._client:
            return
        self._client = True
        asyncio.get_running_loop().add_reader(self._fd, self._readable)
        if self._events is not None:
            self._events.opened()

    def _readable(self) -> None:
        try:
            octets = os.read(self._fd, SHARE)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last descriptor of the slave has been closed
            octets = b""
        if not octets:
            self._client_closed()
        elif self._events is not None:
            self._events.received(octets)

    def _client_closed(self) -> None:
        self._drop_client()
        if self._events is not None:
            self._events.closed()
        if not self._hung_up():  # the next client opened the port before this close was detected
            self._client_opened()

    def _drop_client(self) -> None:
        if not self._client:
            return
        self._client = False
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        if self._writing:
            loop.remove_writer(self._fd)
            self._writing = False
        self._queue.clear()
        self._queued = 0
        with contextlib.suppress(termios.error):
            # tcflush discards octets queued for the slave; TCSAFLUSH those that the slave has not read, because it acts on the
            # slave. Octets that a next client has sent are not discarded.
            termios.tcflush(self._fd, termios.TCOFLUSH)
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._raw)

    def write(self, octets: bytes) -> None:
        """Send octets to the client; without a client, or beyond ``MAX_QUEUED``, they are dropped."""
        if not self._client or self._queued + len(octets) > MAX_QUEUED:
            return
        if not self._queue:
            octets = self._written(octets)
        if octets:
            self._queue.append(octets)
            self._queued += len(octets)
            self._set_writer(True)

    def _written(self, octets: bytes) -> bytes:
        """Write octets to the terminal; those that it does not take yet. A client that has closed the port gets none."""
        try:
            return octets[os.write(self._fd, octets) :]
        except BlockingIOError:
            return octets
        except OSError:  # EIO: the client has closed the port; the reader detects that
            self._queue.clear()
            self._queued = 0
            return b""

    def _writable(self) -> None:
        while self._queue:
            octets = self._queue.popleft()
            self._queued -= len(octets)
            if rest := self._written(octets):
                self._queue.appendleft(rest)
                self._queued += len(rest)
                break
        self._set_writer(bool(self._queue))

    def _set_writer(self, wanted: bool) -> None:
        loop = asyncio.get_running_loop()
        if wanted and not self._writing:
            loop.add_writer(self._fd, self._writable)
        elif not wanted and self._writing:
            loop.remove_writer(self._fd)
        self._writing = wanted


class _Watch:
    """Calls ``opened`` when a client opens the slave at ``path``."""

    def __init__(self, path: str, opened: Callable[[], None], hung_up: Callable[[], bool]) -> None:
        self._opened, self._hung_up = opened, hung_up
        self._timer: asyncio.TimerHandle | None = None
        self._unwatch = opens.watch(path, opened, self._look)
        if self._unwatch is None:
            self._poll()
        else:
            self._look()  # opened between the symlink and the watch

    def _look(self) -> None:
        if not self._hung_up():
            self._opened()

    def _poll(self) -> None:
        self._look()
        self._timer = asyncio.get_running_loop().call_later(POLL_INTERVAL_S, self._poll)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._unwatch is not None:
            self._unwatch()
