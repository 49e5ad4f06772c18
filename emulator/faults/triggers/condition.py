"""A condition that a fault or an action can wait for, as files and calls declare it: a table with the key of its kind, or a
sentence."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, TypeAlias, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.faults.triggers import sentence
from isletbench.emulator.faults.triggers.watch import Scope, Watch
from isletbench.emulator.faults.words import Name

KINDS: dict[str, type["Condition"]] = {}
"""Every kind of condition, by the key that says which it is."""
DEEPEST = 20
"""How many combinations may be inside one another."""


class Condition(Part):
    """Something to wait for."""

    key: ClassVar[str]
    """The key that says that it is this condition."""
    combines: ClassVar[bool] = False
    """Whether it is made of other conditions."""

    device: Name | None = None
    """The device it is about; that of the fault or action when left out."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        KINDS[cls.key] = cls

    @abstractmethod
    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Begin to look out for it."""

    def check(self, kind: str) -> None:
        """Check that this can come true of a device of this kind. Raises ``ValueError``."""

    def about(self, scope: Scope) -> str:
        """The device it is about."""
        return self.device or scope.device

    @classmethod
    def keys_beside(cls) -> tuple[str, ...]:
        """The other keys that it takes, as a file has them."""
        return tuple(field.alias or name for name, field in cls.model_fields.items() if name != cls.key)

    def parts(self) -> Iterator["Condition"]:
        """It, and every condition inside it."""
        yield self

    def to_dict(self) -> dict[str, Any]:
        """It as plain data: what a file has."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def __str__(self) -> str:
        return sentence.text_of(self.to_dict())


def condition_of(given: Any) -> "Condition":
    """The condition that plain data or a sentence describes. Raises ``ValueError`` saying what was expected."""
    if isinstance(given, Condition):
        return given
    if isinstance(given, str):
        given = sentence.parse(given)
    if not isinstance(given, Mapping):
        raise ValueError("expected a condition: a table such as { level = 'battery', below = 20 }, or the same in words")
    found = [key for key in KINDS if key in given]
    if len(found) != 1:
        got = f", got {' and '.join(found)}" if found else ""
        known = sorted(KINDS, key=lambda key: KINDS[key].combines)
        raise ValueError(f"expected exactly one of {', '.join(known)}{got}")
    kind = KINDS[found[0]]
    if kind.combines and _is_deeper(given, DEEPEST):
        raise ValueError(f"{kind.key}: expected at most {DEEPEST} combinations inside one another")
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        raise ValueError(first_problem(error, kind)) from None


def _is_deeper(given: Any, levels: int) -> bool:
    """Whether more than so many combinations are inside one another."""
    if not isinstance(given, Mapping):
        return False
    inner = [
        part for key in given if key in KINDS and KINDS[key].combines and isinstance(given[key], list) for part in given[key]
    ]
    return bool(inner) and (levels == 0 or any(_is_deeper(part, levels - 1) for part in inner))


class _AnyKind:
    """How pydantic reads a condition of any kind: by its key, or from a sentence."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        plain = core_schema.plain_serializer_function_ser_schema(lambda condition: condition.to_dict())
        return core_schema.no_info_plain_validator_function(condition_of, serialization=plain)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "examples": ["message SetBolus then idle 5m"]}
        named = [_named(kind) for kind in KINDS.values() if not kind.combines]
        kinds = handler(core_schema.union_schema(list(named)))["anyOf"]
        return {"anyOf": [text, *kinds, _combination([text, *kinds])]}


def _named(kind: type[Condition]) -> CoreSchema:
    """The schema of a kind under a name, so that it is written down once, however many faults refer to it."""
    return cast("CoreSchema", {**TypeAdapter(kind).core_schema, "ref": f"{kind.__module__}.{kind.__name__}:0"})


def _combination(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema of combinations; what is deeper inside one is a combination again, which the schema does not follow."""
    combined = [key for key, kind in KINDS.items() if kind.combines]
    needed = [{"required": [key]} for key in combined]
    several = {
        "type": "array",
        "items": {"anyOf": [*parts, {"type": "object", "anyOf": needed}]},
        "minItems": 2,
        "maxItems": 20,
    }
    return {
        "type": "object",
        "patternProperties": {f"^({'|'.join(combined)})$": several},
        "properties": {"device": {"type": ["string", "null"]}},
        "additionalProperties": False,
        "oneOf": needed,
    }


AnyCondition: TypeAlias = Annotated[Condition, _AnyKind]
"""Any condition: a table with the key of its kind, or a sentence."""
