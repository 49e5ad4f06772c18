"""Reports that somebody opens a file: one inotify instance for all the files that are watched on an event loop.

A user may have 128 inotify instances (``fs.inotify.max_user_instances``), but many thousand watches in one of them.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

if sys.platform == "linux":
    from inotify_simple import INotify, flags

_OPENS: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Opens]" = WeakKeyDictionary()


def watch(path: str, opened: Callable[[], None], look: Callable[[], None]) -> Callable[[], None] | None:
    """Call ``opened`` each time that the file at ``path`` is opened, until the returned function is called.

    ``look`` is called when the system has reported more than could be kept, so that an opening may have been missed.
    None where the system has no inotify, or no more of it for this user.
    """
    if sys.platform != "linux":
        return None
    loop = asyncio.get_running_loop()
    try:
        opens = _OPENS.get(loop)
        if opens is None:
            opens = _OPENS[loop] = _Opens(loop)
        return opens.watch(path, opened, look)
    except OSError:
        return None


class _Opens:
    """The inotify instance of a loop, as long as anything is watched."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._notifier: Any = INotify()
        self._watched: dict[int, tuple[Callable[[], None], Callable[[], None]]] = {}
        loop.add_reader(self._notifier.fileno(), self._notified)

    def watch(self, path: str, opened: Callable[[], None], look: Callable[[], None]) -> Callable[[], None]:
        try:
            number: int = self._notifier.add_watch(path, flags.OPEN)
        except OSError:
            self._close_when_unused()
            raise
        self._watched[number] = opened, look
        return lambda: self._unwatch(number)

    def _unwatch(self, number: int) -> None:
        if self._watched.pop(number, None) is not None:
            self._notifier.rm_watch(number)
            self._close_when_unused()

    def _close_when_unused(self) -> None:
        if not self._watched:
            self._loop.remove_reader(self._notifier.fileno())
            self._notifier.close()
            del _OPENS[self._loop]

    def _notified(self) -> None:
        for event in self._notifier.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW:
                for _, look in tuple(self._watched.values()):
                    look()
            elif event.mask & flags.OPEN and (watched := self._watched.get(event.wd)):
                watched[0]()
