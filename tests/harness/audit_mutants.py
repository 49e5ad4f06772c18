"""Mutants as devices: for each row that an audit examines a product that violates it, and the audit of it has to fail that row.

The mutants are those of ``tests/harness/mutants.py``. The audit is that of the product as it is: it is imported first, and the
device then once more from a copy of the checkout that the mutant was applied to; only octets pass between the two.

``python -m tests.harness.audit_mutants [ROW|PROFILE ...]`` tries the mutants of each row until one is noticed, and prints
which rows failed. It writes them into docs/audit.md: all, or these rows (``IDS-29``), or those of a profile (``IDS``); with
``--check`` it writes nothing. A row that no mutant fails needs a reason in ``UNSEEN``, and only such a row may have one.
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
"""A mutant may keep an audit from ever ending: then its process is ended, and the device does not stand the audit."""
BY_RADIO = frozenset({"CGMS-89", "IDS-9", "IDS-11", "IDS-12", "GLS-8"})
"""Rows that show over Bluetooth LE only."""
SITUATIONS = {
    **dict.fromkeys(("CGMS-10", "CGMS-15", "CGMS-21", "CGMS-22", "CGMS-23", "CGMS-78"), audits.BARE),
    **dict.fromkeys(("CGMS-19", "CGMS-20", "CGMS-75"), audits.SWINGING),
    **dict.fromkeys(("IDS-15", "IDS-65", "IDS-116", "GLS-13", "GLS-14", "GLS-16"), audits.BARE),
}
"""What a device has to be like for a row to show, where it is not the one of every feature."""
UNSEEN: dict[str, str] = {
    **dict.fromkeys(
        (
            "CGMS-77",
            "GLS-15",
            "GLS-17",
            "GLS-18",
            "GLS-23",
            "GLS-25",
            "GLS-26",
            "GLS-31",
            "GLS-38",
            "IDS-37",
            "IDS-41",
            "IDS-145",
        ),
        "its mutants show after something that only hands on the device bring about",
    ),
    "CGMS-85": "its mutant shows after fourteen days",
    "CGMS-92": "its mutants are of advertising, and show over Bluetooth LE",
    "GLS-14": "its mutants change the number before it is sent, and the right one is not known from outside",
    "GLS-55": "a report of our meter is over before the connection can end",
    "IDS-5": "whether Features may change is not known from outside",
    "IDS-15": "its mutants are of the authorization code",
}
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


def outcomes_on(checkout: Path, profile: str, *, situation: str = audits.PLAIN, by_radio: bool = False) -> Outcomes | None:
    """The audit of a device of this copy, in a process of its own; None where the device ends it or keeps it from ending."""
    sys.stdout.flush()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _end_as_audit(checkout, profile, situation, by_radio, write)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        words = pipe.read()
    os.waitpid(child, 0)
    found: Outcomes | None = json.loads(words) if words else None
    return found


def _end_as_audit(checkout: Path, profile: str, situation: str, by_radio: bool, write: int) -> NoReturn:
    """Audit a device of the copy, in a process whose device is not that of the audit."""
    try:
        signal.alarm(PATIENCE_S)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        for name in [name for name in sys.modules if name.partition(".")[0] == "isletbench"]:
            del sys.modules[name]
        sys.path[:0] = [str(checkout / "src"), str(checkout)]
        os.chdir(checkout)
        clock = importlib.import_module("isletbench.emulator.core.clock")
        found = clock.run(_audited(profile, situation, by_radio), clock.Pace(None))
        os.write(write, json.dumps(found).encode())
    finally:
        os._exit(0)


async def _audited(profile: str, situation: str, by_radio: bool) -> Outcomes:
    product: Any = importlib.import_module("isletbench")
    rigs: Any = importlib.import_module("isletbench.emulator.rigs.rig")
    device = audits.DEVICES[profile]
    rig = rigs.validated(audits.rig_of(profile, situation, by_radio=by_radio), "audited")
    async with product.Bench(rig, ports=product.Ports.MEMORY) as bench:
        await audits.prepare(bench, device)
        if by_radio:
            address = bench.ready()["devices"][device]["ble"]["address"]
            rows = sorted(BY_RADIO & {row.id for row in plan_of(profile).rows})
            with product.virtual_bluetooth(bench.air):
                audit = await audits.audited_by_radio(bench, address, profile, rows=rows)
        else:
            audit = await audits.audited(bench, device, profile)
    return {finding.row.id: finding.outcome.value for finding in audit.findings}


class Trial:
    """Tries mutants on one copy of the checkout."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self._healthy: dict[tuple[str, str, bool], Outcomes] = {}

    def healthy(self, row: str) -> Outcomes:
        """The audit that has this row of the product as it is. Raises ``AssertionError`` unless it ends."""
        key = (profile_of(row), situation_of(row), row in BY_RADIO)
        if key not in self._healthy:
            found = self._outcomes(row)
            assert found is not None, f"the audit of the product does not end: {key}"
            self._healthy[key] = found
        return self._healthy[key]

    def _outcomes(self, row: str) -> Outcomes | None:
        return outcomes_on(self._checkout, profile_of(row), situation=situation_of(row), by_radio=row in BY_RADIO)

    def failed_by(self, mutant: Mutant) -> list[str] | None:
        """The rows that fail on a mutant and not on the product; None where the audit does not end."""
        before = self.healthy(mutant.row)
        file = self._checkout / mutant.file
        whole = file.read_text("utf-8")
        file.write_text(whole.replace(mutant.before, mutant.after), "utf-8")
        try:
            found = self._outcomes(mutant.row)
        finally:
            file.write_text(whole, "utf-8")
        if found is None:
            return None
        return [row for row, outcome in found.items() if outcome == "failed" and before[row] != "failed"]

    def noticed(self, row: str) -> tuple[Mutant, list[str]] | None:
        """The first mutant of a row on which the audit fails the row, with the other rows that fail; None for none."""
        for mutant in mutants():
            if mutant.row == row:
                failed = self.failed_by(mutant)
                if failed is not None and row in failed:
                    return mutant, [other for other in failed if other != row]
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
            found = trial.noticed(row)
            if found is None:
                unnoticed.append(row)
                why = UNSEEN.get(row, f"this row of our device is {trial.healthy(row)[row]}")
                lines[row] = f"| {row} | {NONE}{why}* | |"
            else:
                mutant, others = found
                lines[row] = f"| {row} | {mutant.what} | {', '.join(others)} |"
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
    words = "\n".join((summary(table), "", "| row | the device that fails it | rows that fail with it |", "|---|---|---|"))
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{words}\n" + "\n".join(table.values()) + f"\n\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
