"""What triggers can ask for beside what happens: what the devices show, and since when a conversation is silent."""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.faults.devices import demand_operation
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.faults.triggers import Condition, OnLevel, OnMessage

UNITS = ("percent", "u", "u_per_h", "mg_dl", "kpa", "h", "min", "g")
"""What a name in the status of a device may end with, and a trigger may leave out."""


class BenchView:
    """The devices of a bench as triggers see them: implements ``triggers.View``."""

    def __init__(self, target: FaultTarget) -> None:
        self._target = target
        self._last: dict[str, Instant] = {}
        self._links: dict[str, set[Link]] = {}

    def check(self, condition: Condition, device: str) -> None:
        """Check that a condition is about a device and a level that there are. Raises ``ValueError``."""
        about = condition.device or device
        self._target.carriers(about)
        if isinstance(condition, OnMessage) and condition.message != "any":
            demand_operation(self._target, about, condition.message)
        if isinstance(condition, OnLevel):
            shown = _flat(self._target.shown_by(about))
            if _key_of(condition.level, shown) is None:
                raise ValueError(f"when: level {condition.level!r}: expected one of {', '.join(sorted(shown))}")

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
