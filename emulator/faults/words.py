"""The types of keys that faults, triggers and timelines share."""

from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$", examples=["left_arm", "second-1"])]
"""The name of a device, a fault or an action."""
Often: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
"""How often, or the how many-th."""
Count: TypeAlias = Annotated[
    Often | None,
    BeforeValidator(lambda given: None if given == "all" else given, json_schema_input_type=Often | Literal["all"] | None),
]
"""How many; ``all`` or null is no limit."""
CarrierName: TypeAlias = Literal["serial", "ble"]
"""What a device is reached over."""


def number_in(given: Any) -> Any:
    """The number that text says, as the command line gives it; anything else stays as it is."""
    if isinstance(given, Decimal):
        return int(given) if given == given.to_integral_value() else float(given)
    if not isinstance(given, str):
        return given
    for kind in (int, float):
        try:
            return kind(given) if given.isascii() and given.strip("+-")[:1].isdigit() else given
        except ValueError:
            continue
    return given
