"""What people write where they steer a bench: parts of requests and files, checked, with an error that names the key.

The models made of these give the JSON Schema, the OpenAPI page and the tables of the documentation.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from inspect import get_annotations
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from isletbench.emulator.core.quantities import Span, parse_span, units

LONGEST = "36500d"


def _span(given: Any) -> Any:
    if not isinstance(given, str):
        raise ValueError("expected a duration in quotes, a number with ms, s, m, h or d, such as 90s or 1.5h")
    span = parse_span(given)
    if span > parse_span(LONGEST):
        raise ValueError(f"duration {given!r}: expected at most {LONGEST}")
    return span


def shown(span: Span) -> str:
    """A span as ``parse_span`` reads it, in the largest unit that is exact."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if span and span % size == 0:
            return f"{span // size}{unit}"
    return f"{span}ms"


Duration: TypeAlias = Annotated[
    Span,
    BeforeValidator(_span),
    PlainSerializer(shown),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,3})?(ms|s|m|h|d)$", "examples": ["90s", "1.5h"]}),
]
"""A length of time as text: ``250ms``, ``90s``, ``5m``, ``1.5h``, ``14d``."""


def _signed_span(given: Any) -> Any:
    if isinstance(given, str) and given.startswith("-"):
        return -_span(given.removeprefix("-"))
    return _span(given)


SignedDuration: TypeAlias = Annotated[
    Span,
    BeforeValidator(_signed_span),
    PlainSerializer(lambda span: f"-{shown(-span)}" if span < 0 else shown(span)),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,5}(\.[0-9]{1,3})?(ms|s|m|h|d)$", "examples": ["1h", "-90s"]}),
]
"""A length of time that may point into the past: ``1h``, ``-1h``."""


def _without_zone(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("expected a local date and time without a zone, such as 2007-01-01T00:00:00")
    return moment


DeviceTime: TypeAlias = Annotated[datetime, AfterValidator(_without_zone)]
"""A date and time as a device shows it: local, without a zone."""


def _micro_units(amount: Decimal) -> Decimal:
    units(amount)
    return amount


Units: TypeAlias = Annotated[Decimal, Field(ge=0, le=10_000), AfterValidator(_micro_units)]
"""International units of insulin (or U/h), to the micro-unit."""


def _octets(given: Any) -> Any:
    if not isinstance(given, str):
        raise ValueError("expected octets as text: pairs of hexadecimal digits")
    try:
        return bytes.fromhex(given)
    except ValueError:
        raise ValueError(f"octets {given!r}: expected pairs of hexadecimal digits such as '06 00 78 00'") from None


Octets: TypeAlias = Annotated[
    bytes,
    BeforeValidator(_octets),
    PlainSerializer(bytes.hex),
    Field(max_length=512),
    WithJsonSchema({"type": "string", "pattern": "^([0-9a-f]{2}){0,512}$", "examples": ["0600"]}),
]
"""Octets in hexadecimal, at most as many as a characteristic holds."""


class Part(BaseModel):
    """A part of a request, an answer or a file: nothing in it that is not declared, and nothing that changes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def declare_constant(cls: type[BaseModel], key: str, value: str) -> None:
    """Give a model that is being made a field whose only value is ``value``: the key by which a union selects the model."""
    cls.__annotations__ = {key: Literal.__getitem__(value), **get_annotations(cls)}
    setattr(cls, key, value)


Location: TypeAlias = Sequence[int | str]
"""Where a problem is: the keys and list positions down to it."""


class Problems(Protocol):
    """What a validation found wrong: pydantic's ``ValidationError``, FastAPI's ``RequestValidationError``."""

    def errors(self) -> Sequence[Any]:
        """Every problem, as pydantic describes it."""


def first_problem(error: Problems, *tags: str, is_tag: Callable[[Location, int], bool] | None = None) -> str:
    """The first problem as one sentence: ``key: what was expected, got what``.

    pydantic puts the chosen alternative of a union into the location of a problem; a file has no such key. ``tags`` are the
    names of the alternatives; or ``is_tag`` says whether the step at an index of a location is one.
    """
    problem = error.errors()[0]
    location = problem["loc"]
    skipped = is_tag or (lambda steps, index: steps[index] in tags)
    key = ".".join(str(step) for index, step in enumerate(location) if not skipped(location, index))
    message = problem["msg"].removeprefix("Value error, ")
    given = problem.get("input")
    got = f", got {given!r}" if isinstance(given, str | int | float | bool) and repr(given) not in message else ""
    return f"{key}: {message}{got}" if key else f"{message}{got}"


def summary(cls: type) -> str:
    """What a declaration is: the first paragraph of its docstring."""
    return " ".join((cls.__doc__ or "").split("\n\n", maxsplit=1)[0].split())
