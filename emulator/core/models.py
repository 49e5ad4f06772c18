"""The types of requests and files: values are validated, and an error names the key.

JSON Schema, OpenAPI and the tables of the documentation are generated from models with these types.
"""

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from inspect import get_annotations
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from isletbench.emulator.core.described import documented
from isletbench.emulator.core.quantities import Span, parse_span, shown, units
from isletbench.emulator.core.ranges import Unit, Within, spans

LONGEST = "36500d"
"""The longest duration in a file or a request."""
LARGEST_SEED = 2**63 - 1
"""The largest integer of TOML."""


def _span(given: Any) -> Any:
    if not isinstance(given, str):
        raise ValueError("expected a duration in quotes, a number with ms, s, m, h or d, such as 90s or 1.5h")
    return parse_span(given)


Duration: TypeAlias = Annotated[
    Span,
    BeforeValidator(_span),
    spans("0ms", LONGEST),
    PlainSerializer(shown),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,3})?(ms|s|m|h|d)$", "examples": ["90s", "1.5h"]}),
]
"""A duration as text: ``250ms``, ``90s``, ``5m``, ``1.5h``, ``14d``."""

Lasting: TypeAlias = Annotated[Duration, spans("1ms", LONGEST)]
"""A duration that is more than nothing."""

Interval: TypeAlias = Annotated[Duration, spans("100ms", LONGEST)]
"""The time after which something is done again."""

Seed: TypeAlias = Annotated[int, Within(0, LARGEST_SEED)]
"""The seed of everything random."""


def _signed_span(given: Any) -> Any:
    if isinstance(given, str) and given.startswith("-"):
        return -_span(given.removeprefix("-"))
    return _span(given)


def _written(span: Span) -> str:
    return f"-{shown(-span)}" if span < 0 else shown(span)


SignedDuration: TypeAlias = Annotated[
    Span,
    BeforeValidator(_signed_span),
    Within(-parse_span(LONGEST), parse_span(LONGEST), Unit("a duration", _written)),
    PlainSerializer(_written),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,5}(\.[0-9]{1,3})?(ms|s|m|h|d)$", "examples": ["1h", "-90s"]}),
]
"""A duration that may be negative: ``1h``, ``-1h``."""


def _without_zone(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("expected a local date and time without a zone, such as 2007-01-01T00:00:00")
    if not 1900 <= moment.year <= 9000:
        raise ValueError("expected a date from 1900 to 9000")
    return moment


DeviceTime: TypeAlias = Annotated[datetime, AfterValidator(_without_zone)]
"""The date and time of a device: local, without a time zone."""


def _time_without_zone(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("expected a local time of day without a zone, such as 07:00:00")
    return moment


LocalTime: TypeAlias = Annotated[time, AfterValidator(_time_without_zone)]
"""A time of day: local, without a time zone."""


def _micro_units(amount: Decimal) -> Decimal:
    units(amount)
    return amount


Units: TypeAlias = Annotated[Decimal, Field(ge=0, le=10_000), AfterValidator(_micro_units)]
"""Insulin in U, or a rate in U/h, 0 to 10000, in steps of a micro-unit."""


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
    WithJsonSchema({"type": "string", "pattern": "^ *([0-9A-Fa-f]{2} *){0,512}$", "examples": ["0600"]}),
]
"""Octets as hexadecimal text, at most 512, as in a characteristic."""


DeviceName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$", examples=["left_arm", "second-1"])]
"""The name of a device in a rig."""


class Part(BaseModel):
    """A part of a request, a response or a file: immutable, without undeclared keys.

    Its validator is made when it is first used: there are some 180 models, and a run uses a few of them.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    meant: ClassVar[Mapping[str, str]] = {}
    """Keys that it does not have, as people write them, and what is expected in their place; ``{given}`` is their value."""

    @classmethod
    def descriptions(cls) -> dict[str, str]:
        """What its fields mean, by field: the docstring where the field is declared last."""
        declaring = [part for part in reversed(cls.__mro__) if issubclass(part, Part)]
        return {name: text for part in declaring for name, text in documented(part).items()}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        made = handler(schema)
        properties = handler.resolve_ref_schema(made).get("properties", {})
        for name, text in cls.descriptions().items():
            if name in cls.model_fields and (key := cls.model_fields[name].alias or name) in properties:
                properties[key].setdefault("description", text)
        return made


def declare_constant(cls: type[BaseModel], key: str, value: str) -> None:
    """Declare a field with the only value ``value`` on a model class: the discriminator of a union."""
    cls.__annotations__ = {key: Literal.__getitem__(value), **get_annotations(cls)}
    setattr(cls, key, value)


def summary(cls: type) -> str:
    """Return the first paragraph of a docstring, as the summary of a declaration."""
    return " ".join((cls.__doc__ or "").split("\n\n", maxsplit=1)[0].split())
