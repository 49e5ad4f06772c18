"""How faults and conditions compare what they find: with a word, a number, or limits."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.ranges import Number
from isletbench.emulator.faults.words import number_in

SIGNS: Mapping[str, str] = {"is": "=", "is_not": "!=", "above": ">", "below": "<", "at_least": ">=", "at_most": "<="}
"""The keys of a comparison, and the sign that each has in a sentence."""


Value: TypeAlias = Annotated[bool | Number | Annotated[str, Field(max_length=80)], BeforeValidator(number_in)]
"""A number or a word, as the journal and ``isletbench decode`` write it."""
Limit: TypeAlias = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]


class Comparison(Part):
    """What a value has to be: every key that is given has to hold."""

    is_: Value | None = Field(default=None, alias="is")
    """Exactly this number or word; of a list of flags, one of them."""
    is_not: Value | None = None
    """Anything but this."""
    above: Limit | None = None
    below: Limit | None = None
    at_least: Limit | None = None
    at_most: Limit | None = None

    @model_validator(mode="after")
    def _compares(self) -> "Comparison":
        if not self.given():
            raise ValueError(f"expected at least one of {', '.join(SIGNS)}")
        return self

    def given(self) -> dict[str, Any]:
        """The comparisons that are asked for, by their key."""
        values = {name: getattr(self, "is_" if name == "is" else name) for name in SIGNS}
        return {name: value for name, value in values.items() if value is not None}

    def holds(self, found: Any) -> bool:
        """Whether a value, as plain data, is so. A value that is missing is nothing, and no number is above a word."""
        return all(_holds(name, found, wanted) for name, wanted in self.given().items())


def _holds(name: str, found: object, wanted: Any) -> bool:
    if found is None:
        return False
    if name in {"is", "is_not"}:
        same = any(one == wanted for one in found) if isinstance(found, list) else found == wanted
        return same is (name == "is")
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    match name:
        case "above":
            return found > float(wanted)
        case "below":
            return found < float(wanted)
        case "at_least":
            return found >= float(wanted)
        case _:
            return found <= float(wanted)


def comparison(given: Any) -> Any:
    """A bare value as the comparison that demands it."""
    return given if isinstance(given, Comparison | Mapping) else {"is": given}


Compared: TypeAlias = Annotated[Comparison, BeforeValidator(comparison)]
"""A comparison; a bare value has to be exactly that."""
