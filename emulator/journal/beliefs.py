"""What a client believes, where it tells: one JSON object for each thing, so that a bench which knows the truth can compare.

A client that tells nothing is judged by the wire alone. Amounts are in units of insulin, glucose in mg/dL, ages in seconds by
the client's own clock, counted back from the moment in which it tells: so no two clocks have to agree on a date.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import ConfigDict, Field, PlainSerializer, TypeAdapter, ValidationError

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.problems import first_problem

Kind: TypeAlias = Literal["dose", "reading", "blood_test", "basal", "mode", "alert", "forecast", "decision"]
About: TypeAlias = Literal[
    "signal_loss",
    "warm_up",
    "sensor",
    "unreachable",
    "no_answer",
    "pump_fault",
    "occlusion",
    "no_delivery",
    "high_glucose",
    "reservoir",
    "battery",
    "suspended",
    "uncertain_dose",
    "refused",
    "clock",
    "pairing",
    "expiry",
]
"""What a user is told about."""
Mode: TypeAlias = Literal["closed_loop", "open_loop", "stopped"]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
Seconds: TypeAlias = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
MgDl: TypeAlias = Annotated[float, Field(ge=-1e11, le=1e11, allow_inf_nan=False)]
"""Of glucose: whatever an SFLOAT can hold, in mg/dL or taken for mmol/L, for a client may believe a damaged one."""
Amount: TypeAlias = Annotated[Decimal, Field(ge=-10_000, le=10_000, allow_inf_nan=False), PlainSerializer(float)]
"""Of insulin, U; below 0, too, for a client may believe what cannot be."""


class Reports(Part):
    """Which kinds of belief the client tells: what it could have told and has not told counts, too.

    A program that starts tells it first. Its doses and readings are told anew from there on: from its own memory, or from the
    device's.
    """

    belief: Literal["reports"]
    kinds: tuple[Kind, ...]


class Dose(Part):
    """A bolus that it has on its books. Told again with the same ``id``, it replaces what was told before."""

    belief: Literal["dose"]
    id: Text
    """The client's own."""
    units: Amount
    """Delivered so far."""
    requested: Amount | None = None
    """What was asked for; left out for a bolus of somebody else's."""
    bolus_id: int | None = Field(default=None, ge=0, le=0xFFFF)
    """The pump's own, where it is known."""
    certain: bool = True
    """Whether it knows: else anything from nothing to ``requested`` may have been delivered."""
    age: Seconds | None = None
    """How long ago it began."""


class Reading(Part):
    """A glucose reading that it has stored; each line is one more."""

    belief: Literal["reading"]
    time_offset: int = Field(ge=0, le=0xFFFF)
    """The sensor's own, min."""
    mg_dl: MgDl | None
    """None: no number."""
    age: Seconds
    """How long ago it was measured."""


class BloodTest(Part):
    """A meter's test of blood that it has stored; each line is one more. Failed tests and control solution are none."""

    belief: Literal["blood_test"]
    sequence: int = Field(ge=0, le=0xFFFF)
    """The meter's own number of it."""
    mg_dl: MgDl | None
    """None: no number."""
    beyond: Literal["HI", "LO"] | None = None
    """Where the result is beyond the range of the meter."""
    age: Seconds | None = None
    """How long ago it was made; left out where nobody can tell."""


class Basal(Part):
    """All basal insulin that has been delivered since the client began, as it has it."""

    belief: Literal["basal"]
    units: Amount


class Modes(Part):
    """What it is doing: adjusting insulin by itself, leaving the pump to its profile, or nothing."""

    belief: Literal["mode"]
    mode: Mode


class Alert(Part):
    """It tells its user, or has stopped to."""

    belief: Literal["alert"]
    about: About
    active: bool = True


class Forecast(Part):
    """Glucose as it expects it if it does nothing more: from now on, in equal steps."""

    belief: Literal["forecast"]
    mg_dl: tuple[MgDl, ...] = Field(min_length=1, max_length=500)
    every: float = Field(default=300.0, gt=0, le=86_400, allow_inf_nan=False)
    """From one value to the next, s."""


class Decision(Part):
    """What it has decided on its newest reading. Neither a rate nor a bolus: it leaves insulin as it is."""

    belief: Literal["decision"]
    rate: Amount | None = None
    """The temp basal that it wants, U/h; left out where it leaves basal insulin as it is."""
    minutes: int = Field(default=0, ge=0, le=1_440)
    """How long that is to last; 0: it wants the pump to follow its profile."""
    bolus: Amount = Decimal(0)
    """U, at once."""
    iob: Amount | None = None
    """Insulin on board as it has it, U."""
    cob: float | None = Field(default=None, ge=-10_000, le=10_000, allow_inf_nan=False)
    """Carbohydrate on board as it has it, g."""
    reason: str = Field(default="", max_length=240)
    """Why, in its own words."""


Belief: TypeAlias = Annotated[
    Reports | Dose | Reading | BloodTest | Basal | Modes | Alert | Forecast | Decision, Field(discriminator="belief")
]
_BELIEF: TypeAdapter[Belief] = TypeAdapter(Belief, config=ConfigDict(defer_build=True))
BELIEFS: dict[str, type[Part]] = {
    get_args(cls.model_fields["belief"].annotation)[0]: cls for cls in get_args(get_args(Belief)[0])
}
"""Every kind by its word."""


class BeliefError(ValueError):
    """What was told is no belief; one sentence."""


def parse(told: Mapping[str, Any] | str | bytes) -> Belief:
    """What a client has told: JSON text, or what it means. Raises ``BeliefError``."""
    try:
        if isinstance(told, str | bytes):
            return _BELIEF.validate_json(told)
        return _BELIEF.validate_python(told)
    except ValidationError as error:
        raise BeliefError(first_problem(error, Belief)) from None


def plain(belief: Belief) -> dict[str, Any]:
    """A belief as JSON-able data, without what is left at its default."""
    return belief.model_dump(mode="json", exclude_defaults=True)


def as_written(belief: Belief) -> Belief:
    """The belief that a reader of the journal gets: its amounts have passed through JSON numbers."""
    return parse(plain(belief))
