"""A profile with some things changed, as people write them in a rig: what differs between devices is data, so it can be.

    tuning = { cadence = "1m", sending = { losses = "pocket" }, without = ["E2E_CRC"] }

A key is a field of the profile, a table goes into a field that has fields of its own, and a name stands for a preset where
there are some. Lengths of time and insulin are text with their unit: ``"5m"``, ``"0.05U"``, ``"1.5U/h"``.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import IntFlag
from typing import Annotated, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.core.ranges import Within
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.registry import KINDS

T = TypeVar("T")
WITHOUT = "without"
"""The key that takes features away."""
Presets = Mapping[type[Any], Mapping[str, Any]]


def profile_of(device: DeviceTable, where: str = "") -> Any:
    """The profile of a device, tuned as its table says. Raises ``ValueError`` that names the key, after ``where``."""
    kind = KINDS[device.kind]
    if device.profile not in kind.profiles:
        raise ValueError(f"{where}profile: {device.profile!r} is not known; expected one of {', '.join(kind.profiles)}")
    return tuned(kind.profiles[device.profile], device.tuning, kind.presets, f"{where}tuning")


def tuned(profile: T, changes: Mapping[str, Any], presets: Presets, where: str = "tuning") -> T:
    """The profile with these changes; the profile itself, which all devices share, when there are none.

    Raises ``ValueError`` that names the key and what was expected.
    """
    if not changes:
        return profile
    hints = typing.get_type_hints(type(profile), include_extras=True)
    fields = set(hints)
    found: dict[str, Any] = {}
    for key, given in changes.items():
        if key == WITHOUT and isinstance(getattr(profile, "features", None), IntFlag):
            found["features"] = _without(profile.features, given, f"{where}.{key}")  # type: ignore[attr-defined]
        elif key in fields and not isinstance(getattr(profile, key), IntFlag):
            found[key] = _fitted(hints[key], getattr(profile, key), given, presets, f"{where}.{key}")
        else:
            known = ", ".join(sorted(fields - {"features"} | ({WITHOUT} if "features" in fields else set())))
            raise ValueError(f"{where}.{key}: not known; expected one of {known}")
    try:
        return dataclasses.replace(profile, **found)  # type: ignore[type-var]
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _without(features: IntFlag, given: Any, where: str) -> IntFlag:
    kind = type(features)
    names = given if isinstance(given, list) else [given]
    for name in names:
        if name not in kind.__members__:
            raise ValueError(f"{where}: {name!r} is no feature; expected some of {', '.join(kind.__members__)}")
        features &= ~kind[name]
    return features


def _fitted(hint: Any, now: Any, given: Any, presets: Presets, where: str) -> Any:
    """What is given as a field of this type has it."""
    if is_mapping(hint) and given != {}:
        raise ValueError(f"{where}: expected {{}}, for none: what else is in it belongs to the profile")
    of = [each for each in _alternatives(hint) if dataclasses.is_dataclass(each)]
    if of:
        (kind,) = of
        if isinstance(given, str):
            named = presets.get(typing.cast("type[Any]", kind), {})
            if given not in named:
                expected = f"one of {', '.join(named)}" if named else "a table"
                raise ValueError(f"{where}: {given!r} is not known; expected {expected}")
            return named[given]
        if isinstance(given, dict):
            return tuned(_begin(now, kind, where), given, presets, where)
    given = _read(hint, given, where)
    if isinstance(given, bool) and bool not in _alternatives(hint):
        raise ValueError(f"{where}: expected an amount, got {str(given).lower()}")
    try:
        return TypeAdapter(hint).validate_python(given)
    except ValidationError as error:
        raise ValueError(first_problem(error, hint, under=where)) from None


def is_mapping(hint: Any) -> bool:
    """Whether a field holds things by their number, as a pump's own templates: a file can take them away, and no more."""
    origin = typing.get_origin(_alternatives(hint)[0])
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _begin(now: Any, kind: Any, where: str) -> Any:
    if now is not None:
        return now
    try:
        return kind()
    except TypeError:
        raise ValueError(f"{where}: this profile has none to change; expected a profile that has") from None


def _alternatives(hint: Any) -> tuple[Any, ...]:
    while typing.get_origin(hint) is Annotated:
        hint, *_ = typing.get_args(hint)
    return typing.get_args(hint) if typing.get_origin(hint) in (types.UnionType, typing.Union) else (hint,)


def _read(hint: Any, given: Any, where: str, notes: tuple[Any, ...] = ()) -> Any:
    """What is given with numbers in place of text that has a unit. Raises ``ValueError`` for one without, or of another."""
    while typing.get_origin(hint) is Annotated:
        hint, *more = typing.get_args(hint)
        notes = (*notes, *more)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return _read(typing.get_args(hint)[0], given, where, notes)
    if isinstance(given, list):
        items = [item for item in typing.get_args(hint) if item is not Ellipsis]
        # of a list that is longer than what it stands for, pydantic says so
        each = items if len(items) > 1 else items * len(given)
        read = [_read(item, one, f"{where}.{number}") for number, (item, one) in enumerate(zip(each, given, strict=False))]
        return [*read, *given[len(read) :]]
    range_ = next((note for note in notes if isinstance(note, Within)), None)
    if range_ is None or range_.unit.read is None or given is None or isinstance(given, dict | bool):
        return given
    if not isinstance(given, str):
        example = range_.unit.write(range_.low or range_.high)
        raise ValueError(f"{where}: expected {range_.unit.what} in quotes, such as {example}, got {given}")
    try:
        return range_.unit.read(given)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
