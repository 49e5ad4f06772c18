"""`run`: one cell, one line of JSON."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.client_words import parted
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import file_of
from isletbench.emulator.interfaces.cli.outputs import Force, journal_output, try_outputs, write_file

if TYPE_CHECKING:
    from isletbench.emulator.campaigns.cell import Cell

MOST_S = 30 * 86_400


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(context_settings={"ignore_unknown_options": True})(run)


def run(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CELL.json|-|SCENARIO [-- CLIENT ...]", help="The cell; or a scenario, and the client behind --."
        ),
    ] = None,
    over: Annotated[str | None, typer.Option(help="serial or ble: the carrier, where a scenario is named.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed of everything random.", min=0, max=2**63 - 1)] = None,
    pace: Annotated[str | None, typer.Option(help="jump, real, or a factor such as 60x.")] = None,
    limit: Annotated[
        float | None,
        typer.Option("--limit", help="After so many seconds a client that does not end hangs.", min=0.1, max=MOST_S),
    ] = None,
    journal: Annotated[Path | None, typer.Option(help="Write the journal of the run to this file.")] = None,
    force: Force = False,
) -> None:
    """Play one cell in a process of its own, and print one line of JSON: verdict, findings, metrics, duration, journal hash,
    versions. Exit code 1 when the client failed or was not judged.

    A CLIENT is a program and its arguments; or package.module:function, a client of Python that is played in jump pace.
    """
    from isletbench.emulator.campaigns.apart import Killed, play_apart
    from isletbench.emulator.campaigns.play import Played, without_a_run
    from isletbench.emulator.campaigns.result import Outcome
    from isletbench.emulator.interfaces.control import controlled

    cell = _cell(words or [], {"over": over, "seed": seed, "pace": pace})
    reads = {"cell": file_of(words[0] if words else None)}
    try_outputs([] if journal is None else journal_output(journal), reads=reads, force=force)
    try:
        played = play_apart(cell, controlled, limit)
    except Killed as error:
        played = Played(without_a_run(cell, Outcome.LOST, str(error)))
    if journal is not None:
        write_file(journal, played.journal)
    print(played.result.to_line(), flush=True)
    if played.result.outcome is not Outcome.PASSED:
        sys.exit(1)


def _may_be_a_cell(path: Path) -> bool:
    """Whether a path without ``.json`` may have a cell: a pipe of the shell, such as /dev/fd/63, or a file of a workflow."""
    return path.is_fifo() or (path.is_file() and path.suffix != ".toml")


def _cell(words: list[str], changes: dict[str, Any]) -> "Cell":
    """The cell that a call names. Raises ``CallError``, ``CellError``."""
    from isletbench.emulator.campaigns.cell import cell_of, content_of, parse
    from isletbench.emulator.core.problems import unreadable

    names, command = parted(words)
    if len(names) != 1:
        raise CallError(f"run: expected one cell or scenario, got {len(names)}")
    (name,) = names
    given = {key: value for key, value in changes.items() if value is not None}
    if name == "-" or name.endswith(".json") or (not command and _may_be_a_cell(Path(name))):
        if command:
            raise CallError("run: a cell names its client: expected no client behind --")
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise CallError(f"{name}: there is no such file; expected a cell, a JSON file (docs/campaigns.md)") from None
        except (OSError, UnicodeDecodeError) as error:
            raise CallError(f"{name}: {unreadable(error)}") from None
        cell = parse(text, "standard input" if name == "-" else name)
        return cell_of({**cell.to_dict(), **given}, name) if given else cell
    if not command:
        raise CallError(f"expected the client's command behind --: isletbench run {name} -- python my_client.py")
    carriers = content_of(name).get("over", ("serial",))
    return cell_of({"scenario": name, "client": {"command": command}, "over": carriers[0], **given}, "run")
