"""`audit`: examine a device that is not known, row by row of the conformance checklists."""

import logging
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, console, print_json, print_table
from isletbench.emulator.interfaces.cli.outputs import JUNIT, PAGE, Force, optional, try_outputs, write_file
from isletbench.emulator.interfaces.cli.signals import ENDING

if TYPE_CHECKING:
    from isletbench.emulator.audit.conduct import Audit, Notice
    from isletbench.emulator.audit.outcomes import Finding

ADDRESS = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)
"""An address of Bluetooth LE, or what macOS has in its place."""
EVERY = 25
"""Rows between two lines of progress where there is no terminal."""


class Profile(StrEnum):
    """What a device is examined as."""

    CGMS = "cgms"
    IDS = "ids"
    GLS = "gls"


class Over(StrEnum):
    """The carrier."""

    SERIAL = "serial"
    BLE = "ble"


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(audit)


def audit(
    place: Annotated[
        str, typer.Argument(metavar="PORT|ADDRESS", help="A serial port, socket://HOST:PORT, or an address of Bluetooth LE.")
    ],
    profile: Annotated[
        Profile | None, typer.Option(help="Examine by this one; by all that the device has when left out.")
    ] = None,
    over: Annotated[Over | None, typer.Option(help="The carrier; an address is over ble, all else over serial.")] = None,
    baud: Annotated[int | None, typer.Option(help="The speed of a serial port; the one it has when left out.", min=1)] = None,
    hci: Annotated[
        str | None, typer.Option(help="A virtual radio, as `up` prints it; the computer's own when left out.")
    ] = None,
    passkey: Annotated[int | None, typer.Option(help="What to enter on a virtual radio.", min=0, max=999_999)] = None,
    row: Annotated[list[str] | None, typer.Option(help="Examine this row only (CGMS-44); may be given more than once.")] = None,
    limit: Annotated[float | None, typer.Option(help="Seconds that one row may take; 1800 when left out.", min=1.0)] = None,
    allow_delivery: Annotated[
        bool, typer.Option("--allow-delivery", help="Allow boluses, basal rates, priming, therapy states and profiles.")
    ] = False,
    allow_lasting: Annotated[
        bool, typer.Option("--allow-lasting", help="Allow what cannot be put back: calibrate, delete, end the session.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE.xml", help="Write JUnit XML, too.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write a page, too; it needs no network.")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Examine a device: everything that the conformance checklists require and that shows on its wire.

    No insulin is delivered and no therapy is changed without --allow-delivery; settings are put back. For test benches only.
    Exit code 1 when a row failed, 2 when the device cannot be examined, or has gone before the end.
    """
    from isletbench.emulator.audit import results
    from isletbench.emulator.audit.conduct import GONE
    from isletbench.emulator.audit.outcomes import Outcome
    from isletbench.emulator.core.clock import wall_seconds

    by_radio = over is Over.BLE or (over is None and ADDRESS.fullmatch(place) is not None)
    if hci is not None and not by_radio:
        raise CallError(f"--hci: {place} is a serial port: expected an address of Bluetooth LE, or --over ble")
    profiles = [profile.value] if profile else None
    wanted = _rows(row or [], profiles)
    try_outputs([*optional("JUnit file", junit, JUNIT), *optional("page", html, PAGE)], force=force)
    began = wall_seconds()
    with _radio(hci, passkey):
        audits, stopped = _conducted(
            place,
            by_radio,
            baud,
            profiles,
            {"rows": wanted, "limit_s": limit, "delivery": allow_delivery, "lasting": allow_lasting},
        )
    seconds = wall_seconds() - began
    if junit is not None:
        write_file(junit, results.junit(place, audits, seconds))
    if html is not None:
        write_file(html, results.page(place, "ble" if by_radio else "serial", audits))
    if as_json:
        print_json(results.plain(place, "ble" if by_radio else "serial", audits, seconds))
    else:
        _print(audits, results.summary(audits))
    if stopped:
        print(f"isletbench: stopped: {results.summary(audits)}", file=sys.stderr)
        raise typer.Exit(128 + stopped)
    if gone := [finding for one in audits for finding in one.of(Outcome.NOT_EXAMINED) if finding.why == GONE]:
        print(f"isletbench: {place}: the device has gone: {len(gone)} rows were not examined", file=sys.stderr)
        raise typer.Exit(2)
    if any(one.of(Outcome.FAILED) for one in audits):
        raise typer.Exit(1)


def _rows(named: Sequence[str], profiles: Sequence[str] | None) -> list[str]:
    """The rows that were named. Raises ``CallError`` for one that no checklist has."""
    from isletbench.emulator.audit.plan import NAMES, plan_of

    known = {row.id for name in profiles or NAMES for row in plan_of(name).rows}
    for one in named:
        if one.upper() not in known:
            raise CallError(f"--row {one}: there is no such row: expected one like {min(known)}")
    return [one.upper() for one in named]


def _radio(hci: str | None, passkey: int | None) -> Any:
    """The virtual radio, where one is named."""
    if hci is None:
        return nullcontext()
    from isletbench.emulator.collectors.bleak_backend import DEFAULT_PASSKEY, virtual_bluetooth

    logging.getLogger("bumble").setLevel(logging.CRITICAL)  # what is wrong with the device is in the results
    return virtual_bluetooth(hci, passkey=DEFAULT_PASSKEY if passkey is None else passkey)


def _conducted(
    place: str, by_radio: bool, baud: int | None, profiles: Sequence[str] | None, how: dict[str, Any]
) -> "tuple[list[Audit], int]":
    """The audits by each profile, and the number of the signal that has stopped them, or 0. Raises ``CallError``."""
    import asyncio

    from isletbench.emulator.audit.carriers import BleCarrier, SerialCarrier
    from isletbench.emulator.audit.conduct import EXAMS, LIMIT_S, audit, profiles_of
    from isletbench.emulator.audit.exam import Permissions
    from isletbench.emulator.collectors.bleak_collector import BleakCollector
    from isletbench.emulator.collectors.factory import collector_for
    from isletbench.emulator.collectors.link_collector import LinkCollector
    from isletbench.emulator.transports.ports.settings import DEFAULT_BAUD
    from isletbench.protocols.errors import WireError

    stopped = 0

    async def main() -> "list[Audit]":
        place_of = {"ble": {"address": place}} if by_radio else {"serial": place}
        try:
            collector = collector_for(place_of, baud or DEFAULT_BAUD)
            await collector.connect()
        except (OSError, TimeoutError, WireError, LookupError) as error:
            why = (isinstance(error, OSError) and error.strerror) or error
            raise CallError(f"{place}: no device can be examined there: {why}") from error
        assert isinstance(collector, LinkCollector | BleakCollector)
        carrier = SerialCarrier(collector) if isinstance(collector, LinkCollector) else BleCarrier(place)
        found = profiles_of(collector)
        chosen = list(profiles or found)
        if missing := [name for name in chosen if name not in found]:
            has = ", ".join(found) or "none of " + ", ".join(EXAMS)
            raise CallError(f"--profile {missing[0]}: the device at {place} does not have it: it has {has}")
        if not chosen:
            raise CallError(f"{place}: the device has none of the services of {', '.join(EXAMS)}")
        task = asyncio.current_task()
        assert task is not None
        made: list[Audit] = []
        for number in ENDING:
            asyncio.get_running_loop().add_signal_handler(number, _stop, number)
        permissions = Permissions(delivery=how["delivery"], lasting=how["lasting"])
        for name in chosen:
            with _progress(name, how["rows"]) as notice:
                working = asyncio.ensure_future(
                    audit(
                        collector,
                        carrier,
                        name,
                        permissions=permissions,
                        rows=how["rows"],
                        limit_s=how["limit_s"] or LIMIT_S,
                        notice=notice,
                    )
                )
                running.append(working)
                if stopped:
                    working.cancel()
                made.append(await working)
        return made

    running: list[asyncio.Future[Audit]] = []

    def _stop(number: int) -> None:
        nonlocal stopped
        if not stopped:  # whoever presses Ctrl-C twice must not interrupt what is put back
            stopped = number
            running[-1].cancel() if running else None

    return asyncio.run(main()), stopped


@contextmanager
def _progress(profile: str, rows: Sequence[str]) -> "Iterator[Notice]":
    """Say on standard error how far an audit is: a bar on a terminal, else a line now and then."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from isletbench.emulator.audit.plan import plan_of

    terminal = console(wraps=True, stderr=True)
    total = len([row for row in plan_of(profile).rows if not rows or row.id in rows])
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[words]}"), TimeElapsedColumn())
    done = failed = 0
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as progress:
        task = progress.add_task(profile, total=total, words="")

        def notice(finding: "Finding") -> None:
            nonlocal done, failed
            done += 1
            failed += finding.outcome.value == "failed"
            words = f"{profile}: {finding.row.id} {finding.outcome.value}, {failed} failed so far"
            progress.update(task, advance=1, words=words)
            if not terminal.is_terminal and (done % EVERY == 0 or done == total):
                terminal.print(f"{profile}: {done} of {total} rows, {failed} failed")

        yield notice


def _print(audits: "Sequence[Audit]", summary: str) -> None:
    """Print the table, what was changed, and how many rows ended how."""
    print_table(
        ("row", "outcome", "what"),
        [(finding.row.id, finding.outcome.value, _what(finding)) for audit in audits for finding in audit.findings],
    )
    terminal = console()
    for audit in audits:
        for sentence in audit.changed:
            terminal.print(f"{audit.profile}: {sentence}")
    terminal.print(summary)


def _what(finding: "Finding") -> str:
    if not finding.why:
        return finding.row.check
    octets = "".join(f"\n  {one}" for one in finding.exchanged[-4:])
    clause = f" ({finding.row.source})" if finding.exchanged else ""
    return f"{finding.row.check}: {finding.why}{clause}{octets}"
