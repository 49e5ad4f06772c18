"""Chooses the collector for a device: by serial port or over Bluetooth LE."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.client_ports import socket_port, tty_port
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.transports.ports.settings import DEFAULT_BAUD


def collector_for(place: Mapping[str, Any], baud: int = DEFAULT_BAUD) -> Collector:
    """A collector for the device at ``place``: its serial port if it has one, else Bluetooth LE. It is not connected yet.

    ``place`` is a device's entry in the ready line. Raises ``LookupError`` when no collector supports it.
    """
    if serial := place.get("serial"):
        url = urlsplit(str(serial))
        if url.scheme == "socket" and url.hostname and url.port:
            return LinkCollector(socket_port(url.hostname, url.port))
        if not url.scheme:
            return LinkCollector(tty_port(str(serial), baud))
        raise LookupError(f"{serial}: expected the path of a tty, or socket://HOST:PORT")
    if ble := place.get("ble"):
        return BleakCollector(ble["address"])
    raise LookupError("expected a device with a serial port or Bluetooth LE")
