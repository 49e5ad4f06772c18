"""A pseudo-terminal as a serial port: what an unmodified client opens on this machine.

What a pty does, measured, and what follows from it:

* Without a client every read of the master fails with EIO and every poll says hang-up, at once and for ever: an ordinary
  reader would spin. So the reader is there only while a client is; in between the port waits for an opener.
* What is written while nobody has the slave open, and what a client leaves unread, is kept and handed to the next opener: so
  nothing is written then, and the rest is thrown away.
* A new pty is cooked and echoes. It is set raw through the master before its name is known, and again after every client,
  because a client's settings outlive it: a port left echoing would send the device its own words.
* Some clients refuse a port that any other process holds open. The slave's descriptor is closed at once.
* Modem lines do not exist, parity and data bits cannot be seen, and the speed is a number without effect.

On Linux inotify tells of an opener, so a port nobody uses costs nothing; elsewhere a poll now and then does.
"""

import asyncio
import contextlib
import os
import re
import select
import sys
import termios
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.ports.port_name import PortName

if sys.platform == "linux":
    from inotify_simple import INotify
    from inotify_simple import flags as inotify_flags

READ_SIZE = 65_536
MAX_QUEUED = 1 << 20
"""Octets kept for a client that does not read; a device on a real line would have lost them too."""
POLL_INTERVAL_S = 0.05
SPEEDS = {code: int(name[1:]) for name, code in vars(termios).items() if re.fullmatch(r"B\d+", name)}
"""Bits a second, by the terminal's own codes."""


class PtyPort:
    """A ``Port`` that clients open by the path ``link``: a symlink to the pseudo-terminal, which gets a new number each time.

    A link that a bench which no longer runs left behind is replaced; raises ``NameTaken`` for one that is in use, or for
    anything else at that path.
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
        return str(self._name.link)

    @property
    def baud(self) -> int | None:
        """The speed that the client has set, as far as the terminal knows one."""
        if self._master is None:
            return None
        return SPEEDS.get(termios.tcgetattr(self._master)[5])

    async def start(self, events: PortEvents) -> None:
        self._name.take()
        try:
            self._open()
        except OSError:
            self._name.release()
            raise
        self._events = events
        self._watch = _Watch(self._slave_path, self._client_came, self._hung_up)

    def _open(self) -> None:
        master, slave = os.openpty()
        try:
            tty.setraw(master, termios.TCSANOW)
            self._raw = termios.tcgetattr(master)
            os.set_blocking(master, False)
            self._slave_path = os.ttyname(slave)
            self._name.lead_to(self._slave_path)
        except OSError:
            os.close(master)
            raise
        finally:
            os.close(slave)
        self._master = master

    async def stop(self) -> None:
        if self._master is None:
            return
        self._forget_client()
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

    def _client_came(self) -> None:
        """Somebody opened the slave; perhaps only to write and leave, so what it wrote is read all the same."""
        if self._client:
            return
        self._client = True
        asyncio.get_running_loop().add_reader(self._fd, self._readable)
        if self._events is not None:
            self._events.opened()

    def _readable(self) -> None:
        try:
            octets = os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last descriptor of the slave has been closed
            octets = b""
        if not octets:
            self._client_left()
        elif self._events is not None:
            self._events.received(octets)

    def _client_left(self) -> None:
        self._forget_client()
        if self._events is not None:
            self._events.closed()
        if not self._hung_up():  # the next one came before we saw the last one leave
            self._client_came()

    def _forget_client(self) -> None:
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
            # The first throws away what is on its way to the slave; the second what has arrived there, for it acts on the
            # slave though it is called on the master. Octets of a next client's, coming the other way, are left alone.
            termios.tcflush(self._fd, termios.TCOFLUSH)
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._raw)

    def write(self, octets: bytes) -> None:
        if not self._client or self._queued + len(octets) > MAX_QUEUED:
            return
        self._queue.append(octets)
        self._queued += len(octets)
        if not self._writing:
            self._writable()

    def _writable(self) -> None:
        while self._queue:
            octets = self._queue.popleft()
            try:
                written = os.write(self._fd, octets)
            except BlockingIOError:
                written = 0
            except OSError:  # EIO: nobody is there any more; the reader finds out
                self._queue.clear()
                self._queued = 0
                break
            self._queued -= written
            if written < len(octets):
                self._queue.appendleft(octets[written:])
                break
        self._watch_writable(bool(self._queue))

    def _watch_writable(self, wanted: bool) -> None:
        loop = asyncio.get_running_loop()
        if wanted and not self._writing:
            loop.add_writer(self._fd, self._writable)
        elif not wanted and self._writing:
            loop.remove_writer(self._fd)
        self._writing = wanted


class _Watch:
    """Calls ``opened`` when somebody opens the slave at ``path``."""

    def __init__(self, path: str, opened: Callable[[], None], hung_up: Callable[[], bool]) -> None:
        self._opened, self._hung_up = opened, hung_up
        self._inotify: Any = None
        self._timer: asyncio.TimerHandle | None = None
        with contextlib.suppress(OSError):  # no instance left, or no inotify here: poll
            self._inotify = _notifier(path)
        if self._inotify is not None:
            asyncio.get_running_loop().add_reader(self._inotify.fileno(), self._notified)
            if not hung_up():  # opened between the symlink and the watch
                opened()
        else:
            self._look()

    def _notified(self) -> None:
        assert self._inotify is not None
        if self._inotify.read(timeout=0):
            self._opened()

    def _look(self) -> None:
        if not self._hung_up():
            self._opened()
        self._timer = asyncio.get_running_loop().call_later(POLL_INTERVAL_S, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._inotify is not None:
            asyncio.get_running_loop().remove_reader(self._inotify.fileno())
            self._inotify.close()


def _notifier(path: str) -> Any:
    if sys.platform != "linux":
        return None
    notifier = INotify()
    try:
        notifier.add_watch(path, inotify_flags.OPEN)
    except OSError:
        notifier.close()
        raise
    return notifier
