"""`up`: a rig on the bench, of virtual devices or of firmware."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isletbench.emulator.core.collection import collection_postponed
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import file_of, pace_of, size_of, span_of
from isletbench.emulator.interfaces.cli.output import print_verdict
from isletbench.emulator.interfaces.cli.outputs import CAPTURE, Force, journal_output, optional, try_outputs

if TYPE_CHECKING:
    from isletbench.emulator.journal.files import JournalFile
    from isletbench.emulator.scenarios.judge import Verdict


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(up)


def up(
    rig_name: Annotated[str, typer.Argument(metavar="[RIG]", help="A rig of the package by name, or a rig file.")] = "default",
    pace: Annotated[str, typer.Option(help="real, a factor such as 60x, or jump (opens no port; needs --for).")] = "real",
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random; the rig's own when left out.", min=0, max=2**63 - 1)
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(help="Write the journal (JSON lines) to this file; FILE.jsonl.zst and .gz are compressed at the end."),
    ] = None,
    journal_limit: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Begin another file when the journal's has this size: 500kB, 50MB, 1GiB."),
    ] = None,
    btsnoop: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Capture the Bluetooth traffic of the devices, HCI and all, for Wireshark and btmon."
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="Keep pumps and bonds in this file, and go on from it: what a pump would remember without power."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="Play this scenario on its own rig, to its end: an identifier, or a file of your own.")
    ] = None,
    duration: Annotated[str | None, typer.Option("--for", help="Stop after this much bench time: 90s, 5m, 1.5h, 14d.")] = None,
    hci: Annotated[
        list[str] | None,
        typer.Option(
            help="Offer HCI here: tcp:HOST:PORT, unix:PATH, pty:LINK or vhci; may be repeated. A free TCP port when left out."
        ),
    ] = None,
    radio: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[DEVICE=]SPEC",
            help="Put a device on a real Bluetooth controller: usb:0, serial:/dev/ttyACM0,1000000 or hci-socket:0;"
            " once for each device. Everyone within reach can connect to it.",
        ),
    ] = None,
    opens: Annotated[bool, typer.Option("--open", help="Open the bench's page in a browser.")] = False,
    stays: Annotated[
        bool, typer.Option("--stay", help="When the scenario is over, keep its page, with the verdict, until Ctrl-C.")
    ] = False,
    exposes: Annotated[
        bool, typer.Option("--expose", help="Allow ports that other machines can reach: they have no security.")
    ] = False,
    no_commands: Annotated[
        bool, typer.Option("--no-commands", help="Refuse a rig that starts programs, as one of firmware does.")
    ] = False,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once every port is open.")] = False,
) -> None:
    """Run a rig until it is stopped (Ctrl-C).

    A scenario that is played to its end gives a verdict, and exit code 1 where it is not passed.
    """
    with collection_postponed() as resume_collection:
        _up(
            rig_name,
            pace,
            duration,
            scenario=scenario,
            seed=seed,
            hci=hci,
            radio=radio,
            journal=journal,
            journal_limit=journal_limit,
            btsnoop=btsnoop,
            state=state,
            opens=opens,
            stays=stays,
            exposes=exposes,
            no_commands=no_commands,
            force=force,
            as_json=as_json,
            on_start=resume_collection,
        )


def _up(
    rig_name: str,
    pace: str,
    duration: str | None,
    *,
    scenario: str | None,
    seed: int | None,
    hci: list[str] | None,
    radio: list[str] | None,
    journal: Path | None,
    journal_limit: str | None,
    btsnoop: Path | None,
    state: Path | None,
    opens: bool,
    stays: bool,
    exposes: bool,
    no_commands: bool,
    force: bool,
    as_json: bool,
    on_start: Callable[[], None],
) -> None:
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, load_any

    chosen_pace = pace_of(pace)
    span = None if duration is None else span_of(duration)
    if scenario is not None and rig_name != "default":
        raise CallError(f"--scenario plays on its own rig: leave {rig_name} out")
    if isinstance(firmware := load_any(rig_name), FirmwareRig):
        given = {
            "pace": pace != "real",
            "seed": seed is not None,
            "journal": journal,
            "journal-limit": journal_limit,
            "btsnoop": btsnoop,
            "state": state,
            "hci": hci,
            "radio": radio,
            "open": opens,
            "expose": exposes,
        }
        if unfit := [f"--{option}" for option, is_given in given.items() if is_given]:
            raise CallError(f"{rig_name} runs firmware, which is what it is: leave {', '.join(unfit)} out")
        if no_commands:
            raise CallError(f"{rig_name} starts programs ({firmware.commands}): --no-commands refuses that")
        from isletbench.emulator.interfaces.cli import up_firmware

        up_firmware.serve(firmware, span, as_json=as_json)
        return
    if chosen_pace.jumps and span is None and scenario is None:
        raise CallError("--pace jump runs as fast as it can, so it needs an end: give --for DURATION")
    if chosen_pace.jumps and radio:
        raise CallError("--pace jump has no time for a real radio: leave --radio out, or use --pace real")
    if chosen_pace.jumps and opens:
        raise CallError("--pace jump has no page to look at, since no browser could keep up: leave --open out")
    if chosen_pace.jumps and hci:
        raise CallError("--pace jump opens no ports, since no other program could keep up: leave --hci out")
    from isletbench.emulator.interfaces.cli import up_bench

    if stays and (scenario is None or chosen_pace.jumps):
        raise CallError("--stay keeps the page of a scenario: give --scenario, and no --pace jump")
    if journal_limit is not None and journal is None:
        raise CallError("--journal-limit divides a journal: give --journal FILE")
    reads = {"rig": file_of(rig_name), "scenario": file_of(scenario), "state": state}
    outputs = [] if journal is None else journal_output(journal)
    try_outputs([*outputs, *optional("btsnoop capture", btsnoop, CAPTURE)], reads=reads, force=force)
    with _sink(journal, journal_limit) as sink:
        verdict = up_bench.serve(
            rig_name,
            chosen_pace,
            span,
            scenario=scenario,
            seed=seed,
            hci=hci,
            radio=radio or (),
            sink=sink,
            btsnoop=btsnoop,
            state=state,
            opens=opens,
            stays=stays or opens,
            exposes=exposes,
            as_json=as_json,
            on_start=on_start,
        )
    if verdict is not None:
        _end_with(verdict, as_json=as_json, was_watched=stays or opens)


def _end_with(verdict: "Verdict", *, as_json: bool, was_watched: bool) -> None:
    if not as_json:
        print_verdict(verdict)
    if not verdict.passed and not was_watched:
        raise typer.Exit(1)


def _sink(journal: Path | None, limit: str | None) -> "AbstractContextManager[JournalFile | None]":
    from isletbench.emulator.journal.files import SMALLEST_LIMIT, JournalFile

    most = None if limit is None else size_of(limit, "--journal-limit", at_least=SMALLEST_LIMIT)
    return nullcontext() if journal is None else JournalFile(journal, most)
