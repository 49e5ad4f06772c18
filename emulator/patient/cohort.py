"""Many persons of one model at once, for what runs without devices: basal needs, populations, checks against tables.

Needs NumPy (``pip install isletbench[cohort]``). The step is the one of ``unrolled``, made of the same ``derivatives`` as
that of a single person, with the functions of NumPy: the numbers agree to rounding.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

from isletbench.emulator.patient.physiology import unrolled
from isletbench.emulator.patient.physiology.hovorka import Hovorka
from isletbench.emulator.patient.physiology.model import Drive
from isletbench.emulator.patient.physiology.uva_padova import UvaPadova

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
"""A number for each person."""
VECTORS = {"max": np.maximum, "min": np.minimum, "tanh": np.tanh, "where": np.where}


class Cohort:
    """Persons of one model, all at rest at ``glucose`` mg/dL. Raises ``ValueError`` for none, or one who cannot be there."""

    def __init__(self, persons: Sequence[Hovorka] | Sequence[UvaPadova], glucose: float = 120.0) -> None:
        if not persons:
            raise ValueError("persons: expected at least one")
        kind: Any = type(persons[0])
        names = kind.__dataclass_fields__
        values = {name: np.array([getattr(person, name) for person in persons], dtype=np.float64) for name in names}
        rests = [person.at_rest(glucose) for person in persons]
        self.basal: Array = np.array([basal for _, basal in rests], dtype=np.float64)
        """The basal rate of each person at which glucose stays, uU/h."""
        numbers = zip(*(state for state, _ in rests), strict=True)
        self.state: tuple[Array, ...] = tuple(np.array(column, dtype=np.float64) for column in numbers)
        self._persons = SimpleNamespace(**values)
        self._step = unrolled.bound(kind, self._persons, VECTORS, vectors=True)
        self._kind = kind  # its methods take the parameters of all persons as those of one

    def advance(self, minutes: float, **acts: float | Array) -> None:
        """Let so many minutes pass in one step. ``acts`` are fields of ``Drive``: a number, or an array over persons."""
        values: dict[str, Any] = {**acts}
        drive = Drive(**values)
        self.state = self._kind.limited(self._persons, self._step(self.state, minutes, drive), np.maximum)

    def inject(self, uu: float | Array) -> None:
        """Give insulin to everybody, uU."""
        self.state = self._kind.inject(self._persons, self.state, uu)

    @property
    def plasma(self) -> Array:
        """Plasma glucose of each person, mg/dL."""
        found: Array = self._kind.plasma(self._persons, self.state)
        return found

    @property
    def interstitial(self) -> Array:
        """Interstitial glucose of each person, mg/dL."""
        found: Array = self._kind.interstitial(self._persons, self.state)
        return found

    @property
    def stomach(self) -> Array:
        """Carbohydrate in the stomach of each person, mg."""
        found: Array = self._kind.stomach(self._persons, self.state)
        return found
