"""Every fault there is, collected from its declaration: a module in ``families`` that declares one is all that it takes."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, TypeAlias, Union

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.faults import families
from isletbench.emulator.faults.fault import DECLARED, Fault, FaultError

_LISTED = {name: place for place, name in enumerate(families.ORDER)}
for _module in sorted(iter_modules(families.__path__), key=lambda module: _LISTED.get(module.name, len(_LISTED))):
    import_module(f"{families.__name__}.{_module.name}")

FAULTS: Mapping[str, type[Fault]] = MappingProxyType(DECLARED)
"""Every fault by its name: by family, and in the order of declaration."""

if TYPE_CHECKING:
    AnyFault: TypeAlias = Fault
else:
    AnyFault = Annotated[Union[tuple(FAULTS.values())], Field(discriminator="fault")]  # noqa: UP007  # made from the registry
"""Any fault, selected by its key ``fault``."""

_ANY: TypeAdapter[AnyFault] = TypeAdapter(AnyFault, config=ConfigDict(defer_build=True))


def parse(plain: object) -> Fault:
    """The fault that plain data declares. Raises ``FaultError`` naming the key and what was expected."""
    try:
        return _ANY.validate_python(plain)
    except ValidationError as error:
        raise FaultError(first_problem(error, AnyFault)) from None
