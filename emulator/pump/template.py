"""Templates as values: basal rate, ISF, I:CHO ratio and target range profiles, TBRs and boluses, each under its own number.

Numbers are unique over all types; each type owns one contiguous range. A template is *configurable* or locked, and
*configured* or empty; of each profile type at most one is *activated*. Source: IDS 1.0.2, sections 3.7.2.1, 3.7.2.10 to
3.7.2.20 and 3.8.1.8.
"""

from typing import Annotated, TypeAlias

from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.core.ranges import Within
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.amounts import exactly
from isletbench.emulator.pump.bolus import Prescription
from isletbench.protocols.ids import BasalContext, BolusActivation, BolusType, TbrType, TemplateType

DAY_MINUTES = 1440
"""What the durations of a profile's blocks add up to."""


@dataclass(frozen=True, slots=True)
class TemplateRange:
    """The templates of one type: ``count`` of them from number ``first``. ``max_blocks`` is 0 for TBR and bolus."""

    type: TemplateType
    first: Annotated[int, Within(1, 255)]
    count: Annotated[int, Within(1, 255)]
    max_blocks: Annotated[int, Within(0, 255)] = 0

    @property
    def numbers(self) -> range:
        """The numbers of the templates of this type."""
        return range(self.first, self.first + self.count)


@dataclass(frozen=True, slots=True)
class ProfileBlock:
    """For so many minutes this value: IU/h, mg/dL per IU, g per IU, or the bounds of a range in mg/dL."""

    minutes: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ProfileTemplate:
    """A day of blocks, from midnight."""

    blocks: tuple[ProfileBlock, ...]


@dataclass(frozen=True, slots=True)
class TbrTemplate:
    """``adjustment`` in IU/h or as a factor, ``minutes`` long."""

    tbr_type: TbrType
    adjustment: float
    minutes: int

    def asks(self, number: int, context: BasalContext = BasalContext.REMOTE_CONTROL) -> Adjustment:
        """What it asks for as template ``number``. Raises ``Refused``."""
        return Adjustment(
            type=self.tbr_type,
            value=exactly(self.adjustment),  # millionths or uU/h: both are the value times a million
            duration=minutes(self.minutes),
            template_number=number,
            context=context,
        )


@dataclass(frozen=True, slots=True)
class BolusTemplate:
    """Amounts in IU, times in minutes."""

    bolus_type: BolusType
    fast: float
    extended: float
    minutes: int
    delay: int | None = None
    correction: bool = False
    meal: bool = False

    def asks(self, number: int, activation: BolusActivation | None = None) -> Prescription:
        """What it asks for as template ``number``. Raises ``Refused``."""
        return Prescription(
            type=self.bolus_type,
            fast=exactly(self.fast),
            extended=exactly(self.extended),
            duration=minutes(self.minutes),
            delay=None if self.delay is None else minutes(self.delay),
            template_number=number,
            activation=activation,
            correction=self.correction,
            meal=self.meal,
        )


Template: TypeAlias = ProfileTemplate | TbrTemplate | BolusTemplate

PROFILE_TYPES = frozenset(
    {
        TemplateType.BASAL_RATE_PROFILE,
        TemplateType.ISF_PROFILE,
        TemplateType.I2CHO_RATIO_PROFILE,
        TemplateType.TARGET_GLUCOSE_RANGE_PROFILE,
    }
)
"""The types of template that are activated, one of each."""
