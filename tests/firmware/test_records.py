"""Requests for records and protected values in C: every one is taken or refused as in Python, in both dialects."""

import ctypes
import random
from dataclasses import replace
from itertools import product

import pytest

from isletbench.protocols import e2e, racp
from isletbench.protocols.e2e import Crc, Envelope, Protected
from isletbench.protocols.errors import BadCrc, MissingCounter, MissingCrc, WireError
from tests.firmware.compiled import library, needs_compiler
from tests.firmware.test_frames import Octets

pytestmark = needs_compiler
OPERATIONS, OPERATORS, OUTCOMES = list(racp.Operation), list(racp.Operator), list(racp.Outcome)
DIALECTS = {"generic": racp.GENERIC, "ids": racp.IDS}


class CRequest(ctypes.Structure):
    """``struct ib_racp_request``."""

    _fields_ = [
        ("opcode", ctypes.c_uint8),
        ("operation", ctypes.c_int),
        ("which", ctypes.c_int),
        ("filter", ctypes.c_uint8),
        ("low", ctypes.c_uint32),
        ("high", ctypes.c_uint32),
    ]


def read(name: str, value: bytes) -> racp.Outcome | racp.Request:
    """What C makes of a request."""
    request, dialect = CRequest(), ctypes.c_char.in_dll(library(), f"ib_racp_{name}")
    kept = ctypes.create_string_buffer(value, len(value))
    octets = Octets(ctypes.addressof(kept), len(value))
    outcome: racp.Outcome = OUTCOMES[library().ib_racp_read(ctypes.byref(dialect), octets, ctypes.byref(request))]
    assert request.opcode == value[0]
    if outcome is not racp.Outcome.SUCCESS:
        return outcome
    operation, operator = OPERATIONS[request.operation], OPERATORS[request.which]
    has_low = operator in {racp.Operator.AT_LEAST, racp.Operator.WITHIN}
    has_high = operator in {racp.Operator.AT_MOST, racp.Operator.WITHIN}
    assert has_low or request.low == 0
    assert has_high or request.high == 0xFFFFFFFF
    low, high = request.low if has_low else None, request.high if has_high else None
    chosen = None if operation is racp.Operation.ABORT else request.filter
    return racp.Request(operation, racp.Selection(operator, chosen, low, high))


def read_in_python(name: str, value: bytes) -> racp.Outcome | racp.Request:
    dialect = DIALECTS[name]
    try:
        request = dialect.decode(value)
    except racp.Refused as refused:
        return refused.outcome
    if request.operation is racp.Operation.ABORT or request.selection.filter is not None:
        return request
    return replace(request, selection=replace(request.selection, filter=dialect.default_filter))  # C fills the default in


@pytest.mark.parametrize("name", list(DIALECTS))
def test_a_request_for_records_is_read_or_refused_as_python_does(name: str) -> None:
    dialect, chance = DIALECTS[name], random.Random(name)
    opcodes = [*dialect.opcodes.values(), 0x00, 0x07, 0xFF]
    operators = [*dialect.operators.values(), 0x00, 0x07, 0x96, 0xFF]
    width = dialect.number.sizeof()
    for opcode, operator in product(opcodes, operators):
        assert read(name, bytes([opcode])) == read_in_python(name, bytes([opcode]))
        for filtered, numbers in product([*dialect.filters, 0x00, 0x99, 0x9A, None], range(4)):
            operand = b"" if filtered is None else bytes([filtered])
            for length in {numbers * width, numbers * width + 1}:
                value = bytes([opcode, operator]) + operand + chance.randbytes(length)
                assert read(name, value) == read_in_python(name, value), value.hex(" ")


ENVELOPES = [e2e.BARE, e2e.CRC_TRAILER, e2e.CGM_FEATURE, e2e.CGM_RECORD, e2e.COUNTER_TRAILER, e2e.IDS_FEATURES]
"""In the order of ``enum ib_envelope``."""
OK, MISSING_CRC, MISSING_COUNTER, BAD_CRC, WRONG_SIZE = range(5)


CRCS: list[Protected] = [False, Crc.SPECIFIED, Crc.CCITT_FALSE]
"""In the order of ``enum ib_crc``."""


def opened(number: int, value: bytes, protected: Protected) -> tuple[int, bytes, int]:
    """What C says of a value, its payload, its counter."""
    payload, counter, kept = Octets(), ctypes.c_uint8(), ctypes.create_string_buffer(value, max(1, len(value)))
    told = library().ib_e2e_open(
        number, CRCS.index(protected), Octets(ctypes.addressof(kept), len(value)), ctypes.byref(payload), ctypes.byref(counter)
    )
    return told, ctypes.string_at(payload.at, payload.count) if told == OK else b"", counter.value if told == OK else 0


def opened_in_python(envelope: Envelope, value: bytes, protected: Protected) -> tuple[int, bytes, int]:
    try:
        payload, counter = envelope.open(value, protected=protected)
    except MissingCrc:
        return MISSING_CRC, b"", 0
    except MissingCounter:
        return MISSING_COUNTER, b"", 0
    except BadCrc:
        return BAD_CRC, b"", 0
    except WireError:
        return WRONG_SIZE, b"", 0
    return OK, payload, counter or 0


@pytest.mark.parametrize("number", range(len(ENVELOPES)))
@pytest.mark.parametrize("protected", CRCS)
def test_a_value_comes_out_of_its_envelope_as_in_python(number: int, protected: Protected) -> None:
    envelope, chance = ENVELOPES[number], random.Random(number)
    for length in range(24):
        right = envelope.seal(chance.randbytes(length), protected=protected, counter=1 + length)
        bent = bytearray(right)
        if bent:
            bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        for value in (right, bytes(bent), right[:-1], right + b"\0", chance.randbytes(length)):
            assert opened(number, value, protected) == opened_in_python(envelope, value, protected), value.hex(" ")
