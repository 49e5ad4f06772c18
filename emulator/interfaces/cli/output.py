"""What commands print: tables and lines for people, JSON for programs."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from isletbench.emulator.scenarios.judge import Verdict

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def console(*, wraps: bool = False, stderr: bool = False) -> "Console":
    """A console that prints text as it is, brackets of users too; lines are cut at its width only when it ``wraps``."""
    # imported here, so that a command that prints JSON only does not wait for it
    from rich.console import Console

    made = Console(highlight=False, soft_wrap=not wraps, stderr=stderr, emoji=False, markup=False)
    if made.width < 1:  # COLUMNS=0, as some terminals without a size have it: nothing would be printed
        made.width = USUAL_WIDTH
    return made


def line(*parts: "str | tuple[str, str]") -> "Text":
    """A line of parts, each plain or with its style: ``line(("cgm", "bold"), ": running")``."""
    from rich.text import Text

    return Text.assemble(*parts)


def print_json(plain: Any) -> None:
    """Print plain data as one line of JSON, at once."""
    print(json.dumps(plain), flush=True)


USUAL_WIDTH = 80
"""Of a terminal that says it has none, characters."""
LEAST_WIDTH = 12
"""Of a column beside one that is broken into lines, characters, where it has so many."""
NARROWEST = 8
"""Of any other column, characters, where it has so many: a terminal without the room breaks the lines of the table."""
BETWEEN = 3
"""What stands between two columns, characters."""


def print_verdict(verdict: "Verdict") -> None:
    """Print what the bench found, with the moments in the conversation."""
    terminal = console()
    terminal.print(f"{verdict.scenario}: {verdict.outcome}")
    for sentence in verdict.sentences() + verdict.left_open():
        terminal.print(f"  {sentence}")
    for _, finding in verdict.findings:
        terminal.print("\n" + "\n".join(verdict.excerpt(finding)))


def print_table(columns: Iterable[str], rows: "Iterable[Iterable[str | Text]]") -> None:
    """Print a table; nothing is cut off. The first column is broken into lines only where it would take the others' room."""
    from rich.table import Column, Table

    terminal, cells = console(wraps=True), [tuple(row) for row in rows]
    first, *others = columns
    lead_width, *widths = (max(map(len, (one, *(row[at] for row in cells)))) for at, one in enumerate((first, *others)))
    takes_all = 2 * lead_width > max(terminal.width, 2 * LEAST_WIDTH)
    lead = Column(first, overflow="fold") if takes_all else Column(first, no_wrap=True)
    least = [min(width, LEAST_WIDTH if takes_all else NARROWEST) for width in widths]
    needed = sum(BETWEEN + width for width in (LEAST_WIDTH if takes_all else lead_width, *least)) + 1
    terminal.width = max(terminal.width, needed)
    table = Table(lead, *(Column(one, overflow="fold", min_width=width) for one, width in zip(others, least, strict=True)))
    for row in cells:
        table.add_row(*row)
    terminal.print(table)
