"""``dataclass``, whose methods are written when they are first used: there are some six hundred, and a run uses a part of them.

The decorator of the standard library compiles up to six methods for a class while its module is imported, which took a third of
a start. This one collects the fields, as that does, and leaves constructor, comparison, hash and text to the first use of each.
What a caller meets is the same: ``fields``, ``replace``, signature, matching by position, a frozen value that nobody changes.
"""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, FrozenInstanceError
from itertools import pairwise
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # re-exported for type checkers: it is the same to them
else:

    def dataclass(cls=None, /, *, frozen=False, eq=True, slots=False, kw_only=False):
        """Make a class body a dataclass. Raises ``TypeError`` for a field without a default behind one with a default, and
        for an ``InitVar``."""

        def make(body):
            inherits = frozen and any(_is_frozen(base) for base in body.__mro__[1:])  # they have to agree
            collect = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=inherits, slots=slots, kw_only=kw_only)
            made = collect(body)
            made.__dataclass_params__.frozen = frozen  # for classes derived by the decorator of the standard library
            _check(made)
            for name, method in _methods(made, frozen=frozen, eq=eq, slots=slots).items():
                if name not in vars(body) or (name == "__hash__" and vars(body)[name] is None):
                    setattr(made, name, method)
            return made

        return make if cls is None else make(cls)


def _is_frozen(cls: type[Any]) -> bool:
    return dataclasses.is_dataclass(cls) and bool(cls.__dataclass_params__.frozen)  # type: ignore[attr-defined]  # typeshed has no parameters


def _check(cls: type[Any]) -> None:
    if len(cls.__dataclass_fields__) > len(dataclasses.fields(cls)) + sum(map(_is_class_variable, _all(cls))):
        raise TypeError(f"{cls.__name__}: expected no InitVar")
    for before, after in pairwise(field for field in dataclasses.fields(cls) if field.init and not field.kw_only):
        if _has_default(before) and not _has_default(after):
            raise TypeError(f"{cls.__name__}: field {after.name!r} without a default follows {before.name!r}, which has one")


def _all(cls: type[Any]) -> Iterable[Any]:
    declared: dict[str, Any] = cls.__dataclass_fields__
    return declared.values()


def _is_class_variable(field: Any) -> bool:
    return bool(field._field_type.name == "_FIELD_CLASSVAR")  # noqa: SLF001  # nothing public says it


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


_Writer: TypeAlias = Callable[[type[Any]], Callable[..., Any]]
"""Writes a method of a class."""


class _WrittenWhenUsed:
    """A method of a class until it is first looked up; then the function that is written takes its place."""

    def __init__(self, cls: type[Any], name: str, write: _Writer) -> None:
        self._cls, self._name, self._write = cls, name, write

    def __get__(self, instance: object | None, owner: type[Any]) -> Any:
        written = self._write(self._cls)
        written.__qualname__ = f"{self._cls.__qualname__}.{self._name}"
        setattr(self._cls, self._name, written)
        return written if instance is None else written.__get__(instance, owner)


def _methods(cls: type[Any], *, frozen: bool, eq: bool, slots: bool) -> dict[str, Any]:
    """The methods of a class with these settings."""
    written: dict[str, _Writer] = {"__init__": _frozen_constructor if frozen else _plain_constructor, "__repr__": _text}
    if eq:
        written["__eq__"] = _comparison
    if eq and frozen:
        written["__hash__"] = _hash
    found: dict[str, Any] = {name: _WrittenWhenUsed(cls, name, write) for name, write in written.items()}
    if eq and not frozen:
        found["__hash__"] = None
    if frozen:
        found |= {"__setattr__": _refuse_assignment, "__delattr__": _refuse_deletion}
        if slots:
            found |= {"__getstate__": _state, "__setstate__": _take_state}
    return found


def _function(cls: type[Any], head: str, lines: Iterable[str], names: dict[str, Any]) -> Callable[..., Any]:
    source = "\n ".join([f"def method({head}):", *lines])
    namespace = dict(names)
    exec(compile(source, f"<{cls.__name__}>", "exec"), namespace)  # noqa: S102  # source made here, from declarations alone
    written: Callable[..., Any] = namespace["method"]
    return written


def _constructor(cls: type[Any], assign: Callable[[str, str], str], names: dict[str, Any]) -> Callable[..., None]:
    """``assign`` has the statement that gives a field its value."""
    positional, lines = ["self"], ["pass"]
    by_name: list[str] = []
    for field in dataclasses.fields(cls):
        value = field.name
        names |= {f"_type_{value}": field.type, f"_default_{value}": field.default, f"_make_{value}": field.default_factory}
        if field.init:
            default = f" = {'_ABSENT' if field.default is MISSING else f'_default_{value}'}" if _has_default(field) else ""
            (by_name if field.kw_only else positional).append(f"{value}: _type_{value}{default}")
        if field.default_factory is not MISSING:
            made = f"_make_{field.name}()"
            value = f"{made} if {value} is _ABSENT else {value}" if field.init else made
        elif not field.init and field.default is MISSING:
            continue  # __post_init__ gives it a value
        elif not field.init:
            value = f"_default_{field.name}"
        lines.append(assign(field.name, value))
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    head = ", ".join([*positional, *(["*", *by_name] if by_name else [])])
    return _function(cls, head, lines, {**names, "_ABSENT": MISSING})


def _plain_constructor(cls: type[Any]) -> Callable[..., None]:
    return _constructor(cls, lambda name, value: f"self.{name} = {value}", {})


def _frozen_constructor(cls: type[Any]) -> Callable[..., None]:
    setters = {f"_set_{f.name}": getattr(getattr(cls, f.name, None), "__set__", None) for f in dataclasses.fields(cls)}
    if hasattr(cls, "__slots__") and all(setters.values()):
        return _constructor(cls, lambda name, value: f"_set_{name}(self, {value})", dict(setters))
    return _constructor(cls, lambda name, value: f"self.__dict__[{name!r}] = {value}", {})


def _content(cls: type[Any], of: str, counts: Callable[[Field[Any]], object]) -> str:
    return "".join(f"{of}.{field.name}, " for field in dataclasses.fields(cls) if counts(field))


def _comparison(cls: type[Any]) -> Callable[..., bool]:
    mine, other = (_content(cls, of, lambda field: field.compare) for of in ("self", "other"))
    lines = [f"if other.__class__ is self.__class__: return ({mine}) == ({other})", "return NotImplemented"]
    return _function(cls, "self, other", lines, {})


def _hash(cls: type[Any]) -> Callable[..., int]:
    content = _content(cls, "self", lambda field: field.compare if field.hash is None else field.hash)
    return _function(cls, "self", [f"return hash(({content}))"], {})


def _text(cls: type[Any]) -> Callable[..., str]:
    content = ", ".join(f"{field.name}={{self.{field.name}!r}}" for field in dataclasses.fields(cls) if field.repr)
    return recursive_repr()(_function(cls, "self", [f'return f"{{self.__class__.__qualname__}}({content})"'], {}))


def _refuse_assignment(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _take_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
