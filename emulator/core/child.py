"""A child process that ends with its parent, whatever ends that: a parent that is killed can end nobody; and a parent that
leaves nothing behind: what its children have started and left alone, as servers do, ends with it as well."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

PARENT_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of prctl(2)."""
CHILD_SUBREAPER = 36
"""``PR_SET_CHILD_SUBREAPER`` of prctl(2)."""
GENERATIONS = 10
"""How deep processes that were left alone are followed."""


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
    prctl = _prctl()
    return lambda: prctl(PARENT_DEATH_SIGNAL, int(number))


@cache
def _prctl() -> Callable[[int, int], object]:
    found: Callable[[int, int], object] = ctypes.CDLL(None).prctl
    return found


def adopt_orphans() -> None:
    """Make the calling process the parent of whatever its children start and leave alone, in a session of its own, too. Linux
    only."""
    if sys.platform == "linux":
        _prctl()(CHILD_SUBREAPER, 1)


def end_children() -> None:
    """Kill all children of the calling process, by birth or adoption; their orphans come next. Linux only."""
    for _ in range(GENERATIONS):
        children = [child for task in Path("/proc/self/task").glob("*/children") for child in _numbers_in(task)]
        if not children:
            return
        for child in children:
            with suppress(ProcessLookupError, PermissionError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _numbers_in(file: Path) -> list[int]:
    with suppress(OSError):  # the thread has ended
        return [int(word) for word in file.read_text(encoding="ascii").split()]
    return []
