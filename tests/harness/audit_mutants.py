"""Mutants as devices: for each row that an audit examines a product that violates it, and the audit of it has to fail that row.

The mutants are those of ``tests/harness/mutants.py``. The audit is that of the product as it is: it is imported first, and the
device then once more from a copy of the checkout that the mutant was applied to; only octets pass between the two.

``python -m tests.harness.audit_mutants [ROW|PROFILE ...]`` tries the mutants of each row until one is noticed, and writes them
into docs/audit.md: all, or these rows (``IDS-29``), or those of a profile (``IDS``); with ``--check`` it writes nothing. A row
that no mutant fails needs a reason in ``UNSEEN``, and only such a row may have one.
"""

import importlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from isletbench.emulator.audit.plan import NAMES, Row, plan_of
from tests.harness import audits
from tests.harness.conformance import ROOT
from tests.harness.mutants import PRELOADED, Mutant, copied, mutants

PATIENCE_S = 60
"""A mutant may keep an audit from ever ending: its process is ended after so many seconds of processor time,"""
IDLE_S = 900
"""or after so many of the wall clock, when it waits for nothing. Then this mutant does not show."""
BY_RADIO = frozenset({"CGMS-89", "IDS-9", "IDS-11", "IDS-12", "GLS-8", "CGMS-92"})
"""Rows that show over Bluetooth LE only."""
SITUATIONS = {
    **dict.fromkeys(("CGMS-10", "CGMS-15", "CGMS-21", "CGMS-22", "CGMS-23", "CGMS-78"), audits.BARE),
    **dict.fromkeys(("CGMS-19", "CGMS-20", "CGMS-75"), audits.SWINGING),
    **dict.fromkeys(("IDS-15", "IDS-65", "IDS-116", "GLS-13", "GLS-16"), audits.BARE),
    "IDS-37": audits.EMPTY,
    "IDS-41": audits.WARM,
    "IDS-145": audits.DAMAGED,
    "CGMS-77": audits.ALERTED,
    "CGMS-85": audits.AGED,
    "GLS-18": audits.BEYOND,
    **dict.fromkeys(("GLS-23", "GLS-38"), audits.MOVED),
    "GLS-55": audits.SLOW,
}
"""What a device has to be like for a row to show, where it is not the one of every feature."""
UNSEEN: dict[str, str] = {}
"""Rows that an audit examines whose mutants do not show in it, and why."""
DOCUMENT = ROOT / "docs" / "audit.md"
BEGIN, END = "<!-- made by python -m tests.harness.audit_mutants -->", "<!-- end of the mutants -->"
Outcomes = dict[str, str]
"""How each row ended, by its id."""


def profile_of(row: str) -> str:
    """The profile that a row is of."""
    return row.partition("-")[0].lower()


def situation_of(row: str) -> str:
    """What the device is like that a row is examined on."""
    return SITUATIONS.get(row, audits.PLAIN)


def outcomes_on(checkout: Path, row: str, *, alone: bool) -> Outcomes | None:
    """The audit that has this row of a device of this copy, or of the row alone, in a process of its own.

    None where the device ends the process or keeps it from ending.
    """
    sys.stdout.flush()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _end_as_audit(checkout, row, alone, write)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        words = pipe.read()
    os.waitpid(child, 0)
    found: Outcomes | None = json.loads(words) if words else None
    return found


def _end_as_audit(checkout: Path, row: str, alone: bool, write: int) -> NoReturn:
    """Audit a device of the copy, in a process whose device is not that of the audit."""
    resource: Any = importlib.import_module("resource")  # not every system has it
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_S, PATIENCE_S))
        signal.alarm(IDLE_S)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        for name in [name for name in sys.modules if name.partition(".")[0] == "isletbench"]:
            del sys.modules[name]
        sys.path[:0] = [str(checkout / "src"), str(checkout)]
        os.chdir(checkout)
        clock = importlib.import_module("isletbench.emulator.core.clock")
        found = clock.run(_audited(row, alone), clock.Pace(None))
        os.write(write, json.dumps(found).encode())
    finally:
        os._exit(0)


