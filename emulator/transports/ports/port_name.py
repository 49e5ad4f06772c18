"""The stable name of a serial port: a symlink to a pseudo-terminal, whose number changes at each start."""

import contextlib
import errno
import fcntl
import os
import tempfile
from pathlib import Path

MARK = b"isletbench\n"
"""What the file of a lock begins with: a file without it belongs to somebody else, and is neither written nor removed."""
MARKS = (MARK, b"/dev/")
"""Earlier versions wrote the target only."""


class NameTaken(OSError):
    """The name of the port is in use by another bench or by another file."""


class PortName:
    """The name ``link``, owned from ``take`` to ``release``.

    A locked file beside the link (``.NAME.lock``) identifies the owner: the operating system releases the lock when the process
    ends, and the file has a mark and the target of the link, so a stale link of an ended process is recognised.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self._lock: int | None = None
        self._target = ""

    def take(self) -> None:
        """Take the name. Raises ``NameTaken`` when another process owns it or another file has this path, and where
        there is no directory for it."""
        if not self.link.parent.is_dir():
            raise NameTaken(errno.ENOENT, "expected a directory that is there", str(self.link.parent))
        lock = self._locked()
        try:
            if self._belongs_to_others(os.read(lock, 4_096).removeprefix(MARK).decode("utf-8", "replace")):
                raise NameTaken(errno.EEXIST, "expected no file or a stale link of a bench", str(self.link))
        except OSError:
            self._lock_path.unlink()
            os.close(lock)
            raise
        self._lock = lock

    def point_to(self, target: str) -> None:
        """Point the name to ``target``. Raises ``OSError``."""
        assert self._lock is not None, "a name is taken first"
        os.pwrite(self._lock, MARK + target.encode(), 0)
        os.truncate(self._lock, len(MARK + target.encode()))
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
            self._lock_path.unlink()
        os.close(self._lock)
        self._lock = None

    @property
    def _lock_path(self) -> Path:
        return self.link.with_name(f".{self.link.name}.lock")

    def _locked(self) -> int:
        path = self._lock_path
        while True:
            self._make_lock()
            try:
                lock = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue  # the former owner removed the file meanwhile
            except OSError as error:
                raise NameTaken(error.errno, "expected no file here, or the lock of a bench", str(path)) from None
            try:
                if not os.pread(lock, len(MARK), 0).startswith(MARKS):
                    raise NameTaken(errno.EEXIST, "expected no file here, or the lock of a bench", str(path))
                self._lock_now(lock)
                if path.exists() and os.path.samestat(os.fstat(lock), path.stat()):
                    return lock
            except OSError:
                os.close(lock)
                raise
            os.close(lock)  # the former owner removed the file between open and lock

    def _lock_now(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            why = "another bench has a serial port of that name (a second one needs a directory of its own: ISLETBENCH_DIR=DIR)"
            raise NameTaken(errno.EADDRINUSE, why, str(self.link)) from None

    def _make_lock(self) -> None:
        """Make the lock's file, marked as ours before it has its name, unless there is a file of that name."""
        with tempfile.NamedTemporaryFile(dir=self.link.parent, prefix=f".{self.link.name}.", delete=False) as made:
            try:
                made.write(MARK)
                made.flush()
                os.link(made.name, self._lock_path)
            except FileExistsError:
                pass
            finally:
                Path(made.name).unlink()

    def _belongs_to_others(self, left_behind: str) -> bool:
        """Whether the path is anything but a broken link or the stale link of an ended process."""
        if not self.link.is_symlink():
            return self.link.exists()
        return self.link.exists() and str(self.link.readlink()) != left_behind
