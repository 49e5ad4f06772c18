"""`isletbench schema`: the formats that people write, as JSON Schema."""

import json
import tomllib
from importlib.resources import files

import jsonschema_rs
import pytest

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.schema import SCHEMAS, schema
from isletbench.emulator.rigs.rig import rigs_of_the_package
from isletbench.emulator.scenarios.scenario import scenarios
from tests.harness.schemas import FOLDER, SHIPPED, schema_text
from tests.harness.schemas import files as schema_files


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


@pytest.mark.parametrize(("name", "where"), [("rig", ""), ("scenario", "scenarios")])
def test_every_file_of_the_package_is_valid_for_a_validator_of_others(name: str, where: str) -> None:
    validator = jsonschema_rs.validator_for(SCHEMAS[name]())
    folder = files("isletbench.hil_rigs") / where
    shipped = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    assert len(shipped) > 20
    for entry in shipped:
        written = tomllib.loads(entry.read_text(encoding="utf-8"))
        wrong = [problem.message for problem in validator.iter_errors(json.loads(json.dumps(written, default=str)))]
        assert not wrong, f"{entry.name}: {wrong[0]}"


def test_what_no_file_can_be_is_invalid_for_it() -> None:
    validator = jsonschema_rs.validator_for(SCHEMAS["scenario"]())
    text = (files("isletbench.hil_rigs.scenarios") / "CGM-01.toml").read_text(encoding="utf-8")
    for wrong in (text.replace('count = "all"', 'count = "some"'), text.replace("story", "tale")):
        assert wrong != text
        assert not validator.is_valid(tomllib.loads(wrong))


def _objects(schema: dict[str, object]) -> list[dict[str, dict[str, object]]]:
    return [schema, *schema.get("$defs", {}).values()]  # type: ignore[attr-defined, list-item]


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(CallError, match="schema 'verdict': expected one of rig, scenario"):
        schema("verdict")


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow if name != "rig" else ()) for name in SHIPPED])
def test_the_schema_that_is_shipped_is_the_one_that_is_printed(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == schema_text(name)


def test_every_toml_file_names_its_schema_in_its_first_line() -> None:
    for file, line in schema_files():
        assert file.read_text(encoding="utf-8").startswith(f"{line}\n"), f"{file.name}: python -m tests.harness.schemas"
        if not file.name.endswith(".txt"):
            assert (file.parent / line.partition(" ")[2]).is_file()
