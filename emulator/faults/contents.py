"""What a message says, compared with what a fault or a condition asks for."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from isletbench.emulator.core.problems import words_for
from isletbench.emulator.faults.compared import Compared, Comparison
from isletbench.emulator.faults.packet_fields import held_at, names_of, places_of, way_to

Where: TypeAlias = dict[Annotated[str, Field(min_length=1, max_length=80)], Compared]
"""Comparisons of fields, by the name of the field."""


def check_fields(where: Where, on: str) -> None:
    """Check that values of a type or an operation have these fields. Raises ``ValueError``."""
    places = places_of(on)
    for name in where:
        if not any(place.is_called(name) for place in places):
            known = words_for(names_of(places), name) or "it has none"
            raise ValueError(f"where: {name!r}: expected a field that {on} has: {known}")


def holds(wanted: Mapping[str, Comparison], values: Mapping[str, Any]) -> bool:
    """Whether every comparison holds of the plain value of its name."""
    return all(comparison.holds(values.get(name)) for name, comparison in wanted.items())


def content(where: Mapping[str, Comparison], value: Any) -> dict[str, Any]:
    """The fields of a decoded value that are asked for, as plain data."""
    ways = {name: way_to(value, name) for name in where}
    return {name: held_at(value, path) for name, path in ways.items() if path is not None}


def all_hold(where: Mapping[str, Comparison], value: Any) -> bool:
    """Whether every comparison holds of a decoded value."""
    return holds(where, content(where, value))
