"""Files that a command is to write: tried before its work begins, and never in the place of what isletbench has not written.

A file that isletbench has written before is replaced, and so is an empty one. What is no regular file (a pipe, ``/dev/null``)
is written to. ``--force`` replaces whatever is there.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from isletbench.emulator.interfaces.cli.errors import CallError

Force = Annotated[bool, typer.Option("--force", help="Replace files that isletbench has not written, too.")]
Recognise: TypeAlias = Callable[[Path], bool]
BEGINNING = 2_000
"""Octets at the beginning of a file by which it is recognised."""


def contains(*marks: str) -> Recognise:
    """Recognises files whose beginning has all of these words."""

    def recognise(file: Path) -> bool:
        with file.open("rb") as opened:
            beginning = opened.read(BEGINNING)
        return all(mark.encode() in beginning for mark in marks)

    return recognise


PAGE = contains("<!DOCTYPE html>", '<meta name="generator" content="isletbench">')
"""A page that isletbench has made."""
JUNIT = contains("<testsuites", 'name="isletbench"')
PICTURE = contains("PNG", "Software\0isletbench")
HEADER = contains("/* Written by `isletbench firmware headers`")
MANUAL = contains("Written by `isletbench man`")
FHIR = contains('"Bundle"', "cgm-data-submission-bundle", "HTEST")
CAPTURE = contains("isletbench")
"""A capture of traffic; its first octets name its maker."""
DISSECTOR = contains("-- Written by `isletbench dissector`")
WIRING = contains("<svg", "<!-- isletbench")
LABGRID = contains("# The rig ", "made by `isletbench rigs")
SHRUNK = contains("schema = ", 'id = "SHRUNK-')
RECORDED_LINE = "# A scenario from a journal, made by `isletbench export`. Its story and demands are yours to write."
RECORDED = contains(RECORDED_LINE)
TABLE = contains("number,key,situation,repetition,")
"""The results of a campaign as CSV."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file to be written: what it is to be, for people, and how such a file of ours is recognised."""

    what: str
    file: Path
    is_ours: Recognise


def journal_output(file: Path) -> list[Output]:
    """A journal with all files that it replaces."""
    from isletbench.emulator.journal.files import is_journal, replaced_by

    return [Output("journal", one, is_journal) for one in replaced_by(file)]


def optional(what: str, file: Path | None, is_ours: Recognise) -> list[Output]:
    """A file that is written only where it is named."""
    return [] if file is None else [Output(what, file, is_ours)]


def try_outputs(outputs: Iterable[Output], *, force: bool, reads: Mapping[str, Path | None] | None = None) -> None:
    """Look whether these files can be written, and may be; ``reads`` are the files that the command reads, by what they are.

    Raises ``CallError`` for a file that cannot be written, that is none of ours (unless ``force``), or that is there for two
    purposes; then nothing has been written.
    """
    wanted = list(outputs)
    known = {_behind_links(file): what for what, file in (reads or {}).items() if file}
    for one in wanted:
        if one.file.exists() and not one.file.is_file():
            continue  # a pipe, a terminal, /dev/null: nothing is lost there
        if (other := known.setdefault(_behind_links(one.file), one.what)) != one.what:
            raise CallError(f"{one.file}: expected another file than that of the {other}, for the {one.what}")
    for one in wanted:
        _try(one, force)


def _behind_links(file: Path) -> Path:
    """The file that a link leads to; unlike ``Path.resolve``, links in a circle are no error: that is for ``_try`` to say."""
    return Path(os.path.realpath(file))


def _try(output: Output, force: bool) -> None:
    file = output.file
    if file.is_dir():
        raise CallError(f"{file}: expected a file for the {output.what}, and it is a directory")
    if file.exists() and not file.is_file():
        return
    try:
        with suppress(FileNotFoundError):
            file.stat()  # links that go in a circle are no file for `exists`
        if not force and file.exists() and file.stat().st_size and not output.is_ours(file):
            raise CallError(
                f"{file}: expected a new file for the {output.what}, or one that isletbench has written: there is another file"
                " of this name (--force replaces it)"
            )
        if file.exists():
            with file.open("ab"):
                pass
        unfinished_of(file).touch()
    except OSError as error:
        raise cannot_be_written(file, error) from None
    finally:
        with suppress(OSError):
            unfinished_of(file).unlink(missing_ok=True)


def unfinished_of(file: Path) -> Path:
    """Where a file is written until all of it is there."""
    file = _behind_links(file)
    return file.with_name(f".{file.name}.unfinished")


def cannot_be_written(file: Path, error: OSError) -> CallError:
    """What is said of a file that the system does not let us write."""
    return CallError(f"{file}: cannot be written: {(error.strerror or str(error)).lower()}")


def write_file(file: Path, content: str | bytes) -> None:
    """Write a file: all of it is there, or what was there before. Raises ``CallError`` where it cannot be written."""
    octets = content.encode() if isinstance(content, str) else content
    unfinished = unfinished_of(file)
    try:
        if file.exists() and not file.is_file():
            file.write_bytes(octets)
        else:
            unfinished.write_bytes(octets)
            unfinished.replace(_behind_links(file))
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise cannot_be_written(file, error) from None


def make_directory(directory: Path) -> None:
    """Make a directory, and those above it, where there is none. Raises ``CallError`` where it cannot be made."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CallError(f"{directory}: cannot be made: {(error.strerror or str(error)).lower()}") from None
