"""A store has one campaign at a time: two that play the same cells would play each of them twice."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isletbench.emulator.campaigns.cell import CellError

if sys.platform == "win32":
    fcntl = None  # nothing is known of others there
else:
    import fcntl

TAKEN = frozenset({errno.EWOULDBLOCK, errno.EACCES})
"""What a lock fails with that another process has; with anything else the file system has no locks."""


@contextmanager
def claimed(store: Path) -> Iterator[None]:
    """Keep other campaigns from a store, by a locked file beside it: ``FILE.db-playing``. A process that is killed loses the
    lock, and the file that it leaves keeps nobody away. Raises ``CellError`` where another campaign has it."""
    beside = store.with_name(store.name + "-playing")
    try:
        descriptor = _locked(beside)
    except OSError as error:
        if error.errno in TAKEN:
            raise CellError(f"{store}: another campaign plays into it: expected one at a time, or another --store") from None
        descriptor = None  # whether the store itself can be written is found out there
    try:
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):
                beside.unlink()
            os.close(descriptor)


def _locked(path: Path) -> int | None:
    """A descriptor of this file, locked; None where there are no locks. Raises ``OSError``."""
    while fcntl is not None:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(path, descriptor):
                return descriptor
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)  # it was removed by who had it, between opening and locking
    return None


def _is(path: Path, descriptor: int) -> bool:
    """Whether a descriptor is of what has this name now."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
