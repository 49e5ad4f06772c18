"""Values as plain JSON data and back: what the journal writes, and what ``isletbench decode`` prints and ``encode`` reads.

Enumerations go by name, bit fields as a list of names, octets as hexadecimal text, a ``Special`` by its sign (``"NaN"``).
Reading back names the field at fault and what was expected.
"""

import dataclasses
import types
import typing
from decimal import Decimal
from enum import Enum, IntFlag
from typing import Any

from isletbench.protocols.errors import Unencodable
from isletbench.protocols.fields import Special
from isletbench.protocols.undefined import by_name

_AS_THEY_ARE = frozenset({int, float, str, bool, type(None)})
"""Types whose values are plain data already; of a class derived from one of them only the name may be."""


def to_plain(value: Any) -> Any:
    """Any value of ours as JSON-able data. Raises ``TypeError`` for what has no plain form."""
    return value if type(value) in _AS_THEY_ARE else _made_plain(value)


def _made_plain(value: Any) -> Any:
    match value:
        case None | bool() | str():
            return value
        case Special():
            return value.value
        case IntFlag():
            return [member.name for member in type(value) if member in value and member]
        case Enum():
            return value.name
        case bytes() | bytearray():
            return value.hex()
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case int() | float():
            return value
        case dict():
            return {str(key): to_plain(item) for key, item in value.items()}
        case list() | tuple():
            return [to_plain(item) for item in value]
        case set() | frozenset():
            return sorted(to_plain(item) for item in value)
        case _ if dataclasses.is_dataclass(value):
            return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain(wanted: Any, plain: Any, field: str = "") -> Any:
    """The value of type ``wanted`` that plain data describes. Raises ``Unencodable`` naming the field."""
    origin = typing.get_origin(wanted)
    if origin in (types.UnionType, typing.Union):
        return _from_union(typing.get_args(wanted), plain, field)
    if origin is tuple:
        return _from_sequence(wanted, plain, field)
    if isinstance(wanted, type):
        if dataclasses.is_dataclass(wanted):
            return _from_object(wanted, plain, field)
        if issubclass(wanted, IntFlag):
            return _from_flags(wanted, plain, field)
        if issubclass(wanted, Enum):
            return _from_enum(wanted, plain, field)
    return _from_scalar(wanted, plain, field)


def _from_union(choices: tuple[Any, ...], plain: Any, field: str) -> Any:
    if plain is None and type(None) in choices:
        return None
    if isinstance(plain, str) and Special in choices:
        return _from_enum(Special, plain, field)
    rest = [choice for choice in choices if choice not in (type(None), Special)]
    return from_plain(rest[0], plain, field)


def _from_sequence(wanted: Any, plain: Any, field: str) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise Unencodable(f"expected a list, got {plain!r}", field=field)
    elements = typing.get_args(wanted)
    if elements[-1] is Ellipsis:
        elements = (elements[0],) * len(plain)
    if len(plain) != len(elements):
        raise Unencodable(f"expected {len(elements)} items, got {len(plain)}", field=field)
    rows = enumerate(zip(elements, plain, strict=True))
    return tuple(from_plain(element, item, f"{field}[{index}]") for index, (element, item) in rows)


def _from_object(wanted: type[Any], plain: Any, field: str) -> Any:
    if not isinstance(plain, dict):
        raise Unencodable(f"expected an object, got {plain!r}", layout=wanted.__name__, field=field)
    hints = typing.get_type_hints(wanted)
    fields = {f.name: f for f in dataclasses.fields(wanted)}
    if unknown := sorted(plain.keys() - fields.keys()):
        expected = ", ".join(fields) or "none"
        raise Unencodable(f"unknown field {unknown[0]!r}; expected {expected}", layout=wanted.__name__, field=field)
    found = {}
    for name, declared in fields.items():
        path = f"{field}.{name}".lstrip(".")
        if name in plain:
            found[name] = from_plain(hints[name], plain[name], path)
        elif declared.default is dataclasses.MISSING and declared.default_factory is dataclasses.MISSING:
            raise Unencodable("is missing", layout=wanted.__name__, field=path)
    return wanted(**found)


def _from_flags(wanted: type[IntFlag], plain: Any, field: str) -> IntFlag:
    if not isinstance(plain, list):
        raise Unencodable(f"expected a list of names of {wanted.__name__}, got {plain!r}", field=field)
    value = wanted(0)
    for name in plain:
        value |= _from_enum(wanted, name, field)
    return value


def _from_enum(wanted: type[Any], plain: Any, field: str) -> Any:
    known = {member.value if wanted is Special else member.name: member for member in wanted}
    if (undefined := by_name(wanted, plain)) is not None:
        return undefined
    if plain not in known:
        raise Unencodable(f"{plain!r} is not one of {', '.join(known)}", field=field)
    return known[plain]


def _from_scalar(wanted: Any, plain: Any, field: str) -> Any:
    if wanted is bytes:
        try:
            return bytes.fromhex(plain)
        except (TypeError, ValueError):
            raise Unencodable(f"expected hexadecimal text, got {plain!r}", field=field) from None
    if wanted is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if not isinstance(plain, wanted) or (isinstance(plain, bool) and wanted is not bool):
        raise Unencodable(f"expected {wanted.__name__}, got {plain!r}", field=field)
    return plain
