"""What commands print: tables and lines for people, JSON for programs."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from isletbench.emulator.scenarios.judge import Verdict

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def console(*, wraps: bool = False, stderr: bool = False) -> "Console":
    """A console without highlighting; lines are cut at its width only when it ``wraps``."""
    # imported here, so that a command that prints JSON only does not wait for it
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not wraps, stderr=stderr, emoji=False)


def print_json(plain: Any) -> None:
    """Print plain data as one line of JSON, at once."""
    print(json.dumps(plain), flush=True)


LEAST_WIDTH = 12
"""Of a column beside one that is broken into lines, characters, where it has so many."""


def print_verdict(verdict: "Verdict") -> None:
    """Print what the bench found, with the moments in the conversation."""
    terminal = console()
    terminal.print(f"{verdict.scenario}: {verdict.outcome}", markup=False)
    for sentence in verdict.sentences() + verdict.left_open():
        terminal.print(f"  {sentence}", markup=False)
    for _, finding in verdict.findings:
        terminal.print("\n" + "\n".join(verdict.excerpt(finding)), markup=False)


def print_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; nothing is cut off. The first column is broken into lines only where it would take the others' room."""
    from rich.table import Column, Table

    terminal, cells = console(wraps=True), [tuple(row) for row in rows]
    first, *others = columns
    takes_all = 2 * max((len(row[0]) for row in cells), default=0) > terminal.width
    lead = Column(first, overflow="fold") if takes_all else Column(first, no_wrap=True)
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(1, 1 + len(others))]
    least = [min(max(width, len(one)), LEAST_WIDTH) if takes_all else None for one, width in zip(others, widths, strict=True)]
    table = Table(lead, *(Column(one, overflow="fold", min_width=width) for one, width in zip(others, least, strict=True)))
    for row in cells:
        table.add_row(*row)
    terminal.print(table)
