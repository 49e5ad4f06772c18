"""`up` of virtual devices: opens the ports, prints the ready line, shows the devices, until a signal ends it."""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core import clock
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.interfaces.cli.browser import open_page
from isletbench.emulator.interfaces.cli.output import console, line, print_json
from isletbench.emulator.interfaces.cli.signals import stop_event
from isletbench.emulator.journal.sinks import Sink
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs import rig

if TYPE_CHECKING:
    from rich.console import Console

    from isletbench.emulator.scenarios.judge import Verdict
    from isletbench.emulator.scenarios.scenario import Scenario
    from isletbench.emulator.scenarios.watched import Watched

WARNING = (
    "isletbench: WARNING: {name} goes on the air for real ({spec}): every phone within reach can find it and connect."
    " For tests only: keep it away from therapy devices and from whoever wears one."
)
EXPOSED = (
    "isletbench: WARNING: {what} {spec} can be reached from other machines, and has no security: who reaches it is a client."
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
    sink: Sink | None,
    state: Path | None,
    opens: bool,
    stays: bool,
    exposes: bool,
    btsnoop: Path | None,
    as_json: bool,
    on_start: Callable[[], None] = lambda: None,
) -> "Verdict | None":
    """Run a rig for ``span``, or until a signal that ends it; a scenario on its own rig, to its end, with the verdict on it
    (None where a signal has ended it before, and in jump pace, in which there is no client).

    ``opens`` opens the page in a browser; with ``stays`` a scenario that is over keeps its page, with the verdict.
    ``on_start`` is called when the bench has started, before the ready line.
    Raises ``RigError`` and ``OSError`` as ``Bench`` does.
    """
    logging.getLogger("bumble").setLevel(logging.CRITICAL)  # what strangers send to our radio is their business
    played = None if scenario is None else _loaded(scenario)
    bench = Bench(
        rig.load_rig(rig_name) if played is None else played.rig_of(),
        ports=Ports.MEMORY if pace.jumps else Ports.REAL,
        seed=seed,
        hci=hci,
        radio=radio,
        journal=Journal(sink),
        state=state,
        exposes=exposes,
        btsnoop=btsnoop,
        hci_later=not pace.jumps,
    )
    lasts = played.lasts if played is not None and span is None else span
    watched = None if played is None or bench.ports is Ports.MEMORY else _watched(played, bench)
    clock.run(_up(bench, lasts, played, watched, opens, stays, as_json, on_start), pace)
    return None if watched is None else watched.verdict


def _loaded(scenario: str) -> "Scenario":
    from isletbench.emulator.scenarios.scenario import load_scenario

    return load_scenario(scenario)


def _watched(scenario: "Scenario", bench: Bench) -> "Watched":
    from isletbench.emulator.scenarios.watched import Watched

    return Watched(scenario, bench.journal)


async def _up(
    bench: Bench,
    span: Span | None,
    played: "Scenario | None",
    watched: "Watched | None",
    opens: bool,
    stays: bool,
    as_json: bool,
    on_start: Callable[[], None],
) -> None:
    stop = stop_event()
    for name, spec in bench.controllers.items():
        print(WARNING.format(name=name, spec=spec), file=sys.stderr, flush=True)
    for what, spec in bench.exposed.items():
        print(EXPOSED.format(what=what, spec=spec), file=sys.stderr, flush=True)
    tail = Tail(bench.journal) if bench.ports is Ports.REAL else None
    # before HCI is offered: hosts wait for no import
    from isletbench.emulator.interfaces.control import announced
    from isletbench.emulator.interfaces.terminal.display import Display

    terminal = console()

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bench)
        if played is not None:
            bench.steering.inject_all(played.faults())
        control, page = None, None
        if tail is not None:
            announcement = await stack.enter_async_context(announced(bench, tail, watched))
            control, page = announcement.control, announcement.page
        on_start()
        ready = {"ready": True, "control": control, "page": page, **bench.ready()}
        if as_json:
            print_json(ready)
        else:
            _print_ready(bench, ready, terminal)
            stack.enter_context(Display(bench, terminal))
        if opens and page is not None:
            open_page(page)
        await bench.run(span, stop)
        if watched is not None and tail is not None and not stop.is_set():
            verdict = watched.finish(bench.clock.now())
            if as_json:
                print_json({"verdict": verdict.to_dict()})
            if not stays:
                return
            bench.steering.change_pace(Pace(0))
            tail.close()
            await stop.wait()
            bench.steering.change_pace(Pace())  # what ends now must not wait for time that stands still


def pointed(sentence: str, devices: Mapping[str, Mapping[str, Any]]) -> str:
    """A sentence of a rig's ``point``, with the places of its devices as a client opens them."""
    return sentence.format_map({name: _place(device) for name, device in devices.items()})


def _place(device: Mapping[str, Any]) -> str:
    places = [device["serial"]] if device["serial"] else []
    places += [f"{device['ble']['name']} ({device['ble']['address']})"] if device["ble"] else []
    return " or ".join(places)


def _print_ready(bench: Bench, ready: dict[str, Any], terminal: "Console") -> None:
    """The ready line for a person, with something to paste."""
    about = f", pace {bench.pace}. For tests only: never near a therapy device."
    terminal.print(line("isletbench: rig ", (bench.rig.name, "bold"), about))
    for name, device in ready["devices"].items():
        terminal.print(line("  ", (name, "bold"), f" ({device['kind']}): {_place(device)}"))
    for sentence in bench.rig.point:
        terminal.print(f"  {pointed(sentence, ready['devices'])}")
    if ready["hci"]:
        terminal.print(f"  HCI: {', '.join(ready['hci'])}")
        terminal.print("Try, in another terminal:")
        terminal.print("  isletbench bleak -- PROGRAM.py      (any program written against bleak)")
        terminal.print("  isletbench status")
    if ready["page"]:
        terminal.print(f"page: {ready['page']}")
    terminal.print("Stop with Ctrl-C.")
