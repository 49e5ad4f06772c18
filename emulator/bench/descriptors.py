"""Open files: what a bench of many devices needs, and what the system allows it."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PER_DEVICE = 4
"""Open files of a device at most: its port, the lock of the port's name, a client, one to spare."""
OTHERS = 128
"""Open files of everything else: libraries, sockets, journal."""


@contextmanager
def enough_for(devices: int) -> Iterator[None]:
    """Let this process open as many files as ``devices`` need, as far as the system allows it, while they start.

    Raises ``OSError``, one sentence with what to do, when open files run out all the same.
    """
    needed = OTHERS + PER_DEVICE * devices
    allowed = _raised_to(needed)
    try:
        yield
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
        words = f"{devices} devices: this process may have {allowed} open files; expected {needed}, as by `ulimit -n {needed}`"
        raise OSError(words) from None


def _raised_to(needed: int) -> int:
    """Raise the soft limit of open files to ``needed`` where it is lower; the limit that holds now."""
    if sys.platform == "win32":
        return needed
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return soft
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
