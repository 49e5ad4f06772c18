"""Faults of a serial line."""

from typing import Any, ClassVar

from isletbench.emulator.core.conditions import Conditions
from isletbench.emulator.faults.devices import ConditionsFault
from isletbench.emulator.faults.fault import Whose
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.transports.ports.line import LineConditions


class BadLine(ConditionsFault, of=LineConditions):
    """Octets on the serial line are slow, damaged, lost, cut in pieces, stuck together or echoed (LNK-08, LNK-10).

    What is left out stays as it is. The octets are really on the line: both ends discard frames whose check fails.
    """

    whose: ClassVar = Whose.LINK
    conditions: ClassVar = LineConditions

    def current(self, target: FaultTarget) -> Conditions:
        """Return the current conditions of the serial line. Raises ``ValueError`` for a device without one."""
        return target.line(self.device)

    def change(self, target: FaultTarget, changes: dict[str, Any]) -> None:
        """Change the conditions of the serial line."""
        target.change_line(self.device, **changes)
