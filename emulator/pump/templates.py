"""The templates a pump stores, and which of them are activated. Source: IDS 1.0.2, sections 3.7.2.10 to 3.7.2.20."""

from collections.abc import Sequence
from dataclasses import field

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.happenings import Happens, Recorded, TemplatesAltered
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.records import ProfileTemplateActivated, TemplateStored
from isletbench.emulator.pump.states import Reason, Refused
from isletbench.emulator.pump.template import PROFILE_TYPES, Template, TemplateRange
from isletbench.protocols.ids import TemplateType


@dataclass(slots=True)
class Templates:
    """The templates of a pump: those its make comes with are locked, and configured from the start."""

    profile: PumpProfile
    configured: dict[int, Template] = field(default_factory=dict)
    activated: dict[TemplateType, int] = field(default_factory=dict)

    def range_of(self, number: int) -> TemplateRange | None:
        """Whose number it is."""
        return next((r for r in self.profile.templates if number in r.numbers), None)

    def of_type(self, type_: TemplateType) -> TemplateRange | None:
        """The templates of a type, if there are any."""
        return next((r for r in self.profile.templates if r.type is type_), None)

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
        return self.range_of(number) is not None and number not in self.profile.factory

    def store(self, number: int, type_: TemplateType, template: Template) -> Happens[None]:
        """Store one, which makes it configured. Raises ``Refused``: out of range, or not configurable."""
        self.writable(number, type_)
        self.configured[number] = template
        yield events.TemplateStored(number=number, type=type_.name)
        yield Recorded((TemplateStored(number, type_, template),))
        yield TemplatesAltered()

    def writable(self, number: int, type_: TemplateType) -> TemplateRange:
        """The range of a template that may be written. Raises ``Refused``: out of range, or not configurable."""
        found = self.checked(number, type_)
        if not self.configurable(number):
            raise Refused(Reason.NOT_POSSIBLE, f"template {number} is not configurable")
        return found

    def reset(self, numbers: Sequence[int]) -> Happens[None]:
        """Make them not configured: all or none. Raises ``Refused``."""
        for number in numbers:
            if number not in self.configured or not self.configurable(number):
                raise Refused(Reason.NOT_POSSIBLE, f"template {number} is not one that is configured and configurable")
            if number in self.activated.values():
                raise Refused(Reason.NOT_POSSIBLE, f"template {number} is activated")
        for number in numbers:
            del self.configured[number]
        yield events.TemplatesReset(numbers=list(numbers))

    def activate(self, numbers: Sequence[int]) -> Happens[None]:
        """Activate profile templates: all or none. Raises ``Refused``."""
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
        for type_, old, new in changes:
            yield events.TemplateActivated(number=new, type=type_.name)
            yield Recorded((ProfileTemplateActivated(type_, old, new),))
        yield TemplatesAltered()

    def states(self, owner: TemplateRange) -> bytes:
        """Two bits a template, the first one lowest: configurable, configured (IDS 1.0.2, section 3.8.1.8)."""
        bits = 0
        for place, number in enumerate(owner.numbers):
            bits |= (self.configurable(number) | (number in self.configured) << 1) << 2 * place
        return bits.to_bytes(-(-owner.count // 4), "little")
