"""The registry: every kind of device that a bench knows, those of this package and those of installed distributions.

A third-party kind is a ``Kind`` that a distribution names in its metadata::

    [project.entry-points."isletbench.kinds"]
    thermometer = "my_package.kind:THERMOMETER"

Kinds are read once, when this module is imported. A third-party kind that cannot be loaded is left out with a
``RuntimeWarning``, so that a broken distribution leaves the others usable.
"""

import warnings
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from isletbench.emulator.endpoints.cgms.kind import CGM
from isletbench.emulator.endpoints.gls.kind import METER
from isletbench.emulator.endpoints.ids.kind import PUMP
from isletbench.emulator.endpoints.kind import Kind, Participant
from isletbench.emulator.endpoints.patient.participant import PATIENT

BUILT_IN: tuple[Kind[Any, Any], ...] = (CGM, PUMP, METER)
"""The kinds of this package."""
ENTRY_POINTS = "isletbench.kinds"
"""The entry point group of third-party kinds."""


def registered(built_in: Iterable[Kind[Any, Any]], third_party: Iterable[EntryPoint]) -> dict[str, Kind[Any, Any]]:
    """The kinds by name; of two with one name the first one counts, and of a third-party one a warning tells."""
    kinds = {kind.name: kind for kind in built_in}
    for point in third_party:
        try:
            kind = point.load()
        except Exception as error:  # whatever a distribution of somebody else does when it is imported
            _left_out(point, f"{type(error).__name__}: {error}")
            continue
        if not isinstance(kind, Kind):
            _left_out(point, f"expected a Kind, found {type(kind).__name__}")
        elif kind.name in kinds:
            _left_out(point, f"there is a kind {kind.name!r} already")
        else:
            kinds[kind.name] = kind
    return kinds


def _left_out(point: EntryPoint, why: str) -> None:
    warnings.warn(f"the kind of device {point.name!r} ({point.value}) is left out: {why}", RuntimeWarning, stacklevel=2)


KINDS: Mapping[str, Kind[Any, Any]] = registered(BUILT_IN, entry_points(group=ENTRY_POINTS))
"""Every kind by its name."""
PARTICIPANTS: Mapping[str, Participant[Any]] = {**KINDS, PATIENT.name: PATIENT}
"""Everything that is steered on a bench and written down: every kind of device, and the patient."""
