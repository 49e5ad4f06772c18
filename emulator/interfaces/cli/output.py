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


def print_verdict(verdict: "Verdict") -> None:
    """Print what the bench found, with the moments in the conversation."""
    terminal = console()
    terminal.print(f"{verdict.scenario}: {verdict.outcome}", markup=False)
    for sentence in verdict.sentences() + verdict.left_open():
        terminal.print(f"  {sentence}", markup=False)
    for _, finding in verdict.findings:
        terminal.print("\n" + "\n".join(verdict.excerpt(finding)), markup=False)


def print_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; the first column is never broken into lines, and nothing is cut off."""
    from rich.table import Column, Table

    first, *others = columns
    table = Table(Column(first, no_wrap=True), *(Column(one, overflow="fold") for one in others))
    for row in rows:
        table.add_row(*row)
    console(wraps=True).print(table)
