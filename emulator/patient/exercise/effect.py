"""What a model of exercise offers: an effect that a session drives and that outlasts it, whatever model glucose has."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from isletbench.emulator.patient.exercise.deichmann_2021 import Deichmann2021
from isletbench.emulator.patient.exercise.deichmann_2023 import Deichmann2023
from isletbench.emulator.patient.modulators import Modulation


class Effect(Protocol):
    """The effect of all exercise of one person so far. Implementations are dataclasses of plain numbers: their snapshot."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def is_over(self) -> bool:
        """Whether nothing of it acts any more."""

    def modulation(self) -> Modulation:
        """What it does now."""

    def passes(self, minutes: float, intensity: float) -> None:
        """So much time passes at this intensity, percent of the heart rate reserve; 0 is rest."""


EFFECTS: Mapping[str, type[Any]] = {"deichmann_2023": Deichmann2023, "deichmann_2021": Deichmann2021}
"""The models of exercise by name; the first one is the default."""
DEFAULT = next(iter(EFFECTS))
