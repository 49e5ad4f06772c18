"""Options that several commands take, read with an error that names the option."""

import sys
from typing import TYPE_CHECKING

from isletbench.emulator.interfaces.cli.errors import CallError

if TYPE_CHECKING:
    from pathlib import Path

    from isletbench.emulator.core.clock import Pace
    from isletbench.emulator.core.quantities import Span
    from isletbench.emulator.journal.entries import Entry


def pace_of(text: str) -> "Pace":
    """The pace that ``--pace`` names. Raises ``CallError``."""
    from isletbench.emulator.core.clock import Pace

    try:
        return Pace.parse(text)
    except ValueError as error:
        raise CallError(f"--pace: {error}") from None


def client_pace_of(text: str) -> "Pace":
    """The pace that ``--pace`` names, where a client is another program. Raises ``CallError`` for one it cannot keep."""
    pace = pace_of(text)
    if pace.jumps or not pace.factor:
        raise CallError("--pace: a program has a clock of its own; expected real or a factor such as 60x")
    return pace


def span_of(text: str) -> "Span":
    """The duration that ``--for`` names, ms. Raises ``CallError``."""
    from isletbench.emulator.core.quantities import parse_span

    try:
        return parse_span(text)
    except ValueError as error:
        raise CallError(f"--for: {error}") from None


def size_of(text: str, option: str, *, at_least: int) -> int:
    """The number of octets that an option names: ``500kB``, ``50MB``, ``1GiB``. Raises ``CallError``."""
    from pydantic import ByteSize, TypeAdapter, ValidationError

    try:
        size = int(TypeAdapter(ByteSize).validate_python(text))
    except ValidationError:
        size = -1
    if size < at_least:
        raise CallError(f"{option}: size {text!r}: expected at least {at_least} octets, such as 500kB, 50MB or 1GiB")
    return size


def file_of(name: str | None) -> "Path | None":
    """The file that a name means which may be of the package as well: of a rig, of a scenario."""
    from pathlib import Path

    return Path(name) if name is not None and Path(name).is_file() else None


def journal_of(path: "Path") -> "list[Entry]":
    """The entries of a journal that an argument names; a last line that is cut off is left out, and said. Raises
    ``CallError``."""
    from isletbench.emulator.core.problems import unreadable
    from isletbench.emulator.journal import reader

    try:
        entries, torn = reader.load_whole(path)
    except FileNotFoundError:
        raise CallError(f"{path}: there is no such file; expected a journal (`isletbench up --journal FILE`)") from None
    except OSError as error:
        raise CallError(f"{path}: {unreadable(error)}") from None
    except reader.JournalError as error:
        raise CallError(f"{path}: {error}") from None
    if torn:
        print(f"isletbench: {path}: {torn}", file=sys.stderr)
    return entries
