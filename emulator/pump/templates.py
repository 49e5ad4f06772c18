"""Templates: basal rate, ISF, I:CHO ratio and target range profiles, TBRs and boluses, each under a number of its own.

Numbers are unique over all types; each type owns one contiguous range. A template is *configurable* or locked, and
*configured* or empty; of each profile type at most one is *activated*. Source: IDS 1.0.2, sections 3.7.2.1, 3.7.2.10 to
3.7.2.20 and 3.8.1.8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.pump.amounts import exactly, out_of_range
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.states import Reason, Refused
from isletbench.emulator.pump.tbr import Adjustment
from isletbench.protocols.ids import BasalContext, BolusActivation, BolusType, TbrType, TemplateType

DAY_MINUTES = 1440
"""What the durations of a profile's blocks add up to."""


@dataclass(frozen=True, slots=True)
class TemplateRange:
    """The templates of one type: ``count`` of them from number ``first``. ``max_blocks`` is 0 for TBR and bolus."""

    type: TemplateType
    first: int
    count: int
    max_blocks: int = 0

    @property
    def numbers(self) -> range:
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


@dataclass(slots=True)
class Templates:
    """What is stored. ``ranges`` and ``locked`` come from the make of pump."""

    ranges: tuple[TemplateRange, ...]
    locked: frozenset[int]
    configured: dict[int, Template] = field(default_factory=dict)
    activated: dict[TemplateType, int] = field(default_factory=dict)

    def range_of(self, number: int) -> TemplateRange | None:
        """Whose number it is."""
        return next((r for r in self.ranges if number in r.numbers), None)

    def of_type(self, type_: TemplateType) -> TemplateRange | None:
        """The templates of a type, if there are any."""
        return next((r for r in self.ranges if r.type is type_), None)

    def checked(self, number: int, type_: TemplateType) -> TemplateRange:
        """The range a template of this type must come from. Raises ``Refused``: out of range."""
        found = self.range_of(number)
        if found is None or found.type is not type_:
            raise out_of_range(f"{number} is no number of a {type_.name} template")
        return found

    def get(self, number: int, type_: TemplateType) -> Template:
        """A configured template. Raises ``Refused``: out of range, or not configured."""
        self.checked(number, type_)
        if number not in self.configured:
            raise Refused(Reason.NOT_POSSIBLE, f"template {number} is not configured")
        return self.configured[number]

    def configurable(self, number: int) -> bool:
        """Whether a client may write it."""
        return self.range_of(number) is not None and number not in self.locked

    def put(self, number: int, type_: TemplateType, template: Template) -> None:
        """Store one, which makes it configured. Raises ``Refused``: out of range, or not configurable."""
        self.writable(number, type_)
        self.configured[number] = template

    def writable(self, number: int, type_: TemplateType) -> TemplateRange:
        """The range of a template that may be written. Raises ``Refused``: out of range, or not configurable."""
        found = self.checked(number, type_)
        if not self.configurable(number):
            raise Refused(Reason.NOT_POSSIBLE, f"template {number} is not configurable")
        return found

    def reset(self, numbers: Sequence[int]) -> None:
        """Make them not configured: all or none. Raises ``Refused``."""
        for number in numbers:
            if number not in self.configured or not self.configurable(number):
                raise Refused(Reason.NOT_POSSIBLE, f"template {number} is not one that is configured and configurable")
            if number in self.activated.values():
                raise Refused(Reason.NOT_POSSIBLE, f"template {number} is activated")
        for number in numbers:
            del self.configured[number]

    def activate(self, numbers: Sequence[int]) -> list[tuple[TemplateType, int, int]]:
        """Activate profile templates: all or none. The changes as (type, old number or 0, new number). Raises ``Refused``."""
        found: dict[TemplateType, int] = {}
        for number in numbers:
            owner = self.range_of(number)
            if owner is None or owner.type not in PROFILE_TYPES or number not in self.configured:
                raise Refused(Reason.NOT_POSSIBLE, f"template {number} is no configured profile template")
            if owner.type in found:
                raise Refused(Reason.NOT_POSSIBLE, f"templates {found[owner.type]} and {number} are of one type")
            found[owner.type] = number
        changes = [(type_, self.activated.get(type_, 0), number) for type_, number in found.items()]
        self.activated.update(found)
        return changes

    def states(self, owner: TemplateRange) -> bytes:
        """Two bits a template, the first one lowest: configurable, configured (IDS 1.0.2, section 3.8.1.8)."""
        bits = 0
        for place, number in enumerate(owner.numbers):
            bits |= (self.configurable(number) | (number in self.configured) << 1) << 2 * place
        return bits.to_bytes(-(-owner.count // 4), "little")


@dataclass(slots=True)
class Transaction:
    """A profile template on its way in, record by record. Source: IDS 1.0.2, sections 3.7.2.1.2 and 3.11.2."""

    type: TemplateType
    number: int
    max_blocks: int
    blocks: dict[int, ProfileBlock] = field(default_factory=dict)

    def add(self, number: int, first_index: int, blocks: Sequence[ProfileBlock]) -> None:
        """One more record. Raises ``Refused``."""
        if number != self.number:
            raise _implausible(f"template {number} in a transaction on template {self.number}")
        for index, block in enumerate(blocks, first_index):
            if not 1 <= index <= self.max_blocks:
                raise out_of_range(f"block {index} is outside 1..{self.max_blocks}")
            if index in self.blocks:
                raise _implausible(f"block {index} is sent twice")
            self.blocks[index] = block

    def end(self) -> ProfileTemplate:
        """The whole template. Raises ``Refused``."""
        if sorted(self.blocks) != list(range(1, len(self.blocks) + 1)):
            raise _implausible(f"blocks {sorted(self.blocks)} leave a gap")
        blocks = tuple(self.blocks[index] for index in sorted(self.blocks))
        if (total := sum(block.minutes for block in blocks)) != DAY_MINUTES:
            raise _implausible(f"the blocks last {total} min, expected {DAY_MINUTES}")
        return ProfileTemplate(blocks)


def _implausible(why: str) -> Refused:
    return Refused(Reason.IMPLAUSIBLE, why)
