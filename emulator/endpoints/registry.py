"""The registry: every kind of device that a bench knows, those of this package and those of installed distributions.

A third-party kind is a ``Kind`` that a distribution names in its metadata::

    [project.entry-points."isletbench.kinds"]
    thermometer = "my_package.kind:THERMOMETER"

Kinds are read once, when this module is imported. A third-party kind that cannot be loaded is left out with a
``RuntimeWarning``, so that a broken distribution leaves the others usable.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from isletbench.emulator.endpoints.cgms.kind import CGM
from isletbench.emulator.endpoints.gls.kind import METER
from isletbench.emulator.endpoints.ids.kind import PUMP
from isletbench.emulator.endpoints.kind import Kind, Participant
from isletbench.emulator.endpoints.patient.participant import PATIENT
from isletbench.emulator.endpoints.third_party import with_third_party

BUILT_IN: tuple[Kind[Any, Any], ...] = (CGM, PUMP, METER)
"""The kinds of this package."""
ENTRY_POINTS = "isletbench.kinds"
"""The entry point group of third-party kinds."""


def registered(built_in: Iterable[Kind[Any, Any]], third_party: Iterable[EntryPoint]) -> dict[str, Kind[Any, Any]]:
    """The kinds by name; of two with one name the first one counts, and of a third-party one a warning tells."""
    return with_third_party("kind of device", Kind, built_in, third_party)


KINDS: Mapping[str, Kind[Any, Any]] = registered(BUILT_IN, entry_points(group=ENTRY_POINTS))
"""Every kind by its name."""
PARTICIPANTS: Mapping[str, Participant[Any]] = {**KINDS, PATIENT.name: PATIENT}
"""Everything that is steered on a bench and written down: every kind of device, and the patient."""
