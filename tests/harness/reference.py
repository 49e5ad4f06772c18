"""The pages under ``docs/reference``: made from the code, and compared with it by ``tests/test_reference.py``.

``python -m tests.harness.reference`` writes them anew.
"""

import inspect
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import typer

import isletbench
from isletbench.emulator.faults import FAULTS
from isletbench.emulator.faults.fault import Fault
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.interfaces.cli import app
from isletbench.emulator.interfaces.cli.man import Described, described
from isletbench.emulator.interfaces.cli.packets import rows_of
from isletbench.emulator.interfaces.cli.schema import SCHEMAS
from isletbench.emulator.interfaces.control.api import application
from isletbench.emulator.reports.decoded import shown
from isletbench.emulator.scenarios.checks import CHECKS, Check
from isletbench.protocols.catalogue import SERVICES, TYPES
from isletbench.protocols.located import located
from tests.harness.architecture import ROOT
from tests.harness.schema_pages import Format, cell

PAGES = ROOT / "docs" / "reference"
NOTE = "<!-- made by python -m tests.harness.reference -->\n\n"


def toml_files(folder: Path) -> Iterator[Any]:
    """The TOML files of a folder, as plain data."""
    for path in sorted(folder.glob("*.toml")):
        yield json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))


def rig() -> str:
    """The keys of a rig file."""
    made = Format(SCHEMAS["rig"](), toml_files(ROOT / "hil_rigs"))
    text = "# Rig files, key by key\n\n" + NOTE
    text += (
        "What to write a rig for, and how: [rigs](../rigs.md). Examples are from the rigs of the package. Spans of time are\n"
    )
    text += "written `90s`, `5m`, `1.5h`, `14d`.\n"
    return text + sections(made, {"Rig", "FirmwareRig"}, set())


def scenario() -> str:
    """The keys of a scenario file."""
    others = {cls.__name__: "[faults](faults.md)" for cls in FAULTS.values()}
    others |= {cls.__name__: "[checks](checks.md)" for cls in CHECKS.values()}
    made = Format(SCHEMAS["scenario"](), toml_files(ROOT / "hil_rigs" / "scenarios"), others)
    text = "# Scenario files, key by key\n\n" + NOTE
    text += (
        "How they are played and judged: [scenarios](../scenarios.md). What goes wrong: [faults](faults.md). What must hold:\n"
    )
    text += "[checks](checks.md).\n\n## Scenario\n\n"
    text += made.table("", made.schema) + "\n"
    return text + sections(made, set(), set(others))


def sections(made: Format, first: set[str], leave_out: set[str]) -> str:
    """A section for every definition that has keys."""
    names = [*sorted(first), *sorted(set(made.defs) - first)]
    text = ""
    for name in names:
        one = made.defs[name]
        if name in leave_out or "properties" not in one:
            continue
        about = cell(one.get("description", ""))
        text += f"\n## {name}\n\n{about}\n\n{made.table(name, one)}\n" if about else f"\n## {name}\n\n{made.table(name, one)}\n"
    return text


def declared(cls: type[Any]) -> str:
    """What a docstring says, paragraph by paragraph."""
    return "\n\n".join(" ".join(one.split()) for one in (inspect.getdoc(cls) or "").replace("``", "`").split("\n\n"))


def own_table(cls: type[Any], common: set[str]) -> str:
    """The keys that only this class has."""
    schema = cls.model_json_schema()
    made = Format(schema, ())
    if not set(schema["properties"]) - common:
        return ""
    return made.table("", schema, leave_out=common).replace("](#", "](scenario.md#") + "\n"


def faults() -> str:
    """Every fault."""
    text = "# Faults, one by one\n\n" + NOTE + "Triggers and conditions, and how faults are injected: [faults](../faults.md).\n"
    text += "\n## What every fault takes\n\n" + own_table(Fault, set())
    text += "\n## What every fault of messages takes\n\n" + own_table(MessageFault, set(Fault.model_fields) | {"fault"})
    for name, cls in FAULTS.items():
        common = {*Fault.model_fields, "fault"} | (set(MessageFault.model_fields) if issubclass(cls, MessageFault) else set())
        kind = "messages" if issubclass(cls, MessageFault) else cls.whose.value
        text += f"\n## {name}\n\n*Whose: {kind}.* {declared(cls)}\n"
        text += f"\n{keys}" if (keys := own_table(cls, common)) else ""
    return text


