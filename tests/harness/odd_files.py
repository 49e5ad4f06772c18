"""Files that people could write: one of the package with a few changes, to what its types allow and to what they do not.

``changed`` is a Hypothesis strategy over the models: it follows their types to a key, there or left out, and puts a value
there.
"""

import copy
import dataclasses
import typing
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from isletbench.emulator.core.ranges import Within

LIBRARY_WORDS = (
    r"pydantic|discriminator|Input should|Value error|valid (tuple|integer|string|dict|number|boolean)|instance of|NoneType|"
    r"<class|<bound|Traceback|Decimal\(|datetime\.|FieldInfo|Annotated|\(\?|\^\[|\\d|object at 0x"
)
"""What no sentence of ours quotes: the words of libraries, regular expressions, the insides of Python."""

ODD: tuple[Any, ...] = (
    *(
        0,
        1,
        -1,
        7,
        255,
        65_536,
        99_999,
        2**63,
        10**30,
        0.5,
        -0.0,
        1e300,
        float("nan"),
        float("inf"),
        Decimal("0.1"),
        True,
        False,
    ),
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "nan",
        "banana",
        "x" * 300,
        "a\nb",
        "a\0b",
        "{}",
        "{x!r}",
        "0s",
        "1ms",
        "5m",
        "36500d",
        "99999d",
        "-5m",
    ),
    *(
        "0U",
        "0.00000001U",
        "1U",
        "1U/h",
        "99999999U",
        "pty:",
        "tcp:127.0.0.1:99999",
        "all",
        "generic",
        "cgm",
        "pump",
        "patient",
    ),
    *([], [0], [[]], ["1s", "0s"], {}, {"a": 1}, [{}], {"": {}}),
    *(datetime(2024, 2, 29, 12), datetime(9999, 12, 31, 23, 59), date(2024, 2, 29), time(23, 59, 59)),  # noqa: DTZ001
)
"""Values that are wrong at most places, and right at some."""


def _ends(within: Within) -> list[Any]:
    numbers = [within.low, within.high, within.low - 1, within.high + 1, (within.low + within.high) // 2]
    written = [within.unit.write(number) for number in numbers] if within.unit.read else []
    return [*numbers, *written]


def _unwrapped(hint: Any) -> tuple[Any, list[Any]]:
    notes: list[Any] = []
    if isinstance(hint, FieldInfo):
        notes, hint = [*hint.metadata], hint.annotation
    while typing.get_origin(hint) is Annotated:
        hint, *more = typing.get_args(hint)
        notes += more
    return hint, notes


def _candidates(hint: Any) -> list[Any]:
    """Values at the ends of what a type allows, and beyond them."""
    plain, notes = _unwrapped(hint)
    found = [end for note in notes if isinstance(note, Within) for end in _ends(note)]
    for note in notes:
        for bound in ("ge", "gt", "le", "lt"):
            if (end := getattr(note, bound, None)) is not None:
                found += [end, end + 1, end - 1]
    if typing.get_origin(plain) is Literal:
        found += list(typing.get_args(plain))
    for inner in typing.get_args(plain) if typing.get_origin(plain) is not Literal else ():
        found += _candidates(inner)
    return found


def _models(hint: Any) -> Iterator[Any]:
    """The models and dataclasses that a type can be."""
    plain, _ = _unwrapped(hint)
    if (isinstance(plain, type) and issubclass(plain, BaseModel)) or dataclasses.is_dataclass(plain):
        yield plain
    for inner in typing.get_args(plain) if typing.get_origin(plain) is not Literal else ():
        yield from _models(inner)


def _fields(model: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(model):
        return dict(typing.get_type_hints(model, include_extras=True))
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_of(hint: Any, data: Any) -> Any:
    """The alternative of a type that this data is meant to be: the one that knows most of its keys."""
    found = list(_models(hint))
    if not found or not isinstance(data, Mapping):
        return None

    def fits(model: Any) -> tuple[bool, int]:
        tags = {name: field for name, field in _fields(model).items() if typing.get_origin(_unwrapped(field)[0]) is Literal}
        named = all(data[name] in typing.get_args(_unwrapped(field)[0]) for name, field in tags.items() if name in data)
        return named, len(data.keys() & _fields(model).keys())

    return max(found, key=fits)


@st.composite
def changed(draw: Any, data: Any, model: Any, profiles: Mapping[str, Any]) -> Any:
    """The data of a model with one to three changes; ``profiles`` is the type of the profile by kind, for a tuning."""
    whole = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        _change(draw, whole, model, profiles)
    return whole


def _change(draw: Any, data: Any, hint: Any, profiles: Mapping[str, Any]) -> None:
    """Change something somewhere inside a table or a list."""
    if isinstance(data, list):
        index = draw(st.integers(0, len(data) - 1))
        items = typing.get_args(_unwrapped(hint)[0]) or (Any,)
        inner = items[min(index, len(items) - 1)] if items[-1] is not Ellipsis else items[0]
        if isinstance(data[index], dict | list) and data[index] and draw(st.booleans()):
            return _change(draw, data[index], inner, profiles)
        data[index] = draw(_value(inner))
        return None
    model = _model_of(hint, data)
    if model is None:
        values = typing.get_args(_unwrapped(hint)[0])
        fields = dict.fromkeys(data, values[-1] if len(values) == 2 else Any)
    else:
        fields = dict(_fields(model))
    if not fields:
        data["odd"] = draw(_value(Any))
        return None
    deeper = sorted(key for key in fields if isinstance(data.get(key), dict | list) and data[key])
    key = draw(st.sampled_from(deeper if deeper and draw(st.integers(0, 2)) else sorted(fields)))
    inner = fields[key]
    if key == "tuning" and data.get("kind") in profiles:
        inner = profiles[data["kind"]]
        data.setdefault(key, {})
    elif not data.get(key) and list(_models(inner)) and draw(st.booleans()):
        data[key] = [{}] if typing.get_origin(_unwrapped(inner)[0]) is tuple else {}
    if isinstance(data.get(key), dict | list) and data[key] != [] and draw(st.integers(0, 3)):
        return _change(draw, data[key], inner, profiles)
    match draw(st.integers(0, 9)):
        case 0:
            data.pop(key, None)
        case 1:
            data[draw(st.sampled_from(["odd", "", "at", "kind", key + "s"]))] = draw(_value(inner))
        case _:
            data[key] = draw(_value(inner))
    return None


def _value(hint: Any) -> Any:
    """A value of its own: what is drawn may be changed once more, and is drawn again for another example."""
    likely = _candidates(hint)
    odd = st.sampled_from(ODD)
    return (st.one_of(st.sampled_from(likely), st.sampled_from(likely), odd) if likely else odd).map(copy.deepcopy)


def keys_of(data: Any) -> Sequence[str]:
    """Every key in it."""
    if isinstance(data, Mapping):
        return [*map(str, data), *(key for inner in data.values() for key in keys_of(inner))]
    return [key for inner in data for key in keys_of(inner)] if isinstance(data, list) else []
