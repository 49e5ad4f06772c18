"""Which careless client fails which scenario: ``docs/scenario-matrix.md``, made by playing all of them.

python -m tests.scenarios.matrix              # all of it, on as many cores as there are
python -m tests.scenarios.matrix DLV-01 ...   # these rows; the others stay as they are
"""

import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.emulator.scenarios.scenario import load_scenario, scenarios
from isletbench.hil_rigs.clients.controller.habits import CAREFUL, CARELESS, Habits
from isletbench.hil_rigs.clients.controller.under_test import client_of
from tests.conformance import ROOT

PAGE = ROOT / "docs" / "scenario-matrix.md"
HEAD = """# Which client fails where

Every scenario of the package, played in jump pace to the careful controller of `hil_rigs/clients/controller/` and to the
careless ones, each of which leaves one care out (`habits.py`). The careful one passes on every carrier that a scenario names;
✗ marks a client that fails, on the first of them. Made by `python -m tests.scenarios.matrix`; tests hold it.
"""
ROW = re.compile(r"^\| ([A-Z]+-[0-9A-Z]+) \| (.*) \|$")


@cache
def played(scenario: str, over: str, client: str) -> Verdict:
    """The verdict on one of the controllers, by its name: ``careful`` or one of ``CARELESS``."""
    one = load_scenario(scenario)
    habits = CAREFUL if client == "careful" else CARELESS[client]
    return run(play(one, client_of(one, habits), over), Pace(None))


@dataclass(frozen=True)
class Consulted(Habits):
    """Careful habits that remember which of them were asked for."""

    names: set[str] = field(default_factory=set)

    def __getattribute__(self, name: str) -> Any:
        if name in HABITS:
            object.__getattribute__(self, "names").add(name)
        return object.__getattribute__(self, name)


HABITS = frozenset(habit.name for habit in fields(Habits))


def _left_out(habits: Habits) -> set[str]:
    return {name for name in HABITS if getattr(habits, name) != getattr(CAREFUL, name)}


def failed_by(scenario: str) -> list[str]:
    """The careless clients that fail it. One whose habit is never consulted does what the careful one does: it need not be
    played."""
    one, consulted = load_scenario(scenario), Consulted()
    careful = run(play(one, client_of(one, consulted), one.over[0]), Pace(None))
    assert careful.passed, careful.sentences()
    concerned = [client for client, habits in CARELESS.items() if _left_out(habits) & consulted.names]
    return [client for client in concerned if played(scenario, one.over[0], client).outcome is Outcome.FAILED]


def written() -> dict[str, list[str]]:
    """What the page says: for each scenario the clients that fail it."""
    names = list(CARELESS)
    rows = [match for line in PAGE.read_text(encoding="utf-8").splitlines() if (match := ROW.match(line))]
    return {row[1]: [names[n] for n, cell in enumerate(row[2].split(" | ")) if cell == "✗" and n < len(names)] for row in rows}


def page(failed: dict[str, list[str]]) -> str:
    """The page."""
    names = list(CARELESS)
    legend = [f"{number}. `{name}`" for number, name in enumerate(names, 1)]
    head = "| scenario | " + " | ".join(str(number) for number in range(1, len(names) + 1)) + " |"
    rule = "|---|" + "---|" * len(names)
    rows = [f"| {one} | " + " | ".join("✗" if name in failed[one] else "·" for name in names) + " |" for one in sorted(failed)]
    return "\n".join([HEAD, *legend, "", head, rule, *rows, ""])


def main(chosen: list[str]) -> None:
    """Play, and write the page."""
    failed = {name: clients for name, clients in (written() if chosen else {}).items() if name in scenarios()}
    began = time.monotonic()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        names = chosen or scenarios()
        for name, clients in zip(names, pool.map(failed_by, names), strict=True):
            failed[name] = clients
            print(f"{time.monotonic() - began:6.1f} s  {name}: {', '.join(clients) or 'NOBODY FAILS'}", flush=True)  # noqa: T201  # how far it is
    Path(PAGE).write_text(page(failed), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
