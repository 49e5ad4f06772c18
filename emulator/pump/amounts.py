"""Amounts and rates of insulin between the wire and the pump: exact, and only those that a pump can be set to."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from isletbench.emulator.core.quantities import Insulin, in_units, units
from isletbench.emulator.core.ranges import amounts
from isletbench.emulator.pump.states import Reason, Refused

Begin: TypeAlias = Annotated[Insulin, amounts("0", "1000")]
Step: TypeAlias = Annotated[Insulin, amounts("0.000001", "1000")]


def _rises_from_0(ladder: Sequence[tuple[Insulin, Insulin]]) -> Sequence[tuple[Insulin, Insulin]]:
    begins = [begin for begin, _ in ladder]
    if begins[:1] != [0] or begins != sorted(set(begins)):
        raise ValueError("expected pairs of an amount and a step, in the order of the amounts, the first from 0U on")
    return ladder


Ladder: TypeAlias = Annotated[Sequence[tuple[Begin, Step]], AfterValidator(_rises_from_0)]
"""(from this amount or rate on, it can be set in steps of this), ascending from 0."""


def iu(amount: Insulin) -> float:
    """For the wire and for people: the float nearest to an exact number of micro-units."""
    return float(in_units(amount))


def exactly(value: float) -> Insulin:
    """Insulin or a rate from the wire, exactly as written there. Raises ``Refused`` for what is finer than a micro-unit."""
    try:
        return units(value)
    except ValueError as error:
        raise out_of_range(str(error)) from None


def on_grid(amount: Insulin, ladder: Ladder) -> bool:
    """Whether a pump with this ladder can be set to this."""
    return amount % _step(amount, ladder) == 0


def rounded_down(amount: Insulin, ladder: Ladder) -> Insulin:
    """The next smaller amount that it can be set to."""
    return amount - amount % _step(amount, ladder)


def _step(amount: Insulin, ladder: Ladder) -> Insulin:
    return next(step for begin, step in reversed(ladder) if amount >= begin or begin == 0)


def out_of_range(why: str) -> Refused:
    """A number that the pump cannot be given."""
    return Refused(Reason.OUT_OF_RANGE, why)
