"""The directory of running benches: names of serial ports, and files with the address of each control API.

There is one directory per user: ``$ISLETBENCH_DIR``, else ``$XDG_RUNTIME_DIR/isletbench``, else ``isletbench-UID`` in the
directory for temporary files.
"""

import errno
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Running:
    """A running bench."""

    pid: int
    control: str
    """URL of the control API."""
    token: str
    hci: tuple[str, ...]
    """The specs of the HCI addresses that it offers."""

    @property
    def page(self) -> str:
        """The link to the page for people, with the token."""
        return f"{self.control}/?token={self.token}"


def directory() -> Path:
    """Return the directory, created if necessary, readable by its owner only.

    Raises ``OSError``, also for one that somebody else could have put there, could change or could replace: who can write there
    could lead clients to another device.
    """
    if chosen := os.environ.get("ISLETBENCH_DIR"):
        path = Path(chosen)
    elif session := os.environ.get("XDG_RUNTIME_DIR"):
        path = Path(session) / "isletbench"
        if Path(session).exists():
            _check_own(Path(session))  # as the XDG Base Directory Specification demands of it
    else:
        path = Path(tempfile.gettempdir()) / f"isletbench-{os.getuid()}"
    for made in (*reversed(path.parents), path):
        if made.exists() and not made.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(made))
        made.mkdir(mode=0o700, exist_ok=True)
    _check_own(path)
    for above in path.resolve().parents:
        mode = above.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            remedy = f"expected one in which others cannot rename what is not theirs, as by `chmod o-w {above}`"
            raise PermissionError(f"{path}: everybody can replace it, for they can write in {above}: {remedy}")
    return path


def _check_own(path: Path) -> None:
    """Raise ``PermissionError`` for a directory that belongs to somebody else, or in which others can write."""
    for found in (path.lstat(), path.stat()):
        if found.st_uid != os.getuid():
            raise PermissionError(f"{path}: expected a directory of this user, it belongs to another user")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{path}: expected a directory in which only this user can write, as by `chmod go-w {path}`")


def _write_private(path: Path, plain: object) -> None:
    """Write a file that only its owner can read, in place of whatever has this name."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(plain, file)


@contextmanager
def announced(running: Running) -> Iterator[None]:
    """Announce a bench in the directory while it runs. The file has the token, so only its owner can read it."""
    path = directory() / f"bench-{running.pid}.json"
    _write_private(path, asdict(running))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def announced_ports(rig: str, devices: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Announce the devices of a rig without a bench while it runs; ``devices`` as in the ready line."""
    path = directory() / f"rig-{os.getpid()}.json"
    _write_private(path, {"pid": os.getpid(), "rig": rig, "devices": devices})
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def rigs_without_bench() -> list[dict[str, Any]]:
    """Return the announced rigs without a bench of this user. Files of ended processes are removed."""
    found = []
    for path in sorted(directory().glob("rig-*.json")):
        try:
            loaded = json.loads(path.read_text(encoding="utf-8"))
            os.kill(loaded["pid"], 0)
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
        else:
            found.append(loaded)
    return found


def benches() -> list[Running]:
    """Return the running benches of this user, the newest last. Files of ended processes are removed."""
    found = []
    for path in sorted(directory().glob("bench-*.json"), key=lambda file: file.stat().st_mtime):
        try:
            loaded = json.loads(path.read_text(encoding="utf-8"))
            running = Running(loaded["pid"], loaded["control"], loaded["token"], tuple(loaded["hci"]))
            os.kill(running.pid, 0)
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
        else:
            found.append(running)
    return found
