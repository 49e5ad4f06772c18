"""What must hold of a conversation: checks that need the wire and the ledger alone, so that any client can be judged, and some
that need what a client believes, where it reports it.

Every module of this package is imported, so a check exists once its class is written.
"""

import pkgutil
from functools import reduce
from importlib import import_module
from operator import or_
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from isletbench.emulator.scenarios.checks.declared import CHECKS, Check, Finding

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

if TYPE_CHECKING:
    AnyCheck: TypeAlias = Check
else:
    AnyCheck = Annotated[reduce(or_, CHECKS.values()), Field(discriminator="check")]
    """Every check there is, told apart by its key ``check``."""

__all__ = ["CHECKS", "AnyCheck", "Check", "Finding"]
