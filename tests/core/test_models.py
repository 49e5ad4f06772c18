"""What people write in files and requests has one base, and one sentence for what is wrong with it."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from isletbench.emulator.core.models import Part, first_problem

ROOT = Path(__file__).parents[2]
WHOLE = "Input should be a valid integer"


def holders(word: str) -> set[str]:
    """The source files that hold ``word``."""
    files = (path for room in ("protocols", "emulator", "hil_rigs") for path in (ROOT / room).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix() for path in files if word in path.read_text(encoding="utf-8")}


@pytest.mark.parametrize("word", ["BaseModel", ".errors()[0]", "Units: TypeAlias", "\nDuration: TypeAlias"])
def test_models_are_declared_and_their_problems_told_in_one_place(word: str) -> None:
    assert holders(word) == {"emulator/core/models.py"}


class Low(Part):
    kind: Literal["low"]
    at: int


class Other(Part):
    kind: Literal["other"]


class High(Part):
    low: Annotated[Low | Other, Field(discriminator="kind")]


@pytest.mark.parametrize(
    ("model", "given", "sentence"),
    [
        (
            Low,
            {"kind": "low", "at": "soon"},
            f"at: {WHOLE}, unable to parse string as an integer, got 'soon'",
        ),
        (High, {"low": {"kind": "low", "at": []}}, f"low.at: {WHOLE}"),
        (Low, 5, "Input should be a valid dictionary or instance of Low, got 5"),
    ],
)
def test_the_first_problem_is_one_sentence(model: type[Part], given: object, sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        model.model_validate(given)
    assert first_problem(error.value, is_tag=lambda location, index: index == 1) == sentence