def checks() -> str:
    """Every check."""
    text = "# Checks, one by one\n\n" + NOTE + "How verdicts come about: [scenarios](../scenarios.md).\n"
    for name, cls in CHECKS.items():
        needs = f" Needs a client that [reports](../beliefs.md) `{cls.needs}`." if cls.needs else ""
        text += f"\n## {name}\n\n{declared(cls)}{needs}\n"
        text += f"\n{keys}" if (keys := own_table(cls, {"check", *Check.model_fields} - {"device"})) else ""
    return text


def cli() -> str:
    """Every command."""
    text = "# The command line\n\n" + NOTE + "The same as manual pages: `isletbench man --into DIR`.\n"
    for one in described(typer.main.get_command(app)):
        text += f"\n## {one.name}\n\n{cell(one.about)}\n\n```\n{one.usage}\n```\n"
        text += "".join(_entries(one))
    return text


def _entries(command: Described) -> Iterator[str]:
    entries = (*command.arguments, *command.options)
    if entries:
        yield "\n| | |\n|---|---|\n"
    for words, text in entries:
        yield f"| `{cell(words)}` | {cell(text)} |\n"


def api() -> str:
    """The control API, and the public face of the package."""
    made = application(cast("Any", SimpleNamespace(steering=SimpleNamespace(faults=None))), "", cast("Any", None)).openapi()
    text = "# Control API and Python API\n\n" + NOTE + "## Control API\n\nHow to call it: [steering](../control.md).\n\n"
    text += "| call | what it does |\n|---|---|\n"
    for path, methods in made["paths"].items():
        for method, one in methods.items():
            about = one.get("description") or one.get("summary", "")
            text += f"| `{method.upper()} {path}` | {cell(about)} |\n"
    text += "\n## Python\n\n`from isletbench import ...`:\n\n| name | what it is |\n|---|---|\n"
    for name in sorted(name for name in dir(isletbench) if not name.startswith("_")):
        about = inspect.getdoc(getattr(isletbench, name)) or ""
        text += f"| `{name}` | {cell(about.split(chr(10) * 2)[0])} |\n"
    return text


def layouts() -> str:
    """The octets of every type, with a worked example."""
    examples = vectors()
    text = (
        "# Octet layouts\n\n" + NOTE + "`isletbench types` lists the types, `isletbench decode` and `encode` work with them.\n"
    )
    text += "Examples are the vectors that the tests hold both languages to; none was made by the encoder.\n"
    for name, one in TYPES.items():
        service = SERVICES[name.partition(".")[0]]
        text += f"\n## {name}\n\n{one.name}, UUID {one.uuid:04X} of service {service:04X}.\n\n"
        text += "| operation | field | unit or meaning | presence bit |\n|---|---|---|---|\n"
        text += "".join(f"| {' | '.join(map(cell, row))} |\n" for row in rows_of(one))
        if (example := examples.get(name)) is not None:
            octets = bytes.fromhex(example["octets"])
            text += f"\nExample, {example['name']} ({example['source']}): `{octets.hex(' ').upper()}`\n\n"
            text += "| octets | field | value | unit or meaning |\n|---|---|---|---|\n"
            for field in located(one, octets).fields:
                written = octets[field.begin : field.end].hex(" ").upper()
                text += f"| `{written}` | {field.name} | {cell(shown(field.value))} | {cell(field.unit)} |\n"
    return text


def vectors() -> dict[str, dict[str, Any]]:
    """The first vector of every type."""
    found: dict[str, dict[str, Any]] = {}
    for file in ("cgms", "ids", "gls"):
        for one in tomllib.loads((ROOT / "tests" / "vectors" / f"{file}.toml").read_text(encoding="utf-8"))["vector"]:
            if "octets" in one and one.get("type") in TYPES:
                found.setdefault(one["type"], one)
    return found


MADE: Mapping[str, Callable[[], str]] = {
    "rig": rig,
    "scenario": scenario,
    "faults": faults,
    "checks": checks,
    "cli": cli,
    "api": api,
    "layouts": layouts,
}
"""Every page, and what makes it."""


if __name__ == "__main__":
    for page, make in MADE.items():
        (PAGES / f"{page}.md").write_text(make(), encoding="utf-8")
