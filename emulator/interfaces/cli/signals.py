"""Signals that end a command."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
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
def interrupted_by_signals() -> Iterator[None]:
    """While the context lasts, SIGINT, SIGTERM and SIGHUP raise ``Interrupted`` in it, where it is in the main thread."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for one in before:
            signal.signal(one, signal.SIG_IGN)  # whoever presses Ctrl-C twice must not interrupt the end of what was started
        raise Interrupted(number)

    before = {one: signal.signal(one, interrupt) for one in ENDING if threading.current_thread() is threading.main_thread()}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
