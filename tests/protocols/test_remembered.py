"""What is remembered or read without its layout agrees with the layout: op codes, and requests and answers of record access."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from construct import ConstructError
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.protocols import cgms, companions, ids
from isletbench.protocols.errors import Truncated, Unencodable, WireError
from isletbench.protocols.ids.history import EVENTS
from isletbench.protocols.packet import ControlPoint
from isletbench.protocols.racp import GENERIC, IDS, CountResponse, Dialect, Operation, Operator, Request, Selection

POINTS = (ids.COMMAND, ids.COMMAND_DATA, ids.STATUS_READER, EVENTS, cgms.SPECIFIC_OPS, companions.BONDS)
DIALECTS = {"generic": GENERIC, "ids": IDS}


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
@given(octets=st.binary(max_size=5))
@settings(max_examples=40, deadline=None)
def test_an_op_code_is_read_as_its_layout_reads_it(point: ControlPoint, octets: bytes) -> None:
    try:
        expected = point.opcode.parse(octets)
    except ConstructError:
        with pytest.raises(Truncated, match=f"expected an op code of {point.opcode.sizeof()} octets"):
            point.peek(octets)
    else:
        assert point.peek(octets) == expected
        assert expected.to_bytes(point.opcode.sizeof(), "little") == point.opcode.build(expected)


def outcome(act: Callable[[], object]) -> object:
    """What an act returns, or the error it raises as comparable data."""
    try:
        return act()
    except WireError as error:
        return type(error), error.problem, error.octets, error.layout, error.field, getattr(error, "outcome", None)


def requests(dialect: Dialect) -> st.SearchStrategy[bytes]:
    """Octets of which many are requests or answers."""
    codes = st.sampled_from(sorted(dialect.opcodes.values())) | st.integers(0, 255)
    operators = st.sampled_from(sorted(dialect.operators.values())) | st.integers(0, 255)
    filters = st.sampled_from([int(member) for member in dialect.filters]) | st.integers(0, 255)
    head = st.builds(lambda *octets: bytes(octets), codes, operators, filters)
    return st.one_of(st.binary(max_size=8), st.builds(lambda begin, rest: begin + rest, head, st.binary(max_size=8)))


@pytest.mark.parametrize("name", DIALECTS)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_request_that_was_seen_before_means_what_it_meant(name: str, data: st.DataObject) -> None:
    dialect = DIALECTS[name]
    octets = data.draw(requests(dialect))
    fresh = replace(dialect)  # one that remembers nothing
    for method in ("head", "decode", "decode_answer"):
        expected = outcome(lambda method=method: getattr(fresh, method)(octets))  # type: ignore[misc]
        for _ in range(2):
            assert outcome(lambda method=method: getattr(dialect, method)(octets)) == expected  # type: ignore[misc]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_what_is_equal_and_no_number_is_not_taken_for_one(dialect: Dialect) -> None:
    assert dialect.encode(CountResponse(5)) == dialect.encode(CountResponse(5))
    with pytest.raises(Unencodable):
        dialect.encode(CountResponse(5.0))  # type: ignore[arg-type]  # what is tested
    request = Request(Operation.REPORT, Selection(Operator.AT_LEAST, dialect.default_filter, 7))
    assert dialect.decode(dialect.encode(request)) == request
    assert dialect.decode(dialect.encode(request)) is dialect.decode(dialect.encode(request))


def test_dialects_remember_apart() -> None:
    octets = IDS.encode(Request(Operation.REPORT, Selection(Operator.ALL)))
    assert IDS.decode(octets).operation is Operation.REPORT
    with pytest.raises(WireError):
        GENERIC.decode(octets)
