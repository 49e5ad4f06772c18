"""Alerts: what the user of a client is notified of."""

from collections.abc import Callable
from typing import Any, TypeAlias

ReportBelief: TypeAlias = Callable[[dict[str, Any]], None]
"""Receives every belief of the client: one that ``isletbench.emulator.journal.beliefs`` can parse."""


class Alerts:
    """The alerts of one device. An alert that several devices can raise ends when the last of them has ended it."""

    def __init__(self, report: ReportBelief, device: str = "", raised: dict[str, set[str]] | None = None) -> None:
        self._report, self._device = report, device
        self._raised = {} if raised is None else raised
        """The devices that have raised each alert."""

    def of(self, device: str) -> "Alerts":
        """The same alerts, raised by a device: a battery can be low in two of them."""
        return type(self)(self._report, device, self._raised)

    def set(self, about: str, active: bool = True) -> None:
        """Raise or end an alert. The user is notified when it begins and when it is over for every device."""
        devices = self._raised.setdefault(about, set())
        before = bool(devices)
        (devices.add if active else devices.discard)(self._device)
        if bool(devices) is not before:
            self._notify(about, active)

    def _notify(self, about: str, active: bool) -> None:
        """Notify the user."""
        self._report({"belief": "alert", "about": about, "active": active})
