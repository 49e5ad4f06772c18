"""The stable name of a serial port: a symlink to a pseudo-terminal that gets a new number each time."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import IO


class NameTaken(OSError):
    """The port's name belongs to somebody else; one sentence says to whom."""


class PortName:
    """The name ``link``, held from ``take`` to ``release``.

    Whose a link is, a locked file beside it tells (``.NAME.lock``): the lock goes with the process that holds it, however that
    ends, and the file holds the link's target. So a link that a dead process left behind is known for what it is.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self._lock: IO[str] | None = None
        self._target = ""

    def take(self) -> None:
        """Raises ``NameTaken`` when another process has it, or anything else is at that path."""
        self.link.parent.mkdir(parents=True, exist_ok=True)
        lock = self._locked()
        try:
            if self._belongs_to_others(lock.read()):
                raise NameTaken(errno.EEXIST, "there is a file of that name which is no serial port of ours", str(self.link))
        except OSError:
            Path(lock.name).unlink()
            lock.close()
            raise
        self._lock = lock

    def lead_to(self, target: str) -> None:
        """Be the name of ``target``. Raises ``OSError``."""
        assert self._lock is not None, "a name is taken first"
        self._lock.truncate(0)
        self._lock.write(target)
        self._lock.flush()
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(target)
        self._target = target

    def release(self) -> None:
        """Be nobody's name. Idempotent."""
        if self._lock is None:
            return
        with contextlib.suppress(OSError):
            if self.link.is_symlink() and str(self.link.readlink()) == self._target:
                self.link.unlink()
        with contextlib.suppress(OSError):
            Path(self._lock.name).unlink()
        self._lock.close()
        self._lock = None

    def _locked(self) -> IO[str]:
        path = self.link.with_name(f".{self.link.name}.lock")
        while True:
            lock = path.open("a+")
            lock.seek(0)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                    return lock
            except OSError:
                lock.close()
                raise NameTaken(errno.EADDRINUSE, "another bench has a serial port of that name", str(self.link)) from None
            lock.close()  # the bench that had it removed the file between our opening and our locking it

    def _belongs_to_others(self, left_behind: str) -> bool:
        """Whether what is at the name is anything but a link that leads nowhere, or the one a dead process left behind."""
        if not self.link.is_symlink():
            return self.link.exists()
        return self.link.exists() and str(self.link.readlink()) != left_behind
