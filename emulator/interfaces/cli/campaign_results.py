"""`campaign show`, `campaign export`, `campaign shrink`: what a campaign found, and what to do with it."""

import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, console, print_json, print_table
from isletbench.emulator.interfaces.cli.outputs import (
    JUNIT,
    PAGE,
    SHRUNK,
    TABLE,
    Force,
    Output,
    make_directory,
    optional,
    try_outputs,
    write_file,
)
from isletbench.emulator.interfaces.cli.signals import Interrupted, interrupted_by_signals

if TYPE_CHECKING:
    from isletbench.emulator.campaigns.cell import Cell
    from isletbench.emulator.campaigns.shrinking.shrink import Shrunk
    from isletbench.emulator.campaigns.store import Stored
    from isletbench.emulator.campaigns.summary import Flaky, Rate, Summary

STORE = Annotated[Path, typer.Argument(metavar="FILE.db", help="The store of a campaign.")]
MOST_EXCHANGES = 24
"""Of more exchanges the rates are on the page only."""


def register(group: typer.Typer) -> None:
    """Add these commands to the group of `campaign`."""
    for command in (show, export, shrink):
        group.command()(command)


def show(
    store: STORE,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write a JUnit XML report to this file.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write pages into this directory: index.html first.")] = None,
    most: Annotated[int, typer.Option(help="So many failing cells are listed, or have a page.", min=1, max=100_000)] = 20,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Show what a campaign found: pass rates by axis, new failures since the last version of the client, flaky cells.

    Exit code 1 when a cell accuses the client, was lost, or is flaky.
    """
    from isletbench.emulator.campaigns.pages.junit import junit
    from isletbench.emulator.campaigns.pages.page import pages
    from isletbench.emulator.campaigns.result import Outcome
    from isletbench.emulator.campaigns.store import Store
    from isletbench.emulator.campaigns.summary import summary_of
    from isletbench.emulator.journal.files import is_journal

    with Store(store, create=False) as opened:
        summary = summary_of(opened)
        made = {} if html is None else {html / name: content for name, content in pages(summary, opened, store.stem, most)}
        wanted = optional("JUnit report", junit_file, JUNIT)
        wanted += [Output("page or journal", file, PAGE if file.suffix == ".html" else is_journal) for file in made]
        for file in made:
            make_directory(file.parent)
        try_outputs(wanted, reads={"store": store}, force=force)
        if junit_file is not None:
            write_file(junit_file, junit(summary, str(store)))
        for file, content in made.items():
            write_file(file, content)
    if as_json:
        print_json(_plain(summary))
    else:
        _print(summary, most)
    if summary.failing or summary.flaky or summary.total.outcomes.get(Outcome.LOST):
        raise typer.Exit(1)


def _plain(summary: "Summary") -> dict[str, Any]:
    """A summary as JSON-able data."""
    return {
        "runs": summary.runs,
        "cells": _plain_rate(summary.total),
        "rates": {axis: {one.value: _plain_rate(one) for one in found} for axis, found in summary.rates.items()},
        "failing": [_plain_cell(cell) for cell in summary.failing],
        "newly_failing": [{**_plain_cell(now), "passed_with": before.version} for now, before in summary.newly_failing],
        "flaky": [{**_plain_cell(one.result), "whose": one.whose, "flaky_why": one.why} for one in summary.flaky],
    }


def _plain_rate(rate: "Rate") -> dict[str, Any]:
    percent = rate.passed_percent
    outcomes = {outcome.value: number for outcome, number in sorted(rate.outcomes.items())}
    return {"cells": rate.cells, "outcomes": outcomes, "passed_percent": None if percent is None else round(percent, 2)}


def _plain_cell(cell: "Stored") -> dict[str, Any]:
    return {"key": cell.key, **cell.axes, "outcome": cell.outcome.value, "what": cell.sentences(), "journal": cell.journal}


def _print(summary: "Summary", most: int) -> None:
    terminal = console()
    for axis, found in summary.rates.items():
        if axis != "exchange" or len(found) <= MOST_EXCHANGES:  # each of a run's would be hundreds: see the page
            print_table((axis, "passed", "cells", "outcomes"), (_row(one) for one in found))
    _list("new failures", (f"{_line(now)} (passed with {before.version})" for now, before in summary.newly_failing), most)
    _list("failing", (_line(cell) for cell in summary.failing), most)
    _list("flaky", (_flaky_line(one) for one in summary.flaky), most)
    total = summary.total
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in sorted(total.outcomes.items())) or "none"
    terminal.print(f"{total.cells} cells: {outcomes}")


def _row(rate: "Rate") -> tuple[str, ...]:
    percent = rate.passed_percent
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in sorted(rate.outcomes.items()))
    return rate.value or "none", "" if percent is None else f"{percent:.1f} %", str(rate.cells), outcomes


def _list(what: str, lines: Iterable[str], most: int) -> None:
    listed = list(lines)
    if not listed:
        return
    terminal = console()
    terminal.print(f"\n{what}: {len(listed)}")
    for line in listed[:most]:
        terminal.print(f"  {line}")
    if len(listed) > most:
        terminal.print(f"  and {len(listed) - most} more (--most)")


def _line(cell: "Stored") -> str:
    from isletbench.emulator.campaigns.pages.page import where

    return ": ".join([f"{cell.key[:12]} {where(cell)}", str(cell.outcome), *cell.sentences()[:1]])


def _flaky_line(flaky: "Flaky") -> str:
    return f"{_line(flaky.result)} [{flaky.whose}: {flaky.why}]"


def export(
    store: STORE,
    into: Annotated[Path, typer.Argument(metavar="FILE.csv|FILE.parquet", help="The file to write, by its ending.")],
    force: Force = False,
) -> None:
    """Write the results as a table, a row for each run: CSV, or Parquet with the extra `parquet`."""
    from isletbench.emulator.campaigns.store import Store
    from isletbench.emulator.campaigns.table import is_table, rows, to_csv, write_parquet

    if into.suffix not in {".csv", ".parquet"}:
        raise CallError(f"{into}: expected a name that ends with .csv or .parquet")
    try_outputs([Output("table", into, TABLE if into.suffix == ".csv" else is_table)], reads={"store": store}, force=force)
    with Store(store, create=False) as opened:
        table = rows(opened.results())
    if into.suffix == ".csv":
        write_file(into, to_csv(table))
    else:
        write_parquet(table, into)
    print(f"{into}: {len(table)} {'run' if len(table) == 1 else 'runs'}")


def shrink(
    place: Annotated[Path, typer.Argument(metavar="FILE.db|CELL.json", help="The store of a failing cell, or the cell.")],
    key: Annotated[str | None, typer.Option("--cell", help="In a store: the beginning of the key of the cell.")] = None,
    check: Annotated[str, typer.Option(help="The check that has to go on failing; the first that fails when left out.")] = "",
    into: Annotated[Path | None, typer.Option(help="The scenario file to write; shrunk-KEY.toml when left out.")] = None,
    most: Annotated[int, typer.Option(help="So many runs at most.", min=1, max=100_000)] = 400,
    workers: Annotated[
        int | None, typer.Option(help="So many runs at a time; as many as cores when left out.", min=1, max=1_024)
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Reduce a failing cell as long as it fails the same check in the same way, and the careful controller does not: fewer
    faults, a shorter run, a simpler rig, smaller amounts, earlier instants. It becomes a scenario file."""
    from isletbench.emulator.campaigns.executors import processes
    from isletbench.emulator.campaigns.play import key_of
    from isletbench.emulator.campaigns.shrinking.shrink import player_of, reference_of, scenario_of, to_file
    from isletbench.emulator.campaigns.shrinking.shrink import shrink as reduce

    cell = _failing_cell(place, key)
    file = into or Path(f"shrunk-{key_of(cell)[:8]}.toml")
    try_outputs([Output("scenario", file, SHRUNK)], reads={"cell": place}, force=force)
    together = workers or os.cpu_count() or 1
    terminal = console(stderr=True)

    def notice(runs: int, plain: dict[str, Any]) -> None:
        terminal.print(f"run {runs}: {_size(plain)}")

    whole = scenario_of(cell)
    try:
        with interrupted_by_signals(), processes(together) as crew:
            ask = player_of(cell, crew), reference_of(cell, crew)
            shrunk = reduce(whole, ask[0], reference=ask[1], check=check, at_once=together, most=most, notice=notice)
    except Interrupted as signal:
        terminal.print(f"isletbench: stopped by {signal}: nothing is written")
        raise typer.Exit(signal.exit_code) from None
    command = shlex.join(["isletbench", "run", str(file), "--", *cell.client.command])
    write_file(file, to_file(cell, shrunk, command))
    _print_shrunk(shrunk, whole, file, command, as_json=as_json)


def _failing_cell(place: Path, key: str | None) -> "Cell":
    from isletbench.emulator.campaigns.cell import cell_of, parse
    from isletbench.emulator.campaigns.store import Store
    from isletbench.emulator.campaigns.summary import summary_of

    if place.suffix == ".json":
        try:
            return parse(place.read_text(encoding="utf-8"), str(place))
        except (OSError, UnicodeDecodeError) as error:
            raise CallError(f"{place}: expected a cell, a JSON file ({error})") from None
    with Store(place, create=False) as opened:
        if key is not None:
            return cell_of(opened.result(key).cell)
        failing = summary_of(opened).failing
    if not failing:
        raise CallError(f"{place}: nothing to shrink: no cell of it fails")
    return cell_of(failing[0].cell)


def _size(plain: dict[str, Any]) -> str:
    """How large a scenario is, in words."""
    counts = ((len(plain.get(what, [])), what) for what in ("fault", "event", "intent", "expect"))
    things = ", ".join(f"{number} {what}" for number, what in counts if number)
    return f"{plain['lasts']}, {things}"


def _print_shrunk(shrunk: "Shrunk", whole: dict[str, Any], file: Path, command: str, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "scenario": str(file),
                "command": command,
                "runs": shrunk.runs,
                "from": _size(whole),
                "to": _size(shrunk.plain),
                "fair": shrunk.is_fair,
            }
        )
        return
    print(f"{file}: {_size(whole)} became {_size(shrunk.plain)} in {shrunk.runs} runs")
    for sentence in shrunk.result.sentences():
        print(f"  {sentence}")
    if shrunk.is_fair is False:
        print("  the careful controller fails the cell, too: it may demand what no client can do")
    print(command)
