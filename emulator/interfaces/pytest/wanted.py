"""What the markers of a test ask for, checked: whatever is wrong with one is a sentence about that test alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from isletbench.emulator.core.clock import Pace
    from isletbench.emulator.faults import Fault
    from isletbench.emulator.scenarios.scenario import Scenario

FORMS = {
    "rig": "rig(name, ports='memory')",
    "pace": "pace(text)",
    "fault": "fault(name, **settings)",
    "seed": "seed(number)",
    "scenario": "scenario(name, allow_unjudged=False)",
}
MARKERS = (
    f"{FORMS['rig']}: the rig that this test is about, whatever --rig says; ports='real' opens the rig's own ports",
    f"{FORMS['pace']}: how time passes in this test: real, 60x, or jump, where nothing is waited for",
    f"{FORMS['fault']}: a fault that is on the bench when the test begins; may be repeated",
    f"{FORMS['seed']}: the seed of everything random on the bench",
    f"{FORMS['scenario']}: the scenario that is played on the bench; the test fails when a client does not do as it demands",
)
ALLOWED: Mapping[str, frozenset[str]] = {
    "rig": frozenset({"ports"}),
    "scenario": frozenset({"allow_unjudged"}),
    "pace": frozenset(),
    "seed": frozenset(),
}
"""The arguments of a marker that have a name."""


class MarkerError(ValueError):
    """A marker asks for what there is not; one sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bench that a test asks for."""

    rig: str | None = None
    """None: that of ``--rig``, or the default one."""
    ports: str = "memory"
    pace: str | None = None
    seed: int | None = None
    faults: "tuple[Fault, ...]" = ()
    scenario: "Scenario | None" = None
    allow_unjudged: bool = False


def wanted_by(node: pytest.Item | pytest.Collector) -> Wanted:
    """What the markers of a test, module or class ask for. Raises ``MarkerError``."""
    rig, scenario = node.get_closest_marker("rig"), node.get_closest_marker("scenario")
    seed, pace = node.get_closest_marker("seed"), node.get_closest_marker("pace")
    return Wanted(
        rig=None if rig is None else str(_argument(rig, str, Path)),
        ports="memory" if rig is None else _choice(rig, "ports", "memory", ("memory", "real")),
        pace=None if pace is None else str(pace_of(pace)),
        seed=None if seed is None else _seed(seed),
        faults=tuple(map(_fault, reversed(list(node.iter_markers("fault"))))),
        scenario=None if scenario is None else _scenario(scenario),
        allow_unjudged=scenario is not None and bool(scenario.kwargs.get("allow_unjudged")),
    )


def pace_of(marker: pytest.Mark) -> "Pace":
    """The pace of a marker. Raises ``MarkerError``."""
    from isletbench.emulator.core.clock import Pace

    text = _argument(marker, str)
    try:
        return Pace.parse(text)
    except ValueError as error:
        raise MarkerError(f"@pytest.mark.pace: {error}") from None


def _argument(marker: pytest.Mark, *kinds: type) -> Any:
    """The only argument of a marker without a name."""
    form = f"@pytest.mark.{marker.name}: expected {FORMS[marker.name]}"
    if len(marker.args) != 1 or set(marker.kwargs) - ALLOWED.get(marker.name, set(marker.kwargs)):
        raise MarkerError(f"{form}, got {_shown(marker)}")
    (value,) = marker.args
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise MarkerError(f"{form} with {'a number' if kinds == (int,) else 'text'}, got {_shown(marker)}")
    return value


def _shown(marker: pytest.Mark) -> str:
    words = [repr(value) for value in marker.args] + [f"{key}={value!r}" for key, value in marker.kwargs.items()]
    return f"{marker.name}({', '.join(words)})"


def _choice(marker: pytest.Mark, key: str, default: str, known: tuple[str, ...]) -> str:
    value = marker.kwargs.get(key, default)
    if value not in known:
        raise MarkerError(f"@pytest.mark.{marker.name}: {key}: expected one of {', '.join(known)}, got {value!r}")
    return str(value)


def _seed(marker: pytest.Mark) -> int:
    seed: int = _argument(marker, int)
    if not 0 <= seed < 2**63:
        raise MarkerError(f"@pytest.mark.seed: expected a number from 0 to {2**63 - 1}, got {seed}")
    return seed


def _fault(marker: pytest.Mark) -> "Fault":
    from isletbench.emulator.faults import parse

    name = _argument(marker, str)
    try:
        return parse({"fault": name, **marker.kwargs})
    except ValueError as error:
        raise MarkerError(f"@pytest.mark.fault: {error}") from None


def _scenario(marker: pytest.Mark) -> "Scenario":
    from isletbench.emulator.rigs.rig import RigError
    from isletbench.emulator.scenarios.scenario import load_scenario

    name = str(_argument(marker, str, Path))
    try:
        return load_scenario(name)
    except RigError as error:
        raise MarkerError(f"@pytest.mark.scenario: {error}") from None
