"""Drawings of state tables for the manual. ``python -m tests.harness.diagrams`` draws them anew in the pages that hold them."""

import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from isletbench.emulator.cgm.states import TRANSITIONS
from isletbench.emulator.pump import states

ROOT = Path(__file__).parents[2]
_CGM, _PUMP, _INTEGRATED = (ROOT / "docs" / f"{page}.md" for page in ("cgm", "pump", "integrated"))
DRAWN: Mapping[str, tuple[Path, Mapping[tuple[Any, Any], Any]]] = {
    "sensor": (_CGM, TRANSITIONS),
    "therapy": (_PUMP, states.THERAPY),
    "operational": (_PUMP, states.OPERATIONAL),
    "bolus": (_PUMP, states.BOLUS),
    "tbr": (_PUMP, states.TBR),
    "priming": (_PUMP, states.PRIMING),
    "reservoir": (_PUMP, states.RESERVOIR),
    "annunciation": (_PUMP, states.ANNUNCIATION),
    "low_suspend": (_INTEGRATED, states.LOW_SUSPEND),
}
"""Which table is drawn on which page, by the name in the page's comment ``<!-- states: NAME -->``."""


def mermaid(table: Mapping[tuple[Enum, Enum], Enum]) -> str:
    """A state diagram of a table of transitions."""
    arrows = [f"    {_word(start)} --> {_word(to)}: {event.value}" for (start, event), to in table.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])


def _word(state: Enum) -> str:
    return states.word(state).replace(" ", "_")


def place(name: str) -> re.Pattern[str]:
    """Where the drawing stands in its page."""
    return re.compile(rf"(?<=<!-- states: {name} -->\n).*?\n```(?=\n)", re.DOTALL)


if __name__ == "__main__":
    for name, (page, table) in DRAWN.items():
        page.write_text(place(name).sub(mermaid(table), page.read_text(encoding="utf-8")), encoding="utf-8")
