"""Record access control points: the generic one (2A52) and the one of IDS (2B27), which has its own code points.

Both ask the same things of a store (report, count, delete, abort) in the same words (all, at most, at least, within, first,
last), so both share these values; a ``Dialect`` knows the code points, the width of a number and the filter types.

Source: GATT Specification Supplement, section 3.200 and CGMS 1.0.1, section 3.6 (generic); IDS 1.0.2, section 3.9.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, TypeVar

from construct import ConstructError, Int8ul, Int16ul, Int32ul, Struct
from construct_typed import Construct

from isletbench.protocols.errors import Truncated, Unencodable, WireError
from isletbench.protocols.plain import from_plain, to_plain

K = TypeVar("K")


class Operation(Enum):
    """What is asked of the store, and the two answers."""

    REPORT = "report stored records"
    DELETE = "delete stored records"
    ABORT = "abort operation"
    COUNT = "report number of stored records"
    COUNT_RESPONSE = "number of stored records response"
    RESPONSE = "response code"


class Operator(Enum):
    """Which records are meant."""

    NULL = "null"
    ALL = "all records"
    AT_MOST = "less than or equal to"
    AT_LEAST = "greater than or equal to"
    WITHIN = "within range of (inclusive)"
    FIRST = "first record"
    LAST = "last record"


class Outcome(Enum):
    """How a procedure ended."""

    SUCCESS = "success"
    OPCODE_NOT_SUPPORTED = "op code not supported"
    INVALID_OPERATOR = "invalid operator"
    OPERATOR_NOT_SUPPORTED = "operator not supported"
    INVALID_OPERAND = "invalid operand"
    NO_RECORDS_FOUND = "no records found"
    ABORT_UNSUCCESSFUL = "abort unsuccessful"
    PROCEDURE_NOT_COMPLETED = "procedure not completed"
    OPERAND_NOT_SUPPORTED = "operand not supported"
    PROCEDURE_NOT_APPLICABLE = "procedure not applicable"
    """IDS only."""


class CgmFilter(IntEnum):
    """Filter types of the generic control point. CGMS 1.0.1, section 3.6.2."""

    TIME_OFFSET = 0x01


class IdsFilter(IntEnum):
    """Filter types of the IDS control point. IDS 1.0.2, section 3.9.4.1, table 3.24."""

    SEQUENCE_NUMBER = 0x0F
    SEQUENCE_NUMBER_OF_REFERENCE_TIME = 0x33
    SEQUENCE_NUMBER_OF_OTHER_EVENTS = 0x3C


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records: an operator with the numbers it needs (``low`` and ``high`` inclusive) and the filter type."""

    operator: Operator
    filter: int | None = None
    low: int | None = None
    high: int | None = None

    def holds(self, number: int) -> bool:
        """Whether a record with this number is meant; FIRST and LAST are the store's to decide."""
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked of the store."""

    operation: Operation
    selection: Selection = Selection(Operator.NULL)


@dataclass(frozen=True, slots=True)
class CountResponse:
    """The number of records that match."""

    count: int


@dataclass(frozen=True, slots=True)
class Response:
    """How the procedure with op code ``request`` ended. ``request`` is the raw code, for it may be an unknown one."""

    request: int
    outcome: Outcome


class Refused(WireError):
    """A request this control point answers with a response code instead of doing it."""

    def __init__(
        self,
        problem: str,
        *,
        outcome: Outcome = Outcome.INVALID_OPERAND,
        opcode: int = 0,
        octets: bytes = b"",
        layout: str = "RACP",
        field: str = "",
    ) -> None:
        super().__init__(problem, octets=octets, layout=layout, field=field)
        self.outcome = outcome
        self.opcode = opcode


_NUMBERS = {Operator.AT_MOST: 1, Operator.AT_LEAST: 1, Operator.WITHIN: 2}


@dataclass(frozen=True)
class Dialect:
    """One control point's code points."""

    name: str
    opcodes: Mapping[Operation, int]
    operators: Mapping[Operator, int]
    outcomes: Mapping[Outcome, int]
    number: Construct[int, int]
    """Layout of the numbers to compare with."""
    count: Construct[int, int]
    """Layout of the count in the answer."""
    filters: type[IntEnum]
    default_filter: int
    bare_filter: bool
    """Whether All, First and Last may carry a filter type: IDS says both yes and no, so both are taken."""

    def head(self, octets: bytes) -> tuple[Operation, Operator]:
        """What is asked, of which records; the operand is not looked at yet.

        Raises ``Truncated`` without an op code to echo, else ``Refused`` with the outcome to answer.
        """
        if not octets:
            raise Truncated("expected an op code and an operator", layout=self.name)
        operation = _key(self.opcodes, octets[0])
        if operation not in {Operation.REPORT, Operation.DELETE, Operation.ABORT, Operation.COUNT}:
            raise self._refusal(octets, Outcome.OPCODE_NOT_SUPPORTED, f"op code 0x{octets[0]:02X} is not a request", "opcode")
        if len(octets) < 2:
            raise self._refusal(octets, Outcome.INVALID_OPERATOR, "expected an operator after the op code", "operator")
        operator = _key(self.operators, octets[1])
        if operator is None:
            raise self._refusal(
                octets, Outcome.OPERATOR_NOT_SUPPORTED, f"operator 0x{octets[1]:02X} is not defined", "operator"
            )
        if (operator is Operator.NULL) != (operation is Operation.ABORT):
            problem = f"operator {operator.value!r} does not go with {operation.value!r}"
            raise self._refusal(octets, Outcome.INVALID_OPERATOR, problem, "operator")
        return operation, operator

    def decode(self, octets: bytes) -> Request:
        """The request these octets are. Raises what ``head`` raises, and ``Refused`` for a wrong operand."""
        operation, operator = self.head(octets)
        operand = octets[2:]
        numbers = _NUMBERS.get(operator, 0)
        if not numbers and not (operand and self.bare_filter and operation is not Operation.ABORT):
            if operand:
                raise self._refusal(octets, Outcome.INVALID_OPERAND, "no operand belongs here", "operand")
            return Request(operation, Selection(operator, self.default_filter if operation is not Operation.ABORT else None))
        if not operand:
            raise self._refusal(octets, Outcome.INVALID_OPERAND, "expected a filter type", "operand")
        chosen = self._filter(octets, operand[0])
        expected = 1 + numbers * self.number.sizeof()
        if len(operand) != expected:
            problem = f"expected an operand of {expected} octets, got {len(operand)}"
            raise self._refusal(octets, Outcome.INVALID_OPERAND, problem, "operand")
        return Request(operation, self._selection(octets, operator, chosen, operand[1:]))

    def _filter(self, octets: bytes, code: int) -> int:
        try:
            return self.filters(code)
        except ValueError:
            problem = f"filter type 0x{code:02X} is not defined"
            raise self._refusal(octets, Outcome.OPERAND_NOT_SUPPORTED, problem, "filter") from None

    def _selection(self, octets: bytes, operator: Operator, chosen: int, numbers: bytes) -> Selection:
        size = self.number.sizeof()
        found = [int(self.number.parse(numbers[at : at + size])) for at in range(0, len(numbers), size)]
        match operator:
            case Operator.AT_MOST:
                return Selection(operator, chosen, high=found[0])
            case Operator.AT_LEAST:
                return Selection(operator, chosen, low=found[0])
            case Operator.WITHIN if found[0] > found[1]:
                problem = f"minimum {found[0]} is above maximum {found[1]}"
                raise self._refusal(octets, Outcome.INVALID_OPERAND, problem, "operand")
            case Operator.WITHIN:
                return Selection(operator, chosen, found[0], found[1])
            case _:
                return Selection(operator, chosen)

    def to_plain(self, value: Request | CountResponse | Response) -> Any:
        """A request or an answer as plain data."""
        return to_plain(value)

    def from_plain(self, plain: Any) -> Request | CountResponse | Response:
        """The request or answer that plain data describes, told apart by its keys. Raises ``Unencodable``."""
        keys = plain if isinstance(plain, dict) else {}
        wanted: type[Any] = CountResponse if "count" in keys else Response if "outcome" in keys else Request
        selection = keys.get("selection")
        if isinstance(selection, dict) and isinstance(name := selection.get("filter"), str):
            plain = {**keys, "selection": {**selection, "filter": from_plain(self.filters, name, "selection.filter")}}
        made: Request | CountResponse | Response = from_plain(wanted, plain)
        return made

    def _refusal(self, octets: bytes, outcome: Outcome, problem: str, field: str) -> Refused:
        return Refused(problem, outcome=outcome, opcode=octets[0], octets=octets, layout=self.name, field=field)

    def encode(self, value: Request | CountResponse | Response) -> bytes:
        """The octets of a request or an answer. Raises ``Unencodable`` for what has no code in this dialect."""
        try:
            match value:
                case Request(operation, selection):
                    return bytes([self.opcodes[operation], self.operators[selection.operator]]) + self._operand(selection)
                case CountResponse(count):
                    head = bytes([self.opcodes[Operation.COUNT_RESPONSE], self.operators[Operator.NULL]])
                    return head + self.count.build(count)
                case Response(request, outcome):
                    head = bytes([self.opcodes[Operation.RESPONSE], self.operators[Operator.NULL]])
                    return head + bytes([request, self.outcomes[outcome]])
        except KeyError as missing:
            raise Unencodable(f"{missing.args[0]} has no code here", layout=self.name) from None
        except ConstructError:
            raise Unencodable(f"a number does not fit in {value}", layout=self.name) from None

    def _operand(self, selection: Selection) -> bytes:
        if selection.operator not in _NUMBERS:
            return b""
        chosen = self.default_filter if selection.filter is None else selection.filter
        numbers = [number for number in (selection.low, selection.high) if number is not None]
        if len(numbers) != _NUMBERS[selection.operator]:
            raise Unencodable(f"{selection.operator.value!r} needs {_NUMBERS[selection.operator]} numbers", layout=self.name)
        return bytes([chosen]) + b"".join(self.number.build(number) for number in numbers)

    def answers(self, octets: bytes) -> bool:
        """Whether the op code is one of an answer."""
        return octets[:1] in {bytes([self.opcodes[o]]) for o in (Operation.COUNT_RESPONSE, Operation.RESPONSE)}

    def decode_answer(self, octets: bytes) -> CountResponse | Response:
        """The answer these octets are: the client's side. Raises ``WireError``."""
        try:
            head = _HEAD.parse(octets)
            if head.opcode == self.opcodes[Operation.COUNT_RESPONSE] and len(octets) == 2 + self.count.sizeof():
                return CountResponse(int(self.count.parse(octets[2:])))
        except ConstructError:
            raise Truncated("expected an answer of at least 4 octets", octets=octets, layout=self.name) from None
        outcome = _key(self.outcomes, octets[3]) if len(octets) == 4 else None
        if head.opcode != self.opcodes[Operation.RESPONSE] or outcome is None:
            raise WireError("expected a count or a response code", octets=octets, layout=self.name)
        return Response(octets[2], outcome)


