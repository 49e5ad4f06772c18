"""A finding: one thing that was examined, its state, and how to fix it."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """The state of what was examined."""

    OK = "ok"
    OPTIONAL = "optional"
    """Missing, and only part of the bench needs it."""
    BROKEN = "broken"
    """Missing, and nothing works without it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined. ``fix`` is a command, or a sentence where no command helps."""

    what: str
    state: State
    found: str
    fix: str | None = None
