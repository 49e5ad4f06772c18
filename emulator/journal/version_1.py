"""Lines of a journal of version 1, translated into lines of version 2. ``docs/journal.md`` lists what differs."""

from collections.abc import Mapping
from typing import Any

_OPERAND = ("value", "request")
"""What version 1 called the operand of a write that is no operation, and of a record access."""
_FAULTS = {
    "flap": "intermittent_link",
    "mute": "no_response",
    "retell": "replay_old_values",
    "whisper": "reduced_advertising",
}
"""Kinds of fault that have another name since."""
_OWN = frozenset({"t", "bench", "device"})
_CONDITIONS = frozenset({"radio", "line"})
"""Lines of the bench whose changes version 1 had among the keys of the line."""


def translate(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A line of version 1 as version 2 has it."""
    found = dict(entry)
    if "note" in entry and entry.get("stage") == "decoded":
        for name in _OPERAND:
            if name in found:
                found["operand"] = found.pop(name)
    elif entry.get("bench") in _CONDITIONS and "changes" not in entry:
        changes = {key: value for key, value in entry.items() if key not in _OWN}
        return {**{key: value for key, value in entry.items() if key in _OWN}, "changes": changes}
    elif entry.get("bench") == "done" and "verb" in entry:
        found["action"] = found.pop("verb")
    elif "fault" in entry and "declared" in entry:
        found["declared"] = _declaration(entry["declared"])
    return found


def _declaration(declared: Mapping[str, Any]) -> dict[str, Any]:
    """The declaration of a fault in today's words."""
    found = {"action" if key == "verb" else key: value for key, value in declared.items()}
    return {**found, "fault": _FAULTS.get(declared["fault"], declared["fault"])}