_HEAD = Struct("opcode" / Int8ul, "operator" / Int8ul)


def _key(codes: Mapping[K, int], code: int) -> K | None:
    return next((key for key, known in codes.items() if known == code), None)


GENERIC = Dialect(
    name="RACP",
    opcodes={
        Operation.REPORT: 0x01,
        Operation.DELETE: 0x02,
        Operation.ABORT: 0x03,
        Operation.COUNT: 0x04,
        Operation.COUNT_RESPONSE: 0x05,
        Operation.RESPONSE: 0x06,
    },
    operators={
        Operator.NULL: 0x00,
        Operator.ALL: 0x01,
        Operator.AT_MOST: 0x02,
        Operator.AT_LEAST: 0x03,
        Operator.WITHIN: 0x04,
        Operator.FIRST: 0x05,
        Operator.LAST: 0x06,
    },
    outcomes={
        Outcome.SUCCESS: 0x01,
        Outcome.OPCODE_NOT_SUPPORTED: 0x02,
        Outcome.INVALID_OPERATOR: 0x03,
        Outcome.OPERATOR_NOT_SUPPORTED: 0x04,
        Outcome.INVALID_OPERAND: 0x05,
        Outcome.NO_RECORDS_FOUND: 0x06,
        Outcome.ABORT_UNSUCCESSFUL: 0x07,
        Outcome.PROCEDURE_NOT_COMPLETED: 0x08,
        Outcome.OPERAND_NOT_SUPPORTED: 0x09,
    },
    number=Int16ul,
    count=Int16ul,
    filters=CgmFilter,
    default_filter=CgmFilter.TIME_OFFSET,
    bare_filter=False,
)
"""Record Access Control Point, 2A52, as CGMS uses it: filters compare the time offset in minutes."""

