"""What an operation returns: what it has changed in the sensor.

The caller of an operation sees from its changes whether it was carried out: a service notes as committed what was changed.
"""

from typing import TypeAlias

from isletbench.emulator.cgm.events import SensorEvent
from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A setting has been written, whether or not its value differs from the one before. No event: it is no ground truth."""

    setting: str
    value: object


Change: TypeAlias = SensorEvent | SettingChanged
"""One thing that an operation has changed."""
Changes: TypeAlias = tuple[Change, ...]
"""Everything that an operation has changed; empty when it changed nothing."""
