"""Faults of a device as a whole: of its links, its radio, its clock. Each begins when it is armed, and is undone at its end."""

from collections.abc import Mapping
from typing import Any, ClassVar

from isletbench.emulator.core.conditions import Changes, Conditions
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults.exchanges import is_common
from isletbench.emulator.faults.fault import Fault, FaultError
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.gatt.catalogue import SELECTORS


class DeviceFault(Fault, abstract=True):
    """A fault that strikes when it is armed, or periodically from then on, and is undone when it is over."""

    meant: ClassVar[Mapping[str, str]] = {"on": 'when = "message {given}", for what waits for a message'}
    at_once: ClassVar[bool] = True
    """Whether it strikes when it is armed, not a period later."""
    before_a_message: ClassVar[bool] = False
    """Whether one that a message arms strikes before that message is on its way: only what changes how messages are carried,
    and nothing in the device, which is in the middle of its turn."""
    reverts: ClassVar[bool] = False
    """Whether its end undoes something; else it is over as soon as it has struck."""

    def check(self, target: FaultTarget) -> None:
        """Check that this fault can affect its device at all. Raises ``ValueError``."""

    def strike(self, target: FaultTarget) -> None:
        """Apply the fault. Raises ``ValueError`` when that is impossible."""
        raise NotImplementedError

    def snapshot(self, target: FaultTarget) -> Any:
        """What ``revert`` needs to know of the state before the first strike."""

    def revert(self, target: FaultTarget, before: Any) -> None:
        """Undo the fault; ``before`` is the result of ``snapshot``."""

    def stop_what_goes_on(self, target: FaultTarget) -> None:
        """End what a strike began and what goes on after the fault is over. Called when it is cleared."""

    def period(self) -> Span | None:
        """The time from one strike to the next, ms; None for a fault that strikes once."""
        return None


class ConditionsFault(DeviceFault, Changes, abstract=True):
    """A fault that changes conditions of a transport; fields that are left out do not change."""

    before_a_message: ClassVar = True
    reverts: ClassVar = True
    conditions: ClassVar[type[Conditions]]

    def _changes(self) -> dict[str, Any]:
        return self.given(self.conditions)

    def current(self, target: FaultTarget) -> Conditions:
        """Return the current conditions. Raises ``ValueError`` for a device without such a transport."""
        raise NotImplementedError

    def change(self, target: FaultTarget, changes: dict[str, Any]) -> None:
        """Change these conditions."""
        raise NotImplementedError

    def check(self, target: FaultTarget) -> None:
        """Check that the device has the transport and the fault changes a condition. Raises ``ValueError``."""
        self.current(target)
        if not self._changes():
            raise FaultError(f"{self.kind()}: expected at least one of {', '.join(self.conditions.model_fields)}")

    def snapshot(self, target: FaultTarget) -> dict[str, Any]:
        """Return the current values of the conditions to change."""
        conditions = self.current(target)
        return {key: getattr(conditions, key) for key in self._changes()}

    def strike(self, target: FaultTarget) -> None:
        """Change the conditions."""
        self.change(target, self._changes())

    def revert(self, target: FaultTarget, before: dict[str, Any]) -> None:
        """Restore the conditions of the snapshot."""
        self.change(target, before)


def demand_carrier(target: FaultTarget, device: str, over: str | None) -> None:
    """Check that a device has the carrier ``over``. Raises ``FaultError``."""
    carriers = target.carriers(device)
    if not carriers:
        raise FaultError(f"device {device!r}: expected a device that clients connect to, over serial or Bluetooth")
    if over is not None and over not in carriers:
        raise FaultError(f"over: device {device!r} is reached over {' and '.join(carriers)}, not {over}")


def demand_operation(target: FaultTarget, device: str, on: str | None, key: str = "on") -> None:
    """Check that a device has this type or operation, or speaks a protocol with it. Raises ``FaultError``."""
    of, _, _ = (on or "").rpartition(".")
    selectors = SELECTORS.get(of if is_common(on or "") and of else on or "", ())
    attributes = target.attributes(device)
    if selectors and attributes and not any(one.matches(row, one.opcode) for one in selectors for row in attributes):
        raise FaultError(f"{key}: {on!r}: device {device!r} has no such type; it is a {target.kind(device)}")
    if on is None or on in SELECTORS or is_common(on):
        return
    known = target.operations(device)
    if on not in known:
        expected = f"expected one of {', '.join(sorted(word for word in known if '.' in word))}" if known else "it speaks none"
        raise FaultError(f"{key}: {on!r} is no operation that device {device!r} speaks on its serial port; {expected}")
