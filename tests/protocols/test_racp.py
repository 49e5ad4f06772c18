"""The record access control points: requests, answers and every refusal, in both dialects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.errors import Truncated, Unencodable, WireError
from isletbench.protocols.racp import (
    GENERIC,
    IDS,
    CountResponse,
    Dialect,
    Operation,
    Operator,
    Outcome,
    Refused,
    Request,
    Response,
    Selection,
)


# CGMS and IDS worked examples.
@pytest.mark.parametrize(
    ("dialect", "octets", "request_"),
    [
        (GENERIC, "01 03 01 2C 01", Request(Operation.REPORT, Selection(Operator.AT_LEAST, 1, low=300))),
        (GENERIC, "01 04 01 0A 00 3C 00", Request(Operation.REPORT, Selection(Operator.WITHIN, 1, 10, 60))),
        (GENERIC, "03 00", Request(Operation.ABORT)),
        (GENERIC, "04 01", Request(Operation.COUNT, Selection(Operator.ALL))),
        (IDS, "33 3C 33 4D 00 00 00", Request(Operation.REPORT, Selection(Operator.AT_MOST, 0x33, high=77))),
        (IDS, "33 69", Request(Operation.REPORT, Selection(Operator.LAST))),
        (IDS, "33 69 33", Request(Operation.REPORT, Selection(Operator.LAST, 0x33))),
        (IDS, "5A 66 0F", Request(Operation.COUNT, Selection(Operator.FIRST, 0x0F))),
        (IDS, "55 0F", Request(Operation.ABORT)),
    ],
)
def test_a_request_and_its_octets_are_the_same_thing(dialect: Dialect, octets: str, request_: Request) -> None:
    assert dialect.decode(bytes.fromhex(octets)) == request_
    assert dialect.encode(request_).hex(" ").upper() == octets


@pytest.mark.parametrize(
    ("dialect", "octets", "answer"),
    [
        (GENERIC, "05 00 20 01", CountResponse(288)),
        (GENERIC, "06 00 01 01", Response(0x01, Outcome.SUCCESS)),
        (GENERIC, "06 00 01 06", Response(0x01, Outcome.NO_RECORDS_FOUND)),
        (GENERIC, "06 00 03 01", Response(0x03, Outcome.SUCCESS)),
        (IDS, "0F 0F 33 F0", Response(0x33, Outcome.SUCCESS)),
        (IDS, "66 0F 67 12 00 00", CountResponse(4711)),
    ],
)
def test_an_answer_and_its_octets_are_the_same_thing(dialect: Dialect, octets: str, answer: CountResponse | Response) -> None:
    assert dialect.decode_answer(bytes.fromhex(octets)) == answer
    assert dialect.encode(answer).hex(" ").upper() == octets


@pytest.mark.parametrize(
    ("dialect", "octets", "outcome"),
    [
        (GENERIC, "00 01", Outcome.OPCODE_NOT_SUPPORTED),
        (GENERIC, "05 00", Outcome.OPCODE_NOT_SUPPORTED),
        (GENERIC, "07 01", Outcome.OPCODE_NOT_SUPPORTED),
        (GENERIC, "01", Outcome.INVALID_OPERATOR),
        (GENERIC, "01 00", Outcome.INVALID_OPERATOR),
        (GENERIC, "03 01", Outcome.INVALID_OPERATOR),
        (GENERIC, "01 07", Outcome.OPERATOR_NOT_SUPPORTED),
        (GENERIC, "01 01 01", Outcome.INVALID_OPERAND),
        (GENERIC, "03 00 00", Outcome.INVALID_OPERAND),
        (GENERIC, "01 03", Outcome.INVALID_OPERAND),
        (GENERIC, "01 03 01 05", Outcome.INVALID_OPERAND),
        (GENERIC, "01 04 01 3C 00 0A 00", Outcome.INVALID_OPERAND),
        (GENERIC, "01 03 03 05 00", Outcome.OPERAND_NOT_SUPPORTED),
        (IDS, "01 01", Outcome.OPCODE_NOT_SUPPORTED),
        (IDS, "33 0F", Outcome.INVALID_OPERATOR),
        (IDS, "55 33", Outcome.INVALID_OPERATOR),
        # IDS 1.0.2, 3.9.4.6: a code word that is not defined is not supported, a value that is no code word is invalid.
        (IDS, "33 96", Outcome.OPERATOR_NOT_SUPPORTED),
        (IDS, "33 01", Outcome.INVALID_OPERATOR),
        (IDS, "5A 00", Outcome.INVALID_OPERATOR),
        (IDS, "33 55 55 05 00 00 00", Outcome.OPERAND_NOT_SUPPORTED),
        (IDS, "33 69 96", Outcome.OPERAND_NOT_SUPPORTED),
        (IDS, "33 55 01 05 00 00 00", Outcome.INVALID_OPERAND),
        (IDS, "3C 33 00", Outcome.INVALID_OPERAND),
        (IDS, "33 69 33 00", Outcome.INVALID_OPERAND),
        (IDS, "33 5A 0F 02 00 00 00 01 00 00 00", Outcome.INVALID_OPERAND),
        (IDS, "55 0F 0F", Outcome.INVALID_OPERAND),
    ],
)
def test_a_wrong_request_is_refused_with_its_own_code(dialect: Dialect, octets: str, outcome: Outcome) -> None:
    with pytest.raises(Refused) as caught:
        dialect.decode(bytes.fromhex(octets))
    assert caught.value.outcome is outcome
    assert caught.value.opcode == bytes.fromhex(octets)[0]


@pytest.mark.parametrize(("octets", "filter_type"), [("33 33", None), ("33 33 0F", 0x0F), ("33 33 3C", 0x3C)])
def test_ids_takes_all_records_with_and_without_a_filter_type(octets: str, filter_type: int | None) -> None:
    # IDS 1.0.2 says both: its requirement tables know no operand, its section 3.9.4.1 wants a filter type.
    assert IDS.decode(bytes.fromhex(octets)) == Request(Operation.REPORT, Selection(Operator.ALL, filter_type))


@pytest.mark.parametrize(
    ("dialect", "octets"),
    [(GENERIC, "05 01 20 01"), (GENERIC, "06 01 01 01"), (IDS, "66 33 67 12 00 00"), (IDS, "0F 33 33 F0")],
)
def test_an_answer_has_the_null_operator(dialect: Dialect, octets: str) -> None:
    with pytest.raises(WireError, match=r"operator: 0x[03][13] is not defined"):
        dialect.decode_answer(bytes.fromhex(octets))


def test_without_an_op_code_there_is_nothing_to_answer() -> None:
    with pytest.raises(Truncated):
        GENERIC.decode(b"")


@pytest.mark.parametrize("dialect", [GENERIC, IDS])
@given(octets=st.binary(min_size=1, max_size=12))
def test_any_octets_are_a_request_or_a_refusal(dialect: Dialect, octets: bytes) -> None:
    try:
        request = dialect.decode(octets)
    except Refused:
        return
    assert dialect.encode(request) == octets


@pytest.mark.parametrize("dialect", [GENERIC, IDS])
@given(octets=st.binary(max_size=8))
def test_any_octets_are_an_answer_or_a_wire_error(dialect: Dialect, octets: bytes) -> None:
    try:
        answer = dialect.decode_answer(octets)
    except WireError:
        return
    assert dialect.encode(answer) == octets


def test_what_a_dialect_has_no_code_for_is_not_sent() -> None:
    with pytest.raises(Unencodable, match="has no code"):
        GENERIC.encode(Response(1, Outcome.PROCEDURE_NOT_APPLICABLE))
    with pytest.raises(Unencodable, match="does not fit"):
        GENERIC.encode(CountResponse(70_000))
    with pytest.raises(Unencodable, match="needs 2 numbers"):
        GENERIC.encode(Request(Operation.REPORT, Selection(Operator.WITHIN, 1, low=3)))
