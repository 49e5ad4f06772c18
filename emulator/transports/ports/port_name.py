"""The stable name of a serial port: a symlink to a pseudo-terminal, whose number changes at each start."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import IO


class NameTaken(OSError):
    """The name of the port is in use by another bench or by another file."""


class PortName:
    """The name ``link``, owned from ``take`` to ``release``.

    A locked file beside the link (``.NAME.lock``) identifies the owner: the operating system releases the lock when the process
    ends, and the file contains the target of the link, so a stale link of an ended process is recognised.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self._lock: IO[str] | None = None
        self._target = ""

    def take(self) -> None:
        """Take the name. Raises ``NameTaken`` when another process owns it or another file has this path."""
        self.link.parent.mkdir(parents=True, exist_ok=True)
        lock = self._locked()
        try:
            if self._belongs_to_others(lock.read()):
                raise NameTaken(errno.EEXIST, "expected no file or a stale link of a bench", str(self.link))
        except OSError:
            Path(lock.name).unlink()
            lock.close()
            raise
        self._lock = lock

    def point_to(self, target: str) -> None:
        """Point the name to ``target``. Raises ``OSError``."""
        assert self._lock is not None, "a name is taken first"
        self._lock.truncate(0)
        self._lock.write(target)
        self._lock.flush()
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(target)
        self._target = target

    def release(self) -> None:
        """Remove the link and the lock. Idempotent."""
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
            lock.close()  # the former owner removed the file between open and lock

    def _belongs_to_others(self, left_behind: str) -> bool:
        """Whether the path is anything but a broken link or the stale link of an ended process."""
        if not self.link.is_symlink():
            return self.link.exists()
        return self.link.exists() and str(self.link.readlink()) != left_behind
