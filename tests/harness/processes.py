"""Processes that are nobody's child here."""

import time
from pathlib import Path

PATIENCE_S = 60.0


def is_running(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except OSError:
        return False
    return words.split()[0] not in {"Z", "X"}


def await_end(process: int) -> None:
    """Return when a process has ended: the system ends it, in its own time. Raises ``TimeoutError`` when it never does."""
    until = time.monotonic() + PATIENCE_S
    while is_running(process):
        if time.monotonic() > until:
            raise TimeoutError(f"process {process} still runs")
        time.sleep(0.01)
