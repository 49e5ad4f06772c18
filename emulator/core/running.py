"""Where running benches leave what others look for: serial port names, and where their control API is.

One directory per user: ``$ISLETBENCH_DIR``, else ``$XDG_RUNTIME_DIR/isletbench``, else ``isletbench-UID`` in the directory for
temporary files.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Running:
    """A bench that is up."""

    pid: int
    control: str
    """URL of the control API."""
    token: str
    hci: tuple[str, ...]
    """HCI sockets it offers, as specs."""


def directory() -> Path:
    """The directory, made if it is not there yet, readable by its owner only. Raises ``OSError``."""
    if chosen := os.environ.get("ISLETBENCH_DIR"):
        path = Path(chosen)
    elif session := os.environ.get("XDG_RUNTIME_DIR"):
        path = Path(session) / "isletbench"
    else:
        path = Path(tempfile.gettempdir()) / f"isletbench-{os.getuid()}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to someone else")
    return path


@contextmanager
def announced(running: Running) -> Iterator[None]:
    """Tell others about this bench while it lasts. The file holds the token, so only its owner may read it."""
    path = directory() / f"bench-{running.pid}.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(running)), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def announced_ports(rig: str, devices: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Tell others where the devices of a rig are that has no bench, while it lasts; ``devices`` as in the ready line."""
    path = directory() / f"rig-{os.getpid()}.json"
    path.write_text(json.dumps({"pid": os.getpid(), "rig": rig, "devices": devices}), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def rigs_without_bench() -> list[dict[str, Any]]:
    """What ``announced_ports`` told of the rigs of this user that are up. Traces of dead ones are removed."""
    found = []
    for path in sorted(directory().glob("rig-*.json")):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            os.kill(told["pid"], 0)
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
        else:
            found.append(told)
    return found


def benches() -> list[Running]:
    """The benches of this user that are up, the newest last. Traces of dead ones are removed."""
    found = []
    for path in sorted(directory().glob("bench-*.json"), key=lambda file: file.stat().st_mtime):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            running = Running(told["pid"], told["control"], told["token"], tuple(told["hci"]))
            os.kill(running.pid, 0)
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
        else:
            found.append(running)
    return found
