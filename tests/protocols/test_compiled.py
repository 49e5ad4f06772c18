"""The compiled functions of a packet and construct's interpretation of the same layout agree on everything, errors included."""

import dataclasses
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.protocols import att, cgms, companions, date_time, frames, ids, racp
from isletbench.protocols.compiled import IRREGULAR, REMEMBERED, Memo
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import codes, command, history, profile_templates, status
from isletbench.protocols.packet import Flags, _layout, is_packet, parts_of
from isletbench.protocols.shapes import (
    Bits,
    Code,
    CodePair,
    Counted,
    Decimal,
    Integer,
    Nested,
    Octets,
    Repeated,
    Rest,
    Zone,
    shape_of,
)

MODULES = (att, cgms, companions, date_time, frames, ids, codes, command, history, profile_templates, status, racp)
PACKETS = sorted(
    {value for module in MODULES for value in vars(module).values() if is_packet(value)}, key=lambda cls: cls.__qualname__
)
each_packet = pytest.mark.parametrize("cls", PACKETS, ids=lambda cls: cls.__name__)


def outcome(act: Callable[[], Any]) -> tuple[Any, ...]:
    """What came out: the value, or everything that an error says."""
    try:
        return ("value", act())
    except (WireError, Unencodable) as error:
        return (type(error), *(getattr(error, name, None) for name in ("problem", "field", "layout", "octets", "opcode")))


def agree(cls: type[Any], octets: bytes) -> None:
    layout = _layout(cls)
    for trailing in (False, True):
        fast = outcome(lambda t=trailing: layout.decode(octets, trailing=t))  # type: ignore[misc]
        slow = outcome(lambda t=trailing: layout.interpreted_decode(octets, trailing=t))  # type: ignore[misc]
        assert repr(fast) == repr(slow)
        assert fast == slow or Special.NAN in fast


def number(shape: Integer) -> st.SearchStrategy[int]:
    bits = 8 * shape.octets
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1) if shape.signed else st.integers(0, (1 << bits) - 1)


def integer(shape: Any) -> st.SearchStrategy[Any] | None:
    """Values of a field that is one integer on the wire: what fits, and now and then what does not."""
    match shape:
        case Integer():
            return number(shape) | st.integers(-2, 1 << 33)
        case Decimal():
            return st.floats(-3000, 3000).map(lambda x: round(x, 2)) | st.sampled_from(Special) | st.integers(-9, 99_999)
        case Code(enum=enum, plain=plain):
            return st.integers(0, 255) | (st.sampled_from(enum) if plain is None else st.sampled_from(sorted(plain)))
        case Bits(octets, flag):
            some = st.sets(st.sampled_from(flag)).map(lambda members: flag(reduce(or_, members, 0)))
            return some | st.integers(0, (1 << 8 * octets) - 1).map(flag)
        case CodePair(low, high):
            return st.none() | st.tuples(st.sampled_from(low), st.sampled_from(high))
        case Zone():
            return st.none() | st.integers(-60, 60)
        case _:
            return None


def several(shape: Any) -> st.SearchStrategy[Any]:
    """Values of a field that holds other values, or octets."""
    match shape:
        case Nested(cls):
            return values(cls)
        case Repeated(cls):
            return st.lists(values(cls), max_size=3).map(tuple)
        case Counted(element=element):
            return st.lists(number(element), max_size=4).map(tuple)
        case Octets(size):
            return st.binary(min_size=size, max_size=size) | st.binary(max_size=3)
        case Rest(text=True):
            return st.text(max_size=6)
        case _:
            assert isinstance(shape, Rest)
            return st.binary(max_size=6)


def content(layout: Any) -> st.SearchStrategy[Any]:
    """Values of a field with a layout."""
    shape = shape_of(layout)
    found = integer(shape)
    return several(shape) if found is None else found


def values(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Values of a packet class."""
    defaults = {field.name: field.default for field in dataclasses.fields(cls)}
    fields = {}
    for part in parts_of(cls):
        if not isinstance(part, Flags):
            made = st.booleans() if part.wire.layout is None else content(part.wire.layout)
            fields[part.name] = made | st.just(defaults[part.name]) if part.wire.flag is not None else made
    return st.builds(cls, **fields)


@each_packet
@settings(max_examples=3)
@given(data=st.data())
def test_any_value_makes_the_same_octets_and_any_octets_the_same_value(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    layout = _layout(cls)
    fast, slow = outcome(lambda: layout.encode(value)), outcome(lambda: layout.interpreted_encode(value))
    assert fast == slow
    if fast[0] == "value":
        octets = fast[1]
        for length in range(len(octets) + 1):
            agree(cls, octets[:length])
        agree(cls, octets + b"\x00")
    agree(cls, data.draw(st.binary(max_size=24)))


@each_packet
@settings(max_examples=3)
@given(data=st.data())
def test_what_is_valid_needs_no_interpretation(cls: type[Any], data: st.DataObject) -> None:
    layout = _layout(cls)
    value = data.draw(values(cls))
    made = outcome(lambda: layout.interpreted_encode(value))
    if made[0] != "value":
        return
    assert layout.functions.write(value) == made[1]
    value, end = layout.functions.read(made[1], 0, len(made[1]))
    assert end == len(made[1])
    assert layout.interpreted_encode(value) == made[1]


@each_packet
def test_a_value_of_another_class_is_no_value_of_a_packet(cls: type[Any]) -> None:
    with pytest.raises(IRREGULAR):
        _layout(cls).functions.write(object())


def test_a_memo_never_holds_more_than_it_may() -> None:
    memo = Memo(lambda key: key + 1)
    for key in range(2 * REMEMBERED + 1):
        assert memo[key] == key + 1
        assert len(memo) <= REMEMBERED
