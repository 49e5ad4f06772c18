"""When something is due, searched through every part: what a machine that knows its next deadline has to agree with."""

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.pump.due import DUE
from isletbench.emulator.pump.machine import Pump


def searched_pump(pump: Pump) -> Instant | None:
    """The next deadline of a pump, every part asked."""
    found = [due for row in DUE if (due := row.deadline(pump.parts)) is not None]
    return max(min(found), pump.now) if found else None


def searched_sensor(sensor: Sensor) -> Instant | None:
    """The next deadline of a sensor, every part asked."""
    found = [due for deadline, _ in sensor._due if (due := deadline()) is not None]
    return min(found, default=None)


def searched_device(device: GattDevice) -> Instant | None:
    """The next deadline of a device: machine, transfers of records, indications on the wire."""
    machine: Any = device.machine
    found = [searched_pump(machine) if isinstance(machine, Pump) else searched_sensor(machine)]
    for service in device.services:
        found += [client.transfer.due for client in getattr(service, "_clients", {}).values()]
    found += [peer.indications.deadline for peer in device.peers.values()]
    return min((due for due in found if due is not None), default=None)


def calls_of(act: Callable[[], object]) -> int:
    """How many functions written in Python are called while ``act`` runs; finalizers of what others have left are not."""
    called = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal called
        called += event == "call"

    before, collects = sys.getprofile(), gc.isenabled()
    gc.disable()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
    return called
