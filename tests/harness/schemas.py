"""The JSON Schemas that are shipped in ``hil_rigs/schemas``, and the first line by which every TOML file names its own.

``python -m tests.harness.schemas`` writes both anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from isletbench.emulator.interfaces.cli.schema import DIALECT, SCHEMAS
from tests.harness.architecture import ROOT

FOLDER = ROOT / "hil_rigs" / "schemas"
SHIPPED = ("rig", "scenario", "campaign")
"""The formats that people write by hand."""


def schema_text(name: str) -> str:
    """A schema as its file has it."""
    return json.dumps({"$schema": DIALECT, **SCHEMAS[name]()}, indent=1) + "\n"


def files() -> Iterator[tuple[Path, str]]:
    """Every TOML file of a format that has a schema, and the line by which it has to begin."""
    for folder, up, name in (
        ("hil_rigs", "", "rig"),
        ("hil_rigs/scenarios", "../", "scenario"),
        ("hil_rigs/demo", "../", "scenario"),
    ):
        for path in sorted((ROOT / folder).glob("*.toml")):
            yield path, f"#:schema {up}schemas/{name}.json"
    template = ROOT / "emulator" / "interfaces" / "cli" / "templates" / "scenario.toml.txt"
    yield template, "#:schema ../schemas/scenario.json"


if __name__ == "__main__":
    for shipped in SHIPPED:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{shipped}.json").write_text(schema_text(shipped), encoding="utf-8")
    for file, line in files():
        text = file.read_text(encoding="utf-8")
        rest = text.partition("\n")[2] if text.startswith("#:schema ") else text
        file.write_text(f"{line}\n{rest}", encoding="utf-8")