async def _audited(row: str, alone: bool) -> Outcomes:
    profile, situation, by_radio = profile_of(row), situation_of(row), row in BY_RADIO
    of_radio = sorted(BY_RADIO & {each.id for each in plan_of(profile).rows})
    rows = [row] if alone else of_radio if by_radio else []
    product: Any = importlib.import_module("isletbench")
    rigs: Any = importlib.import_module("isletbench.emulator.rigs.rig")
    device = audits.DEVICES[profile]
    rig = rigs.validated(audits.rig_of(profile, situation, by_radio=by_radio), "audited")
    async with product.Bench(rig, ports=product.Ports.MEMORY) as bench:
        await audits.prepare(bench, device, situation)
        if by_radio:
            address = bench.ready()["devices"][device]["ble"]["address"]
            with product.virtual_bluetooth(bench.air):
                audit = await audits.audited_by_radio(bench, address, profile, rows=rows)
        else:
            audit = await audits.audited(bench, device, profile, rows=rows)
    return {finding.row.id: finding.outcome.value for finding in audit.findings}


class Trial:
    """Tries mutants on one copy of the checkout."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self._healthy: dict[tuple[str, ...], Outcomes] = {}

    def healthy(self, row: str, *, alone: bool = False) -> Outcomes:
        """The audit that has this row of the product as it is. Raises ``AssertionError`` unless it ends."""
        key = (row,) if alone else (profile_of(row), situation_of(row), "radio" if row in BY_RADIO else "serial")
        if key not in self._healthy:
            found = outcomes_on(self._checkout, row, alone=alone)
            assert found is not None, f"the audit of the product does not end: {key}"
            self._healthy[key] = found
        return self._healthy[key]

    def failed_by(self, mutant: Mutant, *, alone: bool = False) -> list[str]:
        """The rows that fail on a mutant and not on the product; none where the audit does not end."""
        before = self.healthy(mutant.row, alone=alone)
        file = self._checkout / mutant.file
        whole = file.read_text("utf-8")
        file.write_text(whole.replace(mutant.before, mutant.after), "utf-8")
        try:
            found = outcomes_on(self._checkout, mutant.row, alone=alone)
        finally:
            file.write_text(whole, "utf-8")
        return [row for row, outcome in (found or {}).items() if outcome == "failed" and before[row] != "failed"]

    def noticing(self, row: str) -> Mutant | None:
        """The first mutant of a row on which the audit fails the row, examined alone or else among all; None for none."""
        ours = [mutant for mutant in mutants() if mutant.row == row]
        for alone in (True, False):
            for mutant in ours:
                if row in self.failed_by(mutant, alone=alone):
                    return mutant
        return None


def examined() -> list[Row]:
    """The rows that an audit examines."""
    return [row for name in NAMES for row in plan_of(name).rows if not row.outside]


def preload() -> None:
    """Import the libraries and the audit, so that each process has them before its device."""
    for name in PRELOADED:
        importlib.import_module(name)


def main(arguments: Sequence[str]) -> int:
    """Try the rows, print what was found; 1 when a row has neither a mutant that fails it nor an excuse, or has both."""
    preload()
    wanted = {one for one in arguments if one != "--check"}
    rows = [row.id for row in examined() if not wanted or {row.id, row.id.partition("-")[0]} & wanted]
    lines: dict[str, str] = {}
    unnoticed: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        trial = Trial(copied(Path(directory)))
        sys.dont_write_bytecode = True
        for row in rows:
            mutant = trial.noticing(row)
            if mutant is None:
                unnoticed.append(row)
                why = UNSEEN.get(row, f"this row of our device is {trial.healthy(row)[row]}")
                lines[row] = f"| {row} | {NONE}{why}* |"
            else:
                lines[row] = f"| {row} | {mutant.what} |"
            sys.stdout.write(lines[row] + "\n")
            sys.stdout.flush()
    wrong = set(unnoticed) ^ (set(UNSEEN) & set(rows))
    sys.stdout.write(
        f"{summary(lines)} Not: {', '.join(unnoticed)}. Without an excuse, or with one too many: {sorted(wrong)}\n"
    )
    if "--check" not in arguments:
        write_table(lines)
    return 1 if wrong else 0


NONE = "*none, for "
"""How the cell of a row begins that has no mutant that fails it."""


def summary(lines: Mapping[str, str]) -> str:
    """How many of these rows have a mutant that fails them."""
    noticed = sum(f"| {NONE}" not in line for line in lines.values())
    return f"{noticed} of {len(lines)} rows that the audit examines have a mutant that fails them."


def write_table(lines: Mapping[str, str]) -> None:
    """Write these rows into docs/audit.md, between its marks; the rows that are not among them stay as they are there."""
    text = DOCUMENT.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    before, _, tail = rest.partition(END)
    known = {line.split(" | ")[0].removeprefix("| "): line for line in before.splitlines()} | dict(lines)
    table = {row.id: known[row.id] for row in examined() if row.id in known}
    words = "\n".join((summary(table), "", "| row | the device that fails it |", "|---|---|"))
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{words}\n" + "\n".join(table.values()) + f"\n\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
