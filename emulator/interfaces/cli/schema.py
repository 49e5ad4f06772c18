"""`schema`: the JSON Schema of a format, for editors and for programs that read or write it."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _rig() -> dict[str, Any]:
    """The schema of a rig file: of virtual devices, or of firmware."""
    from pydantic import TypeAdapter

    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
    from isletbench.emulator.rigs.rig import Rig

    either: TypeAdapter[Rig | FirmwareRig] = TypeAdapter(Rig | FirmwareRig)
    made = either.json_schema()
    firmware = made["$defs"]["Firmware"]
    # what another rig supplies need not be there
    firmware["anyOf"] = [{"required": firmware.pop("required")}, {"required": ["like"]}]
    firmware["properties"]["like"] = {"type": "string", "description": "A rig whose table has the keys that are not here."}
    return made


def _scenario() -> dict[str, Any]:
    """The schema of a scenario file."""
    from isletbench.emulator.scenarios.scenario import Scenario

    return Scenario.model_json_schema()


def _journal() -> dict[str, Any]:
    """The schema of a line of a journal, with the events of every kind of device that is installed and of the patient."""
    from isletbench.emulator.endpoints.registry import PARTICIPANTS
    from isletbench.emulator.journal.schema import schema as of_journal

    return of_journal(PARTICIPANTS)


def _campaign() -> dict[str, Any]:
    """The schema of a campaign file."""
    from isletbench.emulator.campaigns.campaign import Campaign

    return Campaign.model_json_schema()


def _cell() -> dict[str, Any]:
    """The schema of a cell: what `run` reads."""
    from isletbench.emulator.campaigns.cell import Cell

    return Cell.model_json_schema()


def _result() -> dict[str, Any]:
    """The schema of a result: what `run` prints."""
    from isletbench.emulator.campaigns.result import Result

    return Result.model_json_schema(mode="serialization")


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "rig": _rig,
    "scenario": _scenario,
    "journal": _journal,
    "campaign": _campaign,
    "cell": _cell,
    "result": _result,
}
"""Each format by its name, and what makes its schema."""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(schema)


def schema(what: Annotated[str, typer.Argument(metavar="|".join(SCHEMAS), help="The format.")]) -> None:
    """Print the JSON Schema of a format."""
    if what not in SCHEMAS:
        raise CallError(f"schema {what!r}: expected one of {', '.join(SCHEMAS)}")
    print(json.dumps({"$schema": DIALECT, **SCHEMAS[what]()}, indent=2))
