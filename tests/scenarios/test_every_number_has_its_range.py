"""Whatever number people write, in a rig, a scenario, a call or a profile: its range is declared, and no profile breaks it."""

import dataclasses
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter

from isletbench.emulator.core.ranges import Within
from isletbench.emulator.endpoints.registry import KINDS, PARTICIPANTS
from isletbench.emulator.interfaces.control import api
from isletbench.emulator.rigs.rig import Rig
from isletbench.emulator.rigs.tuning import is_mapping
from isletbench.emulator.scenarios.scenario import Scenario

ROOTS: list[Any] = [
    Rig,
    Scenario,
    api.Step,
    api.RadioChange,
    *(one for all_ in PARTICIPANTS.values() for one in all_.actions.by_name.values()),
]
PROFILES = {f"{kind.name} {name}": profile for kind in KINDS.values() for name, profile in kind.profiles.items()}


def fields_of(model: Any) -> dict[str, Any] | None:
    """The types of the fields of a model or a dataclass, with their annotations."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {name: field.rebuild_annotation() for name, field in model.model_fields.items()}
    if dataclasses.is_dataclass(model):
        hints = typing.get_type_hints(model, include_extras=True)
        return {name: hint for name, hint in hints.items() if not is_mapping(hint)}
    return None


def numbers(hint: Any, where: str, seen: set[Any], notes: tuple[Any, ...] = ()) -> Iterator[tuple[str, bool]]:
    """Every number that a type holds: where, and whether it has both ends of a range."""
    while typing.get_origin(hint) is Annotated:
        hint, *more = typing.get_args(hint)
        notes = (*notes, *more)
    if hint in (int, float, Decimal):
        flat = [inner for note in notes for inner in (getattr(note, "metadata", None) or [note])]
        ends = [
            any(getattr(note, one, None) is not None for note in flat for one in pair) for pair in (("ge", "gt"), ("le", "lt"))
        ]
        yield where, all(ends) or any(isinstance(note, Within) for note in flat)
    elif (fields := fields_of(hint)) is not None:
        if hint not in seen:
            seen.add(hint)
            for name, inner in fields.items():
                yield from numbers(inner, f"{hint.__name__}.{name}", seen)
    else:
        is_union = typing.get_origin(hint) in (types.UnionType, typing.Union)
        for inner in typing.get_args(hint):
            yield from numbers(inner, where, seen, notes if is_union else ())


def test_every_number_in_a_file_or_a_call_has_its_range() -> None:
    seen: set[Any] = set()
    found = [one for root in ROOTS for one in numbers(root, root.__name__, seen)]
    assert len(found) > 200
    assert [where for where, has_range in found if not has_range] == []


def test_every_number_of_a_profile_has_its_range() -> None:
    seen: set[Any] = set()
    found = [one for profile in PROFILES.values() for one in numbers(type(profile), type(profile).__name__, seen)]
    assert len(found) > 100
    assert [where for where, has_range in found if not has_range] == []


def test_no_profile_of_the_package_breaks_a_range() -> None:
    for name, profile in PROFILES.items():
        for inner in parts(profile):
            for field, hint in (fields_of(type(inner)) or {}).items():
                given = getattr(inner, field)
                if not dataclasses.is_dataclass(given):
                    assert TypeAdapter(hint).validate_python(given) == given, (name, field)


def parts(profile: Any) -> Iterator[Any]:
    """A profile and every dataclass inside it."""
    yield profile
    for field in dataclasses.fields(profile):
        if dataclasses.is_dataclass(inner := getattr(profile, field.name)):
            yield from parts(inner)
