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


def in_signs(name: str, wanted: Any) -> str:
    """A key of a comparison and what it demands, as a sentence has them: ``< 5``."""
    return f"{SIGNS[name]} {f'{wanted:g}' if isinstance(wanted, float) else wanted}"


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
        if self._contradicts():
            said = " and ".join(in_signs(name, wanted) for name, wanted in self.given().items())
            raise ValueError(f"expected what one value can be, got {said}")
        return self

    def _contradicts(self) -> bool:
        """Whether nothing can be as is demanded."""
        lows = [limit for limit in (self.above, self.at_least) if limit is not None]
        highs = [limit for limit in (self.below, self.at_most) if limit is not None]
        if lows and highs:
            low, high = max(lows), min(highs)
            if low > high or (low == high and (low == self.above or high == self.below)):
                return True
        exactly = None if self.is_ is None else {name: wanted for name, wanted in self.given().items() if name != "is"}
        return exactly is not None and not all(_holds(name, self.is_, wanted) for name, wanted in exactly.items())

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
        same = any(_is_same(one, wanted) for one in (found if isinstance(found, list) else [found]))
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


def _is_same(found: object, wanted: object) -> bool:
    """Whether it is this number or word; capitals or small letters do not matter."""
    if isinstance(found, str) and isinstance(wanted, str):
        return found.casefold() == wanted.casefold()
    return found == wanted


def comparison(given: Any) -> Any:
    """A bare value as the comparison that demands it."""
    return given if isinstance(given, Comparison | Mapping) else {"is": given}


Compared: TypeAlias = Annotated[Comparison, BeforeValidator(comparison)]
"""A comparison; a bare value has to be exactly that."""
