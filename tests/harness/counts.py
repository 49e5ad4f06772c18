"""How often things were tried, as the long tests write it down for docs/reliability.md."""

import json
from pathlib import Path
from typing import Any

COUNTS = Path(__file__).parents[2] / "docs" / "reliability.json"


def counts() -> dict[str, dict[str, Any]]:
    """What was written down of the longest run of each leg."""
    found: dict[str, dict[str, Any]] = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
    return found


def note(leg: str, **values: Any) -> None:
    """Write down what a leg has tried, where it is no less than before."""
    known = counts()
    if values["tried"] >= known.get(leg, {"tried": 0})["tried"]:
        known[leg] = values
        COUNTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
