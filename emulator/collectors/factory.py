"""Chooses the collector for a device: by serial port or over Bluetooth LE."""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.client_ports import port_at
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.transports.ports.settings import DEFAULT_BAUD


def collector_for(place: Mapping[str, Any], baud: int = DEFAULT_BAUD) -> Collector:
    """A collector for the device at ``place``: its serial port if it has one, else Bluetooth LE. It is not connected yet.

    ``place`` is a device's entry in the ready line. Raises ``LookupError`` when no collector supports it.
    """
    if serial := place.get("serial"):
        return LinkCollector(port_at(str(serial), baud))
    if ble := place.get("ble"):
        return BleakCollector(ble["address"])
    raise LookupError("expected a device with a serial port or Bluetooth LE")
