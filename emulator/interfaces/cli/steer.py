"""`status`, `inject`, `clear`, `do`, `pace`, `step`: the state of a running bench, and changes to it."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from isletbench.emulator.interfaces.cli.control_client import ask, running_bench
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, console, print_json

if TYPE_CHECKING:
    from isletbench.emulator.core.running import Running

Settings = Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE ...]", help="What it takes.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (status, inject, clear, do, pace, step):
        app.command()(command)


def status(as_json: AsJson = False) -> None:
    """Print the state of the devices of the running bench, and its faults."""
    from isletbench.emulator.core import running

    firmware = running.rigs_without_bench()
    if firmware and not running.benches():
        _print_firmware(firmware, as_json)
        return
    answer = ask(running_bench(), "/v1/status")
    if as_json:
        print_json(answer)
        return
    from isletbench.emulator.interfaces.terminal.lines import fault_line, line_of, time_line

    terminal = console()
    terminal.print(time_line(answer))
    for name, device in answer["devices"].items():
        terminal.print(f"  {name} {line_of(device)}")
    for fault in answer["faults"]:
        terminal.print(f"  fault {fault_line(fault)}")


def _print_firmware(rigs: list[dict[str, Any]], as_json: bool) -> None:
    """What is known of running rigs of firmware, which have no bench to ask."""
    if as_json:
        print_json(rigs[-1])
        return
    terminal = console()
    for rig in rigs:
        terminal.print(f"rig {rig['rig']}: firmware, whose state nobody can look into")
        for name, device in rig["devices"].items():
            terminal.print(f"  {name} ({device['kind']}): {device['serial']}")


def inject(
    fault: Annotated[str, typer.Argument(help="A fault that `isletbench faults` lists, or an action of a device.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Add a fault: isletbench inject lose_reply device=pump on=SetBolus

    An action of a device is a fault, too: isletbench inject occlude device=pump delivered=1. What it waits for is a condition:
    isletbench inject vanish device=cgm lasts=30m when="level glucose < 75 then idle 1m" (`isletbench faults when`)
    """
    from isletbench.emulator.interfaces.terminal.lines import fault_line

    answer = ask(running_bench(), "/v1/faults", "POST", declared_fault(fault, settings))
    _print(answer, f"fault {fault_line(answer)}", as_json)


def clear(
    fault: Annotated[str | None, typer.Argument(help="Its name, as `isletbench status` tells it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a fault, undoing what it does."""
    if (fault is None) is not everything:
        raise CallError("expected the name of a fault, or --all")
    answer = ask(running_bench(), "/v1/faults" if fault is None else f"/v1/faults/{quote(fault, safe='')}", "DELETE")
    cleared = answer if isinstance(answer, list) else [answer]
    _print(answer, f"cleared: {', '.join(one['id'] for one in cleared) or 'there was none'}", as_json)


def do(
    device: Annotated[str, typer.Argument(help="The device, as the rig names it.")],
    action: Annotated[str, typer.Argument(help="What to do: `isletbench actions` lists it.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Perform a manual action on a device: isletbench do pump occlude

    With when= it waits for a condition: isletbench do pump occlude when="amount bolus >= 1"
    """
    from isletbench.emulator.interfaces.terminal.lines import line_of

    path = f"/v1/devices/{quote(device, safe='')}/actions/{quote(action, safe='')}"
    given = _settings(settings)
    answer = ask(running_bench(), path, "POST", given)
    waits = f"waits for: {given['when']} | " if "when" in given else ""
    _print(answer, f"{device}: {waits}{line_of(answer)}", as_json)


def pace(pace: Annotated[str, typer.Argument(help="real, paused, or a factor such as 60x.")], as_json: AsJson = False) -> None:
    """Change the pace: let time pass faster, slower, or not at all."""
    answer = ask(running_bench(), "/v1/pace", "PUT", {"pace": pace})
    _print(answer, f"pace {answer['pace']}", as_json)


def step(
    duration: Annotated[str, typer.Argument(help="How much time: 90s, 5m, 1.5h; at most 24h.")], as_json: AsJson = False
) -> None:
    """Let so much time pass, fast, then go on as before: a paused bench is paused again. Ctrl-C ends it earlier."""
    from isletbench.emulator.interfaces.cli.signals import noted_signals
    from isletbench.emulator.interfaces.terminal.lines import clock

    bench = running_bench()
    with noted_signals() as noted:
        answer = _stepped(bench, duration, noted)
    when = f"{clock(answer['now'])} since start"
    _print(answer, f"ended {when}" if noted else f"{when}, pace {answer['pace']}", as_json)
    if noted:
        raise typer.Exit(128 + noted[0])


ASKED_AGAIN_S = 0.1
"""How often a bench is asked to end a step that it may not have begun yet."""


def _stepped(bench: "Running", duration: str, noted: list[int]) -> Any:
    """What the bench answers when a step is over, or when it has ended it because a signal is noted.

    Raises ``CallError``; also after a second signal, which waits no longer.
    """
    from concurrent.futures import Future, wait
    from contextlib import suppress
    from threading import Thread

    asked: Future[Any] = Future()

    def ask_for_it() -> None:
        try:
            asked.set_result(ask(bench, "/v1/step", "POST", {"span": duration}))
        except CallError as error:
            asked.set_exception(error)

    Thread(target=ask_for_it, daemon=True).start()
    while not wait([asked], ASKED_AGAIN_S).done:
        if len(noted) > 1:
            raise CallError("the bench has not ended the step yet: `isletbench status` shows its time")
        if noted:
            with suppress(CallError):  # the step has not begun yet, or is over
                ask(bench, "/v1/step", "DELETE")
    return asked.result()


def _print(answer: Any, line: str, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        console().print(line)


def declared_fault(fault: str, settings: list[str] | None) -> dict[str, Any]:
    """A fault, or an action of a device as one, as plain data. Raises ``CallError`` for one that does not exist."""
    from isletbench.emulator.endpoints.registry import PARTICIPANTS
    from isletbench.emulator.faults import FAULTS
    from isletbench.emulator.faults.families.actions import Do

    declared = {"fault": fault, **_settings(settings)}
    if fault not in FAULTS:
        if not any(fault in one.actions.by_name for one in PARTICIPANTS.values()):
            raise CallError(f"fault {fault!r}: expected one that `isletbench faults` or `isletbench actions` lists")
        arguments = {key: declared.pop(key) for key in tuple(declared) if key not in Do.model_fields}
        declared |= {"fault": "do", "action": fault, "arguments": arguments}
    return declared


def _settings(words: list[str] | None) -> dict[str, Any]:
    """``KEY=VALUE`` pairs; a key with a dot is a key within a key, and ``none`` is no value."""
    settings: dict[str, Any] = {}
    for word in words or ():
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise CallError(f"{word!r}: expected KEY=VALUE, such as device=pump")
        *outer, last = key.split(".")
        place = settings
        for part in outer:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise CallError(f"{word!r}: {part} has a value already")
        if last in place:
            raise CallError(f"{word!r}: {key} is given twice")
        place[last] = None if value == "none" else value
    return settings
