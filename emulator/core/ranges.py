"""The range of a number, both ends included: metadata of a field, checked where people's data are validated.

A field of a model or of a profile carries its range in its type, ``Annotated[int, Within(1, 255)]``. ``spans``, ``amounts`` and
``rates`` are ranges of durations, of insulin and of rates of it, which are integers here and have a unit in a file.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from isletbench.emulator.core.quantities import in_units, parse_span, shown, units


@dataclass(frozen=True, slots=True)
class Unit:
    """How people write numbers of one kind."""

    what: str
    write: Callable[[Any], str]
    read: Callable[[str], int] | None = None
    """A number from text, ``ValueError`` where it is none; None for a kind that is written without quotes."""


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _units(uu: int) -> str:
    return f"{in_units(uu).normalize():f}"


def _insulin(ending: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(rf"\d+(\.\d+)?{ending}", text):
            raise ValueError(f"insulin {text!r}: expected a number with {ending}, such as 1{ending}")
        return units(text.removesuffix(ending))

    return read


NUMBER = Unit("a number", _plain)
SPAN = Unit("a duration", shown, parse_span)
AMOUNT = Unit("insulin", lambda uu: f"{_units(uu)}U", _insulin("U"))
RATE = Unit("a rate of insulin", lambda uu: f"{_units(uu)}U/h", _insulin("U/h"))


@dataclass(frozen=True, slots=True)
class Within:
    """The range of a number, both ends included; metadata of a field."""

    low: float
    high: float
    unit: Unit = NUMBER
    """How people write such a number."""

    def check(self, value: float) -> float:
        """Return the value. Raises ``ValueError`` when it is outside the range."""
        if not self.low <= value <= self.high:
            write = self.unit.write
            raise ValueError(f"expected {write(self.low)} to {write(self.high)}, got {write(value)}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        plain = handler(schema)
        return plain if plain.get("type") == "string" else {**plain, "minimum": self.low, "maximum": self.high}


def spans(low: str, high: str) -> Within:
    """The range of a duration, as people write its ends: ``spans("1m", "45d")``."""
    return Within(parse_span(low), parse_span(high), SPAN)


def amounts(low: str, high: str) -> Within:
    """The range of an amount of insulin in U, as people write its ends: ``amounts("0.05", "25")``."""
    return Within(units(low), units(high), AMOUNT)


def rates(low: str, high: str) -> Within:
    """The range of a rate of insulin in U/h."""
    return Within(units(low), units(high), RATE)


def _ascending(values: Sequence[float]) -> Sequence[float]:
    if list(values) != sorted(values):
        raise ValueError("expected numbers that do not become smaller")
    return values


ASCENDING = AfterValidator(_ascending)
"""Numbers of which none is less than the one before; metadata of a field."""

LARGEST = 2**64
Number: TypeAlias = Annotated[float, Within(-LARGEST, LARGEST)] | Annotated[int, Within(-LARGEST, LARGEST)]
"""Whatever a field of a packet may hold."""

Celsius: TypeAlias = Annotated[float, Within(-40, 85)]

PERCENT = Within(0, 100)
PROBABILITY = Within(0, 1)
MG_DL = Within(0, 1_000)
"""Glucose, mg/dL."""
