"""A bench from the command line: ports open, ready line out, lines on the terminal, until it is told to stop."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core import clock
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults import Fault
from isletbench.emulator.interfaces.control import controlled
from isletbench.emulator.interfaces.terminal.display import Display
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs import rig
from isletbench.emulator.scenarios.scenario import load

WARNING = (
    "isletbench: WARNING: {name} goes on the air for real ({spec}): every phone within reach can find it and connect."
    " For tests only: keep it away from therapy devices and from whoever wears one."
)


def serve(
    rig_name: str,
    pace: Pace,
    span: Span | None,
    *,
    scenario: str | None,
    seed: int | None,
    hci: Sequence[str] | None,
    radio: Sequence[str],
    sink: TextIO | None,
    state: Path | None,
    as_json: bool,
) -> None:
    """Run a rig for ``span``, or until SIGINT or SIGTERM; a scenario on its own rig, to its end.

    Raises ``RigError`` and ``OSError`` as ``Bench`` does.
    """
    logging.getLogger("bumble").setLevel(logging.CRITICAL)  # what strangers send to our radio is their business
    played = None if scenario is None else load(scenario)
    bench = Bench(
        rig.load(rig_name) if played is None else played.rig_of(),
        ports=Ports.MEMORY if pace.jumps else Ports.REAL,
        seed=seed,
        hci=hci,
        radio=radio,
        journal=Journal(sink),
        state=state,
    )
    faults = [] if played is None else played.faults()
    clock.run(_up(bench, played.lasts if played is not None and span is None else span, faults, as_json), pace)


async def _up(bench: Bench, span: Span | None, faults: Sequence[Fault], as_json: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for name, spec in bench.controllers.items():
        print(WARNING.format(name=name, spec=spec), file=sys.stderr, flush=True)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bench)
        for fault in faults:
            bench.steering.inject(fault)
        control = await stack.enter_async_context(controlled(bench)) if bench.ports is Ports.REAL else None
        ready = {"ready": True, "control": control, **bench.ready()}
        if as_json:
            print(json.dumps(ready), flush=True)
        else:
            _tell(bench, ready)
            stack.enter_context(Display(bench, Console()))
        await bench.run(span, stop)


def _tell(bench: Bench, ready: dict[str, Any]) -> None:
    """The ready line for a person, with something to paste."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"isletbench: rig [bold]{bench.rig.name}[/], pace {bench.pace}. For tests only: never near a therapy device.")
    for name, device in ready["devices"].items():
        places = [device["serial"]] if device["serial"] else []
        places += [f"{device['ble']['name']} ({device['ble']['address']})"] if device["ble"] else []
        console.print(f"  [bold]{name}[/] ({device['kind']}): {', '.join(places)}")
    if ready["hci"]:
        console.print(f"  HCI: {', '.join(ready['hci'])}")
        console.print("Try, in another terminal:")
        console.print("  isletbench bleak -- PROGRAM.py      (any program written against bleak)")
        console.print("  isletbench status")
    console.print("Stop with Ctrl-C.")
