"""What commands print: tables and lines for people, JSON for programs."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def write_file(file: "Path", content: str | bytes) -> None:
    """Write a file; half of one is removed. Raises ``CallError`` where it cannot be written."""
    try:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        with suppress(OSError):
            if file.is_file():
                file.unlink()
        raise CallError(f"{file}: cannot be written: {(error.strerror or str(error)).lower()}") from None


def ensure_different(**files: "Path | None") -> None:
    """Raise ``CallError`` where two files, each with what it is, are the same one: writing one would destroy the other."""
    known: dict[Path, str] = {}
    for what, file in files.items():
        if file is None:
            continue
        if (other := known.setdefault(file.resolve(), what)) != what:
            raise CallError(f"{file}: expected another file than that of the {other}, for the {what}")


def make_directory(directory: "Path") -> None:
    """Make a directory, and those above it, where there is none. Raises ``CallError`` where it cannot be made."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CallError(f"{directory}: cannot be made: {(error.strerror or str(error)).lower()}") from None


def console(*, wraps: bool = False, stderr: bool = False) -> "Console":
    """A console without highlighting; lines are cut at its width only when it ``wraps``."""
    # imported here, so that a command that prints JSON only does not wait for it
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not wraps, stderr=stderr)


def print_json(plain: Any) -> None:
    """Print plain data as one line of JSON, at once."""
    print(json.dumps(plain), flush=True)


def print_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; the first column is never broken into lines."""
    from rich.table import Column, Table

    first, *others = columns
    table = Table(Column(first, no_wrap=True), *others)
    for row in rows:
        table.add_row(*row)
    console(wraps=True).print(table)
