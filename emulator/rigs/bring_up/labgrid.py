"""A rig as labgrid knows it: an environment whose resources are our ports and whose drivers are ours.

https://labgrid.readthedocs.io: a resource is what is plugged in, a driver uses it, a strategy brings it to a state.
"""

import json
from pathlib import Path
from typing import Any

from isletbench.emulator.core import running
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
from isletbench.emulator.rigs.rig import Rig, RigError
from isletbench.emulator.transports.ports import settings

DRIVERS = "isletbench.hil_rigs.clients.labgrid_drivers"
"""The module that labgrid is told to import."""


def environment(name: str, rig: Rig | FirmwareRig) -> str:
    """The environment file (YAML) of the rig that ``isletbench up NAME`` brings up. Raises ``RigError``."""
    found = {device: _resource(device, config) for device, config in rig.devices.items() if config.serial is not None}
    if not found:
        raise RigError(f"{name}: devices: expected one with a serial port: labgrid has no resource for the others")
    call = str(Path(name).resolve()) if name.endswith(".toml") else name
    lines = [
        f"# The rig {rig.name}: made by `isletbench rigs {name} --labgrid FILE`. For tests only: never near a therapy device.",
        "imports:",
        f"  - {DRIVERS}",
        "targets:",
        "  main:",
        "    resources:",
        *(line for device, resource in found.items() for line in _yaml(*resource, device)),
        "    drivers:",
        *(line for device in found for line in _yaml("SerialLinkDriver", {"bindings": {"port": device}}, device)),
        *_yaml("RigStrategy", {"rig": call}, "rig"),
    ]
    return "\n".join(lines) + "\n"


def _yaml(kind: str, keys: dict[str, Any], name: str) -> list[str]:
    """An entry of a list; JSON is YAML, so quoting is right whatever the words."""
    told = [f"{key}: {json.dumps(value)}" for key, value in keys.items()]
    return [f"      - {kind}:", f"          name: {name}", *(f"          {line}" for line in told)]


def _resource(name: str, device: Any) -> tuple[str, dict[str, Any]]:
    """What labgrid calls a device's port."""
    kind, _, place = device.serial.partition(":")
    if kind == "pty":
        return "RawSerialPort", {"port": place or str(running.directory() / name), "speed": settings.DEFAULT_BAUD}
    if kind == "serial":
        path, line = settings.parse(place)
        path = device.client or path if hasattr(device, "client") else path
        return "RawSerialPort", {"port": path, "speed": line.baud}
    host, _, port = place.rpartition(":")
    if int(port) == 0:
        raise RigError(f"devices.{name}.serial: {device.serial!r}: expected a port number, for labgrid to know it before")
    protocol = {"tcp": "raw", "rfc2217": "rfc2217"}[kind]
    return "NetworkSerialPort", {"host": host, "port": int(port), "speed": settings.DEFAULT_BAUD, "protocol": protocol}
