"""`isletbench schema`: the formats that people write, as JSON Schema."""

import json
import tomllib
from importlib.resources import files

import pytest

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.schema import SCHEMAS, schema
from isletbench.emulator.rigs.rig import rigs_of_the_package
from isletbench.emulator.scenarios.scenario import scenarios


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_printed_with_its_dialect(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    schema(name)
    printed = json.loads(capsys.readouterr().out)
    assert printed["$schema"].startswith("https://json-schema.org/")
    assert printed["$defs"]


def test_the_schemas_have_every_key_that_the_files_of_the_package_use() -> None:
    known = {name: {key for one in _objects(make()) for key in one.get("properties", ())} for name, make in SCHEMAS.items()}
    for rig in rigs_of_the_package():
        written = tomllib.loads((files("isletbench.hil_rigs") / f"{rig}.toml").read_text(encoding="utf-8"))
        assert set(written) <= known["rig"]
    for scenario in scenarios():
        written = tomllib.loads((files("isletbench.hil_rigs.scenarios") / f"{scenario}.toml").read_text(encoding="utf-8"))
        assert set(written) <= known["scenario"]


def _objects(schema: dict[str, object]) -> list[dict[str, dict[str, object]]]:
    return [schema, *schema.get("$defs", {}).values()]  # type: ignore[attr-defined, list-item]


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(CallError, match="schema 'verdict': expected one of rig, scenario"):
        schema("verdict")
