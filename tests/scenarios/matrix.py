"""Which careless client fails which scenario: ``docs/scenario-matrix.md``, made by playing all of them.

python -m tests.scenarios.matrix              # all of it, on as many cores as there are
python -m tests.scenarios.matrix DLV-01 ...   # these rows; the others stay as they are
python -m tests.scenarios.matrix hammers ...  # these columns, in all rows or in the rows that are named; the others stay
"""

import functools
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.emulator.scenarios.scenario import scenarios
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.in_process import client_of
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Part, Parts
from tests.harness.conformance import ROOT
from tests.harness.library import shipped
from tests.scenarios import habits

PAGE = ROOT / "docs" / "scenario-matrix.md"
HEAD = """# Which client fails where

Every scenario of the package, played in jump pace to the careful controller of `hil_rigs/clients/controller/` and to the
careless ones of `hil_rigs/clients/careless/`, each of which overrides one method of it. The careful one passes on every
carrier that a scenario names; ✗ marks a client that fails, on the first of them. Made by `python -m tests.scenarios.matrix`;
tests hold it.
"""
ROW = re.compile(r"^\| ([A-Z]+-[0-9A-Z]+) \| ([✗·](?: \| [✗·])*) \|$")
LIVE = "## At 60x, between processes"
"""The heading of what ``python -m tests.scenarios.live`` writes; it is kept when the rest is written."""
LEGEND = re.compile(r"^\d+\. `(\w+)`$", re.MULTILINE)


@cache
def played(scenario: str, over: str, client: str) -> Verdict:
    """The verdict on a controller by its name: ``careful`` or one of ``CARELESS``."""
    one = shipped(scenario)
    parts = CAREFUL if client == "careful" else Parts(CARELESS[client])
    return run(play(one, client_of(one, parts), over), Pace(None))


# Which clients need not be played


def overridden(client: type) -> str:
    """The name of the one method that a careless client overrides."""
    (name,) = [name for name, member in vars(client).items() if callable(member) or isinstance(member, property)]
    return name


@dataclass(frozen=True)
class RecordingParts(Parts):
    """The careful classes, which record the calls of every method that a careless client overrides."""

    clients_concerned: set[str] = field(default_factory=set)
    """The careless clients whose method was called."""

    def of(self, part: type[Part]) -> type[Part]:
        clients = {name: client for name, client in CARELESS.items() if issubclass(client, part)}
        methods = {overridden(client) for client in clients.values()}
        recorded = {
            method: self._recorded(getattr(part, method), {name for name in clients if overridden(clients[name]) == method})
            for method in methods
        }
        return cast("type[Part]", type(part.__name__, (part,), recorded))

    def _recorded(self, method: Any, clients: set[str]) -> Any:
        if isinstance(method, property):
            return property(self._recorded(method.fget, clients))
        return _before(method, lambda: self.clients_concerned.update(clients))


def _before(method: Callable[..., Any], action: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:
        action()
        return method(*args, **kwargs)

    return called


def failed_by(scenario: str, clients: frozenset[str] = frozenset(CARELESS)) -> list[str]:
    """The careless clients, of these, that fail it. One whose method the careful client never calls there behaves like the
    careful one: it need not be played."""
    one, parts = shipped(scenario), RecordingParts()
    careful = run(play(one, client_of(one, parts), one.over[0]), Pace(None))
    assert careful.passed, careful.sentences()
    concerned = [client for client in CARELESS if client in parts.clients_concerned & clients]
    return [client for client in concerned if played(scenario, one.over[0], client).outcome is Outcome.FAILED]


# The page


def written() -> dict[str, list[str]]:
    """What the page says: for each scenario the clients that fail it."""
    text = PAGE.read_text(encoding="utf-8")
    names = LEGEND.findall(text)
    rows = [match for line in text.splitlines() if (match := ROW.match(line))]
    return {row[1]: [name for name, cell in zip(names, row[2].split(" | "), strict=True) if cell == "✗"] for row in rows}


def live_section() -> str:
    """The section on what was played between processes, as it stands on the page; empty where there is none."""
    _, heading, rest = PAGE.read_text(encoding="utf-8").partition(LIVE)
    return heading + rest


def page(failed: dict[str, list[str]], live: str | None = None) -> str:
    """The page, with this section on what was played between processes; with the one that it has where none is given."""
    names = list(CARELESS)
    legend = [f"{number}. `{name}`" for number, name in enumerate(names, 1)]
    head = "| scenario | " + " | ".join(str(number) for number in range(1, len(names) + 1)) + " |"
    rule = "|---|" + "---|" * len(names)
    rows = [f"| {one} | " + " | ".join("✗" if name in failed[one] else "·" for name in names) + " |" for one in sorted(failed)]
    section = live_section() if live is None else live
    return "\n".join([HEAD, *legend, "", head, rule, *rows, "", habits.section(failed), *(["", section] if section else [""])])


def main(chosen: list[str]) -> None:
    """Play, and write the page; what has been played is written at once, so that it is not lost when the rest is not played."""
    failed = {name: clients for name, clients in written().items() if name in scenarios()}
    began = time.monotonic()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        names = [word for word in chosen if word in scenarios()] or scenarios()
        columns = frozenset(word for word in chosen if word in CARELESS) or frozenset(CARELESS)
        found = pool.map(failed_by, names, repeat(columns))
        for name, clients in zip(names, found, strict=True):
            failed[name] = [*(client for client in failed.get(name, ()) if client not in columns), *clients]
            print(f"{time.monotonic() - began:6.1f} s  {name}: {', '.join(clients) or 'NOBODY FAILS'}", flush=True)  # noqa: T201  # how far it is
            Path(PAGE).write_text(page(failed), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
