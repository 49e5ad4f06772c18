"""The registry of personalities: those of this package and those of installed distributions.

A third-party personality is a ``Personality`` that a distribution names in its metadata::

    [project.entry-points."isletbench.personalities"]
    sugar_stick = "my_package.personality:SUGAR_STICK"

They are read once, when this module is imported. One that cannot be loaded is left out with a ``RuntimeWarning``.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.endpoints.dexcom_receiver.personality import DEXCOM_RECEIVER
from isletbench.emulator.endpoints.paradigm.carelink import CARELINK
from isletbench.emulator.endpoints.paradigm.mmcommander import MMCOMMANDER
from isletbench.emulator.endpoints.paradigm.rfspy import RFSPY
from isletbench.emulator.endpoints.paradigm.rileylink import RILEYLINK
from isletbench.emulator.endpoints.personality import Personality, Settings
from isletbench.emulator.endpoints.third_party import with_third_party

BUILT_IN: tuple[Personality[Any, Any], ...] = (DEXCOM_RECEIVER, RFSPY, MMCOMMANDER, CARELINK, RILEYLINK)
"""The personalities of this package."""
ENTRY_POINTS = "isletbench.personalities"
"""The entry point group of third-party personalities."""


def registered(
    built_in: Iterable[Personality[Any, Any]], third_party: Iterable[EntryPoint]
) -> dict[str, Personality[Any, Any]]:
    """The personalities by name; of two with one name the first one counts, and of a third-party one a warning tells."""
    return with_third_party("personality", Personality, built_in, third_party)


PERSONALITIES: dict[str, Personality[Any, Any]] = registered(BUILT_IN, entry_points(group=ENTRY_POINTS))
"""Every personality by its name."""


def add(personality: Personality[Any, Any]) -> None:
    """Make a personality known in this process only: one that is being built, and that no distribution names yet."""
    PERSONALITIES[personality.name] = personality


def chosen(speaks: str | Mapping[str, Any], kind: str) -> tuple[Personality[Any, Any], Settings]:
    """The personality that ``speaks`` of a device of this kind names, and its settings.

    Raises ``ValueError`` that names the key and what was expected.
    """
    given = {"personality": speaks} if isinstance(speaks, str) else dict(speaks)
    name = given.pop("personality", None)
    fitting = [one.name for one in PERSONALITIES.values() if one.kind == kind]
    expected = f"expected one of {', '.join(fitting)}" if fitting else f"a {kind} has no personality to choose"
    if name is None:
        raise ValueError(f"speaks.personality: {expected}")
    if name not in fitting:
        raise ValueError(f"speaks: {name!r} is no personality of a {kind}; {expected}")
    personality = PERSONALITIES[name]
    try:
        return personality, personality.settings.model_validate(given)
    except ValidationError as error:
        raise ValueError(f"speaks.{first_problem(error, personality.settings)}") from None
