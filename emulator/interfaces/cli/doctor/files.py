"""Reads of the machine's files that never raise: what cannot be read is absent or empty."""

import os
from enum import Enum
from pathlib import Path


class Access(Enum):
    """Whether this user can use a file."""

    ABSENT = "absent"
    DENIED = "denied"
    OK = "ok"


def access(path: Path) -> Access:
    """Whether this user may read and write a file."""
    try:
        if not path.exists():
            return Access.ABSENT
        return Access.OK if os.access(path, os.R_OK | os.W_OK) else Access.DENIED
    except OSError:
        return Access.DENIED


def group_of(path: Path) -> str:
    """The name of the group that may use a port; ``dialout`` when it is unknown."""
    try:
        return path.group()
    except (OSError, KeyError, NotImplementedError):
        return "dialout"


def children(directory: Path) -> list[Path]:
    """The entries of a directory, sorted; none when it cannot be read."""
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def text_of(path: Path) -> str:
    """The text of a file without white space around it; empty when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
