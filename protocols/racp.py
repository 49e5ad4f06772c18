"""Record access control points: the generic one (2A52) and the one of IDS (2B27), which has its own code points.

Both ask the same things of a store (report, count, delete, abort) in the same words (all, at most, at least, within, first,
last), so both share these values; a ``Dialect`` knows the code points, the width of a number and the filter types. Source: GATT
Specification Supplement, section 3.200 and CGMS 1.0.1, section 3.6 (generic); IDS 1.0.2, section 3.9.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, IntEnum
from functools import cached_property, lru_cache
from typing import Any

from construct import ConstructError, Int8ul, Int16ul, Int32ul, Struct, Switch, Terminated, this
from construct_typed import Construct

from isletbench.protocols.code_words import is_code_word
from isletbench.protocols.errors import ReservedValue, Truncated, Unencodable, WireError
from isletbench.protocols.fields import Coded, Enumerated
from isletbench.protocols.plain import from_plain, to_plain
from isletbench.protocols.undefined import Uninterpreted
from isletbench.protocols.values import dataclass

REMEMBERED = 4_096
"""Requests and answers that are remembered, the least recent forgotten first: few differ in a conversation."""


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
    """None where the operand has no filter type; the default of the control point is meant then."""
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


REQUESTS = frozenset({Operation.REPORT, Operation.DELETE, Operation.ABORT, Operation.COUNT})
"""The operations that a client writes; the others are answers."""
BOUNDS: Mapping[Operator, tuple[str, ...]] = {
    Operator.AT_MOST: ("high",),
    Operator.AT_LEAST: ("low",),
    Operator.WITHIN: ("low", "high"),
}
"""The numbers in an operator's operand, in wire order, by their names in ``Selection``; the others have none."""


class FilterType(Enumerated[Any]):
    """A filter type. One that is not defined is refused when it is received, yet can be sent: a client may try it."""

    def _encode(self, obj: int, context: Any, path: str) -> int:
        return int(obj)


