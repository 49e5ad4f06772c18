"""Signals that end a command."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_event() -> asyncio.Event:
    """An event that is set when a signal asks this process to end; called in a running loop."""
    import asyncio  # most commands have no event loop

    stop = asyncio.Event()
    for number in ENDING:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


class Interrupted(BaseException):
    """A signal asks a command to end that is not on an event loop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number
        """As shells count: 143 for SIGTERM."""


@contextmanager
def noted_signals() -> Iterator[list[int]]:
    """While the context lasts, SIGINT, SIGTERM and SIGHUP are only noted, in the order in which they come.

    For what can end by itself what it waits for. An exception out of a handler can be lost: Python ignores one that is raised
    in the callback of a weak reference, as they are called during an import.
    """
    noted: list[int] = []
    with _handled_by(lambda number, _frame: noted.append(number)):
        yield noted


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """While the context lasts, SIGINT, SIGTERM and SIGHUP raise ``Interrupted`` in it, where it is in the main thread."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for one in ENDING:
            signal.signal(one, signal.SIG_IGN)  # whoever presses Ctrl-C twice must not interrupt the end of what was started
        raise Interrupted(number)

    with _handled_by(interrupt):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """While the context lasts, this handles SIGINT, SIGTERM and SIGHUP; only the main thread can have handlers."""
    before = {one: signal.signal(one, handler) for one in ENDING if threading.current_thread() is threading.main_thread()}
    try:
        yield
    finally:
        for one, former in before.items():
            signal.signal(one, former)
