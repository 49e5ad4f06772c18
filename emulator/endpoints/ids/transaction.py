"""A profile template on its way in, record by record. Source: IDS 1.0.2, sections 3.7.2.1.2 and 3.11.2."""

from collections.abc import Sequence
from dataclasses import field

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.ids.refusals import Rejected
from isletbench.emulator.pump.template import DAY_MINUTES, ProfileBlock, ProfileTemplate
from isletbench.protocols.ids import Response, TemplateType


@dataclass(slots=True)
class Transaction:
    """A profile template on its way in, record by record. Source: IDS 1.0.2, sections 3.7.2.1.2 and 3.11.2."""

    type: TemplateType
    number: int
    max_blocks: int
    blocks: dict[int, ProfileBlock] = field(default_factory=dict)

    def add(self, number: int, first_index: int, blocks: Sequence[ProfileBlock]) -> None:
        """One more record. Raises ``Rejected``."""
        if number != self.number:
            raise Rejected(Response.PLAUSIBILITY_CHECK_FAILED, f"template {number} in a transaction on template {self.number}")
        for index, block in enumerate(blocks, first_index):
            if not 1 <= index <= self.max_blocks:
                raise Rejected(Response.PARAMETER_OUT_OF_RANGE, f"block {index} is outside 1..{self.max_blocks}")
            if index in self.blocks:
                raise Rejected(Response.PLAUSIBILITY_CHECK_FAILED, f"block {index} is sent twice")
            self.blocks[index] = block

    def end(self) -> ProfileTemplate:
        """The whole template. Raises ``Rejected``."""
        if sorted(self.blocks) != list(range(1, len(self.blocks) + 1)):
            raise Rejected(Response.PLAUSIBILITY_CHECK_FAILED, f"blocks {sorted(self.blocks)} leave a gap")
        blocks = tuple(self.blocks[index] for index in sorted(self.blocks))
        if (total := sum(block.minutes for block in blocks)) != DAY_MINUTES:
            raise Rejected(Response.PLAUSIBILITY_CHECK_FAILED, f"the blocks last {total} min, expected {DAY_MINUTES}")
        return ProfileTemplate(blocks)
