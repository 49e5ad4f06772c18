"""What triggers can ask for beside what happens: what the devices show, and since when a conversation is silent."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.faults.compared import in_signs
from isletbench.emulator.faults.devices import demand_operation
from isletbench.emulator.faults.fault import Fault
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.faults.triggers import Condition, OnLevel, OnMessage, OnStrike

UNITS: Mapping[str, tuple[float, float]] = {
    "percent": (0, 100),
    "u": (0, 1_000),
    "u_per_h": (0, 1_000),
    "mg_dl": (0, 1_000),
    "kpa": (0, 10_000),
    "h": (0, 100_000),
    "min": (0, 1_000_000),
    "g": (0, 10_000),
}
"""What a name in the status of a device may end with, and a trigger may leave out; and between which numbers it lies."""


def conditions_of(fault: Fault) -> Iterator[Condition]:
    """Every condition that a fault waits for."""
    trigger = fault.trigger()
    return iter(()) if trigger is None else trigger.parts()


def check_struck(condition: Condition, faults: Collection[str]) -> None:
    """Check that a fault whose strike is waited for is one of these. Raises ``ValueError``."""
    if isinstance(condition, OnStrike) and condition.struck not in faults:
        there = ", ".join(sorted(faults)) or "there is none"
        raise ValueError(f"when: struck {condition.struck!r}: expected the name of another fault: {there}")


class BenchView:
    """The devices of a bench as triggers see them: implements ``triggers.View``."""

    def __init__(self, target: FaultTarget) -> None:
        self._target = target
        self._last: dict[str, Instant] = {}
        self._links: dict[str, set[Link]] = {}

    def check(self, condition: Condition, device: str) -> None:
        """Check that a condition is about a device and a level that there are, and can come true. Raises ``ValueError``."""
        about = condition.device or device
        self._target.carriers(about)
        condition.check(self._target.kind(about))
        if isinstance(condition, OnMessage) and condition.message != "any":
            demand_operation(self._target, about, condition.message, key="when: message")
        if isinstance(condition, OnLevel):
            shown = _flat(self._target.shown_by(about))
            if (key := _key_of(condition.level, shown)) is None:
                raise ValueError(f"when: level {condition.level!r}: expected one of {', '.join(sorted(shown))}")
            _check_level(condition, key, shown[key])

    def level(self, device: str, name: str) -> Any:
        """What the status of a device shows under this name; None where it shows nothing now."""
        shown = _flat(self._target.shown_by(device))
        key = _key_of(name, shown)
        return None if key is None else shown[key]

    def idle_since(self, device: str) -> Instant | None:
        """When the last message passed between the device and a client; None while no client is connected."""
        return self._last.get(device) if self._links.get(device) else None

    def connected(self, device: str, link: Link, now: Instant) -> None:
        """A client has connected."""
        self._links.setdefault(device, set()).add(link)
        self._last[device] = now

    def disconnected(self, device: str, link: Link) -> None:
        """A client has disconnected."""
        self._links.get(device, set()).discard(link)

    def passed(self, device: str, now: Instant) -> None:
        """A message has passed."""
        self._last[device] = now


def _check_level(condition: OnLevel, key: str, now: Any) -> None:
    """Check that a level can be compared so. Raises ``ValueError``."""
    unit = max((unit for unit in UNITS if key.endswith(f"_{unit}")), key=len, default="")
    low, high = UNITS.get(unit, (-math.inf, math.inf))
    shows_number = isinstance(now, int | float) and not isinstance(now, bool)
    for name, wanted in condition.given().items():
        said = f"when: level {condition.level} {in_signs(name, wanted)}"
        if isinstance(wanted, str | bool):
            if shows_number:
                raise ValueError(f"{said}: expected a number, as it is {now:g} now")
        elif isinstance(now, str | bool):
            shown = str(now).lower() if isinstance(now, bool) else now
            raise ValueError(f"{said}: expected = or != and a word, as it is {shown} now")
        elif not low <= float(wanted) <= high:
            raise ValueError(f"{said}: expected {low:g} to {high:g} {unit}")


def _flat(shown: Mapping[str, Any], outer: str = "") -> dict[str, Any]:
    """Everything that is shown, by its name; of what is inside something else, by the way to it."""
    found: dict[str, Any] = {}
    for name, value in shown.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{outer}{name}.")
        else:
            found[f"{outer}{name}"] = value
    return found


def _key_of(name: str, shown: Mapping[str, Any]) -> str | None:
    """The key that people mean by a name."""
    return next((key for key in (name, *(f"{name}_{unit}" for unit in UNITS)) if key in shown), None)
