"""Careless clients: each is the careful controller with one method of one of its parts overridden, and fails somewhere.

A class says in its docstring what the client does wrong, which public report it stands for, and in which scenario that shows.

    python -m isletbench.hil_rigs.clients.controller --careless sends_again
"""

import re
from types import ModuleType

from isletbench.hil_rigs.clients.careless import (
    calibration,
    delivery,
    device,
    dose_log,
    glucose,
    history,
    link,
    meter,
    trust,
    units,
)

FAMILIES: tuple[ModuleType, ...] = (link, glucose, delivery, dose_log, history, device, units, trust, meter, calibration)
"""The modules in which careless clients are declared."""


def _name(client: type) -> str:
    """``SendsAgain`` is called ``sends_again``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", client.__name__).lower()


CARELESS: dict[str, type] = {
    _name(member): member
    for family in FAMILIES
    for member in vars(family).values()
    if isinstance(member, type) and member.__module__ == family.__name__
}
"""The careless clients by name. ``Parts(CARELESS[name])`` builds one."""
