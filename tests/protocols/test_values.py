"""A value type is a frozen dataclass; only its constructor is written later than that of another one."""

import copy
import dataclasses
import inspect
from typing import Any

import pytest

from isletbench.protocols import ids
from isletbench.protocols.values import value_type


@value_type
class Interval:
    """An interval, with a unit that has a default."""

    low: int
    high: int
    unit: str = "min"


@dataclasses.dataclass(frozen=True)
class Reference:
    """The same as the standard library makes it."""

    low: int
    high: int
    unit: str = "min"


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 2), {}),
    ((1,), {"high": 2}),
    ((), {"high": 2, "low": 1, "unit": "s"}),
    ((1,), {}),
    ((1, 2, "s", 4), {}),
    ((1, 2), {"low": 1}),
    ((1, 2), {"colour": 1}),
]


def _outcome(cls: type[Any], args: tuple[Any, ...], given: dict[str, Any]) -> object:
    try:
        return repr(cls(*args, **given)).replace(cls.__name__, "")
    except TypeError as error:
        return str(error).replace(cls.__name__, "")


@pytest.mark.parametrize(("args", "given"), CALLS)
def test_it_is_constructed_and_refused_as_a_dataclass_is(args: tuple[Any, ...], given: dict[str, Any]) -> None:
    assert _outcome(Interval, args, given) == _outcome(Reference, args, given)


def test_its_signature_is_known_before_it_was_ever_called() -> None:
    @value_type
    class Fresh:
        """Not called by anybody."""

        low: int
        high: int = 3

    assert list(inspect.signature(Fresh).parameters) == ["low", "high"]
    assert inspect.signature(Fresh).parameters["high"].default == 3


def test_values_are_equal_by_type_and_content() -> None:
    assert Interval(1, 2) == Interval(1, 2)
    assert hash(Interval(1, 2)) == hash(Interval(1, 2))
    assert Interval(1, 2) != Interval(1, 3)
    assert Interval(1, 2) != Reference(1, 2)
    assert ids.GetBolusTemplate(1) != ids.GetTbrTemplate(1)  # of one layout


def test_nobody_changes_a_value() -> None:
    interval = Interval(1, 2)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'low'"):
        interval.low = 5  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'low'"):
        del interval.low
    assert interval == Interval(1, 2)


def test_copies_are_equal() -> None:
    interval = Interval(1, 2)
    assert copy.deepcopy(interval) == interval
    assert dataclasses.replace(interval, high=9) == Interval(1, 9)


def test_a_field_without_a_default_behind_one_with_a_default_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match="field 'second' without a default follows 'first'"):

        @value_type
        class Wrong:
            """Cannot be called by position."""

            first: int = 1
            second: int  # type: ignore[misc]


def test_what_a_class_says_itself_is_kept() -> None:
    @value_type
    class Named:
        """A class with a text of its own."""

        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    assert repr(Named("x")) == "<x>"
