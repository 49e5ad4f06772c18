"""The matrix between real processes: a sample of scenarios at 60x, each to the careful client and to a careless one.

python -m tests.scenarios.live                          # 24 scenarios, half of them over each carrier; three plays at once
python -m tests.scenarios.live --seed 7 --each 20 --jobs 2
python -m tests.scenarios.live --only RUN-05            # this row; the others stay as they are

Each play is a call of ``isletbench check`` with the controller as a program of its own, which meets a tty or a virtual radio.
What has been played is written into ``docs/scenario-matrix.md`` at once.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from inspect import getdoc
from itertools import chain, islice, zip_longest
from random import Random
from threading import Lock
from typing import Any

from isletbench.emulator.scenarios.scenario import scenarios
from isletbench.hil_rigs.clients.careless import CARELESS
from tests.harness.library import shipped
from tests.scenarios.matrix import LIVE, PAGE, page, played, written

PACE = "60x"
LONGEST = 4 * 3_600_000
"""No scenario of the sample lasts longer, ms: at 60x that is four minutes."""
ALWAYS = {"ble": ("RUN-05",), "serial": ()}
"""The scenarios that every sample has."""
SECONDS = 60 * 60
"""How long one play may take, s: one that the machine is too slow for is played again at a quarter of the pace, twice."""
PLANNING = Lock()
"""What is played in jump pace is played in this process, one at a time."""
CONTROLLER = ("-m", "isletbench.hil_rigs.clients.controller")
HEAD = f"""{LIVE}

A sample of them, made by `python -m tests.scenarios.live`: drawn by a seed from every family, of those that last four hours at
most, half over each carrier; played at 60x, with bench and client as programs of their own, which meet over a tty or a virtual
radio. *Meant* is the check that the careless client fails first in jump pace: it has to be among those that it fails here. The
load is that of the machine when the careless client's play ended, in processes for each core; a pace other than 60x is the one
to which `check` had slowed by itself.

