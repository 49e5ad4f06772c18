"""Our ``dataclass`` makes what the one of the standard library makes; only its methods are written later."""

import copy
import dataclasses
import inspect
import pickle
from dataclasses import field
from typing import Any, ClassVar

import pytest

from isletbench.protocols import values

SETTINGS: list[dict[str, bool]] = [
    {"frozen": frozen, "slots": slots, "kw_only": kw_only}
    for frozen in (False, True)
    for slots in (False, True)
    for kw_only in (False, True)
]
CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 2), {}),
    ((1,), {"high": 2}),
    ((), {"high": 2, "low": 1, "unit": "s"}),
    ((), {"high": 2, "low": 1, "notes": ["x"]}),
    ((1,), {}),
    ((1, 2, "s", [], 5), {}),
    ((1, 2), {"low": 1}),
    ((1, 2), {"colour": 1}),
]


def _both(**settings: bool) -> tuple[type[Any], type[Any]]:
    """The same class by our decorator and by that of the standard library."""

    def body() -> type[Any]:
        class Interval:
            """An interval."""

            kind: ClassVar[str] = "interval"
            low: int
            high: int
            unit: str = "min"
            notes: list[str] = field(default_factory=list)
            seen: int = field(default=0, init=False, repr=False, compare=False)
            length: int = field(init=False)

            def __post_init__(self) -> None:
                object.__setattr__(self, "length", self.high - self.low)

        return Interval

    ours: Any = values.dataclass
    return ours(**settings)(body()), dataclasses.dataclass(**settings)(body())


def _outcome(act: Any) -> object:
    """What comes of it: a value's text, or the words of an error."""
    try:
        return repr(act())
    except (TypeError, dataclasses.FrozenInstanceError) as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize(("args", "given"), CALLS)
def test_a_call_makes_the_same_value_or_is_refused_in_the_same_words(
    settings: dict[str, bool], args: tuple[Any, ...], given: dict[str, Any]
) -> None:
    ours, reference = _both(**settings)
    assert _outcome(lambda: ours(*args, **given)) == _outcome(lambda: reference(*args, **given))


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_what_a_value_can_do_is_the_same(settings: dict[str, bool]) -> None:
    found = []
    for cls in _both(**settings):
        value, same, other = cls(low=1, high=2), cls(low=1, high=2), cls(low=1, high=3)
        found.append(
            (
                [parameter.replace(annotation=inspect.Parameter.empty) for parameter in _parameters(cls)],
                list(cls.__match_args__),
                [each.name for each in dataclasses.fields(cls)],
                (value == same, value == other, value != other, value == 1),
                (value.notes is other.notes, hasattr(value, "__dict__"), dataclasses.is_dataclass(cls)),
                _outcome(lambda value=value: setattr(value, "low", 7)),
                _outcome(lambda value=same: delattr(value, "unit")),
                _outcome(lambda value=value: hash(dataclasses.replace(value, notes=()))),
                repr(dataclasses.replace(other, low=0)),
                copy.deepcopy(other) == other,
            )
        )
    assert found[0] == found[1]


def _parameters(cls: type[Any]) -> list[inspect.Parameter]:
    """Those of the constructor; ``dataclasses`` has a word of its own for a default that a factory makes."""
    unset = inspect.Parameter.empty
    found = inspect.signature(cls).parameters.values()
    return [each.replace(default=0) if each.default is not unset and each.name == "notes" else each for each in found]


@values.dataclass(frozen=True, slots=True)
class Point:
    """A value at module level, as pickling needs it."""

    x: int
    y: int = 0


def test_a_frozen_value_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(Point(1, 2))) == Point(1, 2)  # noqa: S301  # our own octets


def test_methods_are_written_when_they_are_first_used() -> None:
    @values.dataclass(frozen=True)
    class Fresh:
        """Not used by anybody yet."""

        low: int

    before = {name for name in ("__init__", "__eq__", "__hash__", "__repr__") if inspect.isfunction(vars(Fresh)[name])}
    assert before == set()
    assert Fresh(1) == Fresh(1)
    assert inspect.isfunction(vars(Fresh)["__init__"])
    assert inspect.isfunction(vars(Fresh)["__eq__"])
    assert not inspect.isfunction(vars(Fresh)["__hash__"])


def test_a_class_derived_from_another_has_methods_of_its_own() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Base:
        """A point."""

        x: int

    @values.dataclass(frozen=True, slots=True)
    class Derived(Base):
        """A point with another coordinate."""

        y: int

    assert repr(Base(1)).endswith("Base(x=1)")
    assert repr(Derived(1, 2)).endswith("Derived(x=1, y=2)")
    assert Derived(1, 2) != Base(1)
    assert len({Derived(1, 2), Derived(1, 2), Derived(1, 3)}) == 2


def test_one_decorator_derives_from_what_the_other_has_made() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Standard(Point):
        """A kind of device that somebody else has written."""

        z: int = 0

    @values.dataclass(frozen=True, slots=True)
    class Ours(Standard):
        """And one of ours."""

        w: int = 0

    assert Standard(1, 2, 3) == Standard(1, 2, 3)
    assert repr(Ours(1, 2, 3, 4)).endswith("Ours(x=1, y=2, z=3, w=4)")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Ours(1).w = 5  # type: ignore[misc]  # it is frozen


def test_a_plain_class_below_may_have_a_constructor_of_its_own() -> None:
    @values.dataclass(slots=True)
    class Base:
        """Lines."""

        lines: list[str] = field(default_factory=list)

    class Below(Base):
        """Lines with a first one."""

        def __init__(self, first: str) -> None:
            super().__init__()
            self.lines.append(first)

    assert Below("x").lines == Below("x").lines == ["x"]
    assert Base().lines == []


def test_what_a_class_says_itself_is_kept() -> None:
    @values.dataclass(frozen=True)
    class Named:
        """A class with a text of its own."""

        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    assert repr(Named("x")) == "<x>"


def test_a_field_without_a_default_behind_one_with_a_default_is_refused_where_it_is_declared() -> None:
    ours: Any = values.dataclass
    wrong = type("Wrong", (), {"__annotations__": {"first": int, "second": int}, "first": 1})
    with pytest.raises(TypeError, match="field 'second' without a default follows 'first'"):
        ours(wrong)
    passed_on = type("Passed", (), {"__annotations__": {"given": dataclasses.InitVar[int]}})
    with pytest.raises(TypeError, match="expected no InitVar"):
        ours(passed_on)
