"""The `doctor` command on the command line."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from isletbench.emulator.interfaces.cli.doctor.findings import Finding, State
from isletbench.emulator.interfaces.cli.output import line, print_table


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(doctor)


def doctor(
    rig: Annotated[
        str | None,
        typer.Option(metavar="RIG", help="Examine what this rig needs: one of the package by name, or a rig file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what this machine has for the bench, what is missing, and the command that fixes it.

    Ends with 1 when something is missing that everything, or the rig, needs.
    """
    findings = _of_the_machine() if rig is None else _of_the_rig(rig)
    if as_json:
        print(json.dumps([{**asdict(finding), "state": finding.state.value} for finding in findings]))
    else:
        _print(findings)
    if any(finding.state is State.BROKEN for finding in findings):
        sys.exit(1)


def _of_the_machine() -> list[Finding]:
    """What this machine has of all that the bench can use."""
    from isletbench.emulator.interfaces.cli.doctor import machine, machine_findings

    return machine_findings.findings_of(machine.examine())


def _of_the_rig(name: str) -> list[Finding]:
    """What this machine has of what every rig needs and of what this one needs besides."""
    from isletbench.emulator.interfaces.cli.doctor import machine, machine_findings, rig_facts, rig_findings
    from isletbench.emulator.rigs.bring_up.firmware_rig import load_any

    rig, examined = load_any(name), machine.examine()
    needed = rig_findings.findings_of(rig, examined, rig_facts.examine(rig))
    return [*machine_findings.basics(examined), *needed]


def _print(findings: list[Finding]) -> None:
    colours = {State.OK: "green", State.OPTIONAL: "yellow", State.BROKEN: "red"}
    print_table(
        ("", "what", "found", "to fix it"),
        ((line((one.state.value, colours[one.state])), one.what, one.found, one.fix or "") for one in findings),
    )
