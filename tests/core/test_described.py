"""The docstring below a field appears in the schema of its model, of models derived from it and of changes to it."""

from pydantic import Field

from isletbench.emulator.core.conditions import Changes, Conditions
from isletbench.emulator.core.described import documented
from isletbench.emulator.core.models import Part


class Shelf(Part):
    height: int
    """cm,
    from the floor."""
    width: int = 3
    depth: int = Field(default=4, description="cm, said otherwise")
    """Not read."""
    colour: str = Field(default="red", alias="color")
    """As in a catalogue."""


class Cupboard(Shelf):
    width: int = 5
    """cm"""
    height: int = 7


class Weather(Conditions):
    wind: float = 0.0
    """m/s"""


class WeatherChange(Changes, of=Weather):
    gusts: int = 0
    """How many an hour."""


def meanings(model: type[Part]) -> dict[str, str | None]:
    """What the schema says of each property."""
    return {name: field.get("description") for name, field in model.model_json_schema()["properties"].items()}


def test_the_schema_has_the_docstring_below_a_field() -> None:
    assert meanings(Shelf) == {
        "height": "cm,\nfrom the floor.",
        "width": None,
        "depth": "cm, said otherwise",
        "color": "As in a catalogue.",
    }


def test_a_derived_model_has_the_docstrings_of_its_base_unless_it_has_its_own() -> None:
    assert meanings(Cupboard)["width"] == "cm"
    assert meanings(Cupboard)["height"] == "cm,\nfrom the floor."


def test_what_changes_conditions_says_what_they_say() -> None:
    assert meanings(WeatherChange) == {"wind": "m/s", "gusts": "How many an hour."}


def test_a_class_of_a_function_is_found_by_where_it_is() -> None:
    class Local(Part):
        size: int
        """mm"""

    assert meanings(Local) == {"size": "mm"}


def test_a_class_without_source_has_no_meanings() -> None:
    assert documented(type("Made", (), {"__module__": "builtins"})) == {}
