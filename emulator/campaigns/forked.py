"""A copy of this process that does one thing and ends."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

POLL_S = 0.001
"""How often a process is asked whether it has ended, where the system does not tell when it does."""


class Forked:
    """A copy of the calling process that does one thing and ends: what ``multiprocessing`` makes for less than half the time,
    which counts where there is one for each cell of a campaign."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._exit_code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                act()
            finally:
                os._exit(os.EX_SOFTWARE)  # what is done ends the process by itself: nothing of the parent's goes on here

    def ended_within(self, limit_s: float) -> int | None:
        """Return its exit code, or the negative number of the signal that has ended it; None when it goes on after so long."""
        deadline = time.monotonic() + limit_s
        if not self._look():
            self._await_end(limit_s)
        while not self._look() and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return self._exit_code

    def _await_end(self, limit_s: float) -> None:
        """Wait until it has ended, where the system tells."""
        if sys.platform != "linux":
            return
        with suppress(OSError):  # not allowed here
            descriptor = os.pidfd_open(self.pid)
            try:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                poll.poll(limit_s * 1_000)
            finally:
                os.close(descriptor)

    def wait(self) -> int:
        """Return its exit code when it has ended."""
        while (code := self.ended_within(60.0)) is None:
            pass
        return code

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if not self._look():
            os.kill(self.pid, number)

    def _look(self) -> bool:
        """Whether it has ended."""
        if self._exit_code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # who started this process has it ignore the ends of children: nobody knows the code
                pid, status = self.pid, 0
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code is not None
