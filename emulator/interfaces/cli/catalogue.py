"""`faults`, `actions`, `profiles`, `personalities`, `subjects`: what a bench knows, each with what it takes."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, console, line, print_json, print_table

if TYPE_CHECKING:
    from isletbench.emulator.core.models import Part


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (faults, actions, profiles, personalities, subjects):
        app.command()(command)


def faults(
    fault: Annotated[str | None, typer.Argument(help="Show what this one takes.")] = None, as_json: AsJson = False
) -> None:
    """List the faults and what they make a client see, or what one of them takes; `faults when`: what they can wait for."""
    from isletbench.emulator.faults import FAULTS

    if fault == "when":
        _show_conditions(as_json)
    elif fault is not None:
        _demand("fault", fault, FAULTS)
        _show_fields(fault, FAULTS[fault], as_json)
    elif as_json:
        print_json([{"fault": name, "where": cls.whose.value, "symptom": cls.symptom()} for name, cls in FAULTS.items()])
    else:
        rows = [(name, cls.whose.value, cls.symptom()) for name, cls in FAULTS.items()]
        print_table(("fault", "where", "what the client sees"), rows)


def _show_conditions(as_json: bool) -> None:
    from isletbench.emulator.core.models import summary
    from isletbench.emulator.faults.triggers.condition import KINDS

    known = sorted(KINDS.items(), key=lambda one: one[1].combines)
    rows = [(key, summary(kind), ", ".join(kind.keys_beside())) for key, kind in known]
    if as_json:
        print_json(
            [
                {"condition": key, "meaning": meaning, "keys": list(kind.keys_beside())}
                for (key, kind), (_, meaning, _) in zip(known, rows, strict=True)
            ]
        )
        return
    print_table(("condition", "it waits until", "takes besides"), rows)
    print('As a table: when = { level = "battery", below = 20 }; in words: when="level battery < 20 and message SetBolus".')


def actions(
    action: Annotated[str | None, typer.Argument(help="Show what this one takes.")] = None, as_json: AsJson = False
) -> None:
    """List what can be done to devices by hand, or what one of these actions takes."""
    from isletbench.emulator.core.models import summary
    from isletbench.emulator.endpoints.registry import PARTICIPANTS

    known = [(kind, name, cls) for kind, of in PARTICIPANTS.items() for name, cls in of.actions.by_name.items()]
    if action is not None:
        _demand("action", action, dict.fromkeys(name for _, name, _ in known))
        for kind, name, cls in known:
            if name == action:
                _show_fields(f"{kind}: {action}", cls, as_json)
    elif as_json:
        print_json([{"action": name, "kind": kind, "doc": summary(cls)} for kind, name, cls in known])
    else:
        print_table(("action", "device", "what it does"), [(name, kind, summary(cls)) for kind, name, cls in known])
        print('Any of them can wait: isletbench do pump occlude when="amount bolus >= 1". For what: `isletbench faults when`.')


def profiles(
    profile: Annotated[str | None, typer.Argument(help="Show the values of this one.")] = None, as_json: AsJson = False
) -> None:
    """List the profiles of every kind of device, or the values of one of them.

    Durations are in ms, insulin in millionths of a unit; a rig changes a value by its path (`tuning`).
    """
    from isletbench.emulator.endpoints.registry import KINDS
    from isletbench.protocols.plain import to_plain

    known = [(kind, name, made) for kind, of in KINDS.items() for name, made in of.profiles.items()]
    if profile is not None:
        _demand("profile", profile, dict.fromkeys(name for _, name, _ in known))
        known = [(kind, name, made) for kind, name, made in known if name == profile]
    if as_json:
        print_json([{"profile": name, "kind": kind, "values": to_plain(made)} for kind, name, made in known])
    elif profile is None:
        print_table(("profile", "device"), [(name, kind) for kind, name, _ in known])
    else:
        for kind, name, made in known:
            console().print(line((f"{kind}: {name}", "bold")))
            print_table(("field", "value"), _flat(to_plain(made)))


def personalities(
    personality: Annotated[str | None, typer.Argument(help="Show what a rig may set of this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the existing devices whose protocols a device can speak on its serial port (`speaks` in a rig)."""
    from isletbench.emulator.endpoints.personalities import PERSONALITIES

    if personality is not None:
        _demand("personality", personality, PERSONALITIES)
        _show_fields(personality, PERSONALITIES[personality].settings, as_json)
        return
    known = [(one.name, one.kind, one.about, sorted(one.operations)) for one in PERSONALITIES.values()]
    if as_json:
        print_json([dict(zip(("personality", "kind", "about", "operations"), row, strict=True)) for row in known])
    else:
        print_table(("personality", "device", "what it is compatible with"), [row[:3] for row in known])


def subjects(
    model: Annotated[str | None, typer.Argument(help="Only those of this model.")] = None,
    sample: Annotated[
        int | None, typer.Option(help="So many persons of the population of each model, too.", min=1, max=1000)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List whose glucose a patient can have, with the figures that a pump is set by."""
    from isletbench.emulator.patient.figures import figures_of
    from isletbench.emulator.patient.subjects import FAMILIES, SAMPLE, subject_of
    from isletbench.protocols.plain import to_plain

    if model is not None:
        _demand("model", model, FAMILIES)
    names = [
        (family, subject)
        for family, known in FAMILIES.items()
        if model in {None, family}
        for subject in (*known.personas, *(f"{SAMPLE}{number}" for number in range(1, (sample or 0) + 1)))
    ]
    found = [(family, subject, figures_of(subject_of(family, subject))) for family, subject in names]
    if as_json:
        print_json([{"model": family, "subject": subject, **to_plain(one)} for family, subject, one in found])
        return
    rows = [
        (
            family,
            subject,
            f"{one.basal_u_per_h:.3f}",
            *(f"{level:.0f}" for level in (one.unit_lowers_mg_dl, one.meal_reaches_mg_dl, one.without_insulin_mg_dl)),
        )
        for family, subject, one in found
    ]
    print_table(("model", "subject", "basal, U/h", "1 U lowers", "50 g reach", "4 h without"), rows)
    print("Basal keeps 120 mg/dL; what 1 U lowers, 50 g reach and 4 h without insulin reach is in mg/dL.")


def _flat(values: dict[str, Any], outer: str = "") -> Iterable[tuple[str, str]]:
    """Every number with its path, as the ``tuning`` of a rig names it."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{outer}{key}.")
        else:
            yield f"{outer}{key}", value if isinstance(value, str) else json.dumps(value)


def _demand(what: str, name: str, known: Iterable[str]) -> None:
    """Raise ``CallError`` for a name that is not known."""
    if name not in known:
        raise CallError(f"{what} {name!r}: expected one of {', '.join(known)}")


def _show_fields(title: str, cls: "type[Part]", as_json: bool) -> None:
    schema = cls.model_json_schema()
    if as_json:
        print_json(schema)
        return
    written = cls.model_json_schema(mode="serialization").get("properties", {})  # defaults as a file would have them
    rows = []
    for key, about in schema.get("properties", {}).items():
        if key != "fault":
            default = "needed" if key in schema.get("required", ()) else json.dumps(written[key].get("default"))
            rows.append((key, default, about.get("description", "")))
    console().print(line((title, "bold"), f"  {schema.get('description', '').splitlines()[0]}"))
    print_table(("key", "default", "meaning"), rows)
