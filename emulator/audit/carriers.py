"""The carriers of an audit: what each can do beside the connection itself."""

from typing import Protocol

from isletbench.emulator.collectors.bleak_scan import Advertised, advertised_by
from isletbench.emulator.collectors.link_collector import LinkCollector


class Carrier(Protocol):
    """What an audit needs to know of a carrier."""

    name: str
    """``serial`` or ``ble``."""
    has_bonds: bool
    """Whether a device may know a client again, and keep its CCCDs."""

    def confirm(self, confirms: bool) -> None:
        """Confirm indications from now on, or leave them unconfirmed where the carrier can."""

    def unasked(self) -> int | None:
        """How many values have come that nobody had subscribed to; None where the carrier drops them."""

    async def advertisement(self) -> Advertised | None:
        """What the device advertises; None where the carrier has no advertisements, or none came."""


class SerialCarrier:
    """The serial link: no radio, no bonds, no security, and every octet in our hands."""

    name = "serial"
    has_bonds = False

    def __init__(self, collector: LinkCollector) -> None:
        self._collector = collector

    def confirm(self, confirms: bool) -> None:
        """Confirm indications from now on, or leave them unconfirmed."""
        self._collector.confirming = confirms

    def unasked(self) -> int | None:
        """How many values have come that nobody had subscribed to."""
        return len(self._collector.unasked)

    async def advertisement(self) -> Advertised | None:
        """Nothing is advertised on a wire."""
        return None


class BleCarrier:
    """Bluetooth LE through a library: it pairs and confirms by itself."""

    name = "ble"
    has_bonds = True

    def __init__(self, address: str) -> None:
        self._address = address

    def confirm(self, confirms: bool) -> None:
        """Confirmations are the library's."""

    def unasked(self) -> int | None:
        """The library drops them."""
        return None

    async def advertisement(self) -> Advertised | None:
        """What the device advertises. Raises ``ConnectionError`` without a radio."""
        return await advertised_by(self._address)
