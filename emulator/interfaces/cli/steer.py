"""Steering a running bench: `status`, `inject`, `clear`, `do`, `pace`, `step`; what there is: `faults`, `actions`."""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from isletbench.emulator.core.models import summary
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.reaching import ask, the_bench
from isletbench.emulator.interfaces.terminal.display import line_of

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE ...]", help="What it takes.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (status, inject, clear, do, pace, step, faults, actions):
        app.command()(command)


def status(as_json: AsJson = False) -> None:
    """What the devices of the running bench are doing, and which faults there are."""
    told = ask(the_bench(), "/v1/status")
    if as_json:
        print(json.dumps(told))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"rig [bold]{told['rig']}[/], pace {told['pace']}, {told['now'] / 1000:.0f} s since start")
    for name, device in told["devices"].items():
        console.print(f"  [bold]{name}[/] {line_of(device)}")
    for fault in told["faults"]:
        console.print(f"  fault {_fault_line(fault)}")


def _fault_line(told: dict[str, Any]) -> str:
    declared = dict(told["declared"])
    kind, device = declared.pop("fault"), declared.pop("device")
    declared.pop("name", None)
    settings = " ".join(f"{key}={value}" for key, value in declared.items())
    struck = f", struck {told['struck']}x" if told["struck"] else ""
    return f"[bold]{told['id']}[/] ({kind} on {device}{' ' + settings if settings else ''}): {told['state']}{struck}"


def inject(
    fault: Annotated[str, typer.Argument(help="A fault that `isletbench faults` lists, or a action of a device.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Let something go wrong: isletbench inject lose_reply device=pump on=SetBolus

    A action of a device is a fault, too: isletbench inject occlude device=pump delivered=1
    """
    from isletbench.emulator.faults import FAULTS
    from isletbench.emulator.faults.families.actions import Do

    declared = {"fault": fault, **_settings(settings)}
    if fault not in FAULTS:
        arguments = {key: declared.pop(key) for key in tuple(declared) if key not in Do.model_fields}
        declared |= {"fault": "do", "action": fault, "arguments": arguments}
    told = ask(the_bench(), "/v1/faults", "POST", declared)
    _tell(told, f"fault {_fault_line(told)}", as_json)


def clear(
    fault: Annotated[str | None, typer.Argument(help="Its name, as `isletbench status` tells it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a fault away, undoing what it does."""
    if (fault is None) is not everything:
        raise CallError("expected the name of a fault, or --all")
    told = ask(the_bench(), "/v1/faults" if fault is None else f"/v1/faults/{quote(fault, safe='')}", "DELETE")
    cleared = told if isinstance(told, list) else [told]
    _tell(told, f"cleared: {', '.join(one['id'] for one in cleared) or 'there was none'}", as_json)


def do(
    device: Annotated[str, typer.Argument(help="The device, as the rig names it.")],
    action: Annotated[str, typer.Argument(help="What to do: `isletbench actions` lists it.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Do something to a device, as hands would: isletbench do pump occlude"""
    path = f"/v1/devices/{quote(device, safe='')}/actions/{quote(action, safe='')}"
    told = ask(the_bench(), path, "POST", _settings(settings))
    _tell(told, f"{device}: {line_of(told)}", as_json)


def pace(pace: Annotated[str, typer.Argument(help="real, paused, or a factor such as 60x.")], as_json: AsJson = False) -> None:
    """Let time pass faster, slower, or not at all."""
    told = ask(the_bench(), "/v1/pace", "PUT", {"pace": pace})
    _tell(told, f"pace {told['pace']}", as_json)


def step(
    duration: Annotated[str, typer.Argument(help="How much time: 90s, 5m, 1.5h; at most 24h.")], as_json: AsJson = False
) -> None:
    """Let so much time pass, fast, then go on as before: a paused bench is paused again."""
    told = ask(the_bench(), "/v1/step", "POST", {"span": duration})
    _tell(told, f"{told['now'] / 1000:.0f} s since start, pace {told['pace']}", as_json)


def _tell(told: Any, line: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told))
    else:
        Console(highlight=False, soft_wrap=True).print(line)


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


# What there is


def faults(
    fault: Annotated[str | None, typer.Argument(help="Show what this one takes.")] = None, as_json: AsJson = False
) -> None:
    """The faults there are and what they make a client see, or what one of them takes."""
    from isletbench.emulator.faults import FAULTS

    if fault is not None and fault not in FAULTS:
        raise CallError(f"fault {fault!r}: expected one of {', '.join(FAULTS)}")
    if fault is not None:
        _show_declared(fault, FAULTS[fault], as_json)
    elif as_json:
        told = [{"fault": name, "where": cls.where.value, "symptom": cls.symptom()} for name, cls in FAULTS.items()]
        print(json.dumps(told))
    else:
        _show_rows("fault", [(name, cls.where.value, cls.symptom()) for name, cls in FAULTS.items()])


def actions(
    action: Annotated[str | None, typer.Argument(help="Show what this one takes.")] = None, as_json: AsJson = False
) -> None:
    """What can be done to devices, or what one of these actions takes."""
    from isletbench.emulator.endpoints.registry import KINDS

    there = [(kind, name, cls) for kind, of in KINDS.items() for name, cls in of.actions.by_name.items()]
    if action is None and as_json:
        print(json.dumps([{"action": name, "kind": kind, "doc": summary(cls)} for kind, name, cls in there]))
    elif action is None:
        _show_rows("action", [(name, kind, summary(cls)) for kind, name, cls in there])
    else:
        found = [(kind, cls) for kind, name, cls in there if name == action]
        if not found:
            raise CallError(f"action {action!r}: expected one of {', '.join(dict.fromkeys(name for _, name, _ in there))}")
        for kind, cls in found:
            _show_declared(f"{kind}: {action}", cls, as_json)


def _show_rows(what: str, rows: list[tuple[str, str, str]]) -> None:
    table = Table(what, "where" if what == "fault" else "device", "what the client sees" if what == "fault" else "what it does")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _show_declared(title: str, cls: Any, as_json: bool) -> None:
    schema = cls.model_json_schema()
    if as_json:
        print(json.dumps(schema))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{title}[/]  {schema.get('description', '').splitlines()[0]}")
    table = Table("key", "default", "meaning")
    written = cls.model_json_schema(mode="serialization").get("properties", {})  # defaults as a file would have them
    for key, about in schema.get("properties", {}).items():
        if key != "fault":
            default = "needed" if key in schema.get("required", ()) else json.dumps(written[key].get("default"))
            table.add_row(key, default, about.get("description", ""))
    console.print(table)
