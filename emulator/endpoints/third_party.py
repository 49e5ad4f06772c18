"""What installed distributions add to a registry of this package, by an entry point of their metadata."""

import warnings
from collections.abc import Iterable
from importlib.metadata import EntryPoint
from typing import Protocol, TypeVar


class Named(Protocol):
    """What a registry has."""

    @property
    def name(self) -> str:
        """Its name in the registry."""


N = TypeVar("N", bound=Named)


def with_third_party(what: str, kind: type[N], built_in: Iterable[N], third_party: Iterable[EntryPoint]) -> dict[str, N]:
    """Everything by its name. Of two with one name the first one counts.

    One of a third party that cannot be loaded, is no ``kind`` or has a name that there is already is left out with a
    ``RuntimeWarning``, so that a broken distribution leaves the others usable. ``what`` is the word for one of them:
    ``personality``.
    """
    found = {one.name: one for one in built_in}
    for point in third_party:
        try:
            one = point.load()
        except Exception as error:  # whatever a distribution of somebody else does when it is imported
            _left_out(what, point, f"{type(error).__name__}: {error}")
            continue
        if not isinstance(one, kind):
            _left_out(what, point, f"expected a {kind.__name__}, found {type(one).__name__}")
        elif one.name in found:
            _left_out(what, point, f"there is a {kind.__name__.lower()} {one.name!r} already")
        else:
            found[one.name] = one
    return found


def _left_out(what: str, point: EntryPoint, why: str) -> None:
    warnings.warn(f"the {what} {point.name!r} ({point.value}) is left out: {why}", RuntimeWarning, stacklevel=2)
