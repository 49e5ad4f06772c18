"""What faults act on: the bench, as far as faults know it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from isletbench.emulator.core.quantities import Span
from isletbench.emulator.gatt import Attribute
from isletbench.emulator.transports.ble.radio import AdvertisingLimits, RadioConditions
from isletbench.emulator.transports.ports.line import LineConditions


class FaultTarget(Protocol):
    """The devices of a bench, their links and their clocks. Every method raises ``ValueError`` for what does not exist."""

    def carriers(self, device: str) -> tuple[str, ...]:
        """The carriers of a device: ``serial``, ``ble``."""

    def attributes(self, device: str) -> Sequence[Attribute]:
        """The attributes of a device's services; none of a device without services."""

    def kind(self, device: str) -> str:
        """The kind of a device: the key of its events."""

    def operations(self, device: str) -> Collection[str]:
        """The operations of the personality that a device has on its serial port."""

    def shown_by(self, device: str) -> Mapping[str, Any]:
        """What the status of a device shows now, as plain data."""

    def set_in_range(self, device: str, on: bool) -> None:
        """Bring a device into the range of its adapter's radio, or out of it. Raises ``ValueError`` for one without."""

    def is_by_radio(self, device: str) -> bool:
        """Whether a device is behind the radio of an adapter."""

    def hang_up(self, device: str) -> None:
        """The device ends every connection it has."""

    def vanish(self, device: str, over: str | None) -> None:
        """The device becomes unreachable on this carrier, or on all."""

    def appear(self, device: str, over: str | None) -> None:
        """The device becomes reachable again on this carrier, or on all."""

    def vanish_for(self, device: str, over: str | None, away: Span) -> None:
        """The device becomes unreachable, and reachable again after ``away``, ms."""

    def end_absences(self, device: str, over: str | None) -> None:
        """Make the device reachable again at once, where it is unreachable for a while."""

    def conditions(self, device: str) -> RadioConditions:
        """The conditions of the device's radio."""

    def change_radio(self, device: str, **changes: Any) -> None:
        """Give other values to conditions of the device's radio."""

    def line(self, device: str) -> LineConditions:
        """The conditions of the device's serial line."""

    def change_line(self, device: str, **changes: Any) -> None:
        """Give other values to conditions of the device's serial line."""

    def drop_connection(self, device: str, storm: int = 0) -> None:
        """The device's radio loses the connection, and the next ``storm`` connections."""

    def end_storm(self, device: str) -> None:
        """Let the next connections of the device live."""

    def actions(self, device: str) -> tuple[str, ...]:
        """The names of the actions of a device."""

    def check(self, device: str, action: str, arguments: Mapping[str, Any]) -> None:
        """Check that the device has an action with these arguments, in some state."""

    def do(self, device: str, action: str, arguments: Mapping[str, Any]) -> None:
        """Perform an action on the device."""

    def forget_bonds(self, device: str) -> None:
        """Delete every bond of the device."""

    def refuse_pairing(self, device: str, on: bool) -> None:
        """Refuse every attempt to pair with the device, or accept them again."""

    def reduce_advertising(self, device: str, limits: AdvertisingLimits) -> None:
        """Limit what the device advertises."""

    def clock(self, device: str) -> datetime:
        """The date and time that the device's own clock shows."""

    def set_clock(self, device: str, shown: datetime) -> None:
        """Set the device's own clock."""
