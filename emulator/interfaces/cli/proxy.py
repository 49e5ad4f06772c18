"""`proxy`: a recorder in front of a real device on a serial port."""

import shlex
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import span_of
from isletbench.emulator.interfaces.cli.output import console, line, print_json
from isletbench.emulator.interfaces.cli.outputs import Force, journal_output, try_outputs

if TYPE_CHECKING:
    from isletbench.emulator.bench.proxy.proxy import Asked
    from isletbench.emulator.core.quantities import Span
    from isletbench.emulator.faults import Fault
    from isletbench.emulator.journal.sinks import Sink


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(proxy)


def proxy(
    serial: Annotated[
        str, typer.Option(metavar="PORT", help="The port of the real device: PATH[,BAUD[,8N1]] or tcp:HOST:PORT.")
    ],
    client: Annotated[
        str,
        typer.Option("--as", metavar="PORT", help="The virtual port that clients open: pty:PATH, tcp:HOST:PORT, ..."),
    ] = "pty:",
    speaks: Annotated[
        str | None,
        typer.Option(help="The protocol that the device speaks (`isletbench personalities`); the serial link when left out."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call the device; its kind when left out.")] = None,
    inject: Annotated[
        list[str] | None,
        typer.Option(metavar="FAULT", help='Inject a fault from the start: "lose_reply on=SetBolus count=1". May be repeated.'),
    ] = None,
    journal: Annotated[Path | None, typer.Option(help="Write the journal (JSON lines) to this file.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of what faults leave to chance.", min=0, max=2**63 - 1)] = 1,
    duration: Annotated[str | None, typer.Option("--for", help="Stop after this much time: 90s, 5m, 1.5h, 14d.")] = None,
    exposes: Annotated[
        bool, typer.Option("--expose", help="Allow a virtual port that other machines can reach: it has no security.")
    ] = False,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once the port is open.")] = False,
) -> None:
    """Stand between a client and a real device: pass everything on, write it down, and inject faults.

    For tests only: never with a device that treats somebody.
    """
    from isletbench.emulator.bench.proxy.proxy import Asked
    from isletbench.emulator.core import clock
    from isletbench.emulator.journal.files import JournalFile

    span = None if duration is None else span_of(duration)
    try_outputs([] if journal is None else journal_output(journal), force=force)
    asked = Asked(serial=serial, client=client, name=name, speaks=speaks, seed=seed, exposes=exposes)
    with nullcontext() if journal is None else JournalFile(journal, None) as sink:
        clock.run(_proxy(asked, inject or [], sink, span, as_json), clock.Pace())


async def _proxy(asked: "Asked", faults: list[str], sink: "Sink | None", span: "Span | None", as_json: bool) -> None:
    from isletbench.emulator.bench.proxy.proxy import proxied
    from isletbench.emulator.interfaces.cli.signals import stop_event
    from isletbench.emulator.interfaces.control import announced
    from isletbench.emulator.journal.writer import Journal

    stop = stop_event()
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(proxied(asked, Journal(sink)))
        (device,) = bench.rig.devices
        try:
            bench.steering.inject_all([_fault(text, device) for text in faults])
        except ValueError as error:
            raise CallError(f"--inject: {error}") from None
        announcement = await stack.enter_async_context(announced(bench))
        ready = {"ready": True, "control": announcement.control, "page": announcement.page, **bench.ready()}
        if as_json:
            print_json(ready)
        else:
            _print_ready(asked.serial, ready)
        await bench.run(span, stop)


def _fault(text: str, device: str) -> "Fault":
    from isletbench.emulator.faults import parse
    from isletbench.emulator.interfaces.cli.steer import declared_fault

    try:
        kind, *settings = shlex.split(text)
    except ValueError:
        raise CallError(f"--inject {text!r}: expected a fault and its settings, such as: lose_reply on=SetBolus") from None
    return parse({"device": device, **declared_fault(kind, settings)})


def _print_ready(serial: str, ready: dict[str, Any]) -> None:
    terminal = console()
    terminal.print("isletbench: a real device behind a virtual port. For tests only: never with one that treats somebody.")
    for name, device in ready["devices"].items():
        terminal.print(line("  ", (name, "bold"), f" ({device['kind']}) at {serial}: clients open {device['serial']}"))
    terminal.print("Faults, in another terminal: isletbench inject lose_reply device=NAME; what is going on: isletbench status")
    terminal.print("Stop with Ctrl-C.")
