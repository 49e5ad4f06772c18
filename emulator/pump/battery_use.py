"""What a pump's battery is drained by beside time, and at which levels it warns: data of a make.

Costs are shares of a full battery, or multiples of what the pump takes by itself. No maker publishes such figures; those of the
presets are this project's choice, made so that a client that asks once a minute takes about half of what the pump takes by
itself, and one that asks every second many times as much. That it matters is public: the recall of a pump's phone app that
drained pumps by communicating too often (FDA, Z-1609-2024).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from isletbench.emulator.core.ranges import Within
from isletbench.protocols.ids import AnnunciationType

MILLION = 1_000_000
SHARE = Within(0, MILLION)
"""Of a full battery, millionths."""
TIMES = Within(0.0, 1_000.0)
LEVEL = Within(0, 99)
"""Percent."""


@dataclass(frozen=True, slots=True)
class BatteryUse:
    """How a make of pump uses its battery. Raises ``ValueError`` for what cannot be."""

    connection: Annotated[int, SHARE] = 0
    """What each connection takes when it begins, millionths of a full battery."""
    message: Annotated[int, SHARE] = 0
    """What each message takes, in either direction, millionths of a full battery."""
    connected: Annotated[float, TIMES] = 0.0
    """What each connected client takes, so many times what the pump takes by itself."""
    ringing: Annotated[float, TIMES] = 0.0
    """What it takes to ring because a client looks for the pump, so many times what the pump takes by itself."""
    annunciation: Annotated[int, SHARE] = 0
    """What the vibrations and sounds of an annunciation take, millionths of a full battery."""
    medium: Annotated[int, LEVEL] = 50
    """At so many percent it announces that half is gone (IDS 1.0.2, table 4.9: it should be raised at half the runtime)."""
    low: Annotated[int, LEVEL] = 20
    """At so many percent it warns that the battery is low."""
    empty: Annotated[int, LEVEL] = 0
    """At so many percent it stops: the battery is empty for it."""

    def __post_init__(self) -> None:
        if not 100 > self.medium > self.low > self.empty >= 0:
            levels = f"{self.medium}, {self.low} and {self.empty}"
            raise ValueError(f"medium, low, empty: expected falling percentages from below 100 to 0, got {levels}")

    @property
    def warnings(self) -> tuple[tuple[int, AnnunciationType], ...]:
        """The levels at which it raises an annunciation, %, highest first; at the last one therapy ends."""
        return (
            (self.medium, AnnunciationType.BATTERY_MEDIUM),
            (self.low, AnnunciationType.BATTERY_LOW),
            (self.empty, AnnunciationType.BATTERY_EMPTY),
        )


TIMED = BatteryUse()
"""A battery that knows nothing but time."""
BATTERIES: Mapping[str, BatteryUse] = {
    "timed": TIMED,
    "radio": BatteryUse(connection=100, message=5, connected=0.25, ringing=20.0, annunciation=100),
    "thirsty_radio": BatteryUse(connection=1_000, message=50, connected=1.0, ringing=50.0, annunciation=1_000),
}
"""By name: drained by time alone; by its radio and its vibrations, too; the same, ten times as much."""
