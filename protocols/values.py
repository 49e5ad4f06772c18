"""Frozen dataclasses that cost little to declare: there are some two hundred packets, and a program uses a few of them.

``dataclass(frozen=True)`` compiles six methods for a class while its module is imported, which takes most of the time of an
import. Here five of them are shared by all classes, and the constructor is written when the class is first called, or its
signature asked for. A caller meets the same: fields, ``replace``, equality, hash, text, and a value that nobody changes.
Defaults are plain values; there are no factories.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from itertools import pairwise
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def value_type(cls: type[T]) -> type[T]:
    """Make a class body a frozen dataclass. Raises ``TypeError`` for a field without a default behind one with a default."""
    made = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(made)  # type: ignore[arg-type]  # it has become a dataclass
    for before, after in pairwise(fields):
        if after.default is MISSING and before.default is not MISSING:
            raise TypeError(f"{cls.__name__}: field {after.name!r} without a default follows {before.name!r}, which has one")
    for name, method in _SHARED.items():
        if name not in vars(cls):
            setattr(made, name, method)
    return made


class _Constructor:
    """The constructor of a class until it is first asked for; then the function that is written takes its place."""

    def __get__(self, instance: object | None, owner: type[Any]) -> Callable[..., None]:
        written = _constructor_of(owner)
        owner.__init__ = written
        return written if instance is None else written.__get__(instance, owner)  # type: ignore[no-any-return]


def _constructor_of(cls: type[Any]) -> Callable[..., None]:
    fields = dataclasses.fields(cls)
    defaults = {f"_{f.name}": f.default for f in fields if f.default is not MISSING}
    types = {f"_type_{f.name}": f.type for f in fields}
    parameters = (f"{f.name}: _type_{f.name}" + (f" = _{f.name}" if f"_{f.name}" in defaults else "") for f in fields)
    lines = (f" fields[{f.name!r}] = {f.name}\n" for f in fields)
    source = f"def __init__(self, {', '.join(parameters)}) -> None:\n fields = self.__dict__\n{''.join(lines)}"
    namespace: dict[str, Any] = {**defaults, **types}
    exec(compile(source, f"<{cls.__name__}>", "exec"), namespace)  # noqa: S102  # source made here, from declarations alone
    written: Callable[..., None] = namespace["__init__"]
    written.__qualname__ = f"{cls.__qualname__}.__init__"
    return written


def _content(value: Any) -> tuple[Any, ...]:
    return tuple([getattr(value, name) for name in value.__dataclass_fields__])


def _eq(self: Any, other: object) -> bool:
    return self.__dict__ == other.__dict__ if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_content(self))


def _repr(self: Any) -> str:
    fields = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({fields})"


def _setattr(self: Any, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED = {
    "__init__": _Constructor(),
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
}