| scenario | over | careful | careless client | verdict | by | meant | pace | load |
|---|---|---|---|---|---|---|---|---|
"""
ROW = re.compile(r"^\| (?P<scenario>[A-Z]+-[0-9A-Z]+) \| (?P<over>serial|ble) \| (?P<rest>.*) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """What one scenario came to."""

    scenario: str
    over: str
    careful: str
    client: str
    careless: str
    failed_by: tuple[str, ...]
    meant: str
    pace: str
    load: str

    @property
    def holds(self) -> bool:
        """Whether the careful client passes, and the careless one fails by the check that is meant."""
        return self.careful == "passed" and self.careless == "failed" and self.meant in self.failed_by

    def __str__(self) -> str:
        cells = (f"`{self.client}`", self.careless, ", ".join(f"`{one}`" for one in self.failed_by), f"`{self.meant}`")
        return "| " + " | ".join((self.scenario, self.over, self.careful, *cells, self.pace, self.load)) + " |"


def rows(text: str) -> list[Row]:
    """The rows that the page has."""
    found = []
    for match in ROW.finditer(text):
        careful, client, careless, by, meant, pace, load = (cell.strip("`") for cell in match["rest"].split(" | "))
        found.append(
            Row(match["scenario"], match["over"], careful, client, careless, tuple(re.findall(r"\w+", by)), meant, pace, load)
        )
    return found


# The sample


def sample(seed: int, each: int) -> list[tuple[str, str]]:
    """Scenarios and their carriers: ``each`` for each carrier, none of them twice; one of every family, then the next ones."""
    draws = Random(seed)
    drawn: list[tuple[str, str]] = []
    for over in ("ble", "serial"):
        taken = {scenario for scenario, _ in drawn} | set(ALWAYS[over])
        rest = [one for one in scenarios() if over in shipped(one).over and shipped(one).lasts <= LONGEST and one not in taken]
        draws.shuffle(rest)
        families = [[one for one in rest if one.startswith(family)] for family in sorted({one[:4] for one in rest})]
        turns = chain.from_iterable(zip_longest(*families))
        drawn += [(one, over) for one in islice(chain(ALWAYS[over], filter(None, turns)), each)]
    return drawn


def meant_for(scenario: str, fails: Sequence[str], everywhere: dict[str, list[str]]) -> list[str]:
    """The careless clients that name the scenario, then the others; before all that fail few other scenarios."""

    def place(client: str) -> tuple[bool, int]:
        named = scenario in (getdoc(CARELESS[client]) or "")
        return not named, sum(client in clients for clients in everywhere.values())

    return sorted(fails, key=place)


def planned(scenario: str, over: str, everywhere: dict[str, list[str]]) -> Row:
    """The row before it is played: the first client that fails over this carrier too, and the check that it fails first."""
    for client in meant_for(scenario, everywhere[scenario], everywhere):
        if findings := played(scenario, over, client).findings:
            return Row(scenario, over, "", client, "", (), findings[0][0], "", "")
    raise AssertionError(f"no client fails {scenario} over {over} in jump pace")


# Playing


def check(scenario: str, over: str, *arguments: str) -> dict[str, Any]:
    """The verdict on the controller as a program, as ``isletbench check --json`` prints it."""
    call = ["-m", "isletbench", "check", scenario, "--over", over, "--pace", PACE, "--json", "--", sys.executable, *CONTROLLER]
    done = subprocess.run([sys.executable, *call, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False)
    try:
        (verdict,) = json.loads(done.stdout)["verdicts"]
    except ValueError:
        return {"outcome": "no verdict", "findings": [], "pace": "", "why": done.stderr[-500:]}
    print(f"{scenario} over {over} {' '.join(arguments)}: {verdict['outcome']}", *reasons(verdict), sep="\n  ", flush=True)  # noqa: T201  # how far it is
    return dict(verdict)


def reasons(verdict: dict[str, Any]) -> Iterator[str]:
    """Why, in lines."""
    for key in ("why", "pace", "findings", "unjudged"):
        if verdict.get(key):
            yield f"{key}: {verdict[key]}"


def completed(scenario: str, over: str, everywhere: dict[str, list[str]]) -> Row:
    """The row, played to both clients, one after the other."""
    with PLANNING:
        row = planned(scenario, over, everywhere)
    careful, careless = check(row.scenario, row.over), check(row.scenario, row.over, "--careless", row.client)
    findings: list[dict[str, str]] = careless["findings"]
    by = tuple(dict.fromkeys(finding["check"] for finding in findings))
    load = f"{os.getloadavg()[0] / (os.cpu_count() or 1):.1f}"
    pace = str(careless["pace"] or careful["pace"] or PACE)
    return replace(row, careful=careful["outcome"], careless=careless["outcome"], failed_by=by, pace=pace, load=load)


def section(of: Sequence[Row]) -> str:
    """The section of the page."""
    return HEAD + "".join(f"{row}\n" for row in sorted(of, key=lambda row: (row.scenario, row.over)))


def main() -> int:
    """Play, and write the page verdict by verdict; 1 where a row does not hold."""
    parser = argparse.ArgumentParser(description="A sample of the matrix at 60x, between processes.")
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--each", type=int, default=12, help="how many scenarios over each carrier")
    parser.add_argument("--jobs", type=int, default=3, help="how many at once")
    parser.add_argument("--only", nargs="*", default=(), help="scenarios of the sample")
    chosen = parser.parse_args()
    everywhere = written()
    jobs = [job for job in sample(chosen.seed, chosen.each) if not chosen.only or job[0] in chosen.only]
    done = {(row.scenario, row.over): row for row in rows(PAGE.read_text(encoding="utf-8"))} if chosen.only else {}
    with ThreadPoolExecutor(chosen.jobs) as pool:
        playing = [pool.submit(completed, scenario, over, everywhere) for scenario, over in jobs]
        for future in as_completed(playing):
            row = future.result()
            done[row.scenario, row.over] = row
            print(f"{'holds' if row.holds else 'DOES NOT HOLD'}: {row}", flush=True)  # noqa: T201  # how far it is
            PAGE.write_text(page(written(), section(list(done.values()))), encoding="utf-8")
    return 0 if all(row.holds for row in done.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