@dataclass(frozen=True, eq=False)
class Dialect:
    """One control point: its tables of codes, and the layouts made of them. Each is itself alone."""

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
    code_words: bool
    """Whether operators and filter types are code words; a value that is none is then invalid, not unsupported."""
    wider: dict[int, Construct[int, int]] = field(default_factory=dict)  # by filter type, where it is not ``number``

    @cached_property
    def _head(self) -> Any:
        return Struct("opcode" / Coded(Int8ul, self.opcodes, REQUESTS), "operator" / Coded(Int8ul, self.operators))

    @cached_property
    def _operands(self) -> Mapping[Operator, Any]:
        return {
            operator: Struct(
                "filter" / FilterType(Int8ul, self.filters),
                *(bound / Switch(this.filter, self.wider, default=self.number) for bound in BOUNDS.get(operator, ())),
                Terminated,
            )
            for operator in self.operators
        }

    @cached_property
    def _answers(self) -> dict[Any, Any]:
        return {
            Operation.COUNT_RESPONSE: Struct("count" / self.count),
            Operation.RESPONSE: Struct("request" / Int8ul, "outcome" / Coded(Int8ul, self.outcomes)),
        }

    @cached_property
    def _answer(self) -> Any:
        codes = {operation: self.opcodes[operation] for operation in self._answers}
        null = Coded(Int8ul, self.operators, {Operator.NULL})
        return Struct(
            "opcode" / Coded(Int8ul, codes), "operator" / null, "content" / Switch(this.opcode, self._answers), Terminated
        )

    @lru_cache(REMEMBERED)  # noqa: B019  # dialects are constants, and live as long as the program
    def head(self, octets: bytes) -> tuple[Operation, Operator]:
        """The operation and the operator of a request; the operand is not looked at yet.

        Raises ``Truncated`` without an op code to echo, else ``Refused`` with the outcome to answer.
        """
        if not octets:
            raise Truncated("expected an op code and an operator", layout=self.name)
        try:
            head = self._head.parse(octets)
        except ReservedValue as error:
            if error.field == "opcode":
                problem = f"op code 0x{octets[0]:02X} is not a request"
                raise self._refusal(octets, Outcome.OPCODE_NOT_SUPPORTED, problem, "opcode") from None
            outcome = Outcome.INVALID_OPERATOR if self._prohibits(octets[1]) else Outcome.OPERATOR_NOT_SUPPORTED
            raise self._refusal(octets, outcome, f"operator {error.problem}", "operator") from None
        except ConstructError:
            problem = "expected an operator after the op code"
            raise self._refusal(octets, Outcome.INVALID_OPERATOR, problem, "operator") from None
        if (head.operator is Operator.NULL) != (head.opcode is Operation.ABORT):
            problem = f"operator {head.operator.value!r} does not go with {head.opcode.value!r}"
            raise self._refusal(octets, Outcome.INVALID_OPERATOR, problem, "operator")
        return head.opcode, head.operator

    @lru_cache(REMEMBERED)  # noqa: B019  # dialects are constants, and live as long as the program
    def decode(self, octets: bytes) -> Request:
        """The request these octets are. Raises what ``head`` raises, and ``Refused`` for a wrong operand."""
        operation, operator = self.head(octets)
        operand = octets[2:]
        if operator in BOUNDS or (operand and self.bare_filter and operation is not Operation.ABORT):
            return Request(operation, self._selection(octets, operator, operand))
        if operand:
            raise self._refusal(octets, Outcome.INVALID_OPERAND, "no operand belongs here", "operand")
        return Request(operation, Selection(operator))

    def _prohibits(self, code: int) -> bool:
        """Whether no operator and no filter type may ever have this code (IDS 1.0.2, sections 1.3.3 and 3.9.4.6)."""
        return self.code_words and not is_code_word(code)

    def _selection(self, octets: bytes, operator: Operator, operand: bytes) -> Selection:
        try:
            parsed = self._operands[operator].parse(operand)
        except ReservedValue as error:
            if error.field != "filter":
                raise self._refusal(octets, Outcome.INVALID_OPERAND, error.problem, "operand") from None
            problem = f"filter type 0x{operand[0]:02X} is not defined"
            outcome = Outcome.INVALID_OPERAND if self._prohibits(operand[0]) else Outcome.OPERAND_NOT_SUPPORTED
            raise self._refusal(octets, outcome, problem, "filter") from None
        except ConstructError:
            expected = 1 + len(BOUNDS.get(operator, ())) * self.wider.get((operand or b"\0")[0], self.number).sizeof()
            problem = f"expected an operand of {expected} octets, got {len(operand)}" if operand else "expected a filter type"
            raise self._refusal(octets, Outcome.INVALID_OPERAND, problem, "operand") from None
        selection = Selection(operator, parsed["filter"], parsed.get("low"), parsed.get("high"))
        if operator is Operator.WITHIN and parsed.low > parsed.high:
            raise self._refusal(
                octets, Outcome.INVALID_OPERAND, f"minimum {parsed.low} is above maximum {parsed.high}", "operand"
            )
        return selection

    def _refusal(self, octets: bytes, outcome: Outcome, problem: str, field: str) -> Refused:
        return Refused(problem, outcome=outcome, opcode=octets[0], octets=octets, layout=self.name, field=field)

    def encode(self, value: Request | CountResponse | Response | Uninterpreted) -> bytes:
        """The octets of a request or an answer. Raises ``Unencodable`` for what has no code in this dialect."""
        asked = getattr(value, "selection", value)
        numbers = (getattr(asked, name, None) for name in ("low", "high", "count", "request"))
        return self._octets(value, tuple(map(type, numbers)))

    @lru_cache(REMEMBERED)  # noqa: B019
    def _octets(self, value: Request | CountResponse | Response | Uninterpreted, types: tuple[type, ...]) -> bytes:
        """The same, remembered by the types of numbers as well: 5 and 5.0 are equal, and only one of them is a count."""
        try:
            match value:
                case Request(operation, selection):
                    head = self._head.build({"opcode": operation, "operator": selection.operator})
                    return bytes(head + self._operand(selection))
                case CountResponse(count):
                    return self._build_answer(Operation.COUNT_RESPONSE, {"count": count})
                case Uninterpreted(code, rest):
                    return bytes([code]) + rest
                case Response(request, outcome):
                    return self._build_answer(Operation.RESPONSE, {"request": request, "outcome": outcome})
        except Unencodable as error:
            raise Unencodable(error.problem, layout=self.name) from None
        except ConstructError:
            raise Unencodable(f"a number does not fit in {value}", layout=self.name) from None

    def _build_answer(self, operation: Operation, content: Mapping[str, Any]) -> bytes:
        return bytes(self._answer.build({"opcode": operation, "operator": Operator.NULL, "content": content}))

    def _operand(self, selection: Selection) -> bytes:
        bounds = BOUNDS.get(selection.operator, ())
        carries_filter = self.bare_filter and selection.operator is not Operator.NULL and selection.filter is not None
        if not bounds and not carries_filter:
            return b""
        numbers = [number for number in (selection.low, selection.high) if number is not None]
        if len(numbers) != len(bounds):
            raise Unencodable(f"{selection.operator.value!r} needs {len(bounds)} numbers", layout=self.name)
        chosen = self.default_filter if selection.filter is None else selection.filter
        operand = self._operands[selection.operator].build({"filter": chosen, **dict(zip(bounds, numbers, strict=True))})
        return bytes(operand)

    def answers(self, octets: bytes) -> bool:
        """Whether the op code is one of an answer."""
        return bool(octets) and octets[0] in (self.opcodes[Operation.COUNT_RESPONSE], self.opcodes[Operation.RESPONSE])

    def decode_logged(self, octets: bytes) -> Request | CountResponse | Response | Uninterpreted:
        """The request or answer these octets are, as a log has them: what would be refused is ``Uninterpreted``.

        Raises ``Truncated`` without an op code.
        """
        try:
            return self.decode_answer(octets) if self.answers(octets) else self.decode(octets)
        except WireError:
            if not octets:
                raise
            return Uninterpreted(octets[0], bytes(octets[1:]))

    @lru_cache(REMEMBERED)  # noqa: B019  # dialects are constants, and live as long as the program
    def decode_answer(self, octets: bytes) -> CountResponse | Response:
        """The answer these octets are: the client's side. Raises ``WireError``."""
        if len(octets) < self._head.sizeof():
            raise Truncated("expected an answer of at least 4 octets", octets=octets, layout=self.name)
        try:
            answer = self._answer.parse(octets)
        except ReservedValue as error:
            raise ReservedValue(error.problem, octets=octets, layout=self.name, field=error.field) from None
        except ConstructError:
            raise WireError("expected a count or a response code", octets=octets, layout=self.name) from None
        if answer.opcode is Operation.COUNT_RESPONSE:
            return CountResponse(answer.content.count)
        return Response(answer.content.request, answer.content.outcome)

    def to_plain(self, value: Request | CountResponse | Response | Uninterpreted) -> Any:
        """A request or an answer as plain data."""
        return to_plain(value)

    def from_plain(self, plain: Any) -> Request | CountResponse | Response | Uninterpreted:
        """The request or answer that plain data describes, told apart by its keys. Raises ``Unencodable``."""
        keys = plain if isinstance(plain, dict) else {}
        by_key = {"count": CountResponse, "outcome": Response, "octets": Uninterpreted}
        wanted: type[Any] = next((cls for key, cls in by_key.items() if key in keys), Request)
        selection = keys.get("selection")
        if isinstance(selection, dict) and isinstance(name := selection.get("filter"), str):
            plain = {**keys, "selection": {**selection, "filter": from_plain(self.filters, name, "selection.filter")}}
        made: Request | CountResponse | Response | Uninterpreted = from_plain(wanted, plain)
        return made


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
    code_words=False,
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
    code_words=True,
)
"""IDD Record Access Control Point, 2B27: filters compare the history sequence number."""
