"""`traces`: what a recording holds, as the bench understands it."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from isletbench.emulator.interfaces.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from isletbench.emulator.patient.traces.recording import Recording

LISTED_GAPS = 10
"""Gaps that are printed one by one; --json has all."""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(traces)


def traces(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="A recording, or a trace of the package by name; lists these without."),
    ] = None,
    unit: Annotated[
        Literal["mg/dL", "mmol/L"] | None, typer.Option(help="The unit, for a recording that does not say its own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a recording of glucose holds: span, readings, gaps, unit, zone, and what was left out and why."""
    from isletbench.emulator.patient.traces.replay import open_recording, traces_of_the_package

    if file is None:
        known = [summary_of(open_recording(name)) for name in traces_of_the_package()]
        if as_json:
            print_json(known)
        else:
            rows = [(row["file"].removesuffix(".csv"), row["format"], str(row["readings"]), row["first"]) for row in known]
            print_table(("trace", "format", "readings", "begins"), rows)
        return
    found = summary_of(open_recording(file, unit))
    if as_json:
        print_json(found)
    else:
        _show(found)


def summary_of(recording: "Recording") -> dict[str, Any]:
    """A recording as plain data."""
    from isletbench.emulator.core.quantities import hours, minutes
    from isletbench.emulator.patient.traces.numbers import Word

    readings = recording.readings
    words = {word.value: sum(reading.word is word for reading in readings) for word in Word}
    return {
        "file": recording.origin,
        "format": recording.format,
        "readings": len(readings),
        "words": {word: count for word, count in words.items() if count},
        "first": readings[0].local.isoformat(sep=" ", timespec="seconds"),
        "last": readings[-1].local.isoformat(sep=" ", timespec="seconds"),
        "span_h": round(readings[-1].at / hours(1), 2),
        "cadence_min": round(recording.cadence / minutes(1), 2) if len(readings) > 1 else None,
        "unit": recording.unit,
        "unit_from": recording.unit_from,
        "zone": recording.zone,
        "lowest_mg_dl": min((r.mg_dl for r in readings if r.word is None), default=None),
        "highest_mg_dl": max((r.mg_dl for r in readings if r.word is None), default=None),
        "gaps": [
            {
                "after": before.local.isoformat(sep=" ", timespec="seconds"),
                "minutes": round((after.at - before.at) / minutes(1), 1),
            }
            for before, after in recording.gaps
        ],
        "boluses": len(recording.boluses),
        "bolus_u": round(sum(dose.amount for dose in recording.boluses), 2),
        "basal_rates": sum(change.rate is not None for change in recording.basal),
        "meals": len(recording.carbohydrates),
        "carbs_g": round(sum(dose.amount for dose in recording.carbohydrates), 1),
        "left_out": recording.left_out,
        "notes": recording.notes,
    }


def _show(found: dict[str, Any]) -> None:
    gaps, words = found["gaps"], ", ".join(f"{count} {word}" for word, count in found["words"].items())
    lowest, several = found["lowest_mg_dl"], found["readings"] > 1
    every = f", every {found['cadence_min']:g} min" if several else ": too few for a cadence"
    rows = [
        ("file", found["file"]),
        ("format", found["format"]),
        ("span", f"{found['first']} to {found['last']}, {found['span_h']:g} h"),
        ("readings", str(found["readings"]) + every + (f"; {words}" if words else "")),
        ("glucose", "no number among the readings" if lowest is None else f"{lowest} to {found['highest_mg_dl']} mg/dL"),
        ("unit", f"{found['unit']}, by {found['unit_from']}"),
        ("zone", found["zone"]),
        ("insulin", f"{found['boluses']} boluses, {found['bolus_u']:g} U; {found['basal_rates']} basal rates"),
        ("carbohydrate", f"{found['meals']} entries, {found['carbs_g']:g} g"),
        ("gaps", f"{len(gaps)}, {sum(gap['minutes'] for gap in gaps):g} min in all" if gaps else "none"),
        *(("", f"{gap['minutes']:g} min after {gap['after']}") for gap in gaps[:LISTED_GAPS]),
        *([("", f"and {len(gaps) - LISTED_GAPS} more: --json has all")] if len(gaps) > LISTED_GAPS else []),
        *(("left out", f"{count}: {reason}") for reason, count in found["left_out"].items()),
        *(("note", note) for note in found["notes"]),
    ]
    for name, value in rows:
        print(f"{name:<14}{value}")