IDS = Dialect(
    name="IDD RACP",
    opcodes={
        Operation.RESPONSE: 0x0F,
        Operation.REPORT: 0x33,
        Operation.DELETE: 0x3C,
        Operation.ABORT: 0x55,
        Operation.COUNT: 0x5A,
        Operation.COUNT_RESPONSE: 0x66,
    },
    operators={
        Operator.NULL: 0x0F,
        Operator.ALL: 0x33,
        Operator.AT_MOST: 0x3C,
        Operator.AT_LEAST: 0x55,
        Operator.WITHIN: 0x5A,
        Operator.FIRST: 0x66,
        Operator.LAST: 0x69,
    },
    outcomes={
        Outcome.SUCCESS: 0xF0,
        Outcome.OPCODE_NOT_SUPPORTED: 0x02,
        Outcome.INVALID_OPERATOR: 0x03,
        Outcome.OPERATOR_NOT_SUPPORTED: 0x04,
        Outcome.INVALID_OPERAND: 0x05,
        Outcome.NO_RECORDS_FOUND: 0x06,
        Outcome.ABORT_UNSUCCESSFUL: 0x07,
        Outcome.PROCEDURE_NOT_COMPLETED: 0x08,
        Outcome.OPERAND_NOT_SUPPORTED: 0x09,
        Outcome.PROCEDURE_NOT_APPLICABLE: 0x0A,
    },
    number=Int32ul,
    count=Int32ul,
    filters=IdsFilter,
    default_filter=IdsFilter.SEQUENCE_NUMBER,
    bare_filter=True,
)
"""IDD Record Access Control Point, 2B27: filters compare the history sequence number."""
