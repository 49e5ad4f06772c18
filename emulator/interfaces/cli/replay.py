"""`replay`: the device's side of a journal, against a live client."""

from pathlib import Path
from typing import Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import client_pace_of, journal_of, span_of
from isletbench.emulator.interfaces.cli.output import console, print_json


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(replay)


def replay(
    journal: Annotated[Path, typer.Argument(help="A journal that a bench has written.")],
    rig: Annotated[str | None, typer.Option(help="The rig it was written on, if it is a file of your own.")] = None,
    pace: Annotated[str, typer.Option(help="real, or a factor such as 60x.")] = "real",
    duration: Annotated[str, typer.Option("--for", help="Give up after this much bench time.")] = "1d",
    as_json: Annotated[bool, typer.Option("--json", help="Print the ready line and the result as JSON.")] = False,
) -> None:
    """Play a recorded journal's device side against a live client, and report where it first parts from the recording.

    Exit code 0: it said all that was said then, and nothing else; 1: it did not.
    """
    from isletbench.emulator.bench.proxy.proxy import recorded_rig
    from isletbench.emulator.core.clock import run
    from isletbench.emulator.journal.replay import Recording
    from isletbench.emulator.rigs import rig as rigs

    chosen, longest = client_pace_of(pace), span_of(duration)
    recording = Recording(journal_of(journal))
    of_proxy = None if rig else recorded_rig(recording.entries, recording.header.devices)
    played_on = of_proxy or rigs.load_rig(rig or recording.header.rig or "default")
    result = run(_play(played_on, recording, longest, as_json), chosen)
    if as_json:
        print_json(result)
    else:
        _print(result)
    if result["divergence"] is not None or result["left"]:
        raise typer.Exit(1)


async def _play(rig: Any, recording: Any, longest: int, as_json: bool) -> dict[str, Any]:
    import asyncio
    from functools import partial

    from isletbench.emulator.bench.assembly import Ports
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.endpoints.recorded import stand_in

    async with Bench(rig, ports=Ports.REAL, stand_in=partial(stand_in, recording)) as bench:
        if not recording.playbacks:
            words = f"the journal has no client's word to any of the devices of the rig {rig.name}"
            raise CallError(f"{words}: say on which rig it was written, with --rig")
        ready = {"ready": True, **bench.ready()}
        if as_json:
            print_json(ready)
        else:
            for name in dict.fromkeys(playback.device for playback in recording.playbacks):
                place = ready["devices"][name]
                air = f"{place['ble']['name']} ({place['ble']['address']})" if place["ble"] else None
                print(f"{name}: {', '.join(filter(None, (place['serial'], air)))}", flush=True)
        over = asyncio.Event()
        recording.listen(lambda: over.set() if recording.is_over else None)
        await bench.run(longest, over)
    first = recording.divergences[:1]
    return {
        "played": sum(playback.played for playback in recording.playbacks),
        "left": 0 if first else sum(len(playback.turns) for playback in recording.playbacks),
        "divergence": None
        if not first
        else {
            "device": first[0].device,
            "t": first[0].at,
            "line": first[0].line,
            "expected": first[0].expected,
            "got": first[0].got,
        },
    }


def _print(result: dict[str, Any]) -> None:
    terminal = console()
    terminal.print(f"{result['played']} turns as they were recorded")
    if divergence := result["divergence"]:
        terminal.print(f"then {divergence['device']} hears, {divergence['t'] / 1000:.3f} s after the start:")
        terminal.print(f"  got       {divergence['got']}")
        terminal.print(f"  expected  {divergence['expected']}")
        if divergence["line"]:
            terminal.print(f"  (line {divergence['line'] + 1} of the journal)")
    elif result["left"]:
        terminal.print(f"the client never said the {result['left']} that are left")
