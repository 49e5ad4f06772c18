"""A child process that ends with its parent, whatever ends that: a parent that is killed can end nobody."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PARENT_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of prctl(2)."""


def end_with_parent(number: signal.Signals) -> None:
    """Let the system send this signal to the calling process when the thread that started it is gone. Linux only."""
    _asking_for(number)()


def ending_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return what a child calls before its program begins (``preexec_fn``): it gets this signal when its parent is gone, now
    or later."""
    parent, ask = os.getpid(), _asking_for(number)  # nothing is loaded in the child, which has one thread of several

    def begin() -> None:
        ask()
        if os.getppid() != parent:  # it went before
            os.kill(os.getpid(), number)

    return begin


def _asking_for(number: signal.Signals) -> Callable[[], object]:
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PARENT_DEATH_SIGNAL, int(number))
